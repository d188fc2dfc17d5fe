//! How an access came to be what it is, and what was done under it, as sentences that rest on entries.

use domain::access_grant::{AccessGrant, AccessGrantEvent, Change, ChangeLine, Direction, Link, Part, Scope};
use domain::invitation::Delivery;
use domain::member::Permission;
use domain::name::EvidenceId;
use projections::documents::{Document, ExtentVersion};
use projections::read_models::entries::EntryRow;
use projections::read_models::evidence;
use sqlx::PgConnection;

use crate::auth::MemberSession;
use crate::error::Result;
use crate::portal::activity::sentence::{self, Titles};
use crate::web::components::{Day, Happening};
use crate::web::history::{Proofs, by_day};
use crate::web::moment::{Clock, Moment};
use crate::words;

/// A version of the access.
pub(super) struct VersionRow {
    pub(super) number: u32,
    pub(super) since: Moment,
    pub(super) ends: Moment,
    pub(super) access: String,
    /// What differs from the version before; nothing for the first.
    pub(super) changes: Vec<String>,
}

/// The versions of a grant, newest first.
pub(super) fn versions(document: &Document<AccessGrant>, clock: &Clock) -> Vec<VersionRow> {
    let row = |version: &ExtentVersion<'_>| VersionRow {
        number: version.version,
        since: clock.exact(version.by.time),
        ends: clock.exact(version.extent.expires_at),
        access: bundles(&version.extent.scope),
        changes: version.change.iter().flat_map(|change| &change.lines).map(|one| line(one, clock)).collect(),
    };
    document.versions().iter().rev().map(row).collect()
}

/// The titles of the evidence that rows are about, for a member who may see evidence; at most one look-up a row.
pub(super) async fn titles(conn: &mut PgConnection, member: &MemberSession, rows: &[EntryRow]) -> Result<Titles> {
    let mut titles = Titles::new();
    if !member.profile.roles.permit(Permission::EvidenceRead) {
        return Ok(titles);
    }
    for id in rows.iter().filter_map(|row| sentence::evidence_of(row.subject.as_str())) {
        let Ok(parsed) = EvidenceId::parse(id) else { continue };
        if titles.contains_key(id) {
            continue;
        }
        if let Some(row) = evidence::one(conn, member.log, &parsed).await? {
            titles.insert(id.to_owned(), row.metadata.title.as_str().to_owned());
        }
    }
    Ok(titles)
}

/// What was done under it, newest first.
pub(super) fn of_rows(rows: &[EntryRow], titles: &Titles, proofs: &Proofs, clock: &Clock) -> Vec<Day> {
    let happening = |row: &EntryRow| {
        let happening = Happening {
            actor: row.actor.kind.into(),
            who: proofs.who(row.index, row.actor.kind, &row.actor.id),
            sentence: act(row, titles),
            at: clock.ago(row.time),
            seal: proofs.of(row.index, clock),
        };
        (row.time, happening)
    };
    by_day(rows.iter().map(happening), clock)
}

fn bundles(scope: &Scope) -> String {
    scope.bundles().iter().map(|one| words::bundle_short(*one)).collect::<Vec<_>>().join(", ")
}

/// What happened to a grant.
pub(super) fn sentence(event: &AccessGrantEvent, clock: &Clock) -> String {
    let ends = |at| clock.exact(at).exact;
    match event {
        AccessGrantEvent::AccessGranted(granted) => {
            let extent = &granted.extent;
            format!("Access was given until {}: {}.", ends(extent.expires_at), bundles(&extent.scope))
        }
        AccessGrantEvent::InviteAccepted(accepted) => match accepted.link {
            Link::First => "The invitation was accepted.".to_owned(),
            Link::Again => "The access was opened again with its link.".to_owned(),
        },
        AccessGrantEvent::InviteResent(resent) => {
            let how = match resent.delivery {
                Some(Delivery::ShowOnce) => "Another link was made and shown once",
                Some(Delivery::Both) => "The invitation was sent again, and its link shown once",
                Some(Delivery::Email) | None => "The invitation was sent again",
            };
            format!("{how}; the link before it opens nothing any more.")
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
        AccessGrantEvent::AccessRevoked(revoked) => {
            let ended = match revoked.sessions_ended {
                0 => "no session was open".to_owned(),
                count => format!("{} ended with it", words::counted(count, "session")),
            };
            let why = revoked.note.as_ref().map(|note| format!(": “{}”", note.as_str())).unwrap_or_default();
            format!("Access was revoked{why}; {ended}.")
        }
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
fn act(row: &EntryRow, titles: &Titles) -> String {
    let subject = row.subject.as_str();
    let is_refused = row.outcome.reason().is_some();
    let what = match row.event_type.as_str() {
        "auditor.invite.accept_attempted" => "Came with a link or a code".to_owned(),
        "auditor.session.started" => "Began a session".to_owned(),
        "auditor.session.ended" => "A session ended".to_owned(),
        "auditor.session.logout" => "Signed out".to_owned(),
        "auditor.session.swept" => "All sessions were ended".to_owned(),
        "auditor.refusals.counted" => "Came again so often that the attempts were only counted".to_owned(),
        "auditor.record.viewed" => {
            let did = if is_refused { "Asked for" } else { "Looked at" };
            format!("{did} {}", sentence::viewed(subject, titles))
        }
        "auditor.evidence.downloaded" => {
            let did = if is_refused { "Asked for" } else { "Downloaded" };
            format!("{did} the file of evidence {}", sentence::titled(sentence::last_part(subject), titles))
        }
        "auditor.records.exported" => {
            let did = if is_refused { "Asked for" } else { "Exported" };
            format!("{did} {} as a table", sentence::of_type(sentence::last_part(subject)))
        }
        other => other.to_owned(),
    };
    match row.outcome.reason() {
        None => format!("{what}."),
        Some(reason) => format!("{what}: refused, {}.", reason.replace('_', " ")),
    }
}
