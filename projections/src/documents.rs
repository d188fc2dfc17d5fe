//! Documents: what a detail page shows of one aggregate, as one piece of JSON: how it stands, and what happened to it.
//!
//! `postgres_es` keeps them. Its repository uses a connection of its own and knows neither organisation nor position, so:
//!
//! * a document's id begins with its organisation and the build it belongs to, and only functions that take the
//!   organisation reach it, under the policy of the table;
//! * it is written before the position moves, and the position's row is held meanwhile, so that one process writes;
//! * it carries the version of its stream: what it has seen it passes over, and it refuses what does not follow.
//!
//! Nothing personal is in them (docs/decisions/0005): each act says which entry opens it.

mod act;
mod document;
mod keep;
mod shown;

pub use self::act::{Act, By};
pub use self::document::{ACTS_MAX, Document, Documented, Heading, OrganisationAct, RecordAct, RecordPart};
pub use self::keep::{Documents, load};
pub use self::shown::ExtentVersion;
