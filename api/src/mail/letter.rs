//! The one form that all letters have, and its two renderings.

use askama::Template;

use super::link::Link;
use super::moment::Moment;
use super::shown::Shown;

/// The language of everything written here, for screen readers and translators.
const LANGUAGE: &str = "en";
/// Deepest indentation that is shown: deeper, nothing is left of a line on a telephone.
const INDENT_MAX: usize = 16;

/// On whose behalf a letter is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Letterhead {
    /// What the organisation is called.
    pub organisation: Shown,
    /// Whom its readers ask, in its own words: a name, an address, a telephone number.
    pub contact: Option<Shown>,
}

impl Letterhead {
    /// Who is named in the letter, or who is not but is known to its reader.
    pub(super) fn whom_to_ask(&self) -> String {
        match &self.contact {
            Some(contact) => contact.to_string(),
            None => format!("the people at {} with whom you are in touch", self.organisation),
        }
    }

    /// An invented organisation.
    pub fn sample() -> Self {
        Self {
            organisation: Shown::new("Larkfield Clinic"),
            contact: Some(Shown::new("Mara Quist, compliance@larkfield.example")),
        }
    }
}

/// A letter: one column, read from top to bottom, with at most one thing to do.
pub(super) struct Letter {
    pub(super) head: Letterhead,
    pub(super) subject: Shown,
    /// What happened, in one line.
    pub(super) heading: Shown,
    pub(super) greeting: Shown,
    /// Why the reader gets this.
    pub(super) paragraphs: Vec<Shown>,
    pub(super) facts: Vec<Fact>,
    /// Digits to be typed somewhere else.
    pub(super) code: Option<Shown>,
    pub(super) action: Option<Action>,
    /// What else the reader should know, behind what there is to do.
    pub(super) remarks: Vec<Shown>,
    pub(super) document: Option<Document>,
}

/// A label, and what stands under it: one line, or several that make a list.
pub(super) struct Fact {
    pub(super) label: &'static str,
    pub(super) lines: Vec<Shown>,
}

/// The one thing to do.
pub(super) struct Action {
    /// A verb and its object, as on a button.
    pub(super) label: &'static str,
    pub(super) link: Link,
}

/// A text that is sent along, and shown below the letter line by line.
pub(super) struct Document {
    pub(super) title: Shown,
    pub(super) file_name: String,
    pub(super) text: String,
}

/// A line of a document as it is shown.
struct Line {
    indent: usize,
    text: Shown,
}

impl Line {
    fn plain(&self) -> String {
        self.text.wrapped(self.indent)
    }

    fn spaces(&self) -> std::ops::Range<usize> {
        0..self.indent
    }
}

/// A file sent along, with exactly these bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Plain ASCII, made here.
    pub file_name: String,
    /// UTF-8.
    pub text: String,
}

/// A letter as it is sent. Nothing of it may be logged: it holds names, and often the token that lets its reader in.
#[derive(Clone, PartialEq, Eq)]
pub struct Rendered {
    /// For the header and the list of messages; never a secret, since lists show it.
    pub subject: Shown,
    /// Plain text in lines of 72 columns, each ended by LF.
    pub text: String,
    /// A whole HTML document.
    pub html: String,
    /// A file sent along.
    pub attachment: Option<Attachment>,
}

impl Letter {
    /// A letter about nothing yet.
    pub(super) fn new(head: &Letterhead, subject: &str, heading: &str) -> Self {
        Self {
            head: head.clone(),
            subject: Shown::sentence(subject),
            heading: Shown::sentence(heading),
            greeting: Shown::sentence("Hello,"),
            paragraphs: Vec::new(),
            facts: Vec::new(),
            code: None,
            action: None,
            remarks: Vec::new(),
            document: None,
        }
    }

    pub(super) fn to(mut self, name: Option<&Shown>) -> Self {
        if let Some(name) = name {
            self.greeting = Shown::sentence(&format!("Dear {name},"));
        }
        self
    }

    pub(super) fn paragraph(mut self, text: &str) -> Self {
        self.paragraphs.push(Shown::sentence(text));
        self
    }

    pub(super) fn fact(mut self, label: &'static str, line: &str) -> Self {
        self.facts.push(Fact { label, lines: vec![Shown::sentence(line)] });
        self
    }

    pub(super) fn list(mut self, label: &'static str, lines: impl IntoIterator<Item = Shown>) -> Self {
        self.facts.push(Fact { label, lines: lines.into_iter().collect() });
        self
    }

    /// When something happened, by both clocks.
    pub(super) fn when(self, label: &'static str, moment: &Moment) -> Self {
        self.list(label, [Some(moment.words()), moment.in_utc()].into_iter().flatten())
    }

    /// When something ends, by both clocks.
    pub(super) fn until(self, label: &'static str, moment: &Moment) -> Self {
        self.list(label, [Some(moment.end_in_words()), moment.in_utc()].into_iter().flatten())
    }

    pub(super) fn action(mut self, label: &'static str, link: &Link) -> Self {
        self.action = Some(Action { label, link: link.clone() });
        self
    }

    pub(super) fn remark(mut self, text: &str) -> Self {
        self.remarks.push(Shown::sentence(text));
        self
    }

    pub(super) fn rendered(&self) -> Rendered {
        let attachment = self
            .document
            .as_ref()
            .map(|document| Attachment { file_name: document.file_name.clone(), text: document.text.clone() });
        Rendered {
            subject: self.subject.clone(),
            text: Plain { letter: self }.render().expect("a string takes everything"),
            html: Html { letter: self, lang: LANGUAGE }.render().expect("a string takes everything"),
            attachment,
        }
    }

    /// Whom to ask.
    fn contact(&self) -> Shown {
        Shown::sentence(&format!("Questions? Ask {}.", self.head.whom_to_ask()))
    }
}

impl Document {
    fn lines(&self) -> impl Iterator<Item = Line> {
        self.text.lines().map(|line| {
            let indent = line.bytes().take_while(|byte| *byte == b' ').count().min(INDENT_MAX);
            Line { indent, text: Shown::sentence(line) }
        })
    }
}

/// The plain text.
#[derive(Template)]
#[template(path = "mail/letter.txt")]
struct Plain<'a> {
    letter: &'a Letter,
}

/// The HTML: only what mail programs keep, and colours that hold on light and on dark.
#[derive(Template)]
#[template(path = "mail/letter.html")]
struct Html<'a> {
    letter: &'a Letter,
    lang: &'static str,
}
