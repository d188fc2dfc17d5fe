//! The list of members, and the form that invites one.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{IntoResponse as _, Response};
use domain::member::{Permission, Role};
use ledger::vocabulary::OpenedPart;
use projections::list::Cursor;
use projections::read_models::members::{self, Filter, MemberRow, MemberState, Members};
use serde::Deserialize;
use store::opened;

use super::{badge, role_choices};
use crate::acts::member::role_in_words;
use crate::app::App;
use crate::auth::{Member, MemberSession, MembersRead};
use crate::error::Result;
use crate::web::after::After;
use crate::web::components::{Chip, Choice, Head, Pager, Tone};
use crate::web::listing::pager;
use crate::web::shell::{Note, OfOrganisation};
use crate::web::{FieldErrors, Moment, Nav, Page, Shell};

#[derive(Template)]
#[template(path = "members/list.html")]
pub(super) struct ListPage {
    pub(super) shell: Shell<OfOrganisation>,
    address: String,
    may_write: bool,
    heads: Vec<Head>,
    rows: Vec<Row>,
    count: String,
    states: Vec<Choice>,
    roles: Vec<Choice>,
    chips: Vec<Chip>,
    hidden: String,
    pager: Pager,
    invite: InviteForm,
    /// The way in, where no mail went out.
    pub(super) link: Option<String>,
}

/// The form as it was typed.
#[derive(Default)]
pub(super) struct InviteForm {
    pub(super) email: String,
    pub(super) name: String,
    pub(super) roles: Vec<Role>,
    pub(super) errors: FieldErrors,
    pub(super) offered: Vec<Choice>,
}

struct Row {
    href: String,
    name: String,
    address: String,
    roles: String,
    state: (Tone, &'static str),
    invited: Moment,
    joined: Option<Moment>,
}

/// What of the list is shown.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    pub(super) state: String,
    #[serde(default)]
    pub(super) role: String,
    pub(super) behind: Option<String>,
    /// The act that led here.
    #[serde(default)]
    pub(super) after: Option<u64>,
    /// `sent`, where an invitation went out with it.
    #[serde(default)]
    pub(super) mail: String,
}

/// Shows the list.
pub async fn get(member: Member<MembersRead>, State(app): State<App>, Query(asked): Query<Asked>) -> Result<Response> {
    let mut page = page(&app, &member, &asked, InviteForm::default()).await?;
    if asked.mail == "sent" && asked.after.is_some() {
        page.shell = page.shell.noting(Note::Done("The invitation went out by mail. It works for 7 days.".to_owned()));
    }
    Ok(Page::new(page).into_response())
}

/// The list, with the form as it was typed.
pub(super) async fn page(app: &App, member: &MemberSession, asked: &Asked, mut invite: InviteForm) -> Result<ListPage> {
    let arrival = After { after: asked.after }.wait(app, member.log, Members::NAME).await?;
    let filter = Filter { state: MemberState::parse(&asked.state).ok(), role: Role::parse(&asked.role).ok() };
    let behind = asked.behind.as_deref().and_then(Cursor::parse);
    let mut tx = app.db(member.log).await?;
    let found = members::page(&mut tx, member.log, filter, behind.as_ref()).await?;
    tx.commit().await?;
    let indices: Vec<u64> = found.rows.iter().map(|row| row.invited_index).collect();
    let opened = opened::of(app.ledger(), member.log, &indices).await?;
    let address = format!("/orgs/{}/members", member.info.slug);
    let parts = |row: &MemberRow| opened.get(&row.invited_index).map_or(&[][..], Vec::as_slice);
    let rows: Vec<Row> = found.rows.iter().map(|row| shown(member, &address, row, parts(row))).collect();
    let with_owner = member.roles().contains(Role::Owner);
    invite.offered = role_choices(with_owner, |role| invite.roles.contains(&role));
    Ok(ListPage {
        shell: member.shell(app, Nav::Members).following(arrival),
        may_write: member.permits(Permission::MembersWrite),
        heads: ["Member", "Roles", "State", "Invited", "Joined"].map(Head::plain).into(),
        count: format!("{} of {}", rows.len(), found.total),
        rows,
        states: choices("Any state", MemberState::ALL, filter.state, |state| {
            (state.as_str(), badge(state.as_str(), false).1)
        }),
        roles: choices("Any role", Role::ALL, filter.role, |role| (role.as_str(), role_in_words(role))),
        chips: chips(&address, filter),
        hidden: "Only those are shown with".to_owned(),
        pager: pager(&found, |from| with_filters(&address, filter, Some(from).filter(|from| !from.is_empty()))),
        invite,
        link: None,
        address,
    })
}

fn shown(member: &MemberSession, address: &str, row: &MemberRow, opened: &[OpenedPart]) -> Row {
    let clock = member.clock();
    let value = |field: &str| opened.iter().find(|part| part.field == field).map(|part| part.value.known().cloned());
    let email = value("email").flatten().unwrap_or_else(|| "(erased)".to_owned());
    let name = value("name").flatten();
    Row {
        href: format!("{address}/{}", row.member),
        name: name.unwrap_or_else(|| email.clone()),
        address: email,
        roles: row.roles.iter().map(role_in_words).collect::<Vec<_>>().join(", "),
        state: badge(row.state.as_str(), !row.is_invited_at(clock.now())),
        invited: clock.ago(row.invited_at),
        joined: row.activated_at.map(|at| clock.ago(at)),
    }
}

fn choices<T: Copy + PartialEq>(
    any: &str,
    all: &[T],
    chosen: Option<T>,
    words: impl Fn(T) -> (&'static str, &'static str),
) -> Vec<Choice> {
    let some = all.iter().map(|one| {
        let (value, label) = words(*one);
        Choice::new(value, label, chosen == Some(*one))
    });
    std::iter::once(Choice::new("", any, chosen.is_none())).chain(some).collect()
}

fn chips(address: &str, filter: Filter) -> Vec<Chip> {
    let state = filter.state.map(|state| Chip {
        word: format!("State: {}", badge(state.as_str(), false).1),
        href: with_filters(address, Filter { state: None, ..filter }, None),
    });
    let role = filter.role.map(|role| Chip {
        word: format!("Role: {}", role_in_words(role)),
        href: with_filters(address, Filter { role: None, ..filter }, None),
    });
    state.into_iter().chain(role).collect()
}

fn with_filters(address: &str, filter: Filter, behind: Option<&str>) -> String {
    let state = filter.state.map(|state| format!("state={}", state.as_str()));
    let role = filter.role.map(|role| format!("role={}", role.as_str()));
    let behind = behind.map(|cursor| format!("behind={}", crate::query::percent_encode(cursor)));
    let query: Vec<String> = [state, role, behind].into_iter().flatten().collect();
    if query.is_empty() { address.to_owned() } else { format!("{address}?{}", query.join("&")) }
}
