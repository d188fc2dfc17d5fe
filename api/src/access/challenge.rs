//! What authenticators were asked to sign, kept until they answer.

use domain::name::PersonId;
use sqlx::PgConnection;
use store::append::LogId;

use crate::access::secret::random;
use crate::access::{person, person_uuid};
use crate::error::Result;

/// What an answer to a challenge is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChallengePurpose {
    /// A new passkey.
    Register,
    /// Signing in.
    SignIn,
    /// Confirming who one is, within a session.
    Confirm,
}

/// A challenge that was answered in time, for the first time.
#[derive(Clone, Debug)]
pub struct Challenge {
    /// Whom it was given to, where somebody was known.
    pub member: Option<PersonId>,
    /// What the library needs to judge the answer.
    pub state: String,
}

impl ChallengePurpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Register => "register",
            Self::SignIn => "sign_in",
            Self::Confirm => "confirm",
        }
    }
}

/// Keeps a challenge for five minutes, and returns the name by which its answer finds it.
///
/// # Errors
/// [`Error::Unavailable`](crate::error::Error::Unavailable).
pub async fn insert(
    conn: &mut PgConnection,
    log: LogId,
    purpose: ChallengePurpose,
    member: Option<&PersonId>,
    state: &str,
) -> Result<String> {
    sqlx::query!("delete from access.webauthn_challenges where log = $1 and expires_at < clock_timestamp()", log.0)
        .execute(&mut *conn)
        .await?;
    let id = hex::encode(random::<16>());
    sqlx::query!(
        "insert into access.webauthn_challenges (log, id, member, purpose, state, expires_at)
        values ($1, $2, $3, $4, $5, clock_timestamp() + interval '5 minutes')",
        log.0,
        id,
        member.map(person_uuid),
        purpose.as_str(),
        state
    )
    .execute(conn)
    .await?;
    Ok(id)
}

/// Takes a challenge out: it is answered once, rightly or not.
///
/// # Errors
/// [`Error::Unavailable`](crate::error::Error::Unavailable).
pub async fn take(
    conn: &mut PgConnection,
    log: LogId,
    purpose: ChallengePurpose,
    id: &str,
) -> Result<Option<Challenge>> {
    let row = sqlx::query!(
        r#"delete from access.webauthn_challenges
        where log = $1 and id = $2 and purpose = $3
        returning member, state, clock_timestamp() < expires_at as "is_good!""#,
        log.0,
        id,
        purpose.as_str()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.filter(|row| row.is_good).map(|row| Challenge { member: row.member.map(person), state: row.state }))
}
