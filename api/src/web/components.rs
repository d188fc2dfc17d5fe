//! What goes into the parts of pages (`templates/components.html`).

/// The state of something. It always comes with an icon and a word.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// It holds, and that was checked.
    Good,
    /// It waits for somebody.
    Waiting,
    /// To be known.
    Info,
    /// Broken, or ended.
    Ended,
    /// Neither here nor there.
    Quiet,
}

impl Tone {
    /// Its class.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Waiting => "waiting",
            Self::Info => "info",
            Self::Ended => "ended",
            Self::Quiet => "quiet",
        }
    }

    /// Its icon.
    pub const fn icon(self) -> &'static str {
        match self {
            Self::Good => "check",
            Self::Waiting => "clock",
            Self::Info => "info",
            Self::Ended => "cross",
            Self::Quiet => "dot",
        }
    }
}

/// One of several that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
    /// What it means; may be empty.
    pub explanation: String,
    /// Whether it is chosen now.
    pub is_chosen: bool,
}

/// A count with its thousands apart: `1,284`.
pub fn grouped(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if 0 < place && (digits.len() - place).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
