//! What each event of a grant changes in its row. Every arm is for the version of the stream that follows, so that what
//! was applied is not applied again.

use domain::access_grant::{
    AccessChanged, AccessExpired, AccessGrantEvent, AccessGranted, AccessRevoked, RoleTitle, TermsAccepted,
};
use domain::invitation::Delivery;
use domain::name::{EmailHash, GrantId};
use sqlx::PgConnection;
use sqlx::types::Json;
use store::Committed;
use store::column::to_i64;
use uuid::Uuid;

use crate::column;
use crate::happened::Happened;
use crate::list::folded;
use crate::position::Build;
use crate::projection::ApplyError;

pub(super) async fn apply(tx: &mut PgConnection, build: &Build, entries: &[Committed]) -> Result<(), ApplyError> {
    for recorded in entries {
        let happened = Happened::<AccessGrantEvent>::read(recorded)?;
        let grant = column::id(happened.index, &happened.id, GrantId::parse)?;
        let row = Row { build, grant: column::uuid(grant.as_str()), version: happened.version.cast_signed() };
        let at = happened.time.as_micros();
        match &happened.event {
            AccessGrantEvent::AccessGranted(granted) => row.insert(tx, &happened, granted).await?,
            AccessGrantEvent::InviteAccepted(_) => row.accepted(tx, at).await?,
            AccessGrantEvent::InviteResent(resent) => row.resent(tx, at, resent.delivery).await?,
            AccessGrantEvent::AccessChanged(changed) => row.changed(tx, changed).await?,
            AccessGrantEvent::TermsAccepted(TermsAccepted { version, .. }) => {
                row.terms(tx, Some(version.get().cast_signed())).await?;
            }
            AccessGrantEvent::TermsCleared(_) => row.terms(tx, None).await?,
            AccessGrantEvent::AccessRevoked(revoked) => row.revoked(tx, at, revoked).await?,
            AccessGrantEvent::AccessExpired(expired) => row.expired(tx, expired).await?,
        }
    }
    Ok(())
}

pub(super) async fn remove(tx: &mut PgConnection, build: &Build, max: u32) -> Result<u64, sqlx::Error> {
    let removed = sqlx::query!(
        "delete from read.grants
        where log = $1 and version = $2 and grant_id in (
            select grant_id from read.grants where log = $1 and version = $2 limit $3
        )",
        build.log.0,
        build.version,
        i64::from(max)
    )
    .execute(tx)
    .await?;
    Ok(removed.rows_affected())
}

/// The row of a grant, and the version of its stream that an event has.
struct Row<'a> {
    build: &'a Build,
    grant: Uuid,
    version: i32,
}

impl Row<'_> {
    async fn insert(
        &self,
        tx: &mut PgConnection,
        happened: &Happened<AccessGrantEvent>,
        granted: &AccessGranted,
    ) -> Result<(), sqlx::Error> {
        let link = granted.invitation.as_ref();
        let filters = granted.extent.scope.filters();
        sqlx::query!(
            "insert into read.grants (
                log, version, grant_id, stream_version, granted_index, person, email_hash, firm, firm_folded, role_title,
                extent, extent_version, engagement, delivery, link_reuse, second_factor, state, created_at, expires_at,
                granted_by_type, granted_by, regrant_of
            )
            values (
                $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 1, $12, $13, $14, $15, 'pending', $16, $17, $18, $19, $20
            )
            on conflict (log, version, grant_id) do nothing",
            self.build.log.0,
            self.build.version,
            self.grant,
            self.version,
            to_i64(happened.index),
            column::uuid(granted.person.as_str()),
            granted.email_hash.as_ref().map(EmailHash::as_str),
            granted.firm.as_str(),
            folded(granted.firm.as_str()),
            granted.role_title.map(RoleTitle::as_str),
            Json(&granted.extent) as _,
            filters.engagement.as_ref().map(|engagement| column::uuid(engagement.as_str())),
            link.map(|link| link.delivery.as_str()),
            link.map(|link| link.link_reuse.as_str()),
            link.map(|link| link.second_factor.as_str()),
            happened.time.as_micros(),
            granted.extent.expires_at.as_micros(),
            happened.actor.kind.as_str(),
            happened.actor.id,
            granted.regrant_of.as_ref().map(|grant| column::uuid(grant.as_str()))
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    /// A link that works again and again leaves the first time as it was.
    async fn accepted(&self, tx: &mut PgConnection, at: i64) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.grants
            set state = 'active', accepted_at = coalesce(accepted_at, $5), stream_version = $4
            where log = $1 and version = $2 and grant_id = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.grant,
            self.version,
            at
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn resent(&self, tx: &mut PgConnection, at: i64, delivery: Option<Delivery>) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.grants
            set resent_count = resent_count + 1, resent_at = $5, delivery = coalesce($6, delivery), stream_version = $4
            where log = $1 and version = $2 and grant_id = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.grant,
            self.version,
            at,
            delivery.map(Delivery::as_str)
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn changed(&self, tx: &mut PgConnection, changed: &AccessChanged) -> Result<(), sqlx::Error> {
        let engagement = changed.after.scope.filters().engagement.as_ref();
        sqlx::query!(
            "update read.grants
            set extent = $5, extent_version = $6, engagement = $7, expires_at = $8, stream_version = $4
            where log = $1 and version = $2 and grant_id = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.grant,
            self.version,
            Json(&changed.after) as _,
            changed.version.cast_signed(),
            engagement.map(|engagement| column::uuid(engagement.as_str())),
            changed.after.expires_at.as_micros()
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn terms(&self, tx: &mut PgConnection, accepted: Option<i32>) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.grants
            set terms_version = $5, stream_version = $4
            where log = $1 and version = $2 and grant_id = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.grant,
            self.version,
            accepted
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn revoked(&self, tx: &mut PgConnection, at: i64, revoked: &AccessRevoked) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.grants
            set state = 'revoked', revoked_at = $5, ended_at = $5, sessions_ended = $6, stream_version = $4
            where log = $1 and version = $2 and grant_id = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.grant,
            self.version,
            at,
            revoked.sessions_ended.cast_signed()
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    /// It ended at its instant, not when that was recorded.
    async fn expired(&self, tx: &mut PgConnection, expired: &AccessExpired) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.grants
            set state = 'expired', ended_at = $5, sessions_ended = $6, stream_version = $4
            where log = $1 and version = $2 and grant_id = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.grant,
            self.version,
            expired.expires_at.as_micros(),
            expired.sessions_ended.cast_signed()
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}
