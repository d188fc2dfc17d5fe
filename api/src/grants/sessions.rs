//! The sessions of an access, as its page lists them.

use crate::access::auditor_session::Session;
use crate::access::column::instant;
use crate::web::components::Tone;
use crate::web::moment::{Clock, Moment};

/// One of them.
pub(super) struct SessionRow {
    /// The first 8 digits of its id, as entries have them (S2-64).
    pub(super) prefix: String,
    /// When it began.
    pub(super) began: Moment,
    /// When it was last used.
    pub(super) seen: Moment,
    /// Whether it is open.
    pub(super) is_open: bool,
    /// Its state in a word.
    pub(super) word: &'static str,
    /// Its tone.
    pub(super) tone: Tone,
}

/// Newest first.
pub(super) fn rows(sessions: &[Session], clock: &Clock) -> Vec<SessionRow> {
    sessions.iter().map(|session| row(session, clock)).collect()
}

fn row(session: &Session, clock: &Clock) -> SessionRow {
    let is_open = session.ended_at.is_none() && clock.now() < instant(session.expires_at);
    let (word, tone) = match (is_open, session.ended_at) {
        (true, _) => ("open", Tone::Good),
        (false, Some(_)) => ("ended", Tone::Ended),
        (false, None) => ("timed out", Tone::Quiet),
    };
    SessionRow {
        prefix: session.sid.prefix().to_string(),
        began: clock.ago(instant(session.created_at)),
        seen: clock.ago(instant(session.last_seen_at)),
        is_open,
        word,
        tone,
    }
}
