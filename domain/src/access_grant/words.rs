//! What a grant's state is called, in our words and in those of the systems that we stand in for.

use super::State;
use crate::name::words;

words! {
    /// Whose words for the state of a grant are used.
    pub enum Vocabulary("vocabulary") {
        /// Those of S2: an invite is active until it is accepted.
        Invites = "invites",
        /// Our own, which are those of S5: a grant is pending until it is active.
        Ours = "ours",
    }
}

words! {
    /// What a badge says without its word: its colour and its icon. Never shown without the word.
    pub enum Tone("tone of a badge") {
        /// Over, by somebody's decision or by itself; red.
        Ended = "ended",
        /// In force; green.
        Good = "good",
        /// Nothing to do; blue.
        Info = "info",
        /// Somebody has to do something, or time ran out on them; amber.
        Waiting = "waiting",
    }
}

/// A state as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Badge {
    /// The word for it, in lower case.
    pub word: &'static str,
    /// Its colour.
    pub tone: Tone,
}

/// How a state is shown.
pub const fn display(state: State, vocabulary: Vocabulary) -> Badge {
    let (word, tone) = match (vocabulary, state) {
        (Vocabulary::Ours, State::Pending) => ("pending", Tone::Waiting),
        // The same word for two states, as each vocabulary has it.
        (Vocabulary::Ours, State::Active) | (Vocabulary::Invites, State::Pending) => ("active", Tone::Good),
        (Vocabulary::Ours, State::Expired) => ("expired", Tone::Ended),
        (Vocabulary::Ours | Vocabulary::Invites, State::Revoked) => ("revoked", Tone::Ended),
        // S2-24 to S2-27: green, blue and yellow; red is only what an operator ended.
        (Vocabulary::Invites, State::Active) => ("accepted", Tone::Info),
        (Vocabulary::Invites, State::Expired) => ("expired", Tone::Waiting),
    };
    Badge { word, tone }
}

/// The state that a word means in a vocabulary: what a filter by status takes.
pub fn state(word: &str, vocabulary: Vocabulary) -> Option<State> {
    State::ALL.iter().copied().find(|state| display(*state, vocabulary).word == word)
}
