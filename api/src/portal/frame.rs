//! What stands around every page of an auditor: whose records, who looks, what they may do and until when (S5-35).

use domain::access_grant::{Capability, Resource, Scope};
use domain::person::{Email, PersonName};
use ledger::vocabulary::Personal;

use crate::app::App;
use crate::auth::auditor::AuditorSession;
use crate::mail::letterhead;
use crate::web::shell::{OfAuditor, Tab};
use crate::web::{Clock, FormToken, Shell};

/// The frame of a page, with a tab for each type of resource that was given and none for what was not (S5-36). Before the
/// terms are accepted there are none.
pub fn shell(app: &App, auditor: &AuditorSession, at: Option<Resource>) -> Shell<OfAuditor> {
    let terms = auditor.terms();
    let clock = clock(auditor);
    let tabs = if auditor.has_accepted_terms() { tabs(terms.scope(), at) } else { Vec::new() };
    let world = OfAuditor {
        organisation: letterhead(&auditor.info, &auditor.organisation).organisation.to_string(),
        viewer: viewer(auditor),
        firm: Some(terms.firm.as_str().to_owned()),
        level: level(terms.scope()),
        until: clock.day(terms.expires_at()),
        tabs,
    };
    Shell::auditor(world, clock, &form_token(app, auditor))
}

/// By the clocks of the organisation.
pub fn clock(auditor: &AuditorSession) -> Clock {
    let zone = auditor.organisation.settings().map_or("UTC", |settings| settings.time_zone.as_str());
    Clock::new(zone, store::clock::now())
}

/// What forms of this session carry.
pub fn form_token(app: &App, auditor: &AuditorSession) -> FormToken {
    FormToken::of(app, form_key(auditor))
}

/// What forms of this session are signed for.
pub fn form_key(auditor: &AuditorSession) -> &[u8] {
    auditor.sid.as_str().as_bytes()
}

/// Name and address, as far as they were given and have not been erased.
fn viewer(auditor: &AuditorSession) -> String {
    let terms = auditor.terms();
    let name = terms.name.as_ref().and_then(Personal::known).map(PersonName::as_str);
    let email = terms.email.known().map_or("address erased", Email::as_str);
    name.map_or_else(|| email.to_owned(), |name| format!("{name} ({email})"))
}

/// The bundles by which the access was given.
pub fn level(scope: &Scope) -> String {
    scope.bundles().iter().map(|bundle| word(bundle.as_str())).collect::<Vec<_>>().join(", ")
}

fn tabs(scope: &Scope, at: Option<Resource>) -> Vec<Tab> {
    let given = scope.resources().iter().copied().filter(|resource| scope.gives(Capability::View, *resource));
    let tab = |resource: Resource| Tab {
        word: word(resource.as_str()),
        href: format!("/auditor/portal/{resource}"),
        is_current: at == Some(resource),
    };
    given.map(tab).collect()
}

/// A word of the domain as a heading has it.
fn word(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    first.into_iter().chain(letters).collect::<String>().replace('_', " ")
}
