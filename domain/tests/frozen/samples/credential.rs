//! Of what a member signs in by.

use std::num::NonZeroU8;

use domain::credential::{Act, CredentialEvent, CredentialRefusal, EndedBy, Method};
use domain::event::Event;
use domain::name::{PasskeyId, SessionId};

use super::{Sample, person, tally};

pub(super) fn samples() -> Vec<Sample> {
    let sample = |case, act| {
        let unknown = matches!(&act, Act::SignedIn { outcome: Err(refusal), .. } if refusal.is_of_nobody());
        let event = CredentialEvent { member: (!unknown).then(person), act };
        Sample { case, stream: event.stream(), event: Event::Credential(event) }
    };
    let mut samples = vec![
        sample("signed_out", Act::SignedOut { session: session() }),
        sample("confirmed", Act::SteppedUp { method: Method::Passkey, session: session(), outcome: Ok(()) }),
        sample("added", Act::PasskeyAdded { passkey: passkey() }),
        sample("removed", Act::PasskeyRemoved { passkey: passkey() }),
        sample("set", Act::PasswordSet),
        sample("set", Act::TotpSet),
        sample("made", Act::RecoveryCodesMade { count: NonZeroU8::new(10).expect("some") }),
        sample("requested", Act::RecoveryRequested),
        sample("completed", Act::RecoveryCompleted),
    ];
    // An API key and the secret of jobs open no session.
    let opens = |method: &&Method| !matches!(method, Method::ApiKey | Method::JobSecret);
    samples.extend(Method::ALL.iter().filter(opens).map(|method| {
        let case = method.as_str();
        sample(case, Act::SignedIn { method: *method, outcome: Ok(session()) })
    }));
    samples.extend(CredentialRefusal::ALL.iter().map(|refusal| {
        let method = match refusal {
            CredentialRefusal::WrongKey => Method::ApiKey,
            CredentialRefusal::WrongSecret => Method::JobSecret,
            _ => Method::PasswordTotp,
        };
        sample(refusal.as_str(), Act::SignedIn { method, outcome: Err(*refusal) })
    }));
    samples.extend([CredentialRefusal::NotFresh, CredentialRefusal::WrongCode].map(|refusal| {
        let (case, method) = (refusal.as_str(), Method::PasswordTotp);
        sample(case, Act::SteppedUp { method, session: session(), outcome: Err(refusal) })
    }));
    let tally = tally();
    samples.push(sample("of_member", Act::RefusalsCounted { refusal: CredentialRefusal::WrongPassword, tally }));
    let act = Act::RefusalsCounted { refusal: CredentialRefusal::WrongKey, tally };
    let event = CredentialEvent { member: None, act };
    samples.push(Sample { case: "of_nobody", stream: event.stream(), event: Event::Credential(event) });
    samples
        .extend(EndedBy::ALL.iter().map(|by| sample(by.as_str(), Act::SessionEnded { session: session(), by: *by })));
    samples
}

fn session() -> SessionId {
    SessionId::parse("00112233445566778899aabbccddeeff").expect("an id")
}

fn passkey() -> PasskeyId {
    PasskeyId::parse("018f3b7e-0000-7000-8000-000000009001").expect("an id")
}
