//! What each event of a piece of evidence changes in its row. Every arm is for the version of the stream that follows, so
//! that what was applied is not applied again.

use domain::evidence::{EvidenceEvent, EvidenceRevised, Metadata};
use domain::name::EvidenceId;
use domain::record::Reference;
use sqlx::PgConnection;
use sqlx::types::Json;
use store::Committed;
use uuid::Uuid;

use crate::column;
use crate::happened::Happened;
use crate::list::folded;
use crate::position::Build;
use crate::projection::ApplyError;

pub(super) async fn apply(tx: &mut PgConnection, build: &Build, entries: &[Committed]) -> Result<(), ApplyError> {
    for recorded in entries {
        let happened = Happened::<EvidenceEvent>::read(recorded)?;
        let evidence = column::id(happened.index, &happened.id, EvidenceId::parse)?;
        let id = column::uuid(evidence.as_str());
        let at = happened.time.as_micros();
        let row = Row { build, evidence: id, version: happened.version.cast_signed(), at };
        match &happened.event {
            EvidenceEvent::EvidenceAdded(metadata) => row.added(tx, metadata).await?,
            EvidenceEvent::EvidenceChanged(metadata) => row.changed(tx, metadata).await?,
            EvidenceEvent::EvidenceRevised(revised) => row.revised(tx, revised).await?,
            EvidenceEvent::EvidenceWithdrawn(_) => row.withdrawn(tx).await?,
        }
    }
    Ok(())
}

pub(super) async fn remove(tx: &mut PgConnection, build: &Build, max: u32) -> Result<u64, sqlx::Error> {
    let removed = sqlx::query!(
        "delete from read.evidence
        where log = $1 and version = $2 and evidence in (
            select evidence from read.evidence where log = $1 and version = $2 limit $3
        )",
        build.log.0,
        build.version,
        i64::from(max)
    )
    .execute(tx)
    .await?;
    Ok(removed.rows_affected())
}

/// The row of a piece of evidence, the version of its stream that an event has, and when that was recorded.
struct Row<'a> {
    build: &'a Build,
    evidence: Uuid,
    version: i32,
    at: i64,
}

fn controls(metadata: &Metadata) -> Vec<String> {
    metadata.controls.iter().map(ToString::to_string).collect()
}

impl Row<'_> {
    async fn added(&self, tx: &mut PgConnection, metadata: &Metadata) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "insert into read.evidence (
                log, version, evidence, stream_version, metadata, title_folded, effective_on, engagement, vendor, controls,
                added_at, changed_at
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
            on conflict (log, version, evidence) do nothing",
            self.build.log.0,
            self.build.version,
            self.evidence,
            self.version,
            Json(metadata) as _,
            folded(metadata.title.as_str()),
            metadata.effective_on.to_string(),
            metadata.engagement.as_ref().map(|engagement| column::uuid(engagement.as_str())),
            metadata.vendor.as_ref().map(Reference::as_str),
            &controls(metadata),
            self.at
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn changed(&self, tx: &mut PgConnection, metadata: &Metadata) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.evidence
            set metadata = $5, title_folded = $6, effective_on = $7, engagement = $8, vendor = $9, controls = $10,
                changed_at = $11, stream_version = $4
            where log = $1 and version = $2 and evidence = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.evidence,
            self.version,
            Json(metadata) as _,
            folded(metadata.title.as_str()),
            metadata.effective_on.to_string(),
            metadata.engagement.as_ref().map(|engagement| column::uuid(engagement.as_str())),
            metadata.vendor.as_ref().map(Reference::as_str),
            &controls(metadata),
            self.at
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn revised(&self, tx: &mut PgConnection, revised: &EvidenceRevised) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.evidence
            set file = $5, revision = $6, changed_at = $7, stream_version = $4
            where log = $1 and version = $2 and evidence = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.evidence,
            self.version,
            Json(&revised.file) as _,
            revised.revision.get().cast_signed(),
            self.at
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn withdrawn(&self, tx: &mut PgConnection) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.evidence
            set withdrawn_at = $5, changed_at = $5, stream_version = $4
            where log = $1 and version = $2 and evidence = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.evidence,
            self.version,
            self.at
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}
