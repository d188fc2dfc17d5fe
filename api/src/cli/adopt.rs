//! `countersign adopt`.

use anyhow::Context as _;
use clap::Args;
use store::checkpointer::adopt;

use super::{progress, session};
use crate::config::Settings;

/// Go on from what the database holds, after a backup was restored or the signer's record was lost.
///
/// No service may run on the data directory meanwhile, and a log that extends what was signed is left as it is. The log
/// is read again and must be whole. That it goes on from there is written into it, with the checkpoint that was
/// signed before: outsiders who hold a newer one will see that it is missing.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign adopt --org acme --reason \"Restored the backup of 2026-11-21\"")]
pub struct Adopt {
    /// The organisation's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Why, for whoever reads the log later.
    #[arg(long)]
    reason: String,
}

impl Adopt {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        anyhow::ensure!(!self.reason.trim().is_empty(), "a reason is needed: it stands in the log");
        session::with(settings, |session| async move {
            let organisation = session.organisation(&self.org).await?;
            let (seals, reason, progress) =
                (session.ledger.seals(), self.reason.trim(), progress::entries("reading again"));
            let adoption = adopt(&session.ledger, seals, organisation.log, reason, Some(&progress)).await;
            let adoption = adoption.context("nothing was adopted")?;
            let before = adoption.before.map_or(0, |record| record.head.size);
            println!("The log goes on from {} entries; {before} were signed before.", adoption.adopted.size);
            if let Some(aside) = adoption.set_aside {
                println!("What was published before is kept as evidence in {}", aside.display());
            }
            Ok(())
        })
        .await
    }
}
