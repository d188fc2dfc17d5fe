//! `countersign import`.

mod records;

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::session;
use crate::config::Settings;
use crate::import::progress::Progress;
use crate::import::{self, Format, Target};

/// Take in what other systems wrote: audit records, one entry each in file order, and registers of records.
///
/// Importing the same again adds nothing. What cannot go in is named with its place and passed over; the command then ends
/// with status 1.
#[derive(Debug, Args)]
pub struct Import {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Cloudtrail(Cloudtrail),
    Jsonl(Jsonl),
    Records(records::Records),
}

/// Log files of AWS CloudTrail, unpacked.
///
/// People and resources get opaque ids; addresses, user agents and each whole record are sealed.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign import cloudtrail --org acme AWSLogs/111122223333/CloudTrail")]
struct Cloudtrail {
    #[command(flatten)]
    what: What,
}

/// One event a line, in the shape that POST /v1/orgs/{org}/events takes.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign import jsonl --org acme events.jsonl")]
struct Jsonl {
    #[command(flatten)]
    what: What,
}

#[derive(Debug, Args)]
struct What {
    /// The organisation's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// Files, or directories of them.
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
}

impl Import {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let (format, what) = match self.command {
            Command::Cloudtrail(Cloudtrail { what }) => (Format::Cloudtrail, what),
            Command::Jsonl(Jsonl { what }) => (Format::Jsonl, what),
            Command::Records(records) => return records.run(settings).await,
        };
        let summary = session::with(settings, |session| async move {
            let organisation = session.organisation(&what.org).await?;
            let target = Target { ledger: session.ledger.clone(), log: organisation.log, origin: organisation.origin };
            import::run(&target, format, &what.paths, &mut Progress::on_stderr()).await
        })
        .await?;
        println!("{summary}");
        anyhow::ensure!(summary.refused == 0, "{} records or files were refused; each is named above", summary.refused);
        Ok(())
    }
}
