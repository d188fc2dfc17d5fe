//! The parts of pages, each by itself, before any page is made of them.

use api::web::{assets, gallery};

use crate::browser::Browser;
use crate::{looks, sheet};

/// The gallery on a port of its own; no service and no database.
async fn serve() -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let router = gallery::routes::<()>().merge(assets::routes());
    tokio::spawn(async move { axum::serve(listener, router).await });
    format!("http://localhost:{port}")
}

fn name(address: &str) -> String {
    address.trim_start_matches('/').replace('/', "-")
}

#[tokio::test(flavor = "multi_thread")]
async fn every_part_of_a_page_can_be_used_by_everybody() {
    let browser = Browser::open(&serve().await).await;
    for address in gallery::ADDRESSES {
        browser.go(address).await;
        browser.ask("document.querySelectorAll('details').forEach(details => details.open = true)", Vec::new()).await;
        looks::holds(&browser, &name(address)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_could_use_is_found() {
    let browser = Browser::open(&serve().await).await;
    browser.go("/gallery/plain").await;
    let spoil = "document.querySelector('label').remove(); document.querySelector('h1').style.color = '#ccc'";
    browser.ask(spoil, Vec::new()).await;
    let found = crate::axe::violations(&browser).await.join("\n");
    assert!(found.contains("color-contrast") && found.contains("label"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_makes_a_passkey_with_a_person_who_agrees() {
    let browser = Browser::open(&serve().await).await;
    browser.add_authenticator().await;
    browser.go("/gallery/plain").await;
    let made = browser.ask_later(PASSKEY, Vec::new()).await;
    assert_eq!(made, "public-key");
}

const PASSKEY: &str = "
    const done = arguments[arguments.length - 1];
    const bytes = new Uint8Array(16);
    navigator.credentials.create({ publicKey: {
        challenge: bytes, rp: { id: 'localhost', name: 'x' }, user: { id: bytes, name: 'x', displayName: 'x' },
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
    } }).then(made => done(made.type), error => done(String(error)));";

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_comes_back_says_first_what_is_wrong_and_is_filled_by_its_labels() {
    let browser = Browser::open(&serve().await).await;
    browser.go("/gallery/form").await;
    assert!(browser.text().await.contains("Not accepted: 2 things are to be corrected"));
    assert_eq!(browser.ask("return document.activeElement.className", Vec::new()).await, "summary");
    browser.click("Access lasts from 1 to 90 days under this policy.").await;
    assert_eq!(browser.ask("return document.activeElement.id", Vec::new()).await, "days");
    browser.fill("Days", "30").await;
    browser.fill("Note", "For the \"annual\" audit").await;
    browser.tick("Audit log").await;
    browser.tick("Vendors").await;
    browser.select("Time zone", "Europe/Luxembourg").await;
    assert_eq!((browser.value("Days").await, browser.value("Note").await.len()), ("30".to_owned(), 22));
    assert_eq!(browser.value("Time zone").await, "Europe/Luxembourg");
    assert!(browser.offers("Grant Access").await && !browser.offers("Take access").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_opens_shows_a_dialog_and_gives_focus_back() {
    let browser = Browser::open(&serve().await).await;
    browser.go("/gallery/list").await;
    browser.click("Revoke access").await;
    browser.sees("It cannot be undone").await;
    assert_eq!(browser.ask("return document.querySelector('dialog').open", Vec::new()).await, true);
    browser.click("Keep it").await;
    let focus = browser.ask("return document.activeElement.textContent.trim()", Vec::new()).await;
    assert_eq!(focus, "Revoke access");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_what_opens_stands_beside_its_button_and_nothing_offers_what_it_cannot_do() {
    let browser = Browser::open(&serve().await).await;
    browser.without_scripts().await;
    browser.go("/gallery/list").await;
    browser.click("Revoke access").await;
    browser.sees("It cannot be undone").await;
    let shown = "return [...document.querySelectorAll('.copy')].filter(button => button.checkVisibility()).length";
    assert_eq!(browser.ask(shown, Vec::new()).await, 0, "copying needs a script");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "draws pictures to look at: make pages"]
async fn drawing_of_the_gallery() {
    let browser = Browser::open(&serve().await).await;
    for address in gallery::ADDRESSES {
        browser.go(address).await;
        looks::draw(&browser, &name(address)).await;
    }
    browser.go("/gallery/list").await;
    browser.click("Revoke access").await;
    looks::draw(&browser, "gallery-dialog").await;
    browser.go("/gallery/portal").await;
    browser.ask("document.querySelector('.seal').open = true", Vec::new()).await;
    looks::draw(&browser, "gallery-seal").await;
    sheet::write();
}
