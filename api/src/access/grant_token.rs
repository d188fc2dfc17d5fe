//! The tokens of auditors' links, of which only the SHA-256 is kept, and the grants that they were made for.

mod token;

use domain::name::{GrantId, Sha256};
use domain::person::Email;
use ledger::name::Origin;
use sqlx::PgConnection;
use store::append::LogId;
use uuid::Uuid;

use super::secret::Secret;
use crate::access::Requests;
use crate::error::{Error, Result};

pub use token::{Token, sha256_of};

/// Grants of one address that are looked at when it asks for a code: an auditor works on fewer at a time, and each of
/// them costs a message.
const GRANTS_OF_ADDRESS_MAX: i32 = 5;

/// The grant that a token was made for. Whether it is the token in force is for the grant to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Whose log.
    pub log: LogId,
    /// That log's origin.
    pub origin: Origin,
    /// Which grant.
    pub grant: GrantId,
}

impl Place {
    pub(super) fn of(log: Uuid, origin: &str, grant: Uuid) -> Result<Self> {
        Ok(Self {
            log: LogId(log),
            origin: Origin::parse(origin).map_err(Error::internal)?,
            grant: GrantId::parse(&grant.to_string()).map_err(Error::internal)?,
        })
    }
}

/// Keeps which grant a link belongs to. To be committed before the grant, or its new link, is recorded: afterwards a
/// failure would leave a link that opens nothing.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn put(
    conn: &mut PgConnection,
    secret: &Secret,
    log: LogId,
    grant: &GrantId,
    token_sha256: &Sha256,
    email: &Email,
) -> Result<()> {
    let (token_sha256, address_mac) = (bytes(token_sha256), address_mac(secret, email));
    sqlx::query!(
        "insert into access.grant_tokens (token_sha256, log, grant_id, address_mac) values ($1, $2, $3, $4)",
        token_sha256.as_slice(),
        log.0,
        uuid(grant),
        address_mac.as_slice()
    )
    .execute(conn)
    .await?;
    Ok(())
}

impl Requests {
    /// The grant that a token was made for, if any was.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn place_of(&self, token_sha256: &Sha256) -> Result<Option<Place>> {
        let token_sha256 = bytes(token_sha256);
        let row = sqlx::query!(
            r#"select log as "log!", origin as "origin!", grant_id as "grant_id!" from access.find_grant_token($1)"#,
            token_sha256.as_slice()
        )
        .fetch_optional(self.pool())
        .await?;
        row.map(|row| Place::of(row.log, &row.origin, row.grant_id)).transpose()
    }

    /// The newest five grants of an address, in all organisations, in whatever state they are; upper and lower case do
    /// not matter.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn places_of_address(&self, secret: &Secret, email: &Email) -> Result<Vec<Place>> {
        let address_mac = address_mac(secret, email);
        let rows = sqlx::query!(
            r#"select log as "log!", origin as "origin!", grant_id as "grant_id!"
            from access.find_grants_of_address($1, $2)"#,
            address_mac.as_slice(),
            GRANTS_OF_ADDRESS_MAX
        )
        .fetch_all(self.pool())
        .await?;
        rows.into_iter().map(|row| Place::of(row.log, &row.origin, row.grant_id)).collect()
    }
}

/// The same in all organisations: an auditor who lost a link knows the address that it went to, and nothing else.
fn address_mac(secret: &Secret, email: &Email) -> [u8; 32] {
    secret.mac_of_address(&[b"grant"], email)
}

pub(super) fn uuid(grant: &GrantId) -> Uuid {
    Uuid::parse_str(grant.as_str()).expect("the id of a grant is a UUID")
}

pub(super) fn bytes(sha256: &Sha256) -> [u8; 32] {
    let mut bytes = [0; 32];
    hex::decode_to_slice(sha256.as_str(), &mut bytes).expect("a SHA-256 is 64 digits of hex");
    bytes
}
