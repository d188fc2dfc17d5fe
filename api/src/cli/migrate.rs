//! `countersign migrate`.

use clap::Args;

use crate::config::Settings;
use crate::database::Database;

/// Bring the database's schema to this program's version.
///
/// Run it before starting a newer program. The private database of a data directory is migrated by every command, so
/// that this is needed only where database URLs are set.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  COUNTERSIGN_MIGRATE_DATABASE_URL=postgres://countersign_migrate@db/countersign \\\n  COUNTERSIGN_LEDGER_DATABASE_URL=postgres://countersign_ledger@db/countersign \\\n  COUNTERSIGN_DATABASE_URL=postgres://countersign_app@db/countersign countersign migrate"
)]
pub struct Migrate {}

impl Migrate {
    pub(super) async fn run(&self, settings: &Settings) -> anyhow::Result<()> {
        let database = Database::open(settings).await?;
        let applied = database.migrate().await;
        let checked = match applied {
            Ok(_) => database.check().await,
            Err(_) => Ok(()),
        };
        database.close().await?;
        let applied = applied?;
        checked?;
        if applied.is_empty() {
            println!("The schema is up to date.");
        }
        for version in applied {
            println!("Applied migration {version:04}.");
        }
        Ok(())
    }
}
