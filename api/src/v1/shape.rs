//! `?shape=`: entries in the forms of other systems, for programs that were written for one of these. The names of events
//! in them are those of `docs/event-map.md`; the entry itself is always what was signed, and every view names it.

mod facts;
mod meridian;
mod s3;
mod s4;
mod s5;
mod wf006;

use domain::alias::System;
use serde::Serialize;
use store::append::{Committed, LogId};
use utoipa::ToSchema;

pub use self::facts::Sight;
pub(crate) use self::facts::{Facts, of as facts};
use crate::access::api_key::Scope;
use crate::app::App;
use crate::auth::Caller;
use crate::error::{Error, Result};

/// An entry in the form of another system.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Shaped {
    /// `shape=wf006`.
    Wf006(wf006::Wf006),
    /// `shape=meridian`.
    Meridian(meridian::Meridian),
    /// `shape=s3`.
    S3(s3::S3),
    /// `shape=s4`.
    S4(s4::S4),
    /// `shape=s5`.
    S5(s5::S5),
}

/// What an API key is shown: who people are where it may read grants, which say so too.
pub fn sight<P>(caller: &Caller<P>) -> Sight {
    if caller.scopes.contains(&Scope::GrantsRead) { Sight::Open } else { Sight::Sealed }
}

/// Reads the parameter.
///
/// # Errors
/// [`Error::Invalid`], which lists the shapes there are.
pub fn parse(value: &str) -> Result<System> {
    System::parse(value).map_err(|_| Error::invalid("shape", "must be meridian, s3, s4, s5 or wf006"))
}

/// Entries in a system's form, in their order. Addresses are opened where `sight` says so; there are two queries more
/// for a page of them, and two where they are opened.
///
/// # Errors
/// The database does not answer, or an entry is not what an entry can be.
pub async fn of(app: &App, log: LogId, sight: Sight, system: System, entries: &[Committed]) -> Result<Vec<Shaped>> {
    let facts = facts(app, log, sight, entries).await?;
    Ok(facts.iter().map(|facts| one(system, facts)).collect())
}

fn one(system: System, facts: &Facts) -> Shaped {
    match system {
        System::Meridian => Shaped::Meridian(meridian::of(facts)),
        System::S3 => Shaped::S3(s3::of(facts)),
        System::S4 => Shaped::S4(s4::of(facts)),
        System::S5 => Shaped::S5(s5::of(facts)),
        System::Wf006 => Shaped::Wf006(wf006::of(facts)),
    }
}
