//! `/orgs/{org}/ledger/export`: the log, or a part of it, taken out by a member as a file that verifies by itself.

use domain::member;
use ledger::entry::Entry;
use ledger::verify::{self, Options, Question, Status};
use rstest::rstest;
use serde_json::json;
use store::cluster::Role;

use crate::app::{Answer, TestApp, start};
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
    let owner = story.app.sign_in_as(&[member::Role::Owner]).await;
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
    let owner = app.sign_in_as(&[member::Role::Owner]).await;
    let index = app.size().await;
    completeness(&owner.post_form(EXPORT, &[]).await);
    let found = owner.get(&format!("/orgs/acme/ledger?type=data.bulk_exported&entry={index}")).await.page(200);
    assert!(found.contains("Event: data.bulk_exported"), "the filter held: {found}");
    assert!(found.contains(&format!("<tr id=\"entry-{index}\">")) && found.contains("ledger.exported"), "{found}");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_things_history_is_exported_whole_and_of_days_what_lies_in_them() {
    let story = story().await;
    let owner = story.app.sign_in_as(&[member::Role::Owner]).await;
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
    let owner = app.sign_in_as(&[member::Role::Owner]).await;
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
    let owner = app.sign_in_as(&[member::Role::Owner]).await;
    owner.confirmed_minutes_ago(Some(16)).await;
    assert!(owner.get(EXPORT).await.arrives_at().starts_with("/orgs/acme/confirm?next="));
    let refused = owner.post_form(EXPORT, &[]).await.page(403);
    assert!(refused.contains("MFA re-confirmation required for privileged action"), "{refused}");
    let viewer = app.sign_in_as(&[member::Role::Viewer]).await;
    viewer.get(EXPORT).await.page(403);
    viewer.post_form(EXPORT, &[]).await.page(403);
    let entries = crate::auditor::entries(&app, &app.acme, 0).await;
    assert!(entries.iter().all(|entry| entry.event_type.as_str() != "ledger.exported"));
}

/// A log of which the database says that it is longer than it is.
async fn made_longer(app: &TestApp, sql: &'static str) {
    app.seal(1).await;
    let mut db = app.connect(Role::Superuser).await;
    sqlx::raw_sql(sql).execute(&mut db).await.unwrap();
}

#[rstest]
#[case::by_one_entry("update ledger.checkpoints set size = 100001")]
#[case::by_bytes(
    "alter table ledger.entries disable trigger user;
    alter table ledger.entries drop constraint entries_bytes_check;
    alter table ledger.entries alter column bytes set storage extended;
    update ledger.entries set bytes = convert_to(repeat('x', 268435457), 'UTF8') where index = 0"
)]
#[tokio::test]
async fn a_log_that_is_too_long_for_a_page_is_left_to_the_command_line(#[case] longer: &'static str) {
    let app = start().await;
    let owner = app.sign_in_as(&[member::Role::Owner]).await;
    made_longer(&app, longer).await;
    let before = recorded(&app).await;
    for answer in [owner.get(EXPORT).await, owner.post_form(EXPORT, &[]).await] {
        let page = answer.page(422);
        assert!(page.contains("100,000 entries and 256 MiB"), "{page}");
        assert!(page.contains("countersign export --org acme --out acme.zip"), "{page}");
    }
    assert_eq!(recorded(&app).await, before, "what is not made is not recorded");
}

/// How many entries acme's log has, whatever is in them.
async fn recorded(app: &TestApp) -> i64 {
    let mut db = app.connect(Role::Superuser).await;
    let size = sqlx::query_scalar("select size from ledger.heads where log = $1").bind(app.acme.log.0);
    size.fetch_one(&mut db).await.unwrap()
}

#[tokio::test]
async fn a_log_that_just_fits_is_offered() {
    let app = start().await;
    let owner = app.sign_in_as(&[member::Role::Owner]).await;
    made_longer(&app, "update ledger.checkpoints set size = 100000").await;
    assert!(owner.get(EXPORT).await.page(200).contains("100,000 entries are sealed"));
}

// rows: S4-41
#[tokio::test(flavor = "multi_thread")]
async fn a_member_exports_six_times_an_hour_and_is_then_told_when_again() {
    let app = start().await;
    let (owner, other) = (app.sign_in_as(&[member::Role::Owner]).await, app.sign_in_as(&[member::Role::Owner]).await);
    for _ in 0..6 {
        completeness(&owner.post_form(EXPORT, &[]).await);
    }
    let before = app.size().await;
    let often = owner.post_form(EXPORT, &[]).await;
    assert_eq!(often.status, 429);
    assert!((1..=3600).contains(&often.header("retry-after").parse::<u64>().unwrap()));
    assert_eq!(app.size().await, before, "what is not made is not recorded");
    completeness(&other.post_form(EXPORT, &[]).await);
}

#[tokio::test]
async fn of_a_log_whose_file_is_not_taken_yet_there_is_no_second_one() {
    let app = start().await;
    let owner = app.sign_in_as(&[member::Role::Owner]).await;
    let before = app.size().await;
    let place = app.app.exports().place(app.acme.log).unwrap();
    let page = owner.post_form(EXPORT, &[]).await.page(409);
    assert!(page.contains("An export of this organisation is being made or downloaded; one at a time."), "{page}");
    assert_eq!(app.size().await, before);
    drop(place);
    completeness(&owner.post_form(EXPORT, &[]).await);
}

#[tokio::test]
async fn whoever_is_suspended_while_their_export_is_made_gets_nothing_of_it_and_it_stays_recorded() {
    let app = start().await;
    let (owner, other) =
        (app.sign_in_as(&[member::Role::Owner]).await, app.member_of(&app.acme, &[member::Role::Owner]));
    other.await;
    let turn = app.app.exports().turn().await.unwrap();
    let before = app.size().await;
    let suspended = async {
        while app.size().await == before {
            tokio::task::yield_now().await;
        }
        let stop = member::Stop { note: None, sessions_ended: 0, other_owners: 1 };
        app.command_member(&app.acme, &owner.member, member::Command::Suspend(stop)).await;
        drop(turn);
    };
    let (answer, ()) = tokio::join!(owner.post_form(EXPORT, &[]), suspended);
    assert_eq!(answer.status, 401, "{}", answer.text());
    assert!(!answer.body.starts_with(b"PK"), "no byte of the file");
    let entries = crate::auditor::entries(&app, &app.acme, before).await;
    assert_eq!(
        (entries[0].event_type.as_str(), entries[0].actor.id.as_str()),
        ("ledger.exported", owner.member.as_str())
    );
}

#[tokio::test]
async fn an_export_that_cannot_be_made_says_which_entry_records_that_it_was_asked_for() {
    let app = start().await;
    let owner = app.sign_in_as(&[member::Role::Owner]).await;
    app.seal(1).await;
    let index = app.size().await;
    store::testing::forge(&app.database, app.acme.log, 1).await;
    let page = owner.post_form(EXPORT, &[]).await.page(503);
    let said = format!("That it was exported is recorded, as entry {index}, but no file could be made of it.");
    assert!(page.contains(&said) && page.contains("Nothing was handed out"), "{page}");
    let entry = crate::auditor::entries(&app, &app.acme, index).await.remove(0);
    assert_eq!(entry.event_type.as_str(), "ledger.exported");
}
