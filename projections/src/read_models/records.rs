//! The records of an organisation, of every type by one mechanism: lists, one record, and all rows for an export.

mod arms;
mod filter;
mod list;

use domain::access_grant::Resource;
use domain::record::{Belonging, Content, Parts, Record, Reference};
use domain::text::{Label, Title};
use ledger::time::Timestamp;

pub use self::filter::{Filter, Sort, SortBy};
pub use self::list::{StatusCount, Within, export, one, page, statuses};

/// What the lists say of a record; [`one`] and [`export`] say all of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordRow {
    /// Its type.
    pub resource: Resource,
    /// What it is called by, within its type.
    pub reference: Reference,
    /// What it says. The text is left out in lists.
    pub content: Content,
    /// When it was added, the last time.
    pub added_at: Timestamp,
    /// When it changed last.
    pub changed_at: Timestamp,
    /// When it was withdrawn; none while it is shown.
    pub withdrawn_at: Option<Timestamp>,
}

impl RecordRow {
    /// What it says, part by part.
    pub fn parts(&self) -> &Parts {
        self.content.parts()
    }

    /// What it is called.
    pub fn title(&self) -> &Title {
        &self.parts().title
    }

    /// Where it stands, in the organisation's own words.
    pub fn status(&self) -> Option<&Label> {
        self.parts().status.as_ref()
    }

    /// What a grant is asked by.
    pub fn belonging(&self) -> Belonging {
        Belonging::of(self.resource, &self.reference, &self.content)
    }

    /// Its stream.
    pub fn stream(&self) -> ledger::vocabulary::Subject {
        Record::stream(self.resource, &self.reference)
    }
}

super::read_model! {
    /// The read model behind the lists.
    Records, "records", of streams "record", form 1;
}
