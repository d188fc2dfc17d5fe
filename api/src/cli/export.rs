//! `countersign export`.

use std::fs::OpenOptions;
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use ledger::entry::{Actor, ActorType, Context};
use ledger::export::Extras;
use store::export::{ExportRequest, Query, export_log};

use super::{progress, session};
use crate::config::Settings;

/// Write a whole log as a file that verifies by itself, once a checkpoint covers all of it. The export is recorded.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  countersign export --org acme --out acme.zip\n  countersign-verify acme.zip --trust acme.policy"
)]
pub struct Export {
    /// The organisation's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// The file to write. It must not exist.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

impl Export {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        session::with(settings, |session| async move {
            let organisation = session.organisation(&self.org).await?;
            let out = OpenOptions::new().read(true).write(true).create_new(true).open(&self.out);
            let out = out.with_context(|| format!("cannot make {}", self.out.display()))?;
            let request = ExportRequest {
                actor: Actor { kind: ActorType::System, id: "command_line".to_owned(), role: None },
                context: Context::default(),
                query: Query::All,
                extras: Extras { readme: true, entries: true, ..Extras::default() },
                progress: Some(progress::entries("exporting")),
            };
            let exported = export_log(&session.ledger, session.ledger.seals(), organisation.log, out, request).await;
            if exported.is_err() {
                // What was written until then is of no use, and must not be taken for an export.
                std::fs::remove_file(&self.out).ok();
            }
            let exported = exported?;
            println!(
                "{}: {} entries up to the checkpoint of size {}.",
                self.out.display(),
                exported.manifest.entries,
                exported.manifest.size
            );
            Ok(())
        })
        .await
    }
}
