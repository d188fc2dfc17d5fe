//! The only place that knows older shapes of events.
//!
//! Stored bytes never change. What was written in an older version is brought to the newest one while it is read, one
//! version at a time; a vocabulary knows only the newest.

use serde_json::Value;

/// One step from a version of a type to the next.
#[derive(Clone, Copy, Debug)]
pub struct Upcast {
    /// The type.
    pub name: &'static str,
    /// The version it takes; it gives the one after.
    pub from: u32,
    /// Makes the newer `detail` of the older. It never fails: what it cannot make sense of it leaves, and the
    /// vocabulary refuses it.
    pub step: fn(Value) -> Value,
}

/// All steps there are. No event has had another shape so far.
pub const UPCASTS: &[Upcast] = &[];

/// Applies the steps that lead on from a version, to the last.
pub fn to_newest(steps: &[Upcast], name: &str, version: u32, detail: Value) -> (u32, Value) {
    let step = steps.iter().find(|step| step.name == name && step.from == version);
    match step {
        Some(step) => to_newest(steps, name, version + 1, (step.step)(detail)),
        None => (version, detail),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const STEPS: &[Upcast] = &[
        Upcast { name: "door.opened", from: 2, step: |detail| json!({ "side": "left", "was": detail }) },
        Upcast { name: "door.opened", from: 1, step: |detail| json!({ "by": detail["who"] }) },
        Upcast { name: "door.closed", from: 1, step: |_| json!({}) },
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
            assert!(crate::event::schema(step.name, newest).is_some(), "{} from {}", step.name, step.from);
        }
    }
}
