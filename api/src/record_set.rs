//! Records as people and programs hand them in: one as JSON or in a form, or a list of them as JSON or CSV.

pub mod csv;
pub mod form;
pub mod json;
mod row;

pub(crate) use self::row::is_record_set;
pub use self::row::{Fault, NewRecord, Row};
