//! The values of a policy in the words of the page.

use domain::organisation::Preset;

/// In the order of the table.
pub(super) const PRESETS: [Preset; 4] = [Preset::Balanced, Preset::StrictToken, Preset::AuditCycle, Preset::MagicLink];

/// What a preset is called, and what it is for.
pub(super) const fn preset(preset: Preset) -> (&'static str, &'static str) {
    match preset {
        Preset::Balanced => (
            "Balanced",
            "Links by mail that last a month, and a code to the same address. Ends at 90 days until a second person can approve \
             more, which this version does not have yet.",
        ),
        Preset::StrictToken => ("Strict token", "Links by mail that only an owner gives, for 90 days at most."),
        Preset::AuditCycle => {
            ("Audit cycle", "Codes shown once and used once, confirmed by mail. What is to change is given anew.")
        }
        Preset::MagicLink => ("Magic link", "Links by mail that last a quarter and open without anything more."),
    }
}

/// What a value is called, and what it means.
pub(super) fn field(name: &str) -> (&'static str, &'static str) {
    match name {
        "default_days" => ("Days, where nothing else is chosen", ""),
        "min_days" => ("Fewest days", "At least 1."),
        "max_days" => ("Most days", "At most 365; with the preset Balanced at most 90."),
        "link_reuse" => ("A link opens the access", "Each use after the first is recorded as such."),
        "second_factor" => (
            "Asked for besides the link",
            "A code by mail confirms the address. It is no second factor in the sense of NIST SP 800-63B.",
        ),
        "delivery_default" => ("The link reaches the auditor", "Where nothing else is chosen."),
        "granters" => {
            ("Who gives, changes and takes access", "This changes at once, also for access that was given before.")
        }
        "edit_in_place" => ("Access can be changed", "Otherwise it is revoked and given anew."),
        "resend" => (
            "Invitations can be sent again",
            "With a new link, three times an hour. Otherwise the invitation is revoked and given anew.",
        ),
        _ => ("", ""),
    }
}

/// A value as [`domain::organisation::Policy::rows`] gives it.
pub(super) fn value(name: &str, value: &str) -> String {
    let words = match (name, value) {
        ("link_reuse", "reusable") => "until it ends",
        ("link_reuse", "single_use") => "once",
        ("second_factor", "none") => "nothing",
        ("second_factor", "email_code") => "a code by mail",
        ("delivery_default", "email") => "by mail",
        ("delivery_default", "show_once") => "shown once, to hand on",
        ("delivery_default", "both") => "by mail, and shown once",
        ("granters", "owner") => "owners",
        ("granters", "owner_admin") => "owners and admins",
        ("granters", "permission") => "whoever may write grants",
        _ => value,
    };
    words.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_has_words() {
        for preset in PRESETS {
            for (name, text) in preset.policy().rows() {
                assert!(!field(name).0.is_empty(), "{name}");
                assert!(!value(name, &text).contains('_'), "{name} {text}");
            }
        }
        assert!(Preset::ALL.iter().all(|preset| PRESETS.contains(preset)));
    }
}
