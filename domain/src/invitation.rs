//! The link that opens a grant: how it gets to the auditor, how often it works, and what is asked for besides. A policy
//! says what holds where nothing else is asked for, a grant what holds for it, in the same words.

use serde::{Deserialize, Serialize};

use crate::name::{Sha256, words};

words! {
    /// How an invitation reaches the auditor.
    pub enum Delivery("way of delivery") {
        /// In both ways.
        Both = "both",
        /// By mail to the auditor.
        Email = "email",
        /// Shown once to whoever invites, who hands it on.
        ShowOnce = "show_once",
    }
}

words! {
    /// How often the link of an invitation opens the access.
    pub enum LinkReuse("reuse of a link") {
        /// Until the access is over; each use after the first is recorded as such.
        Reusable = "reusable",
        /// Once.
        SingleUse = "single_use",
    }
}

words! {
    /// What an auditor shows besides the link. A code by mail confirms an address: it is no second factor in the sense
    /// of NIST SP 800-63B, and no page calls it one.
    pub enum SecondFactor("confirmation") {
        /// A code sent to the auditor's address.
        EmailCode = "email_code",
        /// Nothing.
        None = "none",
    }
}

/// The link that opens a grant. A grant without one was recorded in version 1 without a token: nothing opens it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// How it gets to the auditor.
    pub delivery: Delivery,
    /// How often it works.
    pub link_reuse: LinkReuse,
    /// What is asked for besides.
    pub second_factor: SecondFactor,
    /// The hash of the token in it. The token itself is nowhere but in the link.
    pub token_sha256: Sha256,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_in_the_order_in_which_they_sort() {
        assert!(Delivery::ALL.is_sorted_by_key(|word| word.as_str()));
        assert!(LinkReuse::ALL.is_sorted_by_key(|word| word.as_str()));
        assert!(SecondFactor::ALL.is_sorted_by_key(|word| word.as_str()));
    }
}
