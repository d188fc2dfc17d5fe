//! What stands around every page of an auditor: whose records, who looks, what they may do and until when (S5-35).

use super::reader::{At, Reader};
use crate::app::App;
use crate::auth::auditor::AuditorSession;
use crate::web::shell::OfAuditor;
use crate::web::{Clock, Shell};

/// The frame of a page, with a tab for each type of resource that was given and none for what was not (S5-36). Before the
/// terms are accepted there are none.
pub fn shell(app: &App, auditor: &AuditorSession, at: At) -> Shell<OfAuditor> {
    let mut shell = Reader::of(app, auditor).shell(at);
    if !auditor.has_accepted_terms() {
        shell.world.tabs.clear();
    }
    shell
}

/// By the clocks of the organisation.
pub fn clock(auditor: &AuditorSession) -> Clock {
    let zone = auditor.organisation.settings().map_or("UTC", |settings| settings.time_zone.as_str());
    Clock::new(zone, store::clock::now())
}

/// What forms of this session are signed for.
pub fn form_key(auditor: &AuditorSession) -> &[u8] {
    auditor.sid.as_str().as_bytes()
}
