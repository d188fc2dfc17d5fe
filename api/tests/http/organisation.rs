//! The pages of an organisation itself: settings, policy, terms.

use domain::member::Role;
use domain::organisation::Organisation;
use ledger::entry::Entry;
use rstest::rstest;
use serde_json::json;

use crate::app::{Answer, TestApp, start};
use crate::signed_in::SignedIn;

const SETTINGS: &str = "/orgs/acme/settings";
const POLICY: &str = "/orgs/acme/policy";
const TERMS: &str = "/orgs/acme/terms";
/// Not to be written more than once, since what is refused for it has these words (S4-42).
const NOT_FRESH: &str = "MFA re-confirmation required for privileged action";

const LARKFIELD: [(&str, &str); 3] =
    [("name", "Larkfield Clinic"), ("contact", "Compliance desk\r\n+352 1234"), ("time_zone", "europe/berlin")];

const BALANCED: [(&str, &str); 10] = [
    ("preset", "balanced"),
    ("default_days", "30"),
    ("min_days", "1"),
    ("max_days", "90"),
    ("link_reuse", "reusable"),
    ("second_factor", "email_code"),
    ("delivery_default", "email"),
    ("granters", "owner_admin"),
    ("edit_in_place", "yes"),
    ("resend", "yes"),
];

fn html(answer: &Answer) -> String {
    String::from_utf8(answer.body.clone()).unwrap()
}

/// The page that a form led to.
async fn followed(member: &SignedIn<'_>, answer: &Answer) -> String {
    assert_eq!(answer.status, 303, "{}", html(answer));
    let page = member.get(answer.header("location")).await;
    assert_eq!(page.status, 200);
    html(&page)
}

/// The last entry of acme's log.
async fn newest(app: &TestApp) -> Entry {
    let entries = store::entries::range(app.app.ledger().reader(), app.acme.log, 0, 10_000).await.unwrap();
    Entry::parse(&entries.last().unwrap().bytes).unwrap()
}

/// Fields with some of them replaced.
fn with<'a>(fields: &[(&'a str, &'a str)], replaced: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let value = |name: &str| replaced.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
    fields.iter().map(|(name, old)| (*name, value(name).unwrap_or(old))).collect()
}

// rows: S4-41
#[tokio::test]
async fn settings_are_changed_by_an_owner_and_recorded_before_the_page_says_so() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let page = followed(&owner, &owner.post_form(SETTINGS, &LARKFIELD).await).await;
    assert!(page.contains("Larkfield Clinic") && page.contains("Europe/Berlin"), "{page}");
    assert!(page.contains("Recorded as <a href=\"/orgs/acme/ledger?entry="), "{page}");
    let entry = newest(&app).await;
    assert_eq!(entry.event_type.as_str(), "organisation.settings.changed");
    assert_eq!(entry.actor.id, owner.member.as_str());
    let settings = json!({
        "contact": "Compliance desk\n+352 1234", "name": "Larkfield Clinic", "time_zone": "Europe/Berlin",
    });
    assert_eq!(entry.detail, settings);
    let shown = app.get(&format!("/v1/orgs/acme/entries/{}?shape=s4", entry.sequence)).await.json();
    assert_eq!(shown["action"], "config.changed");
}

#[rstest]
#[case("name", " ")]
#[case("time_zone", "Mars/Olympus")]
#[case("time_zone", "")]
#[tokio::test]
async fn a_setting_that_breaks_a_rule_comes_back_with_what_was_typed(#[case] field: &str, #[case] value: &str) {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let before = app.size().await;
    let answer = owner.post_form(SETTINGS, &with(&LARKFIELD, &[(field, value)])).await;
    assert_eq!(answer.status, 422);
    let page = html(&answer);
    assert!(page.contains(&format!("href=\"#{field}\"")) && page.contains("Compliance desk"), "{page}");
    assert_eq!(app.size().await, before);
}

#[tokio::test]
async fn who_may_only_read_settings_is_shown_them_without_a_form() {
    let app = start().await;
    let officer = app.sign_in_as(&[Role::ComplianceOfficer]).await;
    for page in [SETTINGS, POLICY, TERMS] {
        let answer = officer.get(page).await;
        assert_eq!(answer.status, 200);
        assert!(!html(&answer).contains("<button class=\"button first\">"), "{page}");
    }
    let before = app.size().await;
    assert_eq!(officer.post_form(SETTINGS, &LARKFIELD).await.status, 403);
    assert_eq!(officer.post_form(POLICY, &BALANCED).await.status, 403);
    assert_eq!(officer.get("/orgs/acme/terms/new").await.status, 403);
    assert_eq!(app.size().await, before);
    let viewer = app.sign_in_as(&[Role::Viewer]).await;
    for page in [SETTINGS, POLICY, TERMS] {
        assert_eq!(viewer.get(page).await.status, 403);
    }
}

// rows: S4-41, S4-42
#[tokio::test]
async fn who_confirmed_too_long_ago_is_asked_again_and_loses_nothing_of_what_was_typed() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    owner.confirmed_minutes_ago(Some(16)).await;
    let answer = owner.post_form(SETTINGS, &LARKFIELD).await;
    let page = html(&answer);
    assert_eq!(answer.status, 403);
    assert!(page.contains(NOT_FRESH) && page.contains("value=\"Larkfield Clinic\""), "{page}");
    assert!(page.contains("/orgs/acme/confirm?next=/orgs/acme/settings"), "{page}");
    let policy = owner.post_form(POLICY, &with(&BALANCED, &[("max_days", "45")])).await;
    assert!(html(&policy).contains(NOT_FRESH) && html(&policy).contains("value=\"45\""));
    owner.confirmed_minutes_ago(Some(14)).await;
    followed(&owner, &owner.post_form(SETTINGS, &LARKFIELD).await).await;
}

#[tokio::test]
async fn what_is_as_asked_for_already_is_not_recorded_again() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let before = app.size().await;
    let answer = owner.post_form(POLICY, &BALANCED).await;
    assert_eq!(answer.status, 409);
    assert!(html(&answer).contains("nothing about this organisation would change"));
    assert_eq!(app.size().await, before);
}

// rows: S1-52, S1-53, S1-54, S1-61, S2-15, S5-04, S5-09, C1, C11
#[tokio::test]
async fn the_page_of_the_policy_shows_what_each_preset_sets() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let page = html(&owner.get(POLICY).await);
    let row = |label: &str| {
        let (_, row) = page.split_once(&format!("<tr><th scope=\"row\">{label}</th>")).unwrap();
        let (row, _) = row.split_once("</tr>").unwrap();
        let cells = row.split("<td>").skip(1).map(|cell| cell.split_once("</td>").unwrap().0.to_owned());
        cells.collect::<Vec<_>>().join(" | ")
    };
    // Now, then Balanced, Strict token, Audit cycle, Magic link.
    assert_eq!(row("Days, where nothing else is chosen"), "30 | 30 | 30 | 90 | 90");
    assert_eq!(row("Fewest days"), "1 | 1 | 1 | 1 | 1");
    assert_eq!(row("Most days"), "90 | 90 | 90 | 365 | 365");
    let owners = "owners and admins";
    assert_eq!(
        row("Who gives, changes and takes access"),
        format!("{owners} | {owners} | owners | whoever may write grants | {owners}")
    );
    assert_eq!(row("A link opens the access"), "until it ends | until it ends | until it ends | once | until it ends");
}

#[tokio::test]
async fn one_value_is_changed_and_marked_as_different_from_the_preset() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let page = followed(&owner, &owner.post_form(POLICY, &with(&BALANCED, &[("max_days", "60")])).await).await;
    assert!(page.contains("Balanced has: 90"), "{page}");
    let entry = newest(&app).await;
    assert_eq!(entry.event_type.as_str(), "organisation.policy.changed");
    assert_eq!((&entry.detail["preset"], &entry.detail["policy"]["max_days"]), (&json!("balanced"), &json!(60)));
}

#[tokio::test]
async fn balanced_stays_at_90_days_and_a_preset_fills_the_form_before_it_is_saved() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let before = app.size().await;
    let answer = owner.post_form(POLICY, &with(&BALANCED, &[("max_days", "91")])).await;
    assert_eq!(answer.status, 422);
    assert!(html(&answer).contains("at most 90 with the preset balanced until a second person can approve more"));
    let filled = html(&owner.get("/orgs/acme/policy?preset=magic-link").await);
    assert!(filled.contains("Nothing is saved yet") && filled.contains("value=\"365\""), "{filled}");
    assert_eq!(app.size().await, before);
    let year = [("preset", "magic-link"), ("default_days", "90"), ("max_days", "365"), ("second_factor", "none")];
    followed(&owner, &owner.post_form(POLICY, &with(&BALANCED, &year)).await).await;
    assert_eq!(newest(&app).await.detail["policy"]["max_days"], 365);
}

#[rstest]
#[case("default_days", "0")]
#[case("default_days", "91")]
#[case("max_days", "many")]
#[case("granters", "everybody")]
#[tokio::test]
async fn a_value_of_the_policy_that_breaks_a_rule_is_named(#[case] field: &str, #[case] value: &str) {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let answer = owner.post_form(POLICY, &with(&BALANCED, &[(field, value)])).await;
    assert_eq!(answer.status, 422);
    assert!(html(&answer).contains(&format!("href=\"#{field}\"")), "{}", html(&answer));
}

/// Publishes a text as a browser does: by looking at it first.
async fn publish(owner: &SignedIn<'_>, text: &str) -> Answer {
    let review = owner.post_form("/orgs/acme/terms/review", &[("text", text)]).await;
    assert_eq!(review.status, 200, "{}", html(&review));
    let page = html(&review);
    let hidden = |name: &str| {
        let (_, field) = page.split_once(&format!("name=\"{name}\" value=\"")).unwrap();
        field.split_once('"').unwrap().0.to_owned()
    };
    let (text, sha256) = (hidden("text"), hidden("sha256"));
    owner.post_form(TERMS, &[("text", &text), ("sha256", &sha256), ("everybody", "yes")]).await
}

// rows: S5-46
#[tokio::test]
async fn terms_are_looked_at_and_then_published_under_their_hash() {
    let app = start().await;
    let _following = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let none = html(&owner.get(TERMS).await);
    assert!(none.contains("None published yet") && none.contains("Terms of access for auditors"), "{none}");
    let editor = html(&owner.get("/orgs/acme/terms/new").await);
    assert!(editor.contains("These come with the service"), "{editor}");
    followed(&owner, &publish(&owner, "Be kind.\r\nBe brief.\r\n").await).await;
    let entry = newest(&app).await;
    let sha256 = "0b002252bf227f717035d48acdf677fdcaf7dc5acd64da118c01a89f99f63cb5";
    assert_eq!(entry.detail["sha256"], sha256);
    assert_eq!((&entry.detail["text"], &entry.detail["version"]), (&json!("Be kind.\nBe brief."), &json!(1)));
    let page = followed(&owner, &publish(&owner, "Be kind, and brief.").await).await;
    assert!(page.contains("In force: version 2") && page.contains("Version 1"), "{page}");
    let first = html(&owner.get("/orgs/acme/terms/1").await);
    assert!(first.contains("Be kind.\nBe brief.") && first.contains("Replaced"), "{first}");
    assert!(first.contains(sha256));
    assert_eq!(owner.get("/orgs/acme/terms/3").await.status, 404);
    assert_eq!(publish(&owner, "Be kind, and brief.").await.status, 409, "everybody would be asked for nothing");
}

#[tokio::test]
async fn terms_are_not_published_without_saying_that_everybody_accepts_again() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let (text, sha256) = ("Be kind.", "0".repeat(64));
    let before = app.size().await;
    let unsaid = owner.post_form(TERMS, &[("text", text), ("sha256", &sha256)]).await;
    assert_eq!(unsaid.status, 422);
    let another = owner.post_form(TERMS, &[("text", text), ("sha256", &sha256), ("everybody", "yes")]).await;
    assert_eq!(another.status, 409, "not the text that was looked at");
    let empty = owner.post_form("/orgs/acme/terms/review", &[("text", " \r\n ")]).await;
    assert_eq!(empty.status, 422);
    assert_eq!(app.size().await, before);
}

#[tokio::test]
async fn the_terms_that_come_with_the_service_can_be_published_as_they_are() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let sent = Organisation::DEFAULT_TERMS.replace('\n', "\r\n");
    let review = html(&owner.post_form("/orgs/acme/terms/review", &[("text", &sent)]).await);
    let (_, field) = review.split_once("name=\"sha256\" value=\"").unwrap();
    let sha256 = field.split_once('"').unwrap().0;
    followed(&owner, &owner.post_form(TERMS, &[("text", &sent), ("sha256", sha256), ("everybody", "yes")]).await).await;
    assert_eq!(newest(&app).await.detail["text"], Organisation::DEFAULT_TERMS.trim());
}

#[tokio::test]
async fn nobody_else_sees_or_changes_them() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    crate::app::open(&app.app, "other").await;
    for page in ["settings", "policy", "terms"] {
        let elsewhere = owner.get(&format!("/orgs/other/{page}")).await;
        assert_eq!(elsewhere.status, 303);
        assert!(elsewhere.header("location").starts_with("/orgs/other/sign-in"));
    }
    let mut forged = owner;
    forged.form_token = "AAAA".to_owned();
    assert_eq!(forged.post_form(SETTINGS, &LARKFIELD).await.status, 403);
}
