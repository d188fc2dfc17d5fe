//! What each event of a record changes in its row. A record that is added again takes the place of the one that was
//! withdrawn; what was applied is not applied again, because the version of the stream has gone on.

use domain::access_grant::Resource;
use domain::record::{Belonging, Body, Content, Parts, RecordEvent, Reference};
use domain::text::Label;
use sqlx::PgConnection;
use sqlx::types::Json;
use store::Committed;

use crate::column;
use crate::happened::Happened;
use crate::list::folded;
use crate::position::Build;
use crate::projection::ApplyError;

pub(super) async fn apply(tx: &mut PgConnection, build: &Build, entries: &[Committed]) -> Result<(), ApplyError> {
    for recorded in entries {
        let happened = Happened::<RecordEvent>::read(recorded)?;
        let (resource, reference) = happened.id.split_once('/').unwrap_or_default();
        let resource = column::id(happened.index, resource, Resource::parse)?;
        let reference = column::id(happened.index, reference, Reference::parse)?;
        let (version, at) = (happened.version.cast_signed(), happened.time.as_micros());
        let row = Row { build, resource, reference: &reference, version, at };
        match &happened.event {
            RecordEvent::RecordAdded(content) => row.says(tx, content, Some(at)).await?,
            RecordEvent::RecordChanged(content) => row.says(tx, content, None).await?,
            RecordEvent::RecordWithdrawn(_) => row.withdrawn(tx).await?,
        }
    }
    Ok(())
}

pub(super) async fn remove(tx: &mut PgConnection, build: &Build, max: u32) -> Result<u64, sqlx::Error> {
    let removed = sqlx::query!(
        "delete from read.records
        where log = $1 and version = $2 and (resource, reference) in (
            select resource, reference from read.records where log = $1 and version = $2 limit $3
        )",
        build.log.0,
        build.version,
        i64::from(max)
    )
    .execute(tx)
    .await?;
    Ok(removed.rows_affected())
}

/// The row of a record, the version of its stream that an event has, and when that was recorded.
struct Row<'a> {
    build: &'a Build,
    resource: Resource,
    reference: &'a Reference,
    version: i32,
    at: i64,
}

impl Row<'_> {
    /// The whole of what it says; `added_at` where it was added with it, and else it stays.
    async fn says(&self, tx: &mut PgConnection, content: &Content, added_at: Option<i64>) -> Result<(), sqlx::Error> {
        let (vendor, engagement) = match Belonging::of(self.resource, self.reference, content) {
            Belonging::To { vendor, engagement } => (vendor, engagement.map(String::from)),
            Belonging::Unknown => (None, Some(String::new())),
        };
        let Parts { body, .. } = content.parts();
        let rest = Parts { body: None, ..content.parts().clone() };
        sqlx::query!(
            "insert into read.records (
                log, version, resource, reference, stream_version, content, body, title_folded, reference_folded, status,
                vendor, engagement, added_at, changed_at
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, coalesce($13::bigint, $14), $14)
            on conflict (log, version, resource, reference) do update
            set stream_version = excluded.stream_version, content = excluded.content, body = excluded.body,
                title_folded = excluded.title_folded, status = excluded.status, vendor = excluded.vendor,
                engagement = excluded.engagement, added_at = coalesce($13, records.added_at),
                changed_at = excluded.changed_at, withdrawn_at = null
            where records.stream_version < excluded.stream_version",
            self.build.log.0,
            self.build.version,
            self.resource.as_str(),
            self.reference.as_str(),
            self.version,
            Json(&rest) as _,
            body.as_ref().map(Body::as_str),
            folded(rest.title.as_str()),
            folded(self.reference.as_str()),
            rest.status.as_ref().map(Label::as_str),
            vendor.as_ref().map(Reference::as_str),
            engagement,
            added_at,
            self.at
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn withdrawn(&self, tx: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.records
            set withdrawn_at = $6, changed_at = $6, stream_version = $5
            where log = $1 and version = $2 and resource = $3 and reference = $4 and stream_version < $5",
            self.build.log.0,
            self.build.version,
            self.resource.as_str(),
            self.reference.as_str(),
            self.version,
            self.at
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}
