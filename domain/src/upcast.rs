//! The only place that knows older shapes of events.
//!
//! Stored bytes never change. What was written in an older version is brought to the newest one while it is read, one
//! version at a time; a vocabulary knows only the newest.

use serde_json::{Value, json};

/// One step from a version of a type to the next.
#[derive(Clone, Copy, Debug)]
pub struct Upcast {
    /// The type.
    pub name: &'static str,
    /// The version it takes; it gives the one after.
    pub from: u32,
    /// The JSON Schema of the `detail` that it takes: what was written in that version stays described.
    pub schema: &'static str,
    /// Makes the newer `detail` of the older. It never fails: what it cannot make sense of it leaves, and the
    /// vocabulary refuses it.
    pub step: fn(Value) -> Value,
}

/// All steps there are.
pub const UPCASTS: &[Upcast] = &[
    Upcast {
        name: "auditor.access.granted",
        from: 1,
        schema: include_str!("../schemas/auditor.access.granted/1.json"),
        step: access_granted_1,
    },
    Upcast {
        name: "auditor.invite.accepted",
        from: 1,
        schema: include_str!("../schemas/auditor.invite.accepted/1.json"),
        // Only a first use could be recorded; the word for it has stayed.
        step: |detail| detail,
    },
    Upcast {
        name: "auditor.invite.resent",
        from: 1,
        schema: include_str!("../schemas/auditor.invite.resent/1.json"),
        // A link reached the auditor as the one before it had; that is what the absence of the word means.
        step: |detail| detail,
    },
];

/// Applies the steps that lead on from a version, to the last.
pub fn to_newest(steps: &[Upcast], name: &str, version: u32, detail: Value) -> (u32, Value) {
    let step = steps.iter().find(|step| step.name == name && step.from == version);
    match step {
        Some(step) => to_newest(steps, name, version + 1, (step.step)(detail)),
        None => (version, detail),
    }
}

/// One bundle became a set of them. A token was sent by mail and opened the access once, since a second acceptance was
/// refused; nothing else was asked for. Where there was none, the access was used through an API key and has no link: nothing opens it any more.
/// Hash of the address, role, filters and an earlier grant were not recorded, and stay absent.
fn access_granted_1(mut detail: Value) -> Value {
    let Some(members) = detail.as_object_mut() else { return detail };
    if let Some(bundle) = members.remove("bundle") {
        members.insert("bundles".to_owned(), json!([bundle]));
    }
    if members.contains_key("token_sha256") {
        members.insert("delivery".to_owned(), json!("email"));
        members.insert("link_reuse".to_owned(), json!("single_use"));
        members.insert("second_factor".to_owned(), json!("none"));
    }
    detail
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEPS: &[Upcast] = &[
        step("door.opened", 2, |detail| json!({ "side": "left", "was": detail })),
        step("door.opened", 1, |detail| json!({ "by": detail["who"] })),
        step("door.closed", 1, |_| json!({})),
    ];

    #[test]
    fn an_old_shape_takes_every_step_to_the_newest() {
        let newest = to_newest(STEPS, "door.opened", 1, json!({ "who": "k7" }));
        assert_eq!(newest, (3, json!({ "side": "left", "was": { "by": "k7" } })));
    }

    #[test]
    fn a_shape_takes_only_the_steps_after_its_own_version() {
        let newest = to_newest(STEPS, "door.opened", 2, json!({ "by": "k7" }));
        assert_eq!(newest, (3, json!({ "side": "left", "was": { "by": "k7" } })));
    }

    #[test]
    fn the_newest_shape_and_other_types_stay_as_they_are() {
        assert_eq!(to_newest(STEPS, "door.opened", 3, json!({ "a": 1 })), (3, json!({ "a": 1 })));
        assert_eq!(to_newest(STEPS, "gate.opened", 1, json!({ "a": 1 })), (1, json!({ "a": 1 })));
    }

    #[test]
    fn every_step_leads_to_a_version_that_is_described() {
        for step in UPCASTS {
            let (newest, _) = to_newest(UPCASTS, step.name, step.from, json!({}));
            let described = crate::event::descriptions().map(|description| description.kind);
            assert!(
                described.into_iter().any(|kind| (kind.name, kind.version) == (step.name, newest)),
                "{}",
                step.name
            );
        }
    }

    #[test]
    fn what_an_older_step_cannot_make_sense_of_it_leaves() {
        let kept = |detail: Value| to_newest(UPCASTS, "auditor.access.granted", 1, detail.clone()) == (2, detail);
        assert!(kept(json!("a text")));
        assert!(kept(json!({ "another": 1 })));
    }

    const fn step(name: &'static str, from: u32, step: fn(Value) -> Value) -> Upcast {
        Upcast { name, from, schema: "", step }
    }
}
