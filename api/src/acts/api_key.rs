//! Keys of a member's own: made by somebody who has just confirmed who they are, with exactly the scopes that they chose.

use domain::context::Ctx;
use ledger::draft::{Draft, DraftParts};
use ledger::entry::{Context, Outcome};
use ledger::name::{EventType, Reference};
use serde_json::{Value, json};
use store::append::ExpectedVersion;
use store::logs::LogInfo;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

use crate::access::api_key::{self, Scope, Token};
use crate::app::App;
use crate::auth::MemberSession;
use crate::error::{Error, Result};

/// Makes a key that is good for so many days, and records that; the key, shown once, and its entry.
///
/// The row comes first, so that no entry names a key that never was; where the entry cannot be recorded, the key is taken
/// back before anybody has it.
///
/// # Errors
/// [`Error::NotFresh`], [`Error::Unavailable`], and those of an append.
pub async fn make_personal(
    app: &App,
    member: &MemberSession,
    name: &str,
    scopes: &[Scope],
    days: u16,
) -> Result<(Token, u64)> {
    member.require_fresh(app)?;
    let expires_at = now()? + Duration::days(i64::from(days));
    let token = Token::random();
    let mut tx = app.db(member.log).await?;
    api_key::insert_personal(&mut tx, member.log, &token, &member.member, name, scopes, Some(expires_at)).await?;
    tx.commit().await?;
    let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let detail = json!({
        "name": name,
        "scopes": names,
        "member": member.member.as_str(),
        "expires_at": expires_at.format(&Rfc3339).map_err(Error::internal)?,
    });
    match record(app, &member.info, member.ctx(), "credential.api_key.created", token.id(), detail).await {
        Ok(index) => Ok((token, index)),
        Err(error) => {
            let mut tx = app.db(member.log).await?;
            api_key::revoke(&mut tx, token.id()).await?;
            tx.commit().await?;
            Err(error)
        }
    }
}

/// Takes a key of the member's own back, and records that.
///
/// # Errors
/// [`Error::NotFound`], and those of an append: then the key is good no more all the same.
pub async fn revoke_personal(app: &App, member: &MemberSession, id: &str) -> Result<u64> {
    let mut tx = app.db(member.log).await?;
    let name = api_key::revoke_of_member(&mut tx, member.log, &member.member, id).await?;
    tx.commit().await?;
    record(app, &member.info, member.ctx(), "credential.api_key.revoked", id, json!({ "name": name })).await
}

/// Records of each of these keys, by public part and name, that it was taken back with all that a member had.
///
/// # Errors
/// Those of an append.
pub async fn record_revoked(app: &App, info: &LogInfo, ctx: &Ctx, revoked: Vec<(String, String)>) -> Result<()> {
    for (id, name) in revoked {
        record(app, info, ctx.clone(), "credential.api_key.revoked", &id, json!({ "name": name })).await?;
    }
    Ok(())
}

async fn record(app: &App, info: &LogInfo, ctx: Ctx, kind: &str, id: &str, detail: Value) -> Result<u64> {
    let parts = DraftParts {
        event_type: EventType::parse(kind).map_err(Error::internal)?,
        version: 1,
        subject: Reference::parse(&format!("api_key/{id}")).map_err(Error::internal)?,
        stream: None,
        actor: ctx.actor,
        outcome: Outcome::Success,
        context: Context {
            request_id: ctx.request_id,
            session: ctx.session.map(|session| session.to_string()),
            service: ctx.service,
            ip: None,
            user_agent: None,
        },
        detail,
        personal: Vec::new(),
    };
    let draft = Draft::new(&info.origin, parts).map_err(Error::internal)?;
    let appended = app.ledger().append(info.log, vec![draft.into()], ExpectedVersion::Any, None).await?;
    Ok(appended.first().index)
}

fn now() -> Result<OffsetDateTime> {
    let seconds = i64::try_from(store::clock::now().unix_seconds()).map_err(Error::internal)?;
    OffsetDateTime::from_unix_timestamp(seconds).map_err(Error::internal)
}
