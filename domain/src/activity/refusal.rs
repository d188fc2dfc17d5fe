//! Why an act came to nothing, as a word.

use crate::name::words;

words! {
    /// Why an act under a grant came to nothing: the `reason` of its entry. The auditor is told less.
    pub enum Refusal("reason of a refusal") {
        /// The grant is for somebody else, or the address is not the one invited.
        AnotherPerson = "another_person",
        /// The code that was sent is not valid any more.
        CodeExpired = "code_expired",
        /// The code that was typed is not the one sent.
        CodeWrong = "code_wrong",
        /// The file is not what was recorded of it.
        FileAltered = "file_altered",
        /// The grant's time is over.
        GrantExpired = "grant_expired",
        /// The grant has not been taken up.
        GrantNotAccepted = "grant_not_accepted",
        /// The grant has been taken back.
        GrantRevoked = "grant_revoked",
        /// There is no such grant.
        GrantUnknown = "grant_unknown",
        /// The link works once, and did.
        LinkUsed = "link_used",
        /// There is no such record or file.
        NotFound = "not_found",
        /// It belongs to another engagement than the grant.
        NotInEngagement = "not_in_engagement",
        /// It belongs to none of the vendors that the grant is limited to.
        NotInVendors = "not_in_vendors",
        /// It is evidence of another time than the grant is limited to.
        NotInWindow = "not_in_window",
        /// The grant does not reach that far.
        NotPermitted = "not_permitted",
        /// Too many attempts in too short a time.
        RateLimited = "rate_limited",
        /// The session is over.
        SessionEnded = "session_ended",
        /// What came as a session does not carry our signature.
        SessionForged = "session_forged",
        /// The terms of engagement in force have not been accepted.
        TermsNotAccepted = "terms_not_accepted",
        /// The link was replaced by another.
        TokenReplaced = "token_replaced",
        /// No grant has such a link.
        TokenUnknown = "token_unknown",
    }
}
