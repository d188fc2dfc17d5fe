//! What people take out of the service as files.

pub mod attachment;
pub mod records;
pub mod table;
