//! Of a grant of access.

use core::num::NonZeroU32;
use std::collections::BTreeSet;

use domain::access_grant::{
    AccessChanged, AccessExpired, AccessGrant, AccessGrantEvent, AccessGranted, AccessRevoked, Bundle, Change, Extent,
    Filters, InviteAccepted, InvitePermission, InviteResent, Level, Link, Resource, RoleTitle, Scope, TermsAccepted,
    TermsCleared, Window,
};
use domain::date::Date;
use domain::event::Event;
use domain::invitation::{Delivery, Invitation, LinkReuse, SecondFactor};
use domain::name::{EngagementId, GrantId, PersonId, VendorId};
use domain::person::{Email, Firm, PersonName};
use ledger::vocabulary::{Personal, Timestamp};

use super::{Sample, email_hash, grant, instant, note, sha256};

pub(super) fn samples() -> Vec<Sample> {
    let terms = TermsAccepted {
        person: Some(auditor()),
        text_sha256: sha256('7'),
        version: NonZeroU32::MIN,
        signed_name: Some(Personal::Known(PersonName::parse("Ada M. Prüfer").expect("a name"))),
    };
    let ticked = TermsAccepted { person: None, signed_name: None, ..terms.clone() };
    let cleared = |note| TermsCleared { note, version: NonZeroU32::MIN };
    vec![
        sample("bundle", AccessGrantEvent::AccessGranted(Box::new(of_bundle()))),
        sample("custom", AccessGrantEvent::AccessGranted(Box::new(of_choice()))),
        sample("limited", AccessGrantEvent::AccessGranted(Box::new(limited()))),
        sample("first", AccessGrantEvent::InviteAccepted(InviteAccepted { link: Link::First })),
        sample("again", AccessGrantEvent::InviteAccepted(InviteAccepted { link: Link::Again })),
        sample("rotated", AccessGrantEvent::InviteResent(resent(Some(Delivery::Email)))),
        sample("shown", AccessGrantEvent::InviteResent(resent(Some(Delivery::ShowOnce)))),
        sample("widened", AccessGrantEvent::AccessChanged(Box::new(changed(&narrow(), &limited().extent)))),
        sample("narrowed", AccessGrantEvent::AccessChanged(Box::new(changed(&limited().extent, &narrow())))),
        sample("signed", AccessGrantEvent::TermsAccepted(terms)),
        sample("ticked", AccessGrantEvent::TermsAccepted(ticked)),
        sample("noted", AccessGrantEvent::TermsCleared(cleared(Some(note())))),
        sample("silent", AccessGrantEvent::TermsCleared(cleared(None))),
        sample("noted", AccessGrantEvent::AccessRevoked(AccessRevoked { note: Some(note()), sessions_ended: 2 })),
        sample("silent", AccessGrantEvent::AccessRevoked(AccessRevoked { note: None, sessions_ended: 0 })),
        sample("swept", AccessGrantEvent::AccessExpired(AccessExpired { expires_at: instant(), sessions_ended: 1 })),
    ]
}

pub(super) fn older() -> Vec<(u32, Sample)> {
    // A token that was sent came by mail and worked once.
    let invitation = Invitation {
        delivery: Delivery::Email,
        link_reuse: LinkReuse::SingleUse,
        second_factor: SecondFactor::None,
        token_sha256: sha256('5'),
    };
    let bundle = AccessGranted { email_hash: None, role_title: None, invitation: Some(invitation), ..of_bundle() };
    let custom = AccessGranted { email_hash: None, role_title: None, ..of_choice() };
    vec![
        (1, sample("bundle", AccessGrantEvent::AccessGranted(Box::new(bundle)))),
        (1, sample("custom", AccessGrantEvent::AccessGranted(Box::new(custom)))),
        (1, sample("first", AccessGrantEvent::InviteAccepted(InviteAccepted { link: Link::First }))),
        (1, sample("rotated", AccessGrantEvent::InviteResent(resent(None)))),
    ]
}

fn resent(delivery: Option<Delivery>) -> InviteResent {
    InviteResent { delivery, token_sha256: sha256('6') }
}

fn sample(case: &'static str, event: AccessGrantEvent) -> Sample {
    Sample { case, stream: AccessGrant::stream(&grant()), event: Event::AccessGrant(event) }
}

fn of_bundle() -> AccessGranted {
    let invitation = Invitation {
        delivery: Delivery::Both,
        link_reuse: LinkReuse::Reusable,
        second_factor: SecondFactor::EmailCode,
        token_sha256: sha256('5'),
    };
    AccessGranted {
        extent: Extent { expires_at: instant(), scope: Scope::of_bundle(Bundle::Compliance).expect("a bundle") },
        person: auditor(),
        firm: Firm::parse("Prüfer & Söhne").expect("a firm"),
        role_title: Some(RoleTitle::Lead),
        email_hash: Some(email_hash()),
        invitation: Some(invitation),
        regrant_of: None,
        email: Personal::Known(Email::parse("ada@example.org").expect("an address")),
        name: Some(Personal::Known(PersonName::parse("Ada Prüfer").expect("a name"))),
    }
}

fn of_choice() -> AccessGranted {
    let scope = Scope::custom(["view", "download"], ["evidence", "controls"]).expect("a scope");
    let extent = Extent { expires_at: instant(), scope };
    AccessGranted { extent, role_title: None, invitation: None, name: None, ..of_bundle() }
}

fn limited() -> AccessGranted {
    let scope =
        Scope::of_permissions([InvitePermission::ViewControls, InvitePermission::ViewEvidence]).expect("permissions");
    let date = |text| Some(Date::parse(text).expect("a date"));
    let filters = Filters {
        vendors: ["acme-cloud", "V.17"].into_iter().map(|id| VendorId::parse(id).expect("an id")).collect(),
        engagement: Some(EngagementId::parse("018f3b7e-0000-7000-8000-00000000e0e1").expect("an id")),
        window: Some(Window::new(date("2025-10-01"), date("2026-09-30")).expect("a window")),
    };
    let scope = scope.limited_to(filters).expect("evidence is in scope");
    let earlier = GrantId::parse("018f3b7e-0000-7000-8000-00000000a000").expect("an id");
    AccessGranted { extent: Extent { expires_at: instant(), scope }, regrant_of: Some(earlier), ..of_bundle() }
}

fn narrow() -> Extent {
    let window = Window::new(None, Some(Date::parse("2025-12-31").expect("a date"))).expect("a window");
    let filters = Filters { vendors: BTreeSet::new(), engagement: None, window: Some(window) };
    let scope = Scope::of_level(Level::ReadOnly, [Resource::Evidence]).expect("a level");
    let expires_at = Timestamp::parse("2026-12-01T00:00:00.000000Z").expect("a time");
    Extent { expires_at, scope: scope.limited_to(filters).expect("a window needs nothing") }
}

fn changed(before: &Extent, after: &Extent) -> AccessChanged {
    let widening = Change::between(before, after).is_widening();
    AccessChanged { after: after.clone(), before: before.clone(), version: 2, widening }
}

fn auditor() -> PersonId {
    PersonId::parse("018f3b7e-0000-7000-8000-00000000c001").expect("an id")
}
