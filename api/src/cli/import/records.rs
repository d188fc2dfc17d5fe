//! `countersign import records`.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use domain::access_grant::Resource;
use domain::context::Ctx;
use ledger::entry::{Actor, ActorType};

use crate::acts::By;
use crate::acts::import_records::{self, Mode, Report, RowError};
use crate::cli::{progress, session};
use crate::config::Settings;
use crate::error::Error;
use crate::json;
use crate::record_set::{self, Row};

/// Longest file: it is read whole, so that two rows with one reference are found out before anything is recorded.
const FILE_BYTES_MAX: u64 = 64 << 20;

/// Registers of an organisation, one record a row: controls, risks, policies, invoices and whatever else auditors see.
///
/// A CSV has a head with the columns reference and title, perhaps status, owner and body; columns whose names end in _on
/// or _date hold days (YYYY-MM-DD), and every other is a field. The fields vendor and engagement are what a grant is
/// limited to. A JSON file is an array of objects with reference, title, status, owner, body, dates and fields.
///
/// Importing the same list again records what has changed. A row that breaks a rule is named and passed over; the command
/// then ends with status 1.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  countersign import records --org acme --type controls controls.csv --dry-run\n  countersign import records --org acme --type controls controls.csv"
)]
pub(super) struct Records {
    /// The organisation's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// The type of resource.
    #[arg(long = "type", value_name = "TYPE", value_parser = record_set)]
    resource: Resource,
    /// Say what would become of the rows, and record nothing.
    #[arg(long)]
    dry_run: bool,
    /// A file that ends in .csv or .json.
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// A type of resource whose records can be handed in.
fn record_set(text: &str) -> Result<Resource, String> {
    let known = || {
        let sets = Resource::ALL.iter().filter(|resource| record_set::is_record_set(**resource));
        sets.map(|resource| resource.as_str()).collect::<Vec<_>>().join(", ")
    };
    match Resource::parse_alias(text) {
        Ok(resource) if record_set::is_record_set(resource) => Ok(resource),
        _ => Err(format!("there is no record set {text:?}; there are {}", known())),
    }
}

impl Records {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let rows = read(&self.file)?;
        let mode = if self.dry_run { Mode::DryRun } else { Mode::Record };
        let report = session::with(settings, |session| async move {
            let organisation = session.organisation(&self.org).await?;
            let by = By { ledger: &session.ledger, log: organisation.log, ctx: &command_line() };
            let (shown, all) = (progress::counted("importing", "rows"), rows.len() as u64);
            let imported = import_records::import(&by, self.resource, rows, mode, None, |done| {
                shown(u64::from(done), all);
            });
            imported.await.context("the import stopped; run it again, nothing is recorded twice")
        })
        .await?;
        tell(&report, mode);
        anyhow::ensure!(report.refused == 0, "{}", refused(report.refused));
        Ok(())
    }
}

/// That rows were refused, after each was named.
fn refused(count: u32) -> String {
    match count {
        1 => "1 row was refused; it is named above".to_owned(),
        count => format!("{count} rows were refused; each is named above"),
    }
}

fn tell(report: &Report, mode: Mode) {
    for RowError { row, field, rule } in &report.errors {
        let place = if field.is_empty() { format!("row {row}") } else { format!("row {row}, {field}") };
        eprintln!("refused: {place}: {rule}");
    }
    match mode {
        Mode::DryRun => println!("nothing was recorded; there would be {report}"),
        Mode::Record => println!("{report}"),
    }
}

fn read(file: &Path) -> anyhow::Result<Vec<Row>> {
    let named = || file.display().to_string();
    let bytes = std::fs::metadata(file).with_context(named)?.len();
    anyhow::ensure!(bytes <= FILE_BYTES_MAX, "{}: a list has at most {FILE_BYTES_MAX} bytes, not {bytes}", named());
    let text = std::fs::read(file).with_context(named)?;
    let extension = file.extension().and_then(|extension| extension.to_str()).map(str::to_ascii_lowercase);
    let rows = match extension.as_deref() {
        Some("csv") => record_set::csv::rows(&text),
        Some("json") => json::parse(&text).and_then(record_set::json::rows),
        _ => anyhow::bail!("{}: a list is a file that ends in .csv or .json", named()),
    };
    rows.map_err(|error| match error {
        // A rule about the whole file has no place in it.
        Error::Invalid { field, rule } if field.is_empty() => anyhow::anyhow!("{}: {rule}", named()),
        other => anyhow::anyhow!("{}: {other}", named()),
    })
}

/// Whoever runs a command has the machine, and is nobody in particular.
fn command_line() -> Ctx {
    let actor = Actor { kind: ActorType::System, id: "command_line".to_owned(), role: None };
    let mut ctx = Ctx::of(actor, store::clock::now());
    ctx.service = Some("command_line".to_owned());
    ctx
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_row_that_was_refused_is_one() {
        assert_eq!(refused(1), "1 row was refused; it is named above");
        assert_eq!(refused(2), "2 rows were refused; each is named above");
    }
}
