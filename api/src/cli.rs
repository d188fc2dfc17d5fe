//! The command line: one file per command.

pub mod adopt;
pub mod api_key;
pub mod config;
pub mod demo;
pub mod export;
pub mod fsck;
pub mod import;
pub mod key;
pub mod member;
pub mod migrate;
pub mod org;
mod progress;
pub mod rebuild;
pub mod serve;
mod session;
#[cfg(test)]
mod tests;
pub mod trust;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Flags, Settings};
use crate::telemetry;

/// Everything that `countersign` is told.
#[derive(Debug, Parser)]
#[command(
    name = "countersign",
    version,
    about = "An audit ledger that outsiders can check without trusting its operator."
)]
#[command(propagate_version = true, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    flags: Flags,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Migrate(migrate::Migrate),
    Org(org::Org),
    Member(member::Member),
    ApiKey(api_key::ApiKey),
    Import(import::Import),
    Export(export::Export),
    Trust(trust::Trust),
    Key(key::Key),
    Fsck(fsck::Fsck),
    Rebuild(rebuild::Rebuild),
    Adopt(adopt::Adopt),
    Config(config::Config),
}

/// Runs a command. Status 0 when it did what it was told, 1 when it could not, 3 when `fsck` found a log that is not
/// sound; clap answers wrong use with 2.
pub fn run(cli: Cli) -> ExitCode {
    match execute(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("countersign: {}", sentence(&error));
            if error.is::<fsck::NotSound>() { ExitCode::from(fsck::NOT_SOUND) } else { ExitCode::FAILURE }
        }
    }
}

/// An error and its causes, without the causes that the text before them has told already: not every library leaves
/// them to its source.
fn sentence(error: &anyhow::Error) -> String {
    let mut said = error.to_string();
    for cause in error.chain().skip(1).map(ToString::to_string) {
        if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

fn execute(cli: Cli) -> anyhow::Result<()> {
    let mut settings = Settings::load(&cli.flags, std::env::vars_os())?;
    if let Command::Demo(demo) = &cli.command {
        demo.adapt(&mut settings);
    }
    telemetry::init(&settings)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        match cli.command {
            Command::Demo(command) => command.run(&settings).await,
            Command::Serve(command) => command.run(&settings).await,
            Command::Migrate(command) => command.run(&settings).await,
            Command::Org(command) => command.run(&settings).await,
            Command::Member(command) => command.run(&settings).await,
            Command::ApiKey(command) => command.run(&settings).await,
            Command::Import(command) => command.run(&settings).await,
            Command::Export(command) => command.run(&settings).await,
            Command::Trust(command) => command.run(&settings).await,
            Command::Key(command) => command.run(&settings).await,
            Command::Fsck(command) => command.run(&settings).await,
            Command::Rebuild(command) => command.run(&settings).await,
            Command::Adopt(command) => command.run(&settings).await,
            Command::Config(config::Config {}) => config::Config::run(&settings),
        }
    })
}
