//! Opening a log for a new organisation, and finding it again.

use ledger::draft::DraftError;
use ledger::entry::Opened as LogKeys;
use ledger::hash::EntryHash;
use ledger::key::{Role, SigningKey, Vkey};
use ledger::name::{Origin, OriginError};
use sqlx::PgExecutor;
use uuid::Uuid;

use crate::append::{AppendError, Appended, ExpectedVersion, LogId};
use crate::column::corrupt;
use crate::keys::KeyError;
use crate::log_events;
use crate::open::Ledger;

/// A log and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LogInfo {
    /// The organisation's id.
    pub log: LogId,
    /// The organisation's name in addresses.
    pub slug: String,
    /// The organisation's name for people.
    pub name: String,
    /// `<authority>/<slug>`; never changes.
    pub origin: Origin,
}

/// A log that was just opened.
#[derive(Debug)]
pub struct Opened {
    /// The log.
    pub info: LogInfo,
    /// The key to pin (spec §7).
    pub checkpoints_vkey: Vkey,
    /// Entry 0.
    pub entry: Appended,
}

/// Why a log could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Authority and slug do not make an origin.
    #[error("authority {authority:?} and slug {slug:?} do not make an origin")]
    Origin {
        /// As given.
        authority: String,
        /// As given.
        slug: String,
        /// Which rule was broken.
        source: OriginError,
    },
    /// The name is empty or the slug is not of the form `[a-z0-9][a-z0-9-]{1,62}`.
    #[error("{0}")]
    Invalid(String),
    /// An organisation of that slug or origin exists.
    #[error("organisation {0} exists already")]
    Exists(String),
    /// A key could not be made.
    #[error("a signing key could not be made")]
    Key(#[from] KeyError),
    /// Entry 0 could not be formed.
    #[error("entry 0 could not be formed")]
    Draft(#[from] DraftError),
    /// Entry 0 could not be appended.
    #[error("entry 0 could not be appended")]
    Append(#[from] AppendError),
    /// The database failed.
    #[error("the database failed")]
    Database(#[from] sqlx::Error),
}

/// Makes three keys, registers the log and appends `ledger.opened`.
pub async fn open(ledger: &Ledger, slug: &str, name: &str, authority: &str) -> Result<Opened, OpenError> {
    let info = describe(slug, name, authority)?;
    if find(ledger.reader(), slug).await?.is_some() {
        return Err(OpenError::Exists(slug.to_owned()));
    }
    let entries = ledger.keys().create(&info.origin, Role::Entries)?;
    let checkpoints = ledger.keys().create(&info.origin, Role::Checkpoints)?;
    let receipts = ledger.keys().create(&info.origin, Role::Receipts)?;
    register(
        ledger,
        &info,
        [entries.key_id(), checkpoints.key_id(), receipts.key_id()].map(|id| id.as_bytes().to_vec()),
    )
    .await?;
    let vkey = |key: &SigningKey| key.vkey().clone();
    let keys =
        LogKeys { entries_vkey: vkey(&entries), checkpoints_vkey: vkey(&checkpoints), receipts_vkey: vkey(&receipts) };
    let draft = log_events::opened(&info.origin, &keys)?;
    let entry = ledger.append(info.log, vec![draft.into()], ExpectedVersion::Any, None).await?;
    Ok(Opened { info, checkpoints_vkey: checkpoints.vkey().clone(), entry })
}

fn describe(slug: &str, name: &str, authority: &str) -> Result<LogInfo, OpenError> {
    let mut characters = slug.chars();
    let first_fits = characters.next().is_some_and(|c| c.is_ascii_lowercase() || c.is_ascii_digit());
    let rest_fits = characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if !first_fits || !rest_fits || !(2..=63).contains(&slug.len()) {
        let rule = "a slug has 2 to 63 characters a-z, 0-9 and -, and does not begin with -";
        return Err(OpenError::Invalid(format!("slug {slug:?}: {rule}")));
    }
    if name.trim().is_empty() {
        return Err(OpenError::Invalid("name: an organisation has a name".to_owned()));
    }
    let origin = Origin::parse(&format!("{authority}/{slug}")).map_err(|source| OpenError::Origin {
        authority: authority.to_owned(),
        slug: slug.to_owned(),
        source,
    })?;
    Ok(LogInfo { log: LogId(Uuid::now_v7()), slug: slug.to_owned(), name: name.trim().to_owned(), origin })
}

async fn register(ledger: &Ledger, info: &LogInfo, keys: [Vec<u8>; 3]) -> Result<(), OpenError> {
    let [entries, checkpoints, receipts] = keys;
    let registered = sqlx::query!(
        "with log as (
            insert into ledger.logs (log, slug, name, origin) values ($1, $2, $3, $4) returning log
        )
        insert into ledger.heads
            (log, size, head_hash, entries_keyid, checkpoints_keyid, receipts_keyid, last_time, key_entries)
        select log, 0, $5, $6, $7, $8, 0, 0 from log",
        info.log.0,
        info.slug,
        info.name,
        info.origin.as_str(),
        EntryHash::ZERO.as_bytes(),
        entries,
        checkpoints,
        receipts
    )
    .execute(ledger.reader())
    .await;
    match registered {
        Ok(_) => Ok(()),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Err(OpenError::Exists(info.slug.clone())),
        Err(error) => Err(error.into()),
    }
}

/// The log of an organisation, by its slug.
pub async fn find<'c>(executor: impl PgExecutor<'c>, slug: &str) -> Result<Option<LogInfo>, sqlx::Error> {
    let row = sqlx::query!("select log, slug, name, origin from ledger.logs where slug = $1", slug);
    let row = row.fetch_optional(executor).await?;
    row.map(|row| info(row.log, row.slug, row.name, &row.origin)).transpose()
}

/// A log by its id.
pub async fn of<'c>(executor: impl PgExecutor<'c>, log: LogId) -> Result<Option<LogInfo>, sqlx::Error> {
    let row = sqlx::query!("select log, slug, name, origin from ledger.logs where log = $1", log.0);
    let row = row.fetch_optional(executor).await?;
    row.map(|row| info(row.log, row.slug, row.name, &row.origin)).transpose()
}

/// All logs, by slug.
pub async fn all<'c>(executor: impl PgExecutor<'c>) -> Result<Vec<LogInfo>, sqlx::Error> {
    let rows =
        sqlx::query!("select log, slug, name, origin from ledger.logs order by slug").fetch_all(executor).await?;
    rows.into_iter().map(|row| info(row.log, row.slug, row.name, &row.origin)).collect()
}

fn info(log: Uuid, slug: String, name: String, origin: &str) -> Result<LogInfo, sqlx::Error> {
    let origin = Origin::parse(origin).map_err(|error| corrupt("logs.origin", error))?;
    Ok(LogInfo { log: LogId(log), slug, name, origin })
}
