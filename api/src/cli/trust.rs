//! `countersign trust`.

use std::io::Write as _;

use clap::Args;
use ledger::history::KeyHistory;
use ledger::key::Role;

use super::session;
use crate::config::Settings;
use crate::key_history;

/// Print the trust policy of a log, to be given to outsiders by a way they trust. Nothing else is printed.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  countersign trust --org acme > acme.policy\n  countersign-verify acme.zip --trust acme.policy"
)]
pub struct Trust {
    /// The organisation's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
}

impl Trust {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        session::with(settings, |session| async move {
            let organisation = session.organisation(&self.org).await?;
            let history = key_history::load(&session.ledger, organisation.log).await?;
            Ok(std::io::stdout().write_all(policy(&history).as_bytes())?)
        })
        .await
    }
}

/// A C2SP `tlog-policy`. It names the log's earlier checkpoints keys too, so that older exports verify (spec §7).
pub(super) fn policy(history: &KeyHistory) -> String {
    let logs = history.held(Role::Checkpoints).iter().map(|held| format!("log {}\n", held.vkey));
    logs.chain(["quorum none\n".to_owned()]).collect()
}
