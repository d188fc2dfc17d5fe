//! What happened to one thing, entry by entry, from its own stream.

use domain::member::Permission;
use ledger::entry::{ActorType, Entry};
use ledger::vocabulary::Subject;
use store::append::Committed;
use store::{checkpoints, entries};

use super::components::{ActorKind, Day, Happening, Hash};
use super::moment::Clock;
use super::seal::{Seal, Step};
use crate::app::App;
use crate::auth::MemberSession;
use crate::error::{Error, Result};

/// A stream as days, newest first, each entry in the words of `sentence`.
///
/// # Errors
/// [`Error::Unavailable`]; [`Error::Internal`] where an entry does not read.
pub async fn of(
    app: &App,
    member: &MemberSession,
    clock: &Clock,
    stream: &Subject,
    sentence: fn(&Entry) -> String,
) -> Result<Vec<Day>> {
    let recorded = entries::of_stream(app.ledger().reader(), member.log, stream, 0).await?;
    let sealed = checkpoints::newest(app.ledger().reader(), member.log).await?;
    let sealed = sealed.map_or(0, |checkpoint| checkpoint.head.size);
    let mut days: Vec<Day> = Vec::new();
    for committed in recorded.iter().rev() {
        let entry = Entry::parse(&committed.bytes).map_err(Error::internal)?;
        let happening = Happening {
            actor: kind(entry.actor.kind),
            sentence: sentence(&entry),
            at: clock.ago(committed.time),
            seal: Some(seal(member, committed, sealed, clock)),
        };
        let date = clock.day(committed.time).shown;
        match days.last_mut() {
            Some(day) if day.date == date => day.events.push(happening),
            _ => days.push(Day { date, events: vec![happening] }),
        }
    }
    Ok(days)
}

fn kind(actor: ActorType) -> ActorKind {
    match actor {
        ActorType::User => ActorKind::Member,
        ActorType::Auditor => ActorKind::Auditor,
        ActorType::ApiKey => ActorKind::Key,
        ActorType::Service | ActorType::System => ActorKind::Service,
    }
}

fn seal(member: &MemberSession, committed: &Committed, sealed: u64, clock: &Clock) -> Seal {
    let is_sealed = committed.index < sealed;
    let may_read = member.permits(Permission::LedgerRead);
    let page = format!("/orgs/{}/ledger/{}", member.info.slug, committed.index);
    Seal {
        index: committed.index,
        hash: Hash::new(committed.hash.to_string()),
        recorded: clock.exact(committed.time),
        reached: if is_sealed { Step::Sealed } else { Step::Accepted },
        receipt: may_read.then(|| format!("{page}/receipt")),
        proof: (may_read && is_sealed).then(|| format!("{page}/proof")),
        check: None,
    }
}
