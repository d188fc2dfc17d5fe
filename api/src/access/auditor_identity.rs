//! Who an address is (C9), and which grant is that person's now.

use domain::name::{EngagementId, GrantId, PersonId};
use domain::person::Email;
use sqlx::PgConnection;
use store::append::LogId;
use uuid::Uuid;

use super::secret::Secret;
use crate::error::{Error, Result};

/// The person of an address within an organisation; made where nobody has that address yet. Whoever else makes it at the
/// same moment gets the same one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn person(conn: &mut PgConnection, log: LogId, secret: &Secret, email: &Email) -> Result<PersonId> {
    let mac = secret.mac_of_address(&[b"auditor", log.0.as_bytes()], email);
    sqlx::query!(
        "insert into access.auditor_identities (log, address_mac, person) values ($1, $2, $3) on conflict do nothing",
        log.0,
        mac.as_slice(),
        Uuid::new_v4()
    )
    .execute(&mut *conn)
    .await?;
    let person = sqlx::query_scalar!(
        "select person from access.auditor_identities where log = $1 and address_mac = $2",
        log.0,
        mac.as_slice()
    )
    .fetch_one(conn)
    .await?;
    PersonId::parse(&person.to_string()).map_err(Error::internal)
}

/// The person's last grant for that engagement, or for none.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn current_grant(
    conn: &mut PgConnection,
    log: LogId,
    person: &PersonId,
    engagement: Option<&EngagementId>,
) -> Result<Option<GrantId>> {
    let found = sqlx::query_scalar!(
        "select grant_id from access.current_grants where log = $1 and person = $2 and engagement = $3",
        log.0,
        uuid(person.as_str())?,
        engagement.map_or("", EngagementId::as_str)
    )
    .fetch_optional(conn)
    .await?;
    found.map(|grant| GrantId::parse(&grant.to_string()).map_err(Error::internal)).transpose()
}

/// Keeps others from the person's place for that engagement until the transaction ends.
///
/// # Errors
/// [`Error::Unavailable`], also where somebody else keeps it for longer than a statement may wait.
pub async fn lock(
    tx: &mut PgConnection,
    log: LogId,
    person: &PersonId,
    engagement: Option<&EngagementId>,
) -> Result<()> {
    let place = format!("{log} {person} {}", engagement.map_or("", EngagementId::as_str));
    sqlx::query!("select pg_advisory_xact_lock(hashtextextended($1, 0))", place).execute(tx).await?;
    Ok(())
}

/// Makes a grant the person's last for that engagement.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn set_current(
    conn: &mut PgConnection,
    log: LogId,
    person: &PersonId,
    engagement: Option<&EngagementId>,
    grant: &GrantId,
) -> Result<()> {
    sqlx::query!(
        "insert into access.current_grants (log, person, engagement, grant_id)
        values ($1, $2, $3, $4)
        on conflict (log, person, engagement) do update set grant_id = excluded.grant_id",
        log.0,
        uuid(person.as_str())?,
        engagement.map_or("", EngagementId::as_str),
        uuid(grant.as_str())?
    )
    .execute(conn)
    .await?;
    Ok(())
}

fn uuid(id: &str) -> Result<Uuid> {
    Uuid::parse_str(id).map_err(Error::internal)
}
