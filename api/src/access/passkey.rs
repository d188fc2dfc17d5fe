//! Passkeys of members.

use domain::name::{PasskeyId, PersonId};
use sqlx::PgConnection;
use store::append::LogId;
use time::OffsetDateTime;
use uuid::Uuid;
use webauthn_rs::prelude::Passkey;

use crate::access::person_uuid;
use crate::error::{Error, Result};

/// Most that a member has: a few devices, and one in the safe.
const PASSKEYS_MAX: i64 = 20;

/// A member's passkey with our id of it.
#[derive(Clone, Debug)]
pub struct KnownPasskey {
    /// Ours, which stands in the log.
    pub id: PasskeyId,
    /// The public key and its counter.
    pub passkey: Passkey,
}

/// A row of a member's list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedPasskey {
    /// Our id.
    pub id: Uuid,
    /// What the member calls it.
    pub name: String,
    /// When it was added.
    pub created_at: OffsetDateTime,
    /// When it was last used.
    pub last_used_at: Option<OffsetDateTime>,
}

/// Keeps a new passkey and returns our id of it.
///
/// # Errors
/// [`Error::Conflict`] where the authenticator's is known already or the member has enough, [`Error::Unavailable`].
pub async fn insert(
    conn: &mut PgConnection,
    log: LogId,
    member: &PersonId,
    name: &str,
    passkey: &Passkey,
) -> Result<PasskeyId> {
    let id = Uuid::new_v4();
    let text = serde_json::to_string(passkey).map_err(Error::internal)?;
    let credential: &[u8] = passkey.cred_id().as_ref();
    let inserted = sqlx::query!(
        "insert into access.passkeys (log, id, member, credential_id, passkey, name)
        select $1, $2, $3, $4, $5, $6
        where (select count(*) from access.passkeys where log = $1 and member = $3) < $7
        on conflict (log, credential_id) do nothing",
        log.0,
        id,
        person_uuid(member),
        credential,
        text,
        name,
        PASSKEYS_MAX
    )
    .execute(conn)
    .await?;
    if inserted.rows_affected() == 0 {
        return Err(Error::Conflict(format!("this passkey is known already, or there are {PASSKEYS_MAX}")));
    }
    PasskeyId::parse(&id.to_string()).map_err(Error::internal)
}

/// The passkeys of a member.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn of_member(conn: &mut PgConnection, log: LogId, member: &PersonId) -> Result<Vec<KnownPasskey>> {
    let rows = sqlx::query!(
        "select id, passkey from access.passkeys where log = $1 and member = $2 order by created_at, id",
        log.0,
        person_uuid(member)
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter()
        .map(|row| {
            let id = PasskeyId::parse(&row.id.to_string()).map_err(Error::internal)?;
            let passkey = serde_json::from_str(&row.passkey).map_err(Error::internal)?;
            Ok(KnownPasskey { id, passkey })
        })
        .collect()
}

/// The same for a page, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(conn: &mut PgConnection, log: LogId, member: &PersonId) -> Result<Vec<ListedPasskey>> {
    let passkeys = sqlx::query_as!(
        ListedPasskey,
        "select id, name, created_at, last_used_at
        from access.passkeys
        where log = $1 and member = $2
        order by created_at, id",
        log.0,
        person_uuid(member)
    )
    .fetch_all(conn)
    .await?;
    Ok(passkeys)
}

/// Notes that a passkey was used, and keeps its counter.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn note_use(conn: &mut PgConnection, log: LogId, used: &KnownPasskey) -> Result<()> {
    let id = Uuid::parse_str(used.id.as_str()).map_err(Error::internal)?;
    let text = serde_json::to_string(&used.passkey).map_err(Error::internal)?;
    sqlx::query!(
        "update access.passkeys set passkey = $3, last_used_at = clock_timestamp() where log = $1 and id = $2",
        log.0,
        id,
        text
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Removes a passkey of a member.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn remove(conn: &mut PgConnection, log: LogId, member: &PersonId, id: &PasskeyId) -> Result<()> {
    let id = Uuid::parse_str(id.as_str()).map_err(Error::internal)?;
    let removed = sqlx::query!(
        "delete from access.passkeys where log = $1 and member = $2 and id = $3",
        log.0,
        person_uuid(member),
        id
    )
    .execute(conn)
    .await?;
    if removed.rows_affected() == 1 { Ok(()) } else { Err(Error::NotFound) }
}

/// Removes all of them.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn remove_all(conn: &mut PgConnection, log: LogId, member: &PersonId) -> Result<Vec<PasskeyId>> {
    let removed = sqlx::query_scalar!(
        "delete from access.passkeys where log = $1 and member = $2 returning id",
        log.0,
        person_uuid(member)
    )
    .fetch_all(conn)
    .await?;
    removed.iter().map(|id| PasskeyId::parse(&id.to_string()).map_err(Error::internal)).collect()
}
