//! `countersign key`.

use clap::{Args, Subcommand};
use ledger::key::Role;
use store::rotate::rotate;

use super::session;
use crate::config::Settings;

/// Signing keys of a log.
#[derive(Debug, Args)]
pub struct Key {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Rotate(Rotate),
}

/// Make a new key and put it in force; running services take it up with their next append.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign key rotate --org acme --role entries")]
struct Rotate {
    /// The organisation's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// entries, checkpoints or receipts.
    #[arg(long, value_parser = Role::parse)]
    role: Role,
}

impl Key {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let Command::Rotate(rotation) = self.command;
        session::with(settings, |session| async move {
            let organisation = session.organisation(&rotation.org).await?;
            let rotated = rotate(&session.ledger, organisation.log, rotation.role).await?;
            println!("The {} key {} is replaced by {}.", rotated.role.as_str(), rotated.old, rotated.new.key_id());
            println!("Back up this file now, and keep the old one: it is needed for what it signed.");
            println!("  {}", rotated.file.display());
            if rotated.role == Role::Checkpoints {
                println!("Outsiders who trust the old key follow to the new one by themselves. For those who come new, and for");
                println!("policies to be renewed: countersign trust --org {}", rotation.org);
            }
            Ok(())
        })
        .await
    }
}
