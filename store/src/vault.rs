//! Data keys of sealed values (spec §8): one living key per person and log.
//!
//! Destroying a key erases, everywhere and for ever, what was sealed under it. That holds for this database once the
//! old row version is vacuumed and for its backups once they are gone; `docs/runbooks/backup-and-restore.md` says how
//! long that is. Keys are not kept in this process: an erasure by another replica holds from its commit on.

use std::collections::{BTreeSet, HashMap};

use domain::name::EmailHash;
use domain::person::Email;
use hmac::{Hmac, Mac as _};
use ledger::draft;
use ledger::sealed::DataKey;
use ledger::vocabulary::PersonalPart;
use sqlx::PgConnection;
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::append::LogId;
use crate::column::corrupt;

/// Longest opaque id of a person, in characters, as the table has it.
const PERSON_CHARS_MAX: usize = 255;
/// Digits of hex that stand for an address in the log: 64 bits tell every two of a person's addresses apart.
const EMAIL_HASH_DIGITS: usize = 16;
/// Between seeing that a key exists and reading it, it can be destroyed; so often in a row only by mistake.
const MAKE_ATTEMPTS_MAX: u32 = 4;

/// A person's living data key.
#[derive(Clone, Debug)]
pub struct PersonKey {
    /// Its id, which stands beside what is sealed under it.
    pub kid: Uuid,
    /// The key itself.
    pub key: DataKey,
}

/// Why there is no data key.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The id cannot stand in the table.
    #[error("the id of a person has 1 to {PERSON_CHARS_MAX} characters, not {chars}")]
    Person {
        /// How many it has.
        chars: usize,
    },
    /// Somebody destroys keys as fast as they are made.
    #[error("a data key was destroyed {MAKE_ATTEMPTS_MAX} times while it was being made")]
    Contended,
    /// The database refused or cannot be reached.
    #[error("the vault could not be read or written")]
    Database(#[from] sqlx::Error),
}

/// What is to be sealed, with the key to seal it under and a nonce of its own; one list per entry. Loads all keys at
/// once.
///
/// # Errors
/// Those of [`keys_of`].
pub async fn with_keys(
    conn: &mut PgConnection,
    log: LogId,
    entries: Vec<Vec<PersonalPart>>,
) -> Result<Vec<Vec<draft::Personal>>, VaultError> {
    let persons: BTreeSet<String> = entries.iter().flatten().map(|part| part.person.clone()).collect();
    let keys = keys_of(conn, log, &persons).await?;
    let with_key = |part: PersonalPart| {
        let PersonKey { kid, key } = keys[&part.person].clone();
        let (field, nonce) = (part.field.to_owned(), *random::<24>());
        draft::Personal { field, of: part.of, kid: kid.to_string(), key, nonce, plaintext: part.plaintext }
    };
    Ok(entries.into_iter().map(|parts| parts.into_iter().map(with_key).collect()).collect())
}

/// The living data keys of these persons, made where they are missing. Whoever else makes them at the same moment gets
/// the same ones.
///
/// # Errors
/// [`VaultError`]; keys made before the failure stay, and are used by whoever asks next.
pub async fn keys_of(
    conn: &mut PgConnection,
    log: LogId,
    persons: &BTreeSet<String>,
) -> Result<HashMap<String, PersonKey>, VaultError> {
    for chars in persons.iter().map(|person| person.chars().count()) {
        if !(1..=PERSON_CHARS_MAX).contains(&chars) {
            return Err(VaultError::Person { chars });
        }
    }
    let mut keys = HashMap::with_capacity(persons.len());
    for _ in 0..MAKE_ATTEMPTS_MAX {
        let missing: Vec<&str> =
            persons.iter().map(String::as_str).filter(|person| !keys.contains_key(*person)).collect();
        if missing.is_empty() {
            return Ok(keys);
        }
        keys.extend(living(conn, log, &missing).await?);
        let missing: Vec<&str> = missing.into_iter().filter(|person| !keys.contains_key(*person)).collect();
        if !missing.is_empty() {
            keys.extend(make(conn, log, &missing).await?);
        }
    }
    if keys.len() == persons.len() { Ok(keys) } else { Err(VaultError::Contended) }
}

/// What stands in `detail` for a person's address: the first 16 digits of hex of HMAC-SHA-256 of the address in lower
/// case, under that person's data key, which is made where it is missing.
///
/// The same address of the same person gives the same digits, of another person others. Once the key is destroyed nobody
/// can tell any more whether an address was this one.
///
/// # Errors
/// Those of [`keys_of`].
pub async fn email_hash(
    conn: &mut PgConnection,
    log: LogId,
    person: &str,
    email: &Email,
) -> Result<EmailHash, VaultError> {
    let keys = keys_of(conn, log, &BTreeSet::from([person.to_owned()])).await?;
    Ok(email_hash_under(&keys[person].key, email))
}

fn email_hash_under(key: &DataKey, email: &Email) -> EmailHash {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes()).expect("HMAC takes keys of every length");
    mac.update(email.as_str().to_lowercase().as_bytes());
    let mut digits = hex::encode(mac.finalize().into_bytes());
    digits.truncate(EMAIL_HASH_DIGITS);
    EmailHash::parse(&digits).expect("so many digits of lower-case hex are one")
}

/// The keys that are still there among these ids; an id that is missing in the answer was destroyed, or never was.
///
/// # Errors
/// Those of the database.
pub async fn keys_by_id(
    conn: &mut PgConnection,
    log: LogId,
    kids: &[Uuid],
) -> Result<HashMap<Uuid, DataKey>, sqlx::Error> {
    if kids.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"select kid, key as "key!"
        from vault.data_keys
        where log = $1 and kid = any($2) and key is not null"#,
        log.0,
        kids
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|row| Ok((row.kid, data_key(row.key)?))).collect()
}

/// Destroys a person's living key and returns its id, or nothing where there is none. What was sealed under it can be
/// opened by nobody any more; the person gets another key when something is sealed for them again.
///
/// # Errors
/// Those of the database; then the key may or may not be gone, and doing it again tells.
pub async fn destroy(conn: &mut PgConnection, log: LogId, person: &str) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "update vault.data_keys
        set key = null, destroyed_at = now()
        where log = $1 and person = $2 and key is not null
        returning kid",
        log.0,
        person
    )
    .fetch_optional(conn)
    .await
}

async fn living(
    conn: &mut PgConnection,
    log: LogId,
    persons: &[&str],
) -> Result<Vec<(String, PersonKey)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select person, kid, key as "key!"
        from vault.data_keys
        where log = $1 and person = any($2) and key is not null"#,
        log.0,
        persons as &[&str]
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|row| Ok((row.person, PersonKey { kid: row.kid, key: data_key(row.key)? }))).collect()
}

/// Makes keys and returns those that were not made by somebody else meanwhile. Persons are in order, so that two who
/// make keys for several wait for each other and never in a circle.
async fn make(conn: &mut PgConnection, log: LogId, persons: &[&str]) -> Result<Vec<(String, PersonKey)>, sqlx::Error> {
    let kids: Vec<Uuid> = persons.iter().map(|_| Uuid::new_v4()).collect();
    let keys: Zeroizing<Vec<Vec<u8>>> = Zeroizing::new(persons.iter().map(|_| random::<32>().to_vec()).collect());
    let rows = sqlx::query!(
        r#"insert into vault.data_keys (log, kid, person, key)
        select $1, made.kid, made.person, made.key
        from unnest($2::uuid[], $3::text[], $4::bytea[]) as made (kid, person, key)
        on conflict (log, person) where key is not null do nothing
        returning person, kid, key as "key!""#,
        log.0,
        &kids,
        persons as &[&str],
        &*keys
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|row| Ok((row.person, PersonKey { kid: row.kid, key: data_key(row.key)? }))).collect()
}

fn data_key(bytes: Vec<u8>) -> Result<DataKey, sqlx::Error> {
    let bytes = Zeroizing::new(bytes);
    let key: [u8; 32] = bytes.as_slice().try_into().map_err(|error| corrupt("data_keys.key", error))?;
    Ok(DataKey::from_bytes(key))
}

fn random<const N: usize>() -> Zeroizing<[u8; N]> {
    let mut bytes = Zeroizing::new([0; N]);
    getrandom::fill(bytes.as_mut_slice()).expect("the system has randomness");
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    // Computed with another implementation of HMAC.
    #[test]
    fn an_address_is_hashed_in_lower_case_under_its_persons_key() {
        let key = DataKey::from_bytes([0x0b; 32]);
        let hash = |address| email_hash_under(&key, &Email::parse(address).unwrap());
        assert_eq!(hash("ada@example.org").as_str(), "0bcc15e8f10723d5");
        assert_eq!(hash("Ada@Example.ORG").as_str(), "0bcc15e8f10723d5");
        assert_eq!(hash("PRÜFER@example.org").as_str(), "6f017f28fa4e3b31");
        let other = DataKey::from_bytes([0x0c; 32]);
        assert_ne!(email_hash_under(&other, &Email::parse("ada@example.org").unwrap()), hash("ada@example.org"));
    }
}
