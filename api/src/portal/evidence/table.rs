//! What is said of all evidence that a grant reaches, as a table. Files are taken one by one.

use projections::list::Direction;
use projections::read_models::evidence::{self, EvidenceRow, Sort, SortBy};

use super::{controls, filter, is_within};
use crate::app::App;
use crate::error::Result;
use crate::export::table::{Writer, Written};
use crate::portal::asked::Asked;
use crate::portal::reader::Reader;
use crate::portal::records::too_large;

const COLUMNS: [&str; 15] = [
    "evidence",
    "title",
    "effective_on",
    "description",
    "controls",
    "owner",
    "vendor",
    "engagement",
    "reviewed_on",
    "revision",
    "file_name",
    "media_type",
    "bytes",
    "sha256",
    "changed_at",
];

/// Makes the table of what the filters of the page find, by effective date.
///
/// # Errors
/// [`crate::error::Error::Invalid`], where it would be too large; [`crate::error::Error::Unavailable`].
pub async fn table(app: &App, reader: &Reader, asked: &Asked) -> Result<Written> {
    let limits = reader.scope().filters();
    let filter = filter(asked);
    let by_day = Sort { by: SortBy::EffectiveOn, direction: Direction::Ascending };
    let mut writer = Writer::new(COLUMNS).map_err(too_large)?;
    let mut tx = app.requests().snapshot_of(reader.log).await?;
    let mut after = None;
    loop {
        let page = evidence::page(&mut tx, reader.log, limits, &filter, by_day, after.as_ref()).await?;
        for row in page.rows.iter().filter(|row| is_within(limits, row)) {
            writer.row(cells(row)).map_err(too_large)?;
        }
        match page.next {
            Some(next) => after = Some(next),
            None => break,
        }
    }
    tx.commit().await?;
    Ok(writer.finish())
}

fn cells(row: &EvidenceRow) -> [String; 15] {
    let said = &row.metadata;
    let (revision, file) = row.newest.as_ref().map(|(revision, file)| (revision, file)).unzip();
    let or_nothing = Option::unwrap_or_default;
    [
        row.evidence.to_string(),
        said.title.to_string(),
        said.effective_on.to_string(),
        or_nothing(said.description.as_ref().map(ToString::to_string)),
        controls(said),
        or_nothing(said.owner.as_ref().map(ToString::to_string)),
        or_nothing(said.vendor.as_ref().map(ToString::to_string)),
        or_nothing(said.engagement.as_ref().map(ToString::to_string)),
        or_nothing(said.reviewed_on.map(|date| date.to_string())),
        or_nothing(revision.map(ToString::to_string)),
        or_nothing(file.map(|file| file.name.to_string())),
        or_nothing(file.map(|file| file.media_type.to_string())),
        or_nothing(file.map(|file| file.bytes.to_string())),
        or_nothing(file.map(|file| file.sha256.to_string())),
        row.changed_at.to_string(),
    ]
}
