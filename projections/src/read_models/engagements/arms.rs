//! What each event of an engagement changes in its row. Every arm is for the version of the stream that follows, so that
//! what was applied is not applied again.

use domain::engagement::{EngagementEvent, Plan};
use domain::name::EngagementId;
use sqlx::PgConnection;
use store::Committed;
use uuid::Uuid;

use crate::column;
use crate::happened::Happened;
use crate::position::Build;
use crate::projection::ApplyError;

pub(super) async fn apply(tx: &mut PgConnection, build: &Build, entries: &[Committed]) -> Result<(), ApplyError> {
    for recorded in entries {
        let happened = Happened::<EngagementEvent>::read(recorded)?;
        let engagement = column::id(happened.index, &happened.id, EngagementId::parse)?;
        let id = column::uuid(engagement.as_str());
        let row = Row { build, engagement: id, version: happened.version.cast_signed() };
        let at = happened.time.as_micros();
        match &happened.event {
            EngagementEvent::EngagementOpened(plan) => row.opened(tx, plan, at).await?,
            EngagementEvent::EngagementChanged(plan) => row.changed(tx, plan).await?,
            EngagementEvent::EngagementClosed(_) => row.closed(tx, at).await?,
        }
    }
    Ok(())
}

pub(super) async fn remove(tx: &mut PgConnection, build: &Build, max: u32) -> Result<u64, sqlx::Error> {
    let removed = sqlx::query!(
        "delete from read.engagements
        where log = $1 and version = $2 and engagement in (
            select engagement from read.engagements where log = $1 and version = $2 limit $3
        )",
        build.log.0,
        build.version,
        i64::from(max)
    )
    .execute(tx)
    .await?;
    Ok(removed.rows_affected())
}

/// The row of an engagement, and the version of its stream that an event has.
struct Row<'a> {
    build: &'a Build,
    engagement: Uuid,
    version: i32,
}

impl Row<'_> {
    async fn opened(&self, tx: &mut PgConnection, plan: &Plan, at: i64) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "insert into read.engagements (
                log, version, engagement, stream_version, name, framework, starts_on, ends_on, opened_at
            )
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            on conflict (log, version, engagement) do nothing",
            self.build.log.0,
            self.build.version,
            self.engagement,
            self.version,
            plan.name.as_str(),
            plan.framework.as_str(),
            plan.period.starts_on().to_string(),
            plan.period.ends_on().to_string(),
            at
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn changed(&self, tx: &mut PgConnection, plan: &Plan) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.engagements
            set name = $5, framework = $6, starts_on = $7, ends_on = $8, stream_version = $4
            where log = $1 and version = $2 and engagement = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.engagement,
            self.version,
            plan.name.as_str(),
            plan.framework.as_str(),
            plan.period.starts_on().to_string(),
            plan.period.ends_on().to_string()
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn closed(&self, tx: &mut PgConnection, at: i64) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.engagements
            set closed_at = $5, stream_version = $4
            where log = $1 and version = $2 and engagement = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.engagement,
            self.version,
            at
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}
