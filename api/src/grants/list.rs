//! `GET /orgs/{org}/grants`: who has access, who had it, and who has not come yet.

use std::collections::HashMap;

use askama::Template;
use axum::extract::{Query, State as Shared};
use domain::access_grant::words::{self as states, Vocabulary};
use domain::access_grant::{RoleTitle, State};
use ledger::vocabulary::{OpenedPart, Timestamp};
use projections::list::{Cursor, Direction};
use projections::read_models::grants::{self, Filter, GrantRow, Grants, LastAccess, Sort, SortBy};
use serde::Deserialize;
use store::opened;

use crate::app::App;
use crate::auth::{GrantsRead, Member};
use crate::error::Result;
use crate::web::after::After;
use crate::web::components::{Chip, Choice, Head, Order, Pager, Tone, grouped};
use crate::web::listing::pager;
use crate::web::moment::{Clock, Moment};
use crate::web::page::Page;
use crate::web::shell::{Nav, OfOrganisation, Shell};
use crate::words;

const DAY_MICROS: i64 = 24 * 60 * 60 * 1_000_000;
/// An invitation that nobody has taken up for so many days is worth sending again (S5-81).
const WAITING_DAYS: i64 = 3;

/// What an address asks for; what it asks wrongly is passed over, as a list has no wrong question.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    state: String,
    #[serde(default)]
    firm: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    last: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    from: String,
}

/// The page.
#[derive(Template)]
#[template(path = "grants/list.html")]
pub struct List {
    shell: Shell<OfOrganisation>,
    asked: Asked,
    may_grant: bool,
    rows: Vec<Row>,
    count: String,
    pager: Pager,
    states: Vec<Choice>,
    roles: Vec<Choice>,
    lasts: Vec<Choice>,
    heads: Vec<Head>,
    chips: Vec<Chip>,
}

/// A row as it is shown.
struct Row {
    href: String,
    name: String,
    email: Option<String>,
    firm: String,
    role: &'static str,
    access: String,
    tone: Tone,
    state: &'static str,
    last: Option<Moment>,
    waiting_days: Option<i64>,
    given: Moment,
    /// When it ends or ended; of revoked access when it was revoked.
    ends: Moment,
    is_revoked: bool,
}

/// Shows the list.
pub async fn get(
    member: Member<GrantsRead>,
    Shared(app): Shared<App>,
    Query(asked): Query<Asked>,
    Query(after): Query<After>,
) -> Result<Page<List>> {
    let arrival = after.wait(&app, member.log, Grants::NAME).await?;
    let shell = member.shell(&app, Nav::Grants).following(arrival);
    let now = shell.clock.now();
    let sort = sort(&asked.sort);
    let mut tx = app.db(member.log).await?;
    let cursor = Cursor::parse(&asked.from);
    let page = grants::page(&mut tx, member.log, &asked.filter(now), now, sort, cursor.as_ref()).await?;
    tx.commit().await?;
    let indices: Vec<u64> = page.rows.iter().map(|row| row.granted_index).collect();
    let people = opened::of(app.ledger(), member.log, &indices).await?;
    let home = shell.world.home.clone();
    Ok(Page::new(List {
        rows: page.rows.iter().map(|row| Row::of(row, &people, &shell.clock, &home)).collect(),
        count: grouped(page.total),
        pager: pager(&page, |from| asked.address(&home, &asked.sort, from)),
        states: choices(State::ALL.iter().map(|state| (state.as_str(), word(*state))), &asked.state, "Any state"),
        roles: choices(ROLES.iter().map(|role| (role.as_str(), words::role_title(*role))), &asked.role, "Any role"),
        lasts: choices(LASTS.into_iter(), &asked.last, "Any time"),
        heads: heads(&asked, &home, sort),
        chips: asked.chips(&home),
        may_grant: member.may_grant(),
        asked,
        shell,
    }))
}

const ROLES: [RoleTitle; 3] = [RoleTitle::Lead, RoleTitle::Staff, RoleTitle::Observer];
const LASTS: [(&str, &str); 3] = [("never", "never"), ("week", "in the last 7 days"), ("before", "not for 30 days")];

impl Asked {
    fn filter(&self, now: Timestamp) -> Filter {
        let days_ago = |days: i64| Timestamp::from_micros(now.as_micros() - days * DAY_MICROS).ok();
        Filter {
            state: State::parse(&self.state).ok(),
            firm_contains: Some(self.firm.trim().to_owned()).filter(|text| !text.is_empty()),
            role_title: RoleTitle::parse(&self.role).ok(),
            last_access: match self.last.as_str() {
                "never" => Some(LastAccess::Never),
                "week" => days_ago(7).map(LastAccess::Since),
                "before" => days_ago(30).map(LastAccess::Before),
                _ => None,
            },
            ..Filter::default()
        }
    }

    /// What hides rows, each with the list without it.
    fn chips(&self, home: &str) -> Vec<Chip> {
        let mut chips = Vec::new();
        if let Ok(state) = State::parse(&self.state) {
            let without = Self { state: String::new(), ..self.clone() };
            chips.push(Chip { word: format!("State: {}", word(state)), href: without.address(home, &self.sort, "") });
        }
        if !self.firm.trim().is_empty() {
            let without = Self { firm: String::new(), ..self.clone() };
            let word = format!("Firm has “{}”", self.firm.trim());
            chips.push(Chip { word, href: without.address(home, &self.sort, "") });
        }
        if let Ok(role) = RoleTitle::parse(&self.role) {
            let without = Self { role: String::new(), ..self.clone() };
            let word = format!("Role: {}", words::role_title(role));
            chips.push(Chip { word, href: without.address(home, &self.sort, "") });
        }
        if let Some((_, word)) = LASTS.iter().find(|(value, _)| *value == self.last) {
            let without = Self { last: String::new(), ..self.clone() };
            chips.push(Chip { word: format!("Last access: {word}"), href: without.address(home, &self.sort, "") });
        }
        chips
    }

    /// The list in another order, or from another row on.
    fn address(&self, home: &str, sort: &str, from: &str) -> String {
        let parts = [
            ("state", self.state.as_str()),
            ("firm", &self.firm),
            ("role", &self.role),
            ("last", &self.last),
            ("sort", sort),
            ("from", from),
        ];
        let given: Vec<_> = parts.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let query = serde_html_form::to_string(given).unwrap_or_default();
        format!("{home}/grants?{query}")
    }
}

const SORTED: [(&str, &str, SortBy); 4] = [
    ("firm", "Firm", SortBy::Firm),
    ("last", "Last access", SortBy::LastAccess),
    ("given", "Given", SortBy::Created),
    ("ends", "Ends", SortBy::Expires),
];

/// `firm` ascends, `-firm` descends.
fn sort(text: &str) -> Sort {
    let (direction, word) = match text.strip_prefix('-') {
        Some(word) => (Direction::Descending, word),
        None => (Direction::Ascending, text),
    };
    let found = SORTED.into_iter().find(|(name, ..)| *name == word);
    found.map_or_else(Sort::default, |(_, _, by)| Sort { by, direction })
}

fn heads(asked: &Asked, home: &str, sort: Sort) -> Vec<Head> {
    let head = |word: &'static str| {
        let Some((name, _, by)) = SORTED.into_iter().find(|(_, head, _)| *head == word) else {
            return Head::plain(word);
        };
        let order = (sort.by == by).then_some(match sort.direction {
            Direction::Ascending => Order::Ascending,
            Direction::Descending => Order::Descending,
        });
        let next = if order == Some(Order::Ascending) { format!("-{name}") } else { name.to_owned() };
        Head::sorted(word, asked.address(home, &next, ""), order)
    };
    ["Auditor", "Firm", "Role", "Access", "State", "Last access", "Given", "Ends"].map(head).into()
}

fn choices<'a>(options: impl Iterator<Item = (&'a str, &'a str)>, chosen: &str, all: &str) -> Vec<Choice> {
    let first = Choice::new("", all, chosen.is_empty());
    std::iter::once(first).chain(options.map(|(value, label)| Choice::new(value, label, value == chosen))).collect()
}

impl Row {
    fn of(row: &GrantRow, people: &HashMap<u64, Vec<OpenedPart>>, clock: &Clock, home: &str) -> Self {
        let state = row.state_at(clock.now());
        let (name, email) = opened::person(people.get(&row.granted_index).map_or(&[], Vec::as_slice));
        let waited = (clock.now().as_micros() - row.created_at.as_micros()) / DAY_MICROS;
        let is_waiting = state == State::Pending && WAITING_DAYS <= waited;
        let bundles = row.extent.scope.bundles();
        Self {
            href: format!("{home}/grants/{}", row.grant),
            email: name.as_ref().and(email.clone()),
            name: name.or(email).unwrap_or_else(|| "(erased)".to_owned()),
            firm: row.firm.as_str().to_owned(),
            role: row.role_title.map_or("", words::role_title),
            access: bundles.iter().map(|one| words::bundle_short(*one)).collect::<Vec<_>>().join(", "),
            tone: tone(state),
            state: word(state),
            last: row.last_accessed_at.map(|at| clock.ago(at)),
            waiting_days: is_waiting.then_some(waited),
            given: clock.day(row.created_at),
            ends: clock.day(row.revoked_at.unwrap_or(row.extent.expires_at)),
            is_revoked: row.revoked_at.is_some(),
        }
    }
}

pub(super) fn word(state: State) -> &'static str {
    states::display(state, Vocabulary::Ours).word
}

pub(super) fn tone(state: State) -> Tone {
    match states::display(state, Vocabulary::Ours).tone {
        states::Tone::Ended => Tone::Ended,
        states::Tone::Good => Tone::Good,
        states::Tone::Info => Tone::Info,
        states::Tone::Waiting => Tone::Waiting,
    }
}
