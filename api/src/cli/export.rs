//! `countersign export`.

mod selection;

use std::fs::{self, OpenOptions};
use std::path::PathBuf;

use anyhow::Context as _;
use clap::Args;
use ledger::export::{Extras, Manifest};
use store::export::{ExportRequest, Query, export_log};

use self::selection::Selection;
use super::{member, progress, session};
use crate::config::Settings;

/// Write a whole log, or a part of it, as a file that verifies by itself, once a checkpoint covers all of it, and verify it.
/// The export is recorded.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  countersign export --org acme --out acme.zip\n  countersign-verify acme.zip --trust acme.policy\n  \
        countersign export --org acme --out auditors.zip --type auditor."
)]
pub struct Export {
    /// The organisation's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// The file to write. It must not exist.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    #[command(flatten)]
    selection: Selection,
}

impl Export {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let query = self.selection.query()?;
        session::with(settings, |session| async move {
            let organisation = session.organisation(&self.org).await?;
            anyhow::ensure!(!self.out.try_exists()?, "{} is there already", self.out.display());
            // Under its own name it is whole and verified, or not there, also after a crash.
            let mut unfinished = self.out.clone().into_os_string();
            unfinished.push(".unfinished");
            let unfinished = PathBuf::from(unfinished);
            let out = OpenOptions::new().read(true).write(true).create_new(true).open(&unfinished);
            let out = out.with_context(|| format!("cannot make {}", unfinished.display()))?;
            let request = ExportRequest {
                ctx: member::ctx(),
                query,
                extras: Extras::for_people(),
                progress: Some(progress::entries("exporting")),
                threads_max: None,
            };
            let exported = export_log(&session.ledger, session.ledger.seals(), organisation.log, out, request).await;
            if exported.is_err() {
                // What was written until then is of no use, and must not be taken for an export.
                fs::remove_file(&unfinished).ok();
            }
            let exported = exported?;
            fs::rename(&unfinished, &self.out).with_context(|| format!("cannot make {}", self.out.display()))?;
            println!("{}: {}", self.out.display(), what(&exported.manifest));
            Ok(())
        })
        .await
    }
}

/// What an export holds, in words.
fn what(manifest: &Manifest) -> String {
    let Manifest { entries, matched, size, .. } = manifest;
    match manifest.query {
        Query::All => format!("{entries} entries up to the checkpoint of size {size}."),
        _ => format!(
            "{matched} entries that were asked for and {} that they are verified by, of the {size} up to the checkpoint.",
            entries - matched
        ),
    }
}
