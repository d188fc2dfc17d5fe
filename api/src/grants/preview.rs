//! `GET /orgs/{org}/grants/{grant}/preview/…`: what the auditor of an access sees, for whoever gives it. Read-only, by the
//! same pages; it is no view of the auditor's and records none. A member sees there what their own roles let them see.

use axum::extract::{Path, RawQuery, State as Shared};
use axum::response::{IntoResponse as _, Response};
use domain::access_grant::{Capability, Resource, State};
use domain::member::Permission;

use crate::acts::access;
use crate::app::App;
use crate::auth::{GrantsRead, Member, MemberSession};
use crate::error::{Error, Result};
use crate::portal::asked::Asked;
use crate::portal::reader::Reader;
use crate::portal::recorded::{self, verdict};
use crate::portal::{item, list, overview};

/// What was granted.
///
/// # Errors
/// [`Error::NotFound`], where there is no such access; [`Error::Conflict`], where it has ended.
pub async fn overview(
    member: Member<GrantsRead>,
    Shared(app): Shared<App>,
    Path((_org, grant)): Path<(String, String)>,
) -> Result<Response> {
    let reader = reader(&app, &member, &grant).await?;
    Ok(overview::page(&app, &reader).await?.into_response())
}

/// A list, and a row of it that is open.
///
/// # Errors
/// [`Error::NotFound`] for what the access does not open; [`Error::PermissionMissing`] for what the member may not see.
pub async fn list(
    member: Member<GrantsRead>,
    Shared(app): Shared<App>,
    Path((_org, grant, word)): Path<(String, String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response> {
    let asked = Asked::read(query.as_deref())?;
    let reader = reader(&app, &member, &grant).await?;
    let resource = resource(&member, &word)?;
    reader.permits(Capability::View, resource, domain::access_grant::Item::List).map_err(|_| Error::NotFound)?;
    let opened = match asked.open.as_str() {
        "" => None,
        id => Some(found(&app, &reader, resource, id).await?),
    };
    list::page(&app, &reader, resource, &asked, opened, None).await
}

/// One thing of a list.
///
/// # Errors
/// As [`list`].
pub async fn item(
    member: Member<GrantsRead>,
    Shared(app): Shared<App>,
    Path((_org, grant, word, id)): Path<(String, String, String, String)>,
) -> Result<Response> {
    let reader = reader(&app, &member, &grant).await?;
    let resource = resource(&member, &word)?;
    item::page(&reader, &found(&app, &reader, resource, &id).await?, None)
}

async fn reader(app: &App, member: &MemberSession, grant: &str) -> Result<Reader> {
    let grant = access::grant_id(grant)?;
    let access = access::load(app, member, &grant).await?;
    if !matches!(access.state_at(store::clock::now()), Some(State::Pending | State::Active)) {
        return Err(Error::Conflict("this access has ended, and its auditor sees nothing more than that".to_owned()));
    }
    let base = format!("/orgs/{}/grants/{grant}/preview", member.info.slug);
    Reader::preview(member, access, base).ok_or(Error::NotFound)
}

/// The type of a path, where the member may see such things at all.
fn resource(member: &MemberSession, word: &str) -> Result<Resource> {
    let resource = recorded::resource(word).map_err(|_| Error::NotFound)?;
    let needed = match resource {
        Resource::Evidence => Permission::EvidenceRead,
        Resource::AuditLogs => Permission::LedgerRead,
        _ => Permission::RecordsRead,
    };
    if member.permits(needed) { Ok(resource) } else { Err(Error::PermissionMissing(needed.as_str())) }
}

async fn found(app: &App, reader: &Reader, resource: Resource, id: &str) -> Result<item::Found> {
    let found = item::find(app, reader, resource, id).await?;
    let allowed = verdict(reader, Capability::View, resource, found.as_ref().map(item::Found::item));
    allowed.map_err(|_| Error::NotFound)?;
    found.ok_or(Error::NotFound)
}
