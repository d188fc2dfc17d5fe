//! Exports: files that prove by themselves what a log holds (spec §10).

mod choose;
mod consistency;
mod manifest;
mod query;
#[cfg(test)]
mod tests;
mod write;

pub use self::choose::{Chosen, choose};
pub use self::consistency::{CONSISTENCY_BYTES_MAX, Consistency, ConsistencyError};
pub use self::manifest::{FORMAT, Manifest, ManifestError, View};
pub use self::query::{Query, QueryError, TypeFilter};
pub use self::write::{ExportError, Extras, write_log, write_selection};

/// `README.txt`, the view that tells how to verify an export with three tools.
pub const README: &[u8] = include_bytes!("export/README.txt");
