//! Why something is ended, in the words of whoever ends it.

use domain::note::Note;
use serde_json::Value;
use utoipa::ToSchema;

use crate::error::Result;
use crate::json::Members;

/// A note, at most 1,000 characters of up to 6 bytes each as JSON may write them.
pub(super) const BODY_BYTES_MAX: usize = 8 << 10;

/// Why it is ended.
#[derive(ToSchema)]
#[expect(dead_code, reason = "describes a body, which is read member by member")]
pub struct Reason {
    /// 1 to 1,000 characters. It stands in the log in the clear and for ever: nothing personal.
    note: Option<String>,
}

pub(super) fn read(body: Value) -> Result<Option<Note>> {
    let mut members = Members::of("", body)?;
    let note = members.optional_parsed("note", Note::parse)?;
    members.finish()?;
    Ok(note)
}
