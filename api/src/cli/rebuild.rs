//! `countersign rebuild`.

use clap::Args;
use clap::builder::PossibleValuesParser;
use projections::rebuild::rebuild;
use projections::{ALL, Projection};
use store::logs;

use super::{progress, session};
use crate::config::Settings;

/// Make read models anew from the entries, beside those that are shown, and show the new ones once they have caught up.
///
/// Pages go on showing what they showed. It is wanted after a read model was damaged; a newer version of this program
/// does by itself what it needs.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign rebuild\n  countersign rebuild --org acme --read-model grants")]
pub struct Rebuild {
    /// The organisation's slug; all organisations where it is left out.
    #[arg(long, value_name = "SLUG")]
    org: Option<String>,
    /// The read model's name; all of them where it is left out.
    #[arg(long, value_name = "NAME", value_parser = PossibleValuesParser::new(names()))]
    read_model: Option<String>,
}

fn names() -> Vec<&'static str> {
    ALL.iter().map(|projection| projection.name()).collect()
}

impl Rebuild {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        session::with(settings, |session| async move {
            let organisations = match &self.org {
                Some(slug) => vec![session.organisation(slug).await?],
                None => logs::all(session.ledger.reader()).await?,
            };
            for organisation in &organisations {
                for projection in ALL.iter().filter(|projection| self.is_meant(**projection)) {
                    let progress = progress::entries("rebuilding");
                    let build = rebuild(*projection, &session.ledger, organisation.log, &*progress).await?;
                    println!("{} {}: build {} is shown", organisation.slug, build.projection, build.version);
                }
            }
            Ok(())
        })
        .await
    }

    fn is_meant(&self, projection: &dyn Projection) -> bool {
        self.read_model.as_deref().is_none_or(|name| name == projection.name())
    }
}
