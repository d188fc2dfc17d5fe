//! Documents: what a detail page shows of one aggregate, as one piece of JSON: how it stands, and what happened to it.
//!
//! `postgres_es` keeps them. Its repository uses a connection of its own and knows neither organisation nor position, so:
//!
//! * a document's id begins with its organisation and the build it belongs to, and only functions that take the
//!   organisation reach it, under the policy of the table;
//! * it is written before the position moves, and the position's row is held meanwhile, so that one process writes;
//! * it carries the version of its stream: what it has seen it passes over, and it refuses what does not follow.
//!
//! Nothing personal is in them (docs/decisions/0005): each act says which entry opens it.

mod act;
mod document;
mod keep;
mod shown;

use domain::access_grant::AccessGrant;
use domain::engagement::Engagement;
use domain::evidence::Evidence;
use domain::member::Member;
use domain::name::{EngagementId, EvidenceId, GrantId, OrganisationId, PersonId};
use domain::organisation::Organisation;
use domain::record::Record;
use sqlx::PgConnection;
use store::LogId;

pub use self::act::{Act, By};
pub use self::document::{ACTS_MAX, Document, Documented, OrganisationAct, RecordAct, RecordPart};
pub use self::keep::Documents;
pub use self::shown::ExtentVersion;

/// The document of a grant; none where there is no grant, or the document has not come there yet.
///
/// # Errors
/// The database does not answer, or the document is not of its form.
pub async fn access_grant(
    conn: &mut PgConnection,
    log: LogId,
    grant: &GrantId,
) -> Result<Option<Document<AccessGrant>>, sqlx::Error> {
    keep::load(conn, log, grant.as_str()).await
}

/// The document of a member.
///
/// # Errors
/// As [`access_grant`].
pub async fn member(
    conn: &mut PgConnection,
    log: LogId,
    member: &PersonId,
) -> Result<Option<Document<Member>>, sqlx::Error> {
    keep::load(conn, log, member.as_str()).await
}

/// The document of an organisation; none also where it never recorded anything of itself.
///
/// # Errors
/// As [`access_grant`].
pub async fn organisation(conn: &mut PgConnection, log: LogId) -> Result<Option<Document<Organisation>>, sqlx::Error> {
    let organisation = OrganisationId::parse(&log.to_string()).expect("an organisation's id is that of its log");
    keep::load(conn, log, organisation.as_str()).await
}

/// The document of an engagement.
///
/// # Errors
/// As [`access_grant`].
pub async fn engagement(
    conn: &mut PgConnection,
    log: LogId,
    engagement: &EngagementId,
) -> Result<Option<Document<Engagement>>, sqlx::Error> {
    keep::load(conn, log, engagement.as_str()).await
}

/// The document of a piece of evidence.
///
/// # Errors
/// As [`access_grant`].
pub async fn evidence(
    conn: &mut PgConnection,
    log: LogId,
    evidence: &EvidenceId,
) -> Result<Option<Document<Evidence>>, sqlx::Error> {
    keep::load(conn, log, evidence.as_str()).await
}

/// The document of a record.
///
/// # Errors
/// As [`access_grant`].
pub async fn record(
    conn: &mut PgConnection,
    log: LogId,
    resource: domain::access_grant::Resource,
    reference: &domain::record::Reference,
) -> Result<Option<Document<Record>>, sqlx::Error> {
    keep::load(conn, log, &Record::id(resource, reference)).await
}
