//! The link that opens a grant: how it gets to the auditor, how often it works, and what is asked for besides.

use serde::{Deserialize, Serialize};

use crate::name::{Sha256, words};

words! {
    /// How a link gets to the auditor.
    pub enum Delivery("delivery") {
        /// In both ways.
        Both = "both",
        /// By mail to the auditor.
        Email = "email",
        /// Shown once to whoever gave access, who passes it on.
        ShowOnce = "show_once",
    }
}

words! {
    /// How often a link works.
    pub enum LinkReuse("reuse of a link") {
        /// Until the access is over; each use after the first is recorded as such.
        Reusable = "reusable",
        /// Once.
        SingleUse = "single_use",
    }
}

words! {
    /// What is asked for besides the link.
    pub enum SecondFactor("second factor") {
        /// A code sent to the auditor's address. It confirms the address; it is no factor of its own.
        EmailCode = "email_code",
        /// Nothing.
        None = "none",
    }
}

/// The link that opens a grant. A grant without one is used through an API key.
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
