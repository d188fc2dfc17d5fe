//! What is asked of every page, and how all of them are drawn.

use std::path::PathBuf;

use store::testing;

use crate::axe;
use crate::browser::{Browser, Scheme, View};

const NARROW_AND_DARK: View = View { width: 360, scheme: Scheme::Dark };

/// A page that has been reached, by the name under which it is drawn.
pub(crate) async fn holds(browser: &Browser, name: &str) {
    let mut wrong = Vec::new();
    for view in View::ALL {
        browser.look(view).await;
        // What is narrow and dark has the order of what is narrow and the colours of what is dark.
        let found = if view == NARROW_AND_DARK { Vec::new() } else { axe::violations(browser).await };
        wrong.extend(found.into_iter().map(|line| format!("{name} at {}: {line}", view.name())));
        let width = browser.ask("return document.documentElement.scrollWidth", Vec::new()).await;
        if u64::from(view.width) < width.as_u64().unwrap() {
            wrong.push(format!("{name} at {} is {width} wide", view.name()));
        }
    }
    browser.look(View::ALL[0]).await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Draws the page that the browser shows, in all views and as it is printed.
pub(crate) async fn draw(browser: &Browser, name: &str) {
    let directory = directory();
    std::fs::create_dir_all(&directory).unwrap();
    for view in View::ALL {
        browser.look(view).await;
        std::fs::write(directory.join(format!("{name}.{}.png", view.name())), browser.picture().await).unwrap();
    }
    browser.look(View::ALL[0]).await;
    browser.look_at_paper().await;
    std::fs::write(directory.join(format!("{name}.paper.png")), browser.picture().await).unwrap();
    browser.look(View::ALL[0]).await;
}

/// Where pictures are.
pub(crate) fn directory() -> PathBuf {
    testing::target_dir().join("pages")
}
