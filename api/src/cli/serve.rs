//! `countersign serve`.

use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::database::Database;
use crate::service::Service;

/// Run the service until it gets SIGTERM or SIGINT.
///
/// Without database URLs it starts a private PostgreSQL in the data directory, without a NATS URL it publishes within
/// the process: nothing has to be prepared.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  countersign serve --data-dir /var/lib/countersign --public-url https://ledger.example.com"
)]
pub struct Serve {}

impl Serve {
    pub(super) async fn run(&self, settings: &Settings) -> anyhow::Result<()> {
        let stop = stop_on_signal()?;
        if !Database::is_begun(settings) {
            tracing::warn!(
                data_dir = %settings.data_dir.display(),
                "there is no Countersign data in this directory: a new installation begins in it"
            );
        }
        if settings.smtp_url.is_none() {
            tracing::warn!(
                "no mailer is configured (smtp_url): every mail is skipped, and links are handed on by hand"
            );
        }
        let service = Service::start(settings, stop).await?;
        println!("Countersign answers at {}", service.public_url());
        if let Some(metrics) = service.metrics_address() {
            println!("Metrics are at http://{metrics}/metrics");
        }
        service.finished().await?;
        tracing::info!("stopped: all that was begun is done or given up");
        Ok(())
    }
}

/// A token that the first SIGTERM or SIGINT cancels. A second one ends the process as it stands.
pub(super) fn stop_on_signal() -> anyhow::Result<CancellationToken> {
    let (mut terminate, mut interrupt) = (signal(SignalKind::terminate())?, signal(SignalKind::interrupt())?);
    let stop = CancellationToken::new();
    let token = stop.clone();
    tokio::spawn(async move {
        for asked in 0..2 {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            if asked == 0 {
                tracing::info!("stopping: requests in flight are finished first");
                token.cancel();
            }
        }
        std::process::exit(130);
    });
    Ok(stop)
}
