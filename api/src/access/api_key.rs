//! API keys: `cs_<8 letters or digits>_<43 characters base64url>`, of which the first part is public and only the
//! SHA-256 of the second is kept.

mod scope;
mod token;

use domain::name::PersonId;
use ledger::name::Origin;
use sqlx::PgConnection;
use store::append::LogId;
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;

use crate::access::{Requests, person, person_uuid};
use crate::error::{Error, Result};

pub use scope::{Scope, ScopeError};
pub use token::Token;

/// A key that is good now: whose, and what for.
#[derive(Clone, Debug)]
pub struct ApiKey {
    /// The public part.
    pub id: String,
    /// Whose log.
    pub log: LogId,
    /// That log's origin.
    pub origin: Origin,
    /// What for.
    pub scopes: Vec<Scope>,
    /// Whose own it is, if it is a member's: then it also takes that member's roles, as they are when it is used.
    pub member: Option<PersonId>,
    /// Whether this use is worth noting.
    pub use_is_news: bool,
}

/// A row of `countersign api-key list`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// The public part.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub scopes: Vec<String>,
    /// When it was made.
    pub created_at: OffsetDateTime,
    /// From when it is good no more.
    pub expires_at: Option<OffsetDateTime>,
    /// When it was taken back.
    pub revoked_at: Option<OffsetDateTime>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<OffsetDateTime>,
}

impl Requests {
    /// Recognises a key. Unknown, wrong, expired and revoked ones are told apart by nobody: each costs the same look-up
    /// and the same comparison.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`], [`Error::Unavailable`].
    pub async fn recognise(&self, token: &Token) -> Result<ApiKey> {
        let row = sqlx::query!(
            r#"select log as "log!", origin as "origin!", secret_sha256 as "secret_sha256!", scopes as "scopes!", member,
                is_good as "is_good!", use_is_news as "use_is_news!"
            from access.find_api_key($1)"#,
            token.id()
        )
        .fetch_optional(self.pool())
        .await?;
        let expected = row.as_ref().map_or([0; 32].as_slice(), |row| &row.secret_sha256);
        let fits = bool::from(token.secret_sha256().as_slice().ct_eq(expected));
        match row {
            Some(row) if fits && row.is_good => Ok(ApiKey {
                id: token.id().to_owned(),
                log: LogId(row.log),
                origin: Origin::parse(&row.origin).map_err(Error::internal)?,
                scopes: row.scopes.iter().filter_map(|scope| scope.parse().ok()).collect(),
                member: row.member.map(person),
                use_is_news: row.use_is_news,
            }),
            _ => Err(Error::Unauthenticated),
        }
    }

    /// Notes that a key was used, unless somebody noted it within the last minute.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn note_use(&self, key: &ApiKey) -> Result<()> {
        let mut tx = self.of(key.log).await?;
        sqlx::query!(
            "update access.api_keys
            set last_used_at = clock_timestamp()
            where id = $1 and (last_used_at is null or last_used_at < clock_timestamp() - interval '1 minute')",
            key.id
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Keeps a new key of the organisation that `conn` speaks for.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn insert(
    conn: &mut PgConnection,
    log: LogId,
    token: &Token,
    name: &str,
    scopes: &[Scope],
    expires_at: Option<OffsetDateTime>,
) -> Result<()> {
    insert_of(conn, log, token, None, name, scopes, expires_at).await
}

/// Keeps a new key of a member's own.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn insert_personal(
    conn: &mut PgConnection,
    log: LogId,
    token: &Token,
    member: &PersonId,
    name: &str,
    scopes: &[Scope],
    expires_at: Option<OffsetDateTime>,
) -> Result<()> {
    insert_of(conn, log, token, Some(member), name, scopes, expires_at).await
}

async fn insert_of(
    conn: &mut PgConnection,
    log: LogId,
    token: &Token,
    member: Option<&PersonId>,
    name: &str,
    scopes: &[Scope],
    expires_at: Option<OffsetDateTime>,
) -> Result<()> {
    let scopes: Vec<String> = scopes.iter().map(ToString::to_string).collect();
    let secret_sha256 = token.secret_sha256();
    sqlx::query!(
        "insert into access.api_keys (log, id, member, name, secret_sha256, scopes, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7)",
        log.0,
        token.id(),
        member.map(person_uuid),
        name,
        secret_sha256.as_slice(),
        &scopes,
        expires_at
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// The keys of the organisation that `conn` speaks for, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(conn: &mut PgConnection) -> Result<Vec<Listed>> {
    let keys = sqlx::query_as!(
        Listed,
        "select id, name, scopes, created_at, expires_at, revoked_at, last_used_at
        from access.api_keys
        order by created_at, id"
    )
    .fetch_all(conn)
    .await?;
    Ok(keys)
}

/// The keys of a member's own, newest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn of_member(conn: &mut PgConnection, log: LogId, member: &PersonId) -> Result<Vec<Listed>> {
    let keys = sqlx::query_as!(
        Listed,
        "select id, name, scopes, created_at, expires_at, revoked_at, last_used_at
        from access.api_keys
        where log = $1 and member = $2
        order by created_at desc, id",
        log.0,
        person_uuid(member)
    )
    .fetch_all(conn)
    .await?;
    Ok(keys)
}

/// Takes a key of a member's own back, as [`revoke`] does. Its name, or [`Error::NotFound`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn revoke_of_member(conn: &mut PgConnection, log: LogId, member: &PersonId, id: &str) -> Result<String> {
    let name = sqlx::query_scalar!(
        "update access.api_keys
        set revoked_at = coalesce(revoked_at, clock_timestamp())
        where log = $1 and member = $2 and id = $3
        returning name",
        log.0,
        person_uuid(member),
        id
    )
    .fetch_optional(conn)
    .await?;
    name.ok_or(Error::NotFound)
}

/// Takes all keys of a member's own back that are good: the public part and the name of each.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn revoke_all_of_member(
    conn: &mut PgConnection,
    log: LogId,
    member: &PersonId,
) -> Result<Vec<(String, String)>> {
    let revoked = sqlx::query!(
        "update access.api_keys
        set revoked_at = clock_timestamp()
        where log = $1 and member = $2 and revoked_at is null
        returning id, name",
        log.0,
        person_uuid(member)
    )
    .fetch_all(conn)
    .await?;
    Ok(revoked.into_iter().map(|key| (key.id, key.name)).collect())
}

/// Takes a key back, from the next request on; one that was taken back stays so. Its name, or [`Error::NotFound`].
///
/// # Errors
/// [`Error::NotFound`], [`Error::Unavailable`].
pub async fn revoke(conn: &mut PgConnection, id: &str) -> Result<String> {
    let name = sqlx::query_scalar!(
        "update access.api_keys
        set revoked_at = coalesce(revoked_at, clock_timestamp())
        where id = $1
        returning name",
        id
    )
    .fetch_optional(conn)
    .await?;
    name.ok_or(Error::NotFound)
}
