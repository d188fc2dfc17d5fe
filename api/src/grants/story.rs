//! How an access came to be what it is, and what was done under it, as sentences that rest on entries.

use std::collections::HashMap;

use domain::access_grant::{AccessGrantEvent, Change, ChangeLine, Direction, Link, Part};
use ledger::entry::{ActorType, Entry};
use ledger::vocabulary::Subject;
use projections::read_models::entries::EntryRow;
use store::append::{Committed, LogId};
use store::{checkpoints, entries, recording};

use crate::app::App;
use crate::auth::MemberSession;
use crate::error::{Error, Result};
use crate::web::components::{ActorKind, Day, Happening, Hash};
use crate::web::moment::Clock;
use crate::web::seal::{Seal, Step};
use crate::words;

/// All that was recorded of a grant, oldest first.
pub(super) async fn recorded(app: &App, log: LogId, stream: &Subject) -> Result<Vec<(Committed, AccessGrantEvent)>> {
    let mut connection = app.ledger().reader().acquire().await?;
    let committed = entries::of_stream(&mut *connection, log, stream, 0).await?;
    let events = recording::read(&mut connection, log, &committed).await?;
    Ok(committed.into_iter().zip(events).collect())
}

/// How far entries have come.
pub(super) struct Seals {
    committed: HashMap<u64, Committed>,
    /// Entries below this are covered by a published checkpoint.
    covered: u64,
    home: String,
}

impl Seals {
    /// Of these entries.
    pub(super) async fn load(app: &App, member: &MemberSession, indices: &[u64]) -> Result<Self> {
        let mut connection = app.ledger().reader().acquire().await?;
        let committed = entries::at(&mut *connection, member.log, indices).await?;
        let newest = checkpoints::newest(&mut *connection, member.log).await?;
        Ok(Self {
            committed: committed.into_iter().map(|entry| (entry.index, entry)).collect(),
            covered: newest.map_or(0, |checkpoint| checkpoint.head.size),
            home: format!("/orgs/{}", member.info.slug),
        })
    }

    fn of(&self, index: u64, clock: &Clock) -> Option<Seal> {
        self.committed.get(&index).map(|entry| self.seal(entry, clock))
    }

    fn seal(&self, entry: &Committed, clock: &Clock) -> Seal {
        let page = format!("{}/ledger?entry={}", self.home, entry.index);
        Seal {
            index: entry.index,
            hash: Hash::new(entry.hash.to_string()),
            recorded: clock.exact(entry.time),
            reached: if entry.index < self.covered { Step::Sealed } else { Step::Accepted },
            receipt: None,
            proof: None,
            check: Some(page),
        }
    }
}

/// The story of a grant, newest first.
pub(super) fn of_grant(recorded: &[(Committed, AccessGrantEvent)], seals: &Seals, clock: &Clock) -> Result<Vec<Day>> {
    let happening = |(entry, event): &(Committed, AccessGrantEvent)| {
        let parsed = Entry::parse(&entry.bytes).map_err(Error::internal)?;
        Ok((
            entry.time,
            Happening {
                actor: actor(parsed.actor.kind),
                sentence: sentence(event, clock),
                at: clock.ago(entry.time),
                seal: Some(seals.seal(entry, clock)),
            },
        ))
    };
    let happenings = recorded.iter().rev().map(happening).collect::<Result<Vec<_>>>()?;
    Ok(by_day(happenings, clock))
}

/// What was done under it, newest first.
pub(super) fn of_rows(rows: &[EntryRow], seals: &Seals, clock: &Clock) -> Vec<Day> {
    let happening = |row: &EntryRow| {
        (
            row.time,
            Happening {
                actor: actor(row.actor.kind),
                sentence: act(row),
                at: clock.ago(row.time),
                seal: seals.of(row.index, clock),
            },
        )
    };
    by_day(rows.iter().map(happening).collect(), clock)
}

fn by_day(happenings: Vec<(ledger::time::Timestamp, Happening)>, clock: &Clock) -> Vec<Day> {
    let mut days: Vec<Day> = Vec::new();
    for (time, happening) in happenings {
        let date = clock.day(time).shown;
        match days.last_mut().filter(|day| day.date == date) {
            Some(day) => day.events.push(happening),
            None => days.push(Day { date, events: vec![happening] }),
        }
    }
    days
}

pub(super) const fn actor(kind: ActorType) -> ActorKind {
    match kind {
        ActorType::User => ActorKind::Member,
        ActorType::Auditor => ActorKind::Auditor,
        ActorType::ApiKey => ActorKind::Key,
        ActorType::Service | ActorType::System => ActorKind::Service,
    }
}

fn sentence(event: &AccessGrantEvent, clock: &Clock) -> String {
    let ends = |at| clock.exact(at).exact;
    match event {
        AccessGrantEvent::AccessGranted(granted) => {
            let bundles = granted.extent.scope.bundles().iter().map(|one| words::bundle_short(*one));
            let bundles = bundles.collect::<Vec<_>>().join(", ");
            format!("Access was given until {}: {bundles}.", ends(granted.extent.expires_at))
        }
        AccessGrantEvent::InviteAccepted(accepted) => match accepted.link {
            Link::First => "The invitation was accepted.".to_owned(),
            Link::Again => "The access was opened again with its link.".to_owned(),
        },
        AccessGrantEvent::InviteResent(_) => {
            "The invitation was sent again; the link before it opens nothing any more.".to_owned()
        }
        AccessGrantEvent::AccessChanged(changed) => {
            let change = Change::between(&changed.before, &changed.after);
            let lines: Vec<_> = change.lines.iter().map(|line| self::line(line, clock)).collect();
            format!("Access was changed (version {}): {}.", changed.version, lines.join("; "))
        }
        AccessGrantEvent::TermsAccepted(terms) => {
            format!("The terms of engagement were accepted, version {}.", terms.version)
        }
        AccessGrantEvent::TermsCleared(_) => "The terms of engagement are to be accepted again.".to_owned(),
        AccessGrantEvent::AccessRevoked(revoked) => match &revoked.note {
            Some(note) => format!("Access was revoked: “{}”.", note.as_str()),
            None => "Access was revoked.".to_owned(),
        },
        AccessGrantEvent::AccessExpired(_) => "Access ran out.".to_owned(),
    }
}

/// One part that differs, as words: `+ Download files of evidence`.
fn line(line: &ChangeLine, clock: &Clock) -> String {
    let sign = match line.direction {
        Direction::Widened => "+ ",
        Direction::Narrowed => "− ",
        Direction::Shifted | Direction::Renamed => "",
    };
    let what = match &line.part {
        Part::Bundles(values) => {
            let names: Vec<_> = values.after.iter().map(|one| words::bundle_short(*one)).collect();
            format!("now {}", names.join(", "))
        }
        Part::Capability(capability) => words::capability(*capability).to_lowercase(),
        Part::Resource(resource) => words::resource_short(*resource).to_lowercase(),
        Part::Vendors(values) if values.after.is_empty() => "all vendors".to_owned(),
        Part::Vendors(values) => {
            let names: Vec<_> = values.after.iter().map(ToString::to_string).collect();
            format!("only vendors {}", names.join(", "))
        }
        Part::Engagement(values) => {
            if values.after.is_some() {
                "another engagement".to_owned()
            } else {
                "no engagement".to_owned()
            }
        }
        Part::Window(_) => "other effective dates of evidence".to_owned(),
        Part::Expiry(values) => format!("ends {}", clock.exact(values.after).exact),
    };
    format!("{sign}{what}")
}

/// What an auditor did, or tried.
fn act(row: &EntryRow) -> String {
    let what = match row.event_type.as_str() {
        "auditor.invite.accept_attempted" => "Came with a link or a code".to_owned(),
        "auditor.session.started" => "Began a session".to_owned(),
        "auditor.session.ended" => "A session ended".to_owned(),
        "auditor.session.logout" => "Signed out".to_owned(),
        "auditor.session.swept" => "All sessions were ended".to_owned(),
        "auditor.record.viewed" => format!("Looked at {}", row.subject),
        "auditor.evidence.downloaded" => format!("Downloaded {}", row.subject),
        "auditor.records.exported" => format!("Exported {}", row.subject),
        other => other.to_owned(),
    };
    match row.outcome.reason() {
        None => format!("{what}."),
        Some(reason) => format!("{what}: refused, {}.", reason.replace('_', " ")),
    }
}
