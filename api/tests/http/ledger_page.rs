//! `/orgs/{org}/ledger`: an organisation's log as its members see it.

use domain::member::Role;
use ledger::entry::Entry;
use ledger::proof::TlogProof;
use rstest::rstest;

use crate::app::{Answer, EVENTS, event, start};
use crate::forms::beside;
use crate::shapes::story::{OWNER, at, story};
use crate::signed_in::SignedIn;

const LEDGER: &str = "/orgs/acme/ledger";

fn html(answer: &Answer) -> String {
    assert_eq!(answer.status, 200);
    String::from_utf8(answer.body.clone()).unwrap()
}

/// The places of the entries that a page lists.
fn listed(page: &str) -> Vec<u64> {
    let rows = page.split("<tr id=\"entry-").skip(1);
    rows.map(|row| row.split_once('"').unwrap().0.parse().unwrap()).collect()
}

/// A page that waits until the read model has come to the last entry of the story.
async fn caught_up(member: &SignedIn<'_>) {
    html(&member.get(&format!("{LEDGER}?entry={}", at::POLICY)).await);
}

// rows: S1-38, S1-66, S5-74, C22
#[tokio::test]
async fn members_search_their_log_by_every_systems_names() {
    let story = story().await;
    let follower = story.app.follow();
    let owner = story.app.sign_in_as(&[Role::Owner]).await;
    caught_up(&owner).await;
    let cases: &[(&str, &[u64])] = &[
        ("type=auditor_access_granted", &[at::SECURITY, at::INVITED]),
        ("type=ACCEPT_INVITE", &[at::TERMS, at::ACCEPTED]),
        ("type=auditor.session.", &[at::LOGOUT, at::STARTED]),
        ("type=&subject=record/controls/AC-1&outcome=success", &[at::VIEWED]),
        ("outcome=failure", &[at::WRONG_CODE, at::TRIED]),
        ("type=auditor.&to=2020-01-01", &[]),
        ("type=policy_updated&from=2020-01-01", &[at::POLICY]),
    ];
    for (query, expected) in cases {
        let page = html(&owner.get(&format!("{LEDGER}?{query}")).await);
        assert_eq!(listed(&page), *expected, "{query}");
        assert_eq!(page.contains("No entry is like that"), expected.is_empty());
    }
    let by = html(&owner.get(&format!("{LEDGER}?actor={OWNER}&type=auditor.")).await);
    assert_eq!(listed(&by), [at::SECURITY, at::REVOKED, at::WIDENED, at::INVITED]);
    assert!(by.contains("olga@acme.example"), "who acted is shown by their address");
    assert!(by.contains(&format!("actor={OWNER}\">olga@acme.example</a>")), "which leads to what they did: {by}");
    let invited = owner.get(&format!("{LEDGER}/{}/entry", at::INVITED)).await;
    let grant = Entry::parse(&invited.body).unwrap().subject;
    let history = html(&owner.get(&format!("{LEDGER}?stream={grant}")).await);
    assert!(history.contains(&format!("History of: {grant}")), "{history}");
    let listed = listed(&history);
    assert!(listed.contains(&at::INVITED) && listed.contains(&at::WIDENED), "{listed:?}");
    assert!(!listed.contains(&at::POLICY) && !listed.contains(&at::VIEWED), "{listed:?}");
    assert_eq!(
        owner.get(&format!("{LEDGER}?strem={grant}")).await.status,
        422,
        "what it does not know would show too much"
    );
    drop(follower);
}

// rows: S4-24
#[tokio::test]
async fn a_row_opens_to_the_entry_its_sealed_values_and_what_proves_it() {
    let story = story().await;
    let follower = story.app.follow();
    let owner = story.app.sign_in_as(&[Role::Owner]).await;
    story.app.seal(at::POLICY + 1).await;
    let page = html(&owner.get(&format!("{LEDGER}?type=COMMENT&entry={}", at::INVITED)).await);
    assert_eq!(
        listed(&page),
        [at::INVITED, at::MEMBER, 0],
        "it is not among what was asked for: the log from there on"
    );
    assert!(page.contains("ada@auditors.example") && page.contains("Sealed"), "{page}");
    let bytes = owner.get(&format!("{LEDGER}/{}/entry", at::INVITED)).await;
    let entry = Entry::parse(&bytes.body).unwrap();
    assert_eq!(entry.sequence, at::INVITED);
    assert_eq!(bytes.header("content-disposition"), "attachment; filename=\"acme-2.json\"");
    let receipt = owner.get(&format!("{LEDGER}/{}/receipt", at::INVITED)).await.json();
    assert_eq!(receipt["state"], "sealed");
    let proof = owner.get(&format!("{LEDGER}/{}/proof", at::INVITED)).await;
    TlogProof::parse(&String::from_utf8(proof.body).unwrap()).unwrap().verify(&bytes.body).unwrap();
    drop(follower);
}

#[tokio::test]
async fn a_row_opens_in_its_place_and_the_list_goes_on_page_by_page() {
    let app = start().await;
    let follower = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    for _ in 0..11 {
        app.post(EVENTS, &serde_json::json!({ "events": vec![event(); 10] })).await.created();
    }
    let last = u64::try_from(app.size().await).unwrap() - 1;
    html(&owner.get(&format!("{LEDGER}?entry={last}")).await);
    let first = html(&owner.get(&format!("{LEDGER}?type=user.&entry={}", last - 3)).await);
    assert_eq!(listed(&first), (last - 49..=last).rev().collect::<Vec<_>>());
    assert_eq!(first.matches("<tr class=\"opened\">").count(), 1);
    let (_, rest) = first.split_once("rel=\"next\"").unwrap();
    assert!(rest.len() < first.len());
    let next = format!("{LEDGER}?type=user.&before={}", last - 49);
    assert!(first.contains(&next.replace('&', "&#38;")) || first.contains(&next), "{next}");
    let second = html(&owner.get(&next).await);
    assert_eq!(listed(&second).len(), 50);
    let third = html(&owner.get(&beside(&second, "next").unwrap()).await);
    assert_eq!((listed(&third).len(), beside(&third, "prev")), (10, Some(next)));
    assert_eq!(beside(&second, "prev"), Some(format!("{LEDGER}?type=user.")));
    drop(follower);
}

#[rstest]
#[case("type=Nobody", "type")]
#[case("subject=x", "subject")]
#[case("from=yesterday", "from")]
#[tokio::test]
async fn a_filter_that_is_not_understood_is_named_and_kept(#[case] query: &str, #[case] field: &str) {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let answer = owner.get(&format!("{LEDGER}?{query}")).await;
    assert_eq!(answer.status, 422);
    let page = String::from_utf8(answer.body).unwrap();
    let (_, value) = query.split_once('=').unwrap();
    assert!(page.contains(&format!("href=\"#{field}\"")) && page.contains(&format!("value=\"{value}\"")), "{page}");
}

#[tokio::test]
async fn only_members_with_the_permission_see_the_log_and_only_their_own() {
    let app = start().await;
    let other = crate::app::open(&app.app, "other").await;
    let viewer = app.sign_in_as(&[Role::Viewer]).await;
    let owner = app.sign_in_to(&other, &[Role::Owner]).await;
    for path in ["", "/0/entry", "/0/receipt", "/0/proof"] {
        assert_eq!(viewer.get(&format!("{LEDGER}{path}")).await.status, 403, "{path}");
        assert_eq!(owner.get(&format!("{LEDGER}{path}")).await.status, 303, "{path}");
    }
    assert_eq!(owner.get("/orgs/other/ledger/99/entry").await.status, 404);
}
