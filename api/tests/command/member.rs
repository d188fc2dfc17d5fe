//! `countersign member`: the first owner of an organisation, and the way back in for whoever lost all else.

use ledger::entry::Entry;
use sqlx::ConnectOptions as _;
use store::cluster::Role;
use store::entries;

use crate::place::Place;

const INVITE: &str = "member invite --org acme --email grace@acme.example --role owner --role approver";

#[tokio::test(flavor = "multi_thread")]
async fn the_first_owner_is_invited_and_without_a_mailer_the_link_is_printed() {
    let place = Place::with_acme().await;
    let said = place.run(INVITE).succeeded();
    assert!(said.contains("No mail server is set"), "{said}");
    let link = said.lines().find(|line| line.starts_with("http")).unwrap();
    let token = link.split_once("/join/").unwrap().1;
    assert_eq!(token.len(), 96);

    let listed = place.run("member list --org acme").succeeded();
    for shown in ["invited", "approver, owner", "grace@acme.example"] {
        assert!(listed.contains(shown), "{shown}: {listed}");
    }
    let again = place.run(INVITE).succeeded();
    assert!(again.contains("/join/") && !again.contains(token), "whoever lost the link gets another: {again}");
    let nobody = place.run("member invite --org acme --email grace --role owner");
    assert!(nobody.stderr.contains("exactly one @"), "{}", nobody.stderr);
    let boss = place.run("member invite --org acme --email ada@acme.example --role boss");
    assert!(boss.stderr.contains("compliance_officer"), "the roles are listed: {}", boss.stderr);

    let mut db = place.database.options(Role::Superuser).connect().await.unwrap();
    let kept: Vec<String> = sqlx::query_scalar(
        "select l::text from access.member_links l union all select m::text from access.member_logins m",
    )
    .fetch_all(&mut db)
    .await
    .unwrap();
    assert!(kept.len() == 2 && kept.iter().all(|row| !row.contains(token) && !row.contains("grace")), "{kept:?}");
    let (ledger, acme) = place.ledger().await;
    let entries = entries::range(ledger.reader(), acme.log, 0, 1_000).await.unwrap();
    let entries: Vec<_> = entries.iter().map(|entry| Entry::parse(&entry.bytes).unwrap()).collect();
    assert!(entries.iter().any(|entry| entry.event_type.as_str() == "member.invited"));
    assert!(entries.iter().all(|entry| !entry.detail.to_string().contains("grace")), "it is sealed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_that_signs_in_is_for_members_who_have_joined() {
    let place = Place::with_acme().await;
    place.run(INVITE).succeeded();
    let invited = place.run("member sign-in-link --org acme --email grace@acme.example").refused();
    assert!(invited.contains("this member is invited, and only an active one signs in"), "{invited}");
    let nobody = place.run("member sign-in-link --org acme --email ada@acme.example").refused();
    assert!(nobody.contains("acme has no member with this address"), "{nobody}");
}
