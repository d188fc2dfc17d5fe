//! `/orgs/{org}/ledger/export`: the log, or a part of it, taken out by a member as a file that verifies by itself.

use domain::member::Role;
use ledger::entry::Entry;
use ledger::verify::{self, Options, Question, Status};
use rstest::rstest;
use serde_json::json;

use crate::app::{Answer, start};
use crate::shapes::story::story;

const EXPORT: &str = "/orgs/acme/ledger/export";

/// What is said of completeness, once nothing in the file fails.
fn completeness(answer: &Answer) -> Status {
    assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
    assert_eq!(answer.header("content-type"), "application/zip");
    let verdict = verify::container(answer.body.as_slice(), &Options::default()).unwrap();
    assert!(!verdict.has_failed(), "{:#?}", verdict.lines);
    verdict.line(Question::Completeness).unwrap().status
}

// rows: S4-41, C22
#[rstest]
#[case::the_whole_log("", "The whole log", json!({}), Status::Ok)]
#[case::the_auditors_trail("?type=auditor.", "Everything of the types auditor.", json!({ "type": "auditor." }), Status::NotProved)]
#[case::of_one("?actor=0194f3b0-0000-7000-8000-000000000001", "done by 0194f3b0", json!({ "actor": "0194f3b0-0000-7000-8000-000000000001" }), Status::NotProved)]
#[case::about_one("?subject=record/controls/AC-1", "done to record/controls/AC-1", json!({ "subject": "record/controls/AC-1" }), Status::NotProved)]
#[tokio::test(flavor = "multi_thread")]
async fn what_was_searched_for_is_exported_and_that_is_an_entry_of_who_did_it(
    #[case] query: &str,
    #[case] words: &str,
    #[case] recorded: serde_json::Value,
    #[case] status: Status,
) {
    let story = story().await;
    let owner = story.app.sign_in_as(&[Role::Owner]).await;
    let before = story.app.size().await;
    let page = owner.get(&format!("{EXPORT}{query}")).await.page(200);
    assert!(page.contains(words), "{page}");
    assert_eq!(story.app.size().await, before, "to look is no export");
    let file = owner.post_form(&format!("{EXPORT}{query}"), &[]).await;
    assert_eq!(completeness(&file), status);
    let entry = crate::auditor::entries(&story.app, &story.app.acme, before).await.remove(0);
    assert_eq!((entry.event_type.as_str(), &entry.detail["query"]), ("ledger.exported", &recorded));
    assert_eq!(entry.actor.id, owner.member.as_str());
    assert!(entry.context.session.is_some(), "in which session is recorded");
}

// rows: S4-41
#[tokio::test(flavor = "multi_thread")]
async fn an_export_is_found_by_the_name_that_the_audit_log_guide_has_for_it() {
    let app = start().await;
    let _following = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let index = app.size().await;
    completeness(&owner.post_form(EXPORT, &[]).await);
    let found = owner.get(&format!("/orgs/acme/ledger?type=data.bulk_exported&entry={index}")).await.page(200);
    assert!(found.contains("Event: data.bulk_exported"), "the filter held: {found}");
    assert!(found.contains(&format!("<tr id=\"entry-{index}\">")) && found.contains("ledger.exported"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_things_history_is_exported_whole_and_of_days_what_lies_in_them() {
    let story = story().await;
    let owner = story.app.sign_in_as(&[Role::Owner]).await;
    let invited = owner.get(&format!("/orgs/acme/ledger/{}/entry", crate::shapes::story::at::INVITED)).await;
    let grant = Entry::parse(&invited.body).unwrap().subject;
    let history = owner.post_form(&format!("{EXPORT}?stream={grant}"), &[]).await;
    assert_eq!(completeness(&history), Status::Ok, "the log says how many there are");
    assert!(history.header("content-disposition").contains("-part.zip"));
    let days = owner.post_form(&format!("{EXPORT}?from=2020-01-01&to=2020-01-31"), &[]).await;
    assert_eq!(completeness(&days), Status::Ok, "nothing happened then, and what follows is in the file");
}

#[rstest]
#[case::two_filters("?type=auditor.&subject=record/controls/AC-1")]
#[case::an_outcome("?outcome=failure")]
#[case::another_systems_name("?type=ACCEPT_INVITE")]
#[tokio::test]
async fn a_search_that_no_file_can_be_checked_against_is_refused_with_what_can_be(#[case] query: &str) {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let before = app.size().await;
    for page in [owner.get(&format!("{EXPORT}{query}")).await, owner.post_form(&format!("{EXPORT}{query}"), &[]).await]
    {
        let page = page.page(422);
        assert!(page.contains("One file is of one kind") && page.contains("?type=auditor."), "{page}");
    }
    owner.get(&format!("{EXPORT}?subject=x")).await.page(422);
    assert_eq!(app.size().await, before);
}

// rows: S4-41, S4-42
#[tokio::test]
async fn who_has_not_confirmed_lately_and_who_lacks_the_permission_export_nothing() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    owner.confirmed_minutes_ago(Some(16)).await;
    assert!(owner.get(EXPORT).await.arrives_at().starts_with("/orgs/acme/confirm?next="));
    let refused = owner.post_form(EXPORT, &[]).await.page(403);
    assert!(refused.contains("MFA re-confirmation required for privileged action"), "{refused}");
    let viewer = app.sign_in_as(&[Role::Viewer]).await;
    viewer.get(EXPORT).await.page(403);
    viewer.post_form(EXPORT, &[]).await.page(403);
    let entries = crate::auditor::entries(&app, &app.acme, 0).await;
    assert!(entries.iter().all(|entry| entry.event_type.as_str() != "ledger.exported"));
}
