//! What each event of a member changes in their row. Every arm is for the version of the stream that follows, so that
//! what was applied is not applied again.

use domain::member::{MemberEvent, MemberInvitation, MemberInvited, Role, Roles};
use domain::name::{EmailHash, PersonId};
use sqlx::PgConnection;
use store::Committed;
use store::column::to_i64;
use uuid::Uuid;

use super::MemberState;
use crate::column;
use crate::happened::Happened;
use crate::position::Build;
use crate::projection::ApplyError;

pub(super) async fn apply(tx: &mut PgConnection, build: &Build, entries: &[Committed]) -> Result<(), ApplyError> {
    for recorded in entries {
        let happened = Happened::<MemberEvent>::read(recorded)?;
        let member = column::id(happened.index, &happened.id, PersonId::parse)?;
        let row = Row { build, member: column::uuid(member.as_str()), version: happened.version.cast_signed() };
        let at = happened.time.as_micros();
        match &happened.event {
            MemberEvent::MemberInvited(invited) => row.insert(tx, &happened, invited).await?,
            MemberEvent::InviteResent(invitation) => row.resent(tx, invitation).await?,
            MemberEvent::MemberActivated(_) => row.activated(tx, at).await?,
            MemberEvent::RolesChanged(changed) => row.roles(tx, &changed.after).await?,
            MemberEvent::MemberSuspended(_) => row.moved(tx, MemberState::Suspended, Some(at)).await?,
            MemberEvent::MemberReinstated(_) => row.moved(tx, MemberState::Active, None).await?,
            MemberEvent::MemberRemoved(_) => row.moved(tx, MemberState::Removed, Some(at)).await?,
        }
    }
    Ok(())
}

pub(super) async fn remove(tx: &mut PgConnection, build: &Build, max: u32) -> Result<u64, sqlx::Error> {
    let removed = sqlx::query!(
        "delete from read.members
        where log = $1 and version = $2 and member in (
            select member from read.members where log = $1 and version = $2 limit $3
        )",
        build.log.0,
        build.version,
        i64::from(max)
    )
    .execute(tx)
    .await?;
    Ok(removed.rows_affected())
}

/// The row of a member, and the version of their stream that an event has.
struct Row<'a> {
    build: &'a Build,
    member: Uuid,
    version: i32,
}

fn words(roles: &Roles) -> Vec<String> {
    roles.iter().map(Role::as_str).map(str::to_owned).collect()
}

impl Row<'_> {
    async fn insert(
        &self,
        tx: &mut PgConnection,
        happened: &Happened<MemberEvent>,
        invited: &MemberInvited,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "insert into read.members (
                log, version, member, stream_version, invited_index, email_hash, roles, state, invited_at,
                invitation_expires_at
            )
            values ($1, $2, $3, $4, $5, $6, $7, 'invited', $8, $9)
            on conflict (log, version, member) do nothing",
            self.build.log.0,
            self.build.version,
            self.member,
            self.version,
            to_i64(happened.index),
            invited.email_hash.as_ref().map(EmailHash::as_str),
            &words(&invited.roles),
            happened.time.as_micros(),
            invited.invitation.expires_at.as_micros()
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn resent(&self, tx: &mut PgConnection, invitation: &MemberInvitation) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.members
            set invitation_expires_at = $5, resent_count = resent_count + 1, stream_version = $4
            where log = $1 and version = $2 and member = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.member,
            self.version,
            invitation.expires_at.as_micros()
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn activated(&self, tx: &mut PgConnection, at: i64) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.members
            set state = 'active', activated_at = $5, stream_version = $4
            where log = $1 and version = $2 and member = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.member,
            self.version,
            at
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn roles(&self, tx: &mut PgConnection, roles: &Roles) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.members
            set roles = $5, stream_version = $4
            where log = $1 and version = $2 and member = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.member,
            self.version,
            &words(roles)
        )
        .execute(tx)
        .await?;
        Ok(())
    }

    async fn moved(
        &self,
        tx: &mut PgConnection,
        state: MemberState,
        stopped_at: Option<i64>,
    ) -> Result<(), sqlx::Error> {
        sqlx::query!(
            "update read.members
            set state = $5, stopped_at = $6, stream_version = $4
            where log = $1 and version = $2 and member = $3 and stream_version < $4",
            self.build.log.0,
            self.build.version,
            self.member,
            self.version,
            state.as_str(),
            stopped_at
        )
        .execute(tx)
        .await?;
        Ok(())
    }
}
