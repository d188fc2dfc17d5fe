//! Links that let a member in once: of an invitation, of a recovery, and one that signs in.

use domain::credential::Method;
use domain::name::{PersonId, Sha256 as Sha256Text};
use ledger::name::Origin;
use sha2::{Digest as _, Sha256};
use sqlx::PgConnection;
use store::append::LogId;
use store::logs::LogInfo;
use subtle::ConstantTimeEq as _;
use time::OffsetDateTime;
use zeroize::Zeroizing;

use crate::access::secret::random;
use crate::access::{Requests, person, person_uuid};
use crate::error::{Error, Result};

/// The characters of a token, 4 bits each.
const TOKEN_CHARS: usize = 96;

/// The secret part of a link: 96 digits of lower-case hex. Its `Debug` form does not show it.
#[derive(Clone)]
pub struct LinkToken(Zeroizing<String>);

/// What a link is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// Takes up an invitation and sets up the sign-in.
    Invitation,
    /// Sets up another sign-in.
    Recovery,
    /// Signs in, without confirming who it is.
    SignIn,
}

/// A link by its token, whatever became of it.
#[derive(Clone, Debug)]
pub struct FoundLink {
    /// Whose log.
    pub info: LogInfo,
    /// Whom it lets in.
    pub member: PersonId,
    /// What for.
    pub purpose: LinkPurpose,
    /// From when on it is good no more.
    pub expires_at: OffsetDateTime,
    /// Whether it is good now: neither used nor too old.
    pub is_good: bool,
}

impl LinkToken {
    /// A new one.
    pub fn random() -> Self {
        Self(Zeroizing::new(hex::encode(random::<{ TOKEN_CHARS / 2 }>())))
    }

    /// Reads the end of a path; nothing where it has another form.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        (text.len() == TOKEN_CHARS && plain).then(|| Self(Zeroizing::new(text.to_owned())))
    }

    /// What is kept of it.
    pub fn sha256(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }

    /// The same as events name it.
    pub fn sha256_text(&self) -> Sha256Text {
        Sha256Text::parse(&hex::encode(self.sha256())).expect("64 digits of hex are a SHA-256")
    }

    /// The token.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Debug for LinkToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("LinkToken(..)")
    }
}

impl LinkPurpose {
    /// The word in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Recovery => "recovery",
            Self::SignIn => "sign_in",
        }
    }

    /// How an entry says that somebody came with such a link.
    pub const fn method(self) -> Method {
        match self {
            Self::Invitation => Method::InvitationLink,
            Self::Recovery => Method::RecoveryLink,
            Self::SignIn => Method::SignInLink,
        }
    }

    /// How long a link of this kind is good: an invitation survives a few days off, a link that opens the account of
    /// somebody who is there does not lie about.
    pub const fn good_for(self) -> time::Duration {
        match self {
            Self::Invitation => time::Duration::days(7),
            Self::Recovery => time::Duration::minutes(30),
            Self::SignIn => time::Duration::minutes(10),
        }
    }

    /// Where the page of such a link is.
    pub fn path(self, token: &LinkToken) -> String {
        let page = match self {
            Self::Invitation => "join",
            Self::Recovery => "recover",
            Self::SignIn => "sign-in",
        };
        format!("/{page}/{}", token.reveal())
    }
}

impl Requests {
    /// The link with a token. An unknown one costs the same look-up.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn member_link(&self, token: &LinkToken) -> Result<Option<FoundLink>> {
        let sha256 = token.sha256();
        let row = sqlx::query!(
            r#"select log as "log!", slug as "slug!", name as "name!", origin as "origin!",
                token_sha256 as "token_sha256!", member as "member!", purpose as "purpose!",
                expires_at as "expires_at!", is_good as "is_good!"
            from access.find_member_link($1)"#,
            sha256.as_slice()
        )
        .fetch_optional(self.pool())
        .await?;
        let Some(row) = row.filter(|row| bool::from(row.token_sha256.as_slice().ct_eq(&sha256))) else {
            return Ok(None);
        };
        let purposes = [LinkPurpose::Invitation, LinkPurpose::Recovery, LinkPurpose::SignIn];
        let purpose = purposes.into_iter().find(|purpose| purpose.as_str() == row.purpose);
        let origin = Origin::parse(&row.origin).map_err(Error::internal)?;
        Ok(Some(FoundLink {
            info: LogInfo { log: LogId(row.log), slug: row.slug, name: row.name, origin },
            member: person(row.member),
            purpose: purpose.ok_or_else(|| Error::internal("a link for nothing"))?,
            expires_at: row.expires_at,
            is_good: row.is_good,
        }))
    }
}

/// Keeps a new link of a member; those of the same purpose before it are void.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn replace(
    conn: &mut PgConnection,
    log: LogId,
    member: &PersonId,
    purpose: LinkPurpose,
    token: &LinkToken,
) -> Result<()> {
    sqlx::query!(
        "delete from access.member_links where log = $1 and member = $2 and purpose = $3",
        log.0,
        person_uuid(member),
        purpose.as_str()
    )
    .execute(&mut *conn)
    .await?;
    let (sha256, good_for) = (token.sha256(), purpose.good_for().as_seconds_f64());
    sqlx::query!(
        "insert into access.member_links (log, token_sha256, member, purpose, expires_at)
        values ($1, $2, $3, $4, clock_timestamp() + make_interval(secs => $5))",
        log.0,
        sha256.as_slice(),
        person_uuid(member),
        purpose.as_str(),
        good_for
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Uses a link, once: of several who show it at the same time, one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn take(conn: &mut PgConnection, log: LogId, token: &LinkToken) -> Result<bool> {
    let sha256 = token.sha256();
    let done = sqlx::query!(
        "update access.member_links
        set used_at = clock_timestamp()
        where log = $1 and token_sha256 = $2 and used_at is null and clock_timestamp() < expires_at",
        log.0,
        sha256.as_slice()
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_96_digits_and_is_not_shown() {
        let token = LinkToken::random();
        assert_eq!(token.reveal().len(), 96);
        assert_eq!(LinkToken::parse(token.reveal()).unwrap().sha256(), token.sha256());
        assert_eq!(format!("{token:?}"), "LinkToken(..)");
        assert_eq!(LinkPurpose::Invitation.path(&token), format!("/join/{}", token.reveal()));
        for text in ["", &"A".repeat(96), &"a".repeat(95), &"a".repeat(97)] {
            assert!(LinkToken::parse(text).is_none(), "{text}");
        }
    }
}
