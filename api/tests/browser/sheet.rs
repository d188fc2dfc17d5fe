//! The contact sheet: every picture that was drawn, on one page.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::looks::directory;

/// Writes `target/pages/index.html` for the pictures that are there.
pub(crate) fn write() {
    let mut pages: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in std::fs::read_dir(directory()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        if let Some((page, _)) = file.strip_suffix(".png").and_then(|name| name.split_once('.')) {
            pages.entry(page.to_owned()).or_default().push(file);
        }
    }
    let mut html = String::from(
        "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>All pages</title><style>\
         body{font:14px system-ui;margin:24px;background:#ddd}section{margin-block:32px}div{display:flex;gap:16px;align-items:start;overflow-x:auto}\
         figure{margin:0}img{display:block;border:1px solid #888;max-height:720px}</style><h1>All pages</h1>",
    );
    for (page, mut files) in pages {
        files.sort();
        write!(html, "<section><h2>{page}</h2><div>").unwrap();
        for file in files {
            write!(html, "<figure><a href=\"{file}\"><img src=\"{file}\" alt=\"{file}\"></a></figure>").unwrap();
        }
        html.push_str("</div></section>");
    }
    let path = directory().join("index.html");
    std::fs::write(&path, html).unwrap();
    println!("All pages are on {}", path.display());
}
