//! The auditor's way in, as auditors, mail scanners and thieves come.

pub(crate) mod browser;
mod code;
mod giving;
mod link;
mod session;
mod terms;

use api::mail::{Kept, Transport};
use ledger::entry::Entry;
use std::sync::Arc;
use store::logs::LogInfo;

use self::browser::Browser;
pub(crate) use self::giving::{Given, Giving, PLAIN, WITH_CODE, command, give, give_in, owner, revoke};
use crate::app::TestApp;

/// Somebody who has opened a link, and accepted the terms.
pub(crate) async fn signed_in(app: &TestApp, given: &Given) -> Browser {
    signed_in_from(app, given, Browser::new()).await
}

/// The same from another address: one opens no more than 60 links in ten minutes.
pub(crate) async fn signed_in_from(app: &TestApp, given: &Given, mut browser: Browser) -> Browser {
    assert_eq!(browser.post(app, &given.path(), &[]).await.header("location"), "/auditor/toe");
    terms::accept(app, &mut browser).await;
    browser
}

/// The messages that went out, newest first.
pub(crate) fn mails(app: &TestApp) -> Vec<Arc<Kept>> {
    let Transport::Kept(mailbox) = app.app.mail() else { panic!("mail is kept in tests") };
    mailbox.messages()
}

/// The entries of a log from one on, parsed.
pub(crate) async fn entries(app: &TestApp, log: &LogInfo, from: usize) -> Vec<Entry> {
    let entries = store::entries::range(app.app.ledger().reader(), log.log, from as u64, 10_000).await.unwrap();
    entries.iter().map(|entry| Entry::parse(&entry.bytes).unwrap()).collect()
}

/// Type and reason of each of acme's entries from one on.
pub(crate) async fn acts(app: &TestApp, from: usize) -> Vec<(String, Option<String>)> {
    let entries = entries(app, &app.acme, from).await;
    let act = |entry: &Entry| (entry.event_type.as_str().to_owned(), entry.outcome.reason().map(str::to_owned));
    entries.iter().map(act).collect()
}

/// Waits until what goes on beside the answers is done.
pub(crate) async fn settled(app: &TestApp) {
    while !app.app.tasks().is_empty() {
        tokio::task::yield_now().await;
    }
}
