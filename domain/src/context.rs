//! What every decision is given besides state and command: who acts, when, and from where.

use core::net::IpAddr;

use ledger::vocabulary::{Actor, Of, Personal, PersonalPart, Timestamp};

use crate::name::SessionPrefix;
use crate::person::UserAgent;

/// The circumstances of one act. Made once at the edge that a request comes in by, and passed on unchanged: the clock
/// that a decision sees is `now`, and what an entry says of its origin is this (spec §2, `actor` and `context`).
#[derive(Clone, Debug, PartialEq)]
pub struct Ctx {
    /// Who acts, in the role held at this moment.
    pub actor: Actor,
    /// The time of the act. The entry's own time is set later, when it gets its place.
    pub now: Timestamp,
    /// Ties the entries of one request together.
    pub request_id: Option<String>,
    /// The session that the act belongs to.
    pub session: Option<SessionPrefix>,
    /// The part of the system that the act came in by.
    pub service: Option<String>,
    /// The address that the request came from, sealed under the data key of the actor.
    pub ip: Option<Personal<IpAddr>>,
    /// What the program that made the request says it is, sealed likewise.
    pub user_agent: Option<Personal<UserAgent>>,
}

impl Ctx {
    /// An act of which no more is known than who and when.
    pub fn of(actor: Actor, now: Timestamp) -> Self {
        Self { actor, now, request_id: None, session: None, service: None, ip: None, user_agent: None }
    }

    /// What of it is to be sealed, all of it about the actor.
    pub fn personal(&self) -> Vec<PersonalPart> {
        let ip = self.ip.as_ref().and_then(Personal::known).map(|ip| ("ip", ip.to_string()));
        let user_agent = self.user_agent.as_ref().and_then(Personal::known);
        let user_agent = user_agent.map(|agent| ("user_agent", agent.as_str().to_owned()));
        [ip, user_agent].into_iter().flatten().map(|(field, plaintext)| self.part(field, plaintext)).collect()
    }

    fn part(&self, field: &'static str, plaintext: String) -> PersonalPart {
        PersonalPart { field, of: Of::Actor, person: self.actor.id.clone(), plaintext }
    }
}

#[cfg(test)]
mod tests {
    use ledger::vocabulary::ActorType;

    use super::*;

    #[test]
    fn what_is_known_of_the_origin_of_an_act_is_sealed_for_its_actor() {
        let actor = Actor { kind: ActorType::Auditor, id: "018f3b7e".into(), role: None };
        let bare = Ctx::of(actor, Timestamp::from_micros(0).unwrap());
        assert_eq!(bare.personal(), []);
        let ip = Some(Personal::Known("2001:db8::1".parse().unwrap()));
        let user_agent = Some(Personal::Known(UserAgent::new("curl/8.0").unwrap()));
        let parts = Ctx { ip, user_agent, ..bare.clone() }.personal();
        let shown: Vec<_> = parts.iter().map(|part| (part.field, part.of, part.plaintext.as_str())).collect();
        assert_eq!(shown, [("ip", Of::Actor, "2001:db8::1"), ("user_agent", Of::Actor, "curl/8.0")]);
        assert!(parts.iter().all(|part| part.person == "018f3b7e"));
        assert_eq!(Ctx { ip: Some(Personal::Erased), ..bare }.personal(), [], "nothing is left to seal");
    }
}
