//! What a database administrator without any key can do to an entry.

use ledger::hash::EntryHash;
use sqlx::{ConnectOptions as _, Executor as _};

use super::TestDatabase;
use crate::append::LogId;
use crate::cluster::Role;
use crate::entries;

/// Changes an entry as a superuser can, past triggers and policies, such that its row is one with itself: other bytes,
/// of the same form, with their hash. Its signature stays.
///
/// # Panics
/// There is no such entry, or the database refused.
pub async fn forge(database: &TestDatabase, log: LogId, index: u64) {
    let mut db =
        database.options(Role::Superuser).connect().await.expect("a running test cluster accepts its superuser");
    let entry = entries::range(&mut db, log, index, 1).await.expect("it can be read").pop().expect("it is there");
    let text = String::from_utf8(entry.bytes.to_vec()).expect("an entry is text");
    let (before, rest) = text.split_once("\"time\":\"").expect("an entry has a time");
    let (time, after) = rest.split_once("Z\"").expect("a time ends with Z");
    let (time, digit) = time.split_at(time.len() - 1);
    let other = if digit == "0" { "1" } else { "0" };
    let forged = format!("{before}\"time\":\"{time}{other}Z\"{after}");
    let hash = EntryHash::of(forged.as_bytes());
    db.execute("alter table ledger.entries disable trigger user").await.expect("a superuser may");
    let update = "update ledger.entries set bytes = $1, hash = $2 where log = $3 and index = $4";
    let update = sqlx::query(update).bind(forged.as_bytes()).bind(hash.as_bytes().as_slice());
    let done = update.bind(log.0).bind(index.cast_signed()).execute(&mut db).await.expect("a superuser may");
    assert_eq!(done.rows_affected(), 1, "entry {index} is changed");
    db.execute("alter table ledger.entries enable trigger user").await.expect("a superuser may");
}
