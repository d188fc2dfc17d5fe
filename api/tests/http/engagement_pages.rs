//! The pages of engagements.

use domain::access_grant::{AccessGrant, Command as Granting, DurationLimits, Grant, RoleTitle, Scope};
use domain::member::Role;
use domain::name::{GrantId, PersonId};
use domain::person::{Email, Firm, PersonName};
use ledger::entry::{Actor, ActorType};
use ledger::time::Timestamp;
use rstest::rstest;
use store::execute::execute;
use uuid::Uuid;

use crate::app::{TestApp, start};

const LIST: &str = "/orgs/acme/engagements";
const PLAN: [(&str, &str); 4] =
    [("name", "SOC 2 Type II, 2026"), ("framework", "SOC 2"), ("starts_on", "2026-01-01"), ("ends_on", "2026-12-31")];

// rows: S2-04
#[tokio::test]
async fn an_engagement_is_opened_changed_and_closed_on_its_pages() {
    let app = start().await;
    let _follow = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    assert!(owner.get(LIST).await.page(200).contains("There is no engagement yet"));
    owner.get(&format!("{LIST}/new")).await.page(200);
    let page = owner.post_form(&format!("{LIST}/new"), &PLAN).await.arrives_at();
    let shown = owner.get(&page).await.page(200);
    assert!(shown.contains("SOC 2 Type II, 2026") && shown.contains("Recorded as"), "{shown}");
    assert!(shown.contains("Opened as SOC 2 Type II, 2026, SOC 2, 2026-01-01 to 2026-12-31"), "{shown}");
    assert!(owner.get(LIST).await.page(200).contains("2026-01-01 to 2026-12-31"));

    let address = page.split('?').next().unwrap().to_owned();
    assert!(owner.get(&format!("{address}/edit")).await.page(200).contains("value=\"SOC 2 Type II, 2026\""));
    let changed = [
        ("name", "SOC 2 Type II, 2026"),
        ("framework", "SOC 2"),
        ("starts_on", "2026-01-01"),
        ("ends_on", "2027-03-31"),
    ];
    let page = owner.post_form(&format!("{address}/edit"), &changed).await.arrives_at();
    assert!(owner.get(&page).await.page(200).contains("2027-03-31"));

    let close = format!("{address}/close");
    assert!(owner.post_form(&close, &[("typed", "yes")]).await.page(422).contains("Type close to confirm"));
    let page = owner.post_form(&close, &[("typed", "close"), ("note", "The report is out")]).await.arrives_at();
    let shown = owner.get(&page).await.page(200);
    assert!(shown.contains("Closed: The report is out") && !shown.contains("Close engagement"), "{shown}");
}

#[tokio::test]
async fn the_page_of_an_engagement_is_drawn_from_its_document_and_says_when_that_is_behind() {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let page = owner.post_form(&format!("{LIST}/new"), &PLAN).await.arrives_at();
    assert_eq!(owner.get(&page).await.status, 503, "nobody has made its document yet");
    owner.get(&format!("{LIST}/018f3b7e-0000-7000-8000-00000000dead")).await.page(404);
    let follow = app.follow();
    let shown = owner.get(&page).await.page(200);
    assert!(shown.contains("Opened as SOC 2 Type II, 2026") && !shown.contains("Updating:"), "{shown}");
    drop(follow);
    let address = page.split('?').next().unwrap();
    let closed = owner.post_form(&format!("{address}/close"), &[("typed", "close")]).await.arrives_at();
    let behind = owner.get(&closed).await.page(200);
    assert!(behind.contains("Updating:") && !behind.contains("Closed"), "{behind}");
    owner.post_form(&format!("{address}/edit"), &PLAN).await.page(409);
}

#[rstest]
#[case("name", "", "name")]
#[case("starts_on", "soon", "starts_on")]
#[case("ends_on", "2025-12-31", "ends_on")]
#[tokio::test]
async fn a_form_comes_back_with_what_is_wrong_in_it(#[case] field: &str, #[case] value: &str, #[case] at: &str) {
    let app = start().await;
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let fields = PLAN.map(|(name, text)| (name, if name == field { value } else { text }));
    let page = owner.post_form(&format!("{LIST}/new"), &fields).await.page(422);
    assert!(page.contains(&format!("href=\"#{at}\"")) && page.contains("one thing is to be corrected"), "{page}");
}

// rows: S2-04, S2-08, S2-11, S2-12, S2-13, S2-14, S2-22, S2-23, S2-24, S2-25, S2-26, S2-27, S2-28, C16
#[tokio::test]
async fn the_tab_auditor_invites_lists_the_invites_of_the_cycle_and_filters_them_by_status() {
    let app = start().await;
    let _follow = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let page = owner.post_form(&format!("{LIST}/new"), &PLAN).await.arrives_at();
    let address = page.split('?').next().unwrap().to_owned();
    let engagement = address.rsplit('/').next().unwrap();
    let invites = format!("{address}/invites");
    let empty = owner.get(&invites).await.page(200);
    assert!(empty.contains("Nobody was invited to this engagement"), "{empty}");
    assert!(
        empty.contains(&format!("/orgs/acme/grants/new?engagement={engagement}")) && empty.contains("Create Invite")
    );

    invite(&app, engagement, "ada@auditors.example", None).await;
    invite(&app, engagement, "bob@auditors.example", Some(Granting::Accept { token_sha256: None })).await;
    let last =
        invite(&app, engagement, "eve@auditors.example", Some(Granting::Revoke { note: None, sessions_ended: 0 }))
            .await;
    invite(&app, "018f3b7e-0000-7000-8000-00000000e0ff", "other@auditors.example", None).await;
    projections::wait::until(app.app.ledger(), "grants", app.acme.log, last, std::time::Duration::from_secs(10))
        .await
        .unwrap();
    let shown = owner.get(&invites).await.page(200);
    for head in ["Email", "Name", "Firm", "Role", "Permissions", "Status", "Created", "Expires"] {
        assert!(shown.contains(&format!("<th scope=\"col\">{head}</th>")), "{head}: {shown}");
    }
    for text in [
        "ada@auditors.example",
        "Ada Prüfer",
        "Lovelace Audit",
        "Lead Auditor",
        "view_controls",
        "submit_irl (not yet available)",
        "download_package (not yet available)",
    ] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    assert!(!shown.contains("other@auditors.example"), "of another cycle");
    assert!(shown.contains(">Auditor Invites</a>"), "{shown}");
    for (class, word) in [("good", "active"), ("info", "accepted"), ("ended", "revoked")] {
        assert!(
            shown.contains(&format!("<span class=\"badge {class}\">"))
                && shown.contains(&format!("</svg><span>{word}</span></span>")),
            "{word}: {shown}"
        );
        let only = owner.get(&format!("{invites}?status={word}")).await.page(200);
        assert_eq!(only.matches("@auditors.example").count(), 1, "{word}: {only}");
    }
    let expired = owner.get(&format!("{invites}?status=expired")).await.page(200);
    assert!(expired.contains("No invite has this status"), "{expired}");
}

// rows: S2-24, S2-25, S2-26, S2-27
#[rstest]
#[case("good", "active", "green", 130..170)]
#[case("info", "accepted", "blue", 220..270)]
#[case("ended", "revoked", "red", 10..35)]
#[case("waiting", "expired", "yellow", 65..110)]
#[tokio::test]
async fn the_badge_of_a_status_has_the_colour_of_its_tone(
    #[case] tone: &str,
    #[case] word: &str,
    #[case] colour: &str,
    #[case] hues: std::ops::Range<u32>,
) {
    let app = start().await;
    let page = app.sign_in_as(&[Role::Owner]).await.get(LIST).await;
    let style = format!("/assets/{}", page.between("rel=\"stylesheet\" href=\"/assets/", "\""));
    let style = app.get(&style).await;
    assert!(style.text().contains(&format!(".{tone} {{ --tone: var(--{tone}); }}")));
    // For light pages and for dark ones; the last number of each is the hue.
    let colours = style.between(&format!("--{tone}: light-dark("), ");");
    let found: Vec<u32> = colours.split(')').filter_map(|part| part.split_whitespace().last()?.parse().ok()).collect();
    assert!(found.len() == 2 && found.iter().all(|hue| hues.contains(hue)), "{word} is {colour}: {colours}");
}

#[tokio::test]
async fn who_may_only_see_engagements_is_offered_nothing_else() {
    let app = start().await;
    let _follow = app.follow();
    let owner = app.sign_in_as(&[Role::Owner]).await;
    let page = owner.post_form(&format!("{LIST}/new"), &PLAN).await.arrives_at();
    let address = page.split('?').next().unwrap().to_owned();
    let viewer = app.sign_in_as(&[Role::Viewer]).await;
    for path in [LIST, &address, &format!("{address}/invites")] {
        let shown = viewer.get(path).await.page(200);
        assert!(!shown.contains("/new") && !shown.contains("/edit") && !shown.contains("/close"), "{shown}");
    }
    viewer.get(&format!("{LIST}/new")).await.page(403);
    viewer.post_form(&format!("{LIST}/new"), &PLAN).await.page(403);
    viewer.post_form(&format!("{address}/close"), &[("typed", "close")]).await.page(403);
    owner.get(&format!("{LIST}/018f3b7e-0000-7000-8000-00000000e0ff")).await.page(404);
    owner.get(&format!("{LIST}/x/invites")).await.page(404);
}

/// Invites somebody to an engagement, and lets something come of it; the index of the last entry.
pub(crate) async fn invite(app: &TestApp, engagement: &str, email: &str, then: Option<Granting>) -> u64 {
    let scope = Scope::custom(
        ["view", "view_evidence", "submit_irl", "download_package"],
        ["controls", "evidence", "requests", "packages"],
    );
    let mut scope = scope.unwrap();
    let mut filters = scope.filters().clone();
    filters.engagement = Some(domain::name::EngagementId::parse(engagement).unwrap());
    scope = scope.limited_to(filters).unwrap();
    let now = store::clock::now();
    let grant = Grant {
        person: PersonId::parse(&Uuid::new_v4().to_string()).unwrap(),
        email: Email::parse(email).unwrap(),
        name: Some(PersonName::parse("Ada Prüfer").unwrap()),
        firm: Firm::parse("Lovelace Audit").unwrap(),
        scope,
        expires_at: Timestamp::from_micros(now.as_micros() + 30 * 86_400_000_000).unwrap(),
        limits: DurationLimits::PLATFORM,
        email_hash: None,
        role_title: Some(RoleTitle::Lead),
        invitation: None,
        regrant_of: None,
    };
    let actor = Actor { kind: ActorType::System, id: "command_line".to_owned(), role: None };
    let ctx = domain::context::Ctx::of(actor, now);
    let id = GrantId::parse(&Uuid::new_v4().to_string()).unwrap();
    let mut index = 0;
    for command in std::iter::once(Granting::Grant(grant)).chain(then) {
        let done =
            execute::<AccessGrant>(app.app.ledger(), app.acme.log, &ctx, id.as_str(), command, None).await.unwrap();
        index = done.entries.last().unwrap().index;
    }
    index
}
