//! Files that are handed out: always to be saved and never to be shown, whatever they are and whatever they are called.
//!
//! A file of evidence is somebody else's content. A browser that showed it would run it as a page of this service, so it
//! is sent as an attachment, its type is not guessed, and its policy allows it nothing.

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderName, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use domain::evidence::EvidenceFile;
use domain::name::Sha256;
use store::blobs::CheckedFile;

use super::table::Written;

/// Nothing may be loaded or run, and the file is of no origin.
const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'; sandbox");
/// What its bytes hash to (RFC 9530): whoever saves the file can compare it with the entry.
const REPR_DIGEST: HeaderName = HeaderName::from_static("repr-digest");

/// A file of evidence whose bytes were found to be those that the log names.
pub fn file(file: &EvidenceFile, checked: CheckedFile) -> Response {
    let head = Head { name: file.name.as_str(), media_type: file.media_type.as_str(), sha256: Some(&file.sha256) };
    head.answer(file.bytes, Body::from_stream(checked.into_stream()))
}

/// A table, under a name of ours.
pub fn table(name: &str, table: Written) -> Response {
    let head = Head { name, media_type: "text/csv; charset=utf-8", sha256: Some(&table.sha256) };
    head.answer(table.bytes.len() as u64, Body::from(Bytes::from(table.bytes)))
}

/// An export of a log, under a name of ours. It verifies by itself.
pub fn container(name: &str, bytes: u64, body: Body) -> Response {
    Head { name, media_type: "application/zip", sha256: None }.answer(bytes, body)
}

struct Head<'a> {
    name: &'a str,
    media_type: &'a str,
    sha256: Option<&'a Sha256>,
}

impl Head<'_> {
    fn answer(&self, bytes: u64, body: Body) -> Response {
        let text = |text: &str| HeaderValue::from_str(text).expect("only visible ASCII was let through");
        let mut response = body.into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_DISPOSITION, text(&disposition(self.name)));
        headers.insert(CONTENT_TYPE, text(self.media_type));
        headers.insert(CONTENT_LENGTH, HeaderValue::from(bytes));
        headers.insert(CONTENT_SECURITY_POLICY, POLICY);
        if let Some(sha256) = self.sha256 {
            headers.insert(REPR_DIGEST, text(&digest(sha256)));
        }
        response
    }
}

fn digest(sha256: &Sha256) -> String {
    let bytes = hex::decode(sha256.as_str()).expect("a hash is hex");
    format!("sha-256=:{}:", STANDARD.encode(bytes))
}

/// `Content-Disposition` by RFC 6266: a name in ASCII for programs that know no other, and the real one as RFC 8187
/// writes it.
pub fn disposition(name: &str) -> String {
    let name = harmless(name);
    let ascii = |c: char| if c.is_ascii() && !matches!(c, '"' | '%' | '\\') { c } else { '_' };
    let plain: String = name.chars().map(ascii).collect();
    if plain == name {
        return format!("attachment; filename=\"{plain}\"");
    }
    let is_attr = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte);
    let encode = |byte: u8| if is_attr(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    let encoded: String = name.bytes().map(encode).collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

/// A name under which a file can be saved and shown in a list: characters that are not seen, or that turn the text
/// around them the other way, are replaced, and the name neither hides itself nor ends in what Windows drops.
fn harmless(name: &str) -> String {
    let shown = |c: char| if c.is_control() || is_unseen(c) || "/\\:*?<>|".contains(c) { '_' } else { c };
    let name: String = name.chars().map(shown).collect();
    let name = name.trim_start_matches(['.', ' ']).trim_end_matches(['.', ' ']);
    if name.is_empty() { "file".to_owned() } else { name.to_owned() }
}

/// Marks of direction, joiners and blanks without width: with them `evil<U+202E>fdp.exe` reads as `evilexe.pdf`.
fn is_unseen(c: char) -> bool {
    matches!(c,
        '\u{00AD}' | '\u{061C}' | '\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
        | '\u{2060}'..='\u{206F}' | '\u{FE00}'..='\u{FE0F}' | '\u{FEFF}' | '\u{FFF9}'..='\u{FFFB}'
        | '\u{E0000}'..='\u{E007F}')
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case::plain("review.pdf", "attachment; filename=\"review.pdf\"")]
    #[case::umlaut("Prüfung.pdf", "attachment; filename=\"Pr_fung.pdf\"; filename*=UTF-8''Pr%C3%BCfung.pdf")]
    #[case::quote(
        "a\"; filename=\"b.html",
        "attachment; filename=\"a_; filename=_b.html\"; filename*=UTF-8''a%22%3B%20filename%3D%22b.html"
    )]
    #[case::escape("100%.txt", "attachment; filename=\"100_.txt\"; filename*=UTF-8''100%25.txt")]
    #[case::other_way("evil\u{202E}fdp.exe", "attachment; filename=\"evil_fdp.exe\"")]
    #[case::line("a\r\nSet-Cookie: b", "attachment; filename=\"a__Set-Cookie_ b\"")]
    #[case::place("../../etc/passwd", "attachment; filename=\"_.._etc_passwd\"")]
    #[case::hidden(".bashrc", "attachment; filename=\"bashrc\"")]
    #[case::dots(". .", "attachment; filename=\"file\"")]
    fn a_name_cannot_act(#[case] name: &str, #[case] header: &str) {
        assert_eq!(disposition(name), header);
        HeaderValue::from_str(&disposition(name)).unwrap();
    }
}
