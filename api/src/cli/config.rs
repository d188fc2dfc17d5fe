//! `countersign config`.

use std::io::Write as _;

use clap::Args;

use crate::config::Settings;

/// Print the settings in force and where each came from; secrets are hidden.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  COUNTERSIGN_LISTEN=127.0.0.1:9000 countersign config --data-dir /var/lib/countersign"
)]
pub struct Config {}

impl Config {
    pub(super) fn run(settings: &Settings) -> anyhow::Result<()> {
        let mut out = std::io::stdout().lock();
        let width = settings.values.iter().map(|value| value.key.len()).max().unwrap_or(0);
        for value in &settings.values {
            let shown = value.shown.as_deref().unwrap_or("(none)");
            writeln!(out, "{:width$} = {shown}  # {}; {}", value.key, value.came, value.about)?;
        }
        Ok(())
    }
}
