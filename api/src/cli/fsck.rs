//! `countersign fsck`.

use clap::Args;
use ledger::policy::Policy;
use store::blobs::Blobs;
use store::fsck::{FsckOptions, fsck};

use super::{progress, session, trust};
use crate::config::Settings;
use crate::key_history;

/// The status of a log that was read and is not sound, so that a script can tell it from a database that is away.
pub(super) const NOT_SOUND: u8 = 3;

/// The log was read, and something is wrong with it.
#[derive(Debug, thiserror::Error)]
#[error("the log of {0} is not sound")]
pub(super) struct NotSound(String);

/// Read a whole log again, from the database and from its published files, and verify it as an outsider would; and read
/// the files of evidence that it names.
///
/// Status 0: it is sound. 1: the question could not be answered. 2: wrong use. 3: it is not sound.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign fsck --org acme")]
pub struct Fsck {
    /// The organisation's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
}

impl Fsck {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        session::with(settings, |session| async move {
            let organisation = session.organisation(&self.org).await?;
            // Who keeps the log cannot be its own witness: this asks whether it is whole, not whether it is trusted.
            let policy = match key_history::load(&session.ledger, organisation.log).await {
                Ok(history) => Some(Policy::parse(trust::policy(&history).as_bytes())?),
                Err(_) => None,
            };
            let blobs = Some(Blobs::at(&settings.data_dir));
            let options = FsckOptions {
                policy,
                blobs,
                progress: Some(progress::counted("checking", "checks of entries, in the database and as published")),
            };
            let report = fsck(&session.ledger, session.ledger.seals(), organisation.log, options).await?;
            for line in report.verdict.iter().flat_map(|verdict| &verdict.lines) {
                println!("{:13} {:11} {}", line.question.name(), line.status.word(), line.reason);
            }
            for problem in &report.problems {
                println!("{problem}");
            }
            println!("{} entries, {} of them sealed.", report.size, report.sealed.map_or(0, |sealed| sealed.size));
            println!("{} files of evidence.", report.files);
            if report.is_sound() { Ok(()) } else { Err(NotSound(self.org).into()) }
        })
        .await
    }
}
