//! `countersign org`.

use clap::{Args, Subcommand};
use store::logs;

use super::session;
use crate::config::Settings;
use crate::service_log;

/// Organisations, each with a log of its own.
#[derive(Debug, Args)]
pub struct Org {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(Create),
    List(List),
}

/// Make an organisation: three signing keys, a log, and its entry 0.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign org create acme --name \"Acme Ltd\" --authority ledger.example.com")]
struct Create {
    /// Its name in addresses: 2 to 63 of a-z, 0-9 and -, not beginning with -.
    slug: String,
    /// Its name for people.
    #[arg(long)]
    name: String,
    /// Host name under which the log is published; with the slug it names the log for ever.
    #[arg(long, value_name = "HOST")]
    authority: String,
}

/// List all organisations with the names of their logs.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign org list")]
struct List {}

impl Org {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        match self.command {
            Command::Create(command) => command.run(settings).await,
            Command::List(_) => list(settings).await,
        }
    }
}

impl Create {
    async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        session::with_new(settings, |session| async move {
            anyhow::ensure!(self.slug != service_log::SLUG, "the slug {} is that of the service's own log", self.slug);
            let opened = logs::open(&session.ledger, &self.slug, &self.name, &self.authority).await?;
            println!("Organisation {} has the log {}.", opened.info.slug, opened.info.origin);
            println!();
            println!("Outsiders pin this key, which they must get from you by a way they trust:");
            println!("  {}", opened.checkpoints_vkey);
            println!();
            println!(
                "Back up these files now, to where neither this machine nor the database's backup is. Who has them can"
            );
            println!("sign in this log's name; without them the log cannot go on:");
            let mut files: Vec<_> =
                std::fs::read_dir(session.ledger.keys().of(&opened.info.origin))?.collect::<Result<_, _>>()?;
            files.sort_by_key(std::fs::DirEntry::path);
            for file in files {
                println!("  {}", file.path().display());
            }
            println!("And once somebody was invited, what recognises them when they sign in:");
            println!("  {}", settings.data_dir.join("access.key").display());
            Ok(())
        })
        .await
    }
}

async fn list(settings: &Settings) -> anyhow::Result<()> {
    session::with(settings, |session| async move {
        for log in logs::all(session.ledger.reader()).await? {
            println!("{}\t{}\t{}", log.slug, log.origin, log.name);
        }
        Ok(())
    })
    .await
}
