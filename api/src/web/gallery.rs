//! Every part of pages, filled with samples, for the tests that look at them in a browser. Not among the routes of the
//! service.

use askama::Template;
use axum::{Router, routing};
use domain::member::{Role, Roles};
use ledger::time::Timestamp;

use super::after::Arrival;
use super::components::{ActorKind, Change, Chip, Choice, Day, Happening, Hash, Head, Order, Pager, Tone};
use super::form::{FieldErrors, FormToken};
use super::moment::{Clock, Moment};
use super::page::Page;
use super::seal::{Seal, Step};
use super::shell::{Nav, Note, OfAuditor, OfOrganisation, OrganisationParts, Plain, Shell, Tab};

/// The pages of the gallery, by their addresses.
pub const ADDRESSES: [&str; 4] = ["/gallery/list", "/gallery/form", "/gallery/portal", "/gallery/plain"];

/// A way to look at them.
pub fn routes<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let [list, form, portal, plain] = ADDRESSES;
    Router::new()
        .route(list, routing::get(|| async { Page::new(List::sample()) }))
        .route(form, routing::get(|| async { Page::new(Form::sample()) }))
        .route(portal, routing::get(|| async { Page::new(Portal::sample()) }))
        .route(plain, routing::get(|| async { Page::new(SignIn::sample()) }))
}

#[derive(Template)]
#[template(path = "gallery/list.html")]
struct List {
    shell: Shell<OfOrganisation>,
    heads: Vec<Head>,
    rows: Vec<Row>,
    opened: Vec<Change>,
    chips: Vec<Chip>,
    pager: Pager,
    states: Vec<Choice>,
    days: Vec<Day>,
    seals: Vec<Seal>,
    none: FieldErrors,
}

struct Row {
    name: &'static str,
    firm: &'static str,
    state: (Tone, &'static str),
    level: &'static str,
    until: Moment,
    seen: Option<Moment>,
    is_open: bool,
}

#[derive(Template)]
#[template(path = "gallery/form.html")]
struct Form {
    shell: Shell<OfOrganisation>,
    errors: FieldErrors,
    bundles: Vec<Choice>,
    types: Vec<Choice>,
    zones: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "gallery/portal.html")]
struct Portal {
    shell: Shell<OfAuditor>,
    heads: Vec<Head>,
    revised: Moment,
    hash: Hash,
    seal: Seal,
}

#[derive(Template)]
#[template(path = "gallery/sign_in.html")]
struct SignIn {
    shell: Shell<Plain>,
    errors: FieldErrors,
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).expect("samples are times")
}

fn clock() -> Clock {
    Clock::new("Europe/Luxembourg", at("2026-11-22T11:47:00.000000Z"))
}

fn frame(nav: Nav) -> Shell<OfOrganisation> {
    Shell::organisation(OrganisationParts {
        name: "Larkfield Clinic",
        slug: "larkfield",
        viewer: "Mara Quist",
        roles: &Roles::new([Role::Owner]).expect("one role"),
        token: FormToken::sample(),
        clock: clock(),
        at: nav,
    })
}

fn seal(index: u64, reached: Step) -> Seal {
    Seal {
        index,
        hash: Hash::new("1f0c52aa77b9e4d1c0ffee00aa559d3e61c2f7b0c7a1d2e3f4a5b6c7d8e99d3e"),
        recorded: clock().exact(at("2026-11-22T11:44:09.213000Z")),
        reached,
        receipt: Some("/orgs/larkfield/receipts/1284".to_owned()),
        proof: (Step::Sealed <= reached).then(|| "/orgs/larkfield/proofs/1284".to_owned()),
        bytes: Some("/orgs/larkfield/ledger/1284/entry".to_owned()),
        check: Some("/auditor/help".to_owned()),
    }
}

impl List {
    fn sample() -> Self {
        let sorted = |word, order| Head::sorted(word, "/gallery/list", order);
        Self {
            shell: frame(Nav::Grants)
                .noting(Note::Done("Access of Ada Hallström was revoked; 2 sessions ended.".to_owned()))
                .following(Some(Arrival { index: 1284, is_shown: true })),
            heads: vec![
                sorted("Auditor", None),
                sorted("State", None),
                Head::plain("Level"),
                sorted("Until", Some(Order::Ascending)),
                sorted("Last seen", None),
                Head::plain(""),
            ],
            rows: rows(),
            opened: vec![
                Change::Added("May download evidence".to_owned()),
                Change::Removed("Sees vendors".to_owned()),
                Change::Kept("Sees policies, controls and incidents from 1 Jan 2026 to 30 Jun 2026".to_owned()),
            ],
            chips: ["State: active or pending", "Firm: Northgate Assurance LLP"]
                .map(|word| Chip { word: word.to_owned(), href: "/gallery/list".to_owned() })
                .into(),
            pager: Pager {
                shown: "26 to 30 of 212".to_owned(),
                before: Some("/gallery/list".to_owned()),
                behind: Some("/gallery/list".to_owned()),
            },
            states: vec![Choice::new("", "Any", false), Choice::new("active", "Active", true)],
            days: days(),
            seals: Step::ALL.map(|step| seal(1284, step)).into(),
            none: FieldErrors::default(),
        }
    }
}

fn rows() -> Vec<Row> {
    let clock = clock();
    let row = |name, firm, state, level, until: &str, seen: Option<&str>| Row {
        name,
        firm,
        state,
        level,
        until: clock.ago(at(until)),
        seen: seen.map(|seen| clock.ago(at(seen))),
        is_open: false,
    };
    let mut rows = vec![
        row(
            "Ada Hallström",
            "Northgate Assurance LLP",
            (Tone::Good, "Active"),
            "Read and download",
            "2026-11-25T11:00:00.000000Z",
            Some("2026-11-22T11:44:00.000000Z"),
        ),
        row(
            "Bartholomew Okonkwo-Featherstonehaugh",
            "Northgate Assurance LLP",
            (Tone::Waiting, "Pending, 6 days"),
            "Read",
            "2026-12-21T23:00:00.000000Z",
            None,
        ),
        row(
            "Chiara Benedetti",
            "Ostrava Partners",
            (Tone::Info, "Starts in 3 days"),
            "Read",
            "2027-02-01T00:00:00.000000Z",
            None,
        ),
        row(
            "Dmitri Vance",
            "Ostrava Partners",
            (Tone::Ended, "Revoked"),
            "Read and download",
            "2026-10-31T23:00:00.000000Z",
            Some("2026-10-20T08:00:00.000000Z"),
        ),
        row(
            "Eun-ji Park",
            "",
            (Tone::Quiet, "Expired"),
            "Read",
            "2026-09-30T22:00:00.000000Z",
            Some("2026-09-30T09:12:44.000000Z"),
        ),
    ];
    rows[1].is_open = true;
    rows
}

fn days() -> Vec<Day> {
    let happening = |actor, sentence: &str, time: &str, seal| Happening {
        actor,
        who: String::new(),
        sentence: sentence.to_owned(),
        at: clock().ago(at(time)),
        seal,
    };
    vec![
        Day {
            date: "22 November 2026".to_owned(),
            events: vec![
                happening(
                    ActorKind::Auditor,
                    "Ada Hallström downloaded “Access review Q3.pdf”.",
                    "2026-11-22T11:44:09.000000Z",
                    Some(seal(1284, Step::Accepted)),
                ),
                happening(
                    ActorKind::Auditor,
                    "Ada Hallström viewed 14 records in 6 minutes.",
                    "2026-11-22T11:38:00.000000Z",
                    Some(seal(1283, Step::Sealed)),
                ),
                happening(ActorKind::Key, "The key “siem” appended 211 events.", "2026-11-22T10:02:00.000000Z", None),
            ],
        },
        Day {
            date: "19 November 2026".to_owned(),
            events: vec![
                happening(
                    ActorKind::Member,
                    "Mara Quist gave Ada Hallström access until 25 November 2026.",
                    "2026-11-19T09:00:00.000000Z",
                    Some(seal(1040, Step::Witnessed)),
                ),
                happening(
                    ActorKind::Service,
                    "Access of Eun-ji Park expired and was swept.",
                    "2026-11-19T00:00:01.000000Z",
                    None,
                ),
            ],
        },
    ]
}

impl Form {
    fn sample() -> Self {
        let mut errors = FieldErrors::default();
        errors.add("email", "An address has one @ with a name before it and a domain behind it.");
        errors.add("days", "Access lasts from 1 to 90 days under this policy.");
        let zones = ["Europe/Luxembourg", "UTC"].map(|zone| Choice::new(zone, zone, zone == "UTC"));
        Self {
            shell: frame(Nav::Grants).noting(Note::Warning(
                "The mail could not be delivered: the server at northgate.example answered 451.".to_owned(),
            )),
            errors,
            bundles: vec![
                Choice::new("soc2", "SOC 2 evidence", true)
                    .explained("Policies, controls, access reviews and incidents, with their files."),
                Choice::new("log", "Audit log", false)
                    .explained("The organisation's own log, read through the grant. No downloads."),
                Choice::new("custom", "Chosen one by one", false),
            ],
            types: vec![
                Choice::new("policies", "Policies", true),
                Choice::new("vendors", "Vendors", false),
                Choice::new("incidents", "Incidents", true),
            ],
            zones: zones.into(),
        }
    }
}

impl Portal {
    fn sample() -> Self {
        let tabs = ["Evidence", "Policies", "Controls", "Incidents", "Audit log", "My activity"];
        let tab = |word: &str| Tab {
            word: word.to_owned(),
            href: "/gallery/portal".to_owned(),
            is_current: word == "Policies",
        };
        let world = OfAuditor {
            organisation: "Larkfield Clinic".to_owned(),
            auditor: "Ada Hallström".to_owned(),
            seen_by: "Ada Hallström".to_owned(),
            firm: Some("Northgate Assurance LLP".to_owned()),
            level: "Read and download".to_owned(),
            until: clock().exact(at("2026-11-25T11:00:00.000000Z")),
            tabs: tabs.map(tab).into(),
        };
        Self {
            shell: Shell::auditor(world, clock(), &FormToken::sample()).noting(Note::Updating),
            heads: vec![
                Head::sorted("Policy", "/gallery/portal", Some(Order::Ascending)),
                Head::plain("Status"),
                Head::plain("Effective"),
                Head::plain("Revisions").of_numbers(),
                Head::plain("SHA-256"),
                Head::plain(""),
            ],
            revised: clock().day(at("2026-01-12T00:00:00.000000Z")),
            hash: Hash::new("c0ffee00aa559d3e61c2f7b0c7a1d2e31f0c52aa77b9e4d1f4a5b6c7d8e9a1b2"),
            seal: seal(1290, Step::Sealed),
        }
    }
}

impl SignIn {
    fn sample() -> Self {
        Self { shell: Shell::plain(Some("Larkfield Clinic"), clock()), errors: FieldErrors::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All pages as one text.
    fn rendered() -> String {
        [
            List::sample().render().unwrap(),
            Form::sample().render().unwrap(),
            Portal::sample().render().unwrap(),
            SignIn::sample().render().unwrap(),
        ]
        .concat()
    }

    fn parts<'a>(text: &'a str, before: &'a str, behind: char) -> impl Iterator<Item = &'a str> {
        text.split(before).skip(1).map(move |rest| rest.split(behind).next().unwrap_or_default())
    }

    #[test]
    fn every_icon_that_is_shown_has_been_drawn() {
        let sprite = include_str!("../../assets/icons.svg");
        let html = rendered();
        assert!(20 < parts(&html, "icons.svg#", '"').count());
        for name in parts(&html, "icons.svg#", '"') {
            assert!(sprite.contains(&format!("<symbol id=\"{name}\"")), "{name}");
        }
    }

    #[test]
    fn no_page_has_style_or_scripts_within() {
        let html = rendered();
        for forbidden in [" style=", "<style", "<script>", " onclick", "javascript:"] {
            assert!(!html.contains(forbidden), "{forbidden}");
        }
    }
}
