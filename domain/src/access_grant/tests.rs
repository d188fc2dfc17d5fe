//! Given what has happened, when something is asked, then this happens or is refused.

mod changing;
mod diff;
mod ending;
mod engagement_terms;
mod granting;
mod links;
mod permitting;
mod scopes;
mod showing;
mod whole;

use std::collections::BTreeSet;

use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use ledger::vocabulary::{Actor, ActorType};
use rstest::rstest;

use super::*;
use crate::activity::Refusal;
use crate::date::Date;
use crate::invitation::{Delivery, LinkReuse, SecondFactor};
use crate::name::{EngagementId, VendorId};
use crate::note::Note;
use crate::record::Reference;

/// 2026-11-22T09:00:00Z.
const NOW: i64 = 1_795_338_000_000_000;
const DAY_MICROS: i64 = 86_400_000_000;
/// How long the access of most of these tests lasts.
const LASTS: i64 = 30 * DAY_MICROS;
const PERSON: &str = "018f3b7e-0000-7000-8000-00000000c001";
const ENGAGEMENT: &str = "018f3b7e-0000-7000-8000-00000000e0e1";

fn given(now: i64, events: Vec<AccessGrantEvent>) -> AggregateTestExecutor<AccessGrant> {
    TestFramework::with(ctx(now)).given(events)
}

/// A grant with a link that works once, and what happened to it.
fn after_granting(events: Vec<AccessGrantEvent>) -> Vec<AccessGrantEvent> {
    after(granted(LASTS), events)
}

fn after(granted: AccessGranted, events: Vec<AccessGrantEvent>) -> Vec<AccessGrantEvent> {
    let first = AccessGrantEvent::AccessGranted(Box::new(granted));
    std::iter::once(first).chain(events).collect()
}

fn replay(events: Vec<AccessGrantEvent>) -> AccessGrant {
    let mut grant = AccessGrant::default();
    for event in events {
        grant.apply(event);
    }
    grant
}

fn grant(duration: i64) -> Grant {
    Grant {
        person: PersonId::parse(PERSON).unwrap(),
        email: Email::parse("ada@example.org").unwrap(),
        email_hash: Some(EmailHash::parse("0f1e2d3c4b5a6978").unwrap()),
        name: Some(PersonName::parse("Ada Prüfer").unwrap()),
        firm: Firm::parse("KPMG").unwrap(),
        role_title: Some(RoleTitle::Lead),
        scope: Scope::of_bundle(Bundle::Compliance).unwrap(),
        expires_at: at(NOW + duration),
        limits: DurationLimits::PLATFORM,
        invitation: Some(invitation(LinkReuse::SingleUse)),
        regrant_of: None,
    }
}

fn granted(duration: i64) -> AccessGranted {
    let grant = grant(duration);
    AccessGranted {
        extent: Extent { expires_at: grant.expires_at, scope: grant.scope },
        person: grant.person,
        firm: grant.firm,
        role_title: grant.role_title,
        email_hash: grant.email_hash,
        invitation: grant.invitation,
        regrant_of: grant.regrant_of,
        email: Personal::Known(grant.email),
        name: grant.name.map(Personal::Known),
    }
}

/// One whose link works until it is over.
fn reusable() -> AccessGranted {
    AccessGranted { invitation: Some(invitation(LinkReuse::Reusable)), ..granted(LASTS) }
}

/// One without a link.
fn by_api_key() -> AccessGranted {
    AccessGranted { invitation: None, ..granted(LASTS) }
}

fn of_scope(scope: Scope) -> AccessGranted {
    AccessGranted { extent: Extent { expires_at: at(NOW + LASTS), scope }, ..granted(LASTS) }
}

fn invitation(link_reuse: LinkReuse) -> Invitation {
    let (delivery, second_factor) = (Delivery::Email, SecondFactor::None);
    Invitation { delivery, link_reuse, second_factor, token_sha256: sha256('5') }
}

fn accepted() -> AccessGrantEvent {
    AccessGrantEvent::InviteAccepted(InviteAccepted { link: Link::First })
}

fn accepted_again() -> AccessGrantEvent {
    AccessGrantEvent::InviteAccepted(InviteAccepted { link: Link::Again })
}

fn resent(digit: char) -> AccessGrantEvent {
    AccessGrantEvent::InviteResent(InviteResent { delivery: Some(Delivery::Email), token_sha256: sha256(digit) })
}

fn signed(version: u32) -> AccessGrantEvent {
    let signed_name = Some(Personal::Known(PersonName::parse("Ada M. Prüfer").unwrap()));
    let (person, version) = (Some(PersonId::parse(PERSON).unwrap()), number(version));
    AccessGrantEvent::TermsAccepted(TermsAccepted { person, text_sha256: sha256('7'), version, signed_name })
}

fn cleared(version: u32) -> AccessGrantEvent {
    AccessGrantEvent::TermsCleared(TermsCleared { note: None, version: number(version) })
}

fn revoked() -> AccessGrantEvent {
    let note = Some(Note::parse("Audit is over").unwrap());
    AccessGrantEvent::AccessRevoked(AccessRevoked { note, sessions_ended: 1 })
}

fn expired() -> AccessGrantEvent {
    AccessGrantEvent::AccessExpired(AccessExpired { expires_at: at(NOW + LASTS), sessions_ended: 2 })
}

fn accept() -> Command {
    accept_with('5')
}

fn accept_with(digit: char) -> Command {
    Command::Accept { token_sha256: Some(sha256(digit)) }
}

fn resend_by(delivery: Delivery, digit: char) -> Resend {
    Resend { delivery, token_sha256: sha256(digit), policy_allows: true }
}

fn resend(digit: char) -> Command {
    Command::Resend(resend_by(Delivery::Email, digit))
}

fn accept_terms(version: u32) -> Command {
    let signed_name = PersonName::parse("Ada M. Prüfer").unwrap();
    Command::AcceptTerms(AcceptTerms { version: number(version), text_sha256: sha256('7'), signed_name })
}

fn clear_terms() -> Command {
    Command::ClearTerms { note: None }
}

fn revoke() -> Command {
    Command::Revoke { note: Some(Note::parse("Audit is over").unwrap()), sessions_ended: 1 }
}

fn expire() -> Command {
    Command::Expire { sessions_ended: 2 }
}

fn ctx(now: i64) -> Ctx {
    Ctx::of(actor(ActorType::ApiKey, "018f3b7e-0000-7000-8000-00000000b001"), at(now))
}

fn auditor(now: i64, id: &str) -> Ctx {
    Ctx::of(actor(ActorType::Auditor, id), at(now))
}

fn actor(kind: ActorType, id: &str) -> Actor {
    Actor { kind, id: id.to_owned(), role: None }
}

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros).unwrap()
}

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap()
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}

fn window(from: &str, until: &str) -> Window {
    let bound = |text: &str| (!text.is_empty()).then(|| date(text));
    Window::new(bound(from), bound(until)).unwrap()
}

fn vendors<const N: usize>(ids: [&str; N]) -> BTreeSet<VendorId> {
    ids.into_iter().map(|id| VendorId::parse(id).unwrap()).collect()
}

fn engagement() -> EngagementId {
    EngagementId::parse(ENGAGEMENT).unwrap()
}

fn sha256(digit: char) -> Sha256 {
    Sha256::parse(&digit.to_string().repeat(64)).unwrap()
}

fn words_of<'a, T: ToString + 'a>(set: impl IntoIterator<Item = &'a T>) -> Vec<String> {
    set.into_iter().map(ToString::to_string).collect()
}
