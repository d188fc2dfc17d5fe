//! Where a service publishes its logs and remembers what it signed, both outside the database.

use std::path::PathBuf;

use ledger::name::Origin;

use crate::handovers::HandoverDirectory;
use crate::tiles::TileDirectory;

/// The data directory as far as sealing is concerned: `logs/<slug>/` is published, `signer/<slug>.json` remembers, and
/// so does `signer/<slug>.handovers/`.
/// Replicas of a service share it. The signer's record belongs on another volume, and into another backup, than the
/// database: it is there to notice when the database is not what it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SealDirectory {
    data: PathBuf,
}

impl SealDirectory {
    /// Under this data directory.
    pub fn new(data: impl Into<PathBuf>) -> Self {
        Self { data: data.into() }
    }

    /// The published files of a log.
    pub fn tiles(&self, origin: &Origin) -> TileDirectory {
        TileDirectory::new(self.data.join("logs").join(origin.slug()))
    }

    /// The file whose lock says that a service runs here. No log's file can have its name.
    pub(crate) fn service_lock(&self) -> PathBuf {
        self.data.join("service.lock")
    }

    /// The file with what was last signed for a log.
    pub fn signer_record(&self, origin: &Origin) -> PathBuf {
        self.data.join("signer").join(format!("{}.json", origin.slug()))
    }

    /// The checkpoints with which a log's checkpoints keys handed over, as the signer keeps them.
    pub fn signed_handovers(&self, origin: &Origin) -> HandoverDirectory {
        HandoverDirectory::new(self.data.join("signer").join(format!("{}.handovers", origin.slug())))
    }
}
