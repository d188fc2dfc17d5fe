//! Tables as CSV (RFC 4180) in UTF-8, of which hash and length are known before the first byte leaves: the entry that
//! records an export names both.
//!
//! Programs that open such a file take a cell that begins with one of a few characters for a formula (CWE-1236). Such a
//! cell gets an apostrophe before it, and so does one that would be taken for such a cell with its apostrophe:
//! [`neutral`] can be undone, by [`plain`]. Where a program takes semicolons or tabs for what separates cells, as many do
//! by the language they are set to, a cell begins after each of them, quoted or not: what follows one is held to the same.

use domain::activity::{File, Table};
use domain::name::Sha256;
use sha2::Digest as _;

/// Most bytes of one table. It is made whole in memory, so that its hash can be recorded first.
pub const TABLE_BYTES_MAX: usize = 32 << 20;
/// What a cell begins with that spreadsheets run: ASCII, and the wide forms that some of them take for the same.
const STARTS_FORMULA: [char; 12] = ['=', '+', '-', '@', '\t', '\r', '\n', '\0', '＝', '＋', '－', '＠'];
/// What ends a cell for programs that expect another separator than the comma.
const SEPARATORS: [char; 2] = [';', '\t'];
const APOSTROPHE: char = '\'';

/// A table that is larger than one may be. Nothing of it is handed out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a table has at most {} MiB: narrow it by a filter", TABLE_BYTES_MAX >> 20)]
pub struct TooLarge;

/// A table while it is written.
pub struct Writer {
    csv: csv::Writer<Vec<u8>>,
    bytes: usize,
    rows: u32,
}

/// A table that can be handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Written {
    /// The file.
    pub bytes: Vec<u8>,
    /// The hash of its bytes.
    pub sha256: Sha256,
    /// How many rows it has below its head.
    pub rows: u32,
}

impl Writer {
    /// A table with this head.
    ///
    /// # Errors
    /// [`TooLarge`].
    pub fn new<T: AsRef<str>>(head: impl IntoIterator<Item = T>) -> Result<Self, TooLarge> {
        let csv = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(Vec::new());
        let mut writer = Self { csv, bytes: 0, rows: 0 };
        writer.write(head)?;
        Ok(writer)
    }

    /// Adds a row with as many cells as the head has.
    ///
    /// # Errors
    /// [`TooLarge`], with this row.
    pub fn row<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> Result<(), TooLarge> {
        self.write(cells)?;
        self.rows += 1;
        Ok(())
    }

    /// The whole table.
    pub fn finish(self) -> Written {
        let bytes = self.csv.into_inner().expect("memory can be written to");
        let sha256 = hex::encode(sha2::Sha256::digest(&bytes));
        let sha256 = Sha256::parse(&sha256).expect("a digest is 64 digits of lower-case hex");
        Written { bytes, sha256, rows: self.rows }
    }

    fn write<T: AsRef<str>>(&mut self, cells: impl IntoIterator<Item = T>) -> Result<(), TooLarge> {
        for cell in cells {
            let cell = neutral(cell.as_ref());
            // What stands in quotes is longer; the bound is about memory, and twice as much of that is no harm.
            self.bytes += cell.len() + 1;
            if TABLE_BYTES_MAX < self.bytes {
                return Err(TooLarge);
            }
            self.csv.write_field(cell).expect("memory can be written to");
        }
        self.csv.write_record(None::<&[u8]>).expect("every row has as many cells as the head");
        Ok(())
    }
}

impl Written {
    /// As the entry of the export records it.
    pub fn recorded(&self) -> Table {
        Table { file: File { bytes: self.bytes.len() as u64, sha256: self.sha256.clone() }, rows: self.rows }
    }
}

/// A cell that no program takes for a formula.
pub fn neutral(text: &str) -> String {
    let mut neutral = String::with_capacity(text.len());
    for part in text.split_inclusive(SEPARATORS) {
        if is_taken_for_formula(part) {
            neutral.push(APOSTROPHE);
        }
        neutral.push_str(part);
    }
    neutral
}

/// What a cell said before [`neutral`].
pub fn plain(cell: &str) -> String {
    let plain = |part| str::strip_prefix(part, APOSTROPHE).filter(|rest| is_taken_for_formula(rest)).unwrap_or(part);
    cell.split_inclusive(SEPARATORS).map(plain).collect()
}

fn is_taken_for_formula(text: &str) -> bool {
    text.trim_start_matches(APOSTROPHE).starts_with(STARTS_FORMULA)
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_table_is_quoted_by_rfc_4180_and_counted_and_hashed() {
        let mut writer = Writer::new(["reference", "title"]).unwrap();
        writer.row(["AC-1", "Policy, and \"procedures\""]).unwrap();
        writer.row(["AC-2", "Größe\nzwei"]).unwrap();
        let written = writer.finish();
        let text = "reference,title\r\nAC-1,\"Policy, and \"\"procedures\"\"\"\r\nAC-2,\"Größe\nzwei\"\r\n";
        assert_eq!(String::from_utf8(written.bytes.clone()).unwrap(), text);
        let recorded = written.recorded();
        assert_eq!((recorded.rows, recorded.file.bytes), (2, text.len() as u64));
        assert_eq!(recorded.file.sha256.as_str(), hex::encode(sha2::Sha256::digest(text)));
    }

    #[rstest]
    #[case("=1+1", "'=1+1")]
    #[case("+49 30 1234", "'+49 30 1234")]
    #[case("-5", "'-5")]
    #[case("@sum(a1)", "'@sum(a1)")]
    #[case("\t=1+1", "'\t'=1+1")]
    #[case("a;=1+1", "a;'=1+1")]
    #[case("a;'=1+1;@b", "a;''=1+1;'@b")]
    #[case("a\t+1", "a\t'+1")]
    #[case(";;=1", ";;'=1")]
    #[case("first; second - third", "first; second - third")]
    #[case("\r=1+1", "'\r=1+1")]
    #[case("\n=1+1", "'\n=1+1")]
    #[case("＝1+1", "'＝1+1")]
    #[case("'=1+1", "''=1+1")]
    #[case("''", "''")]
    #[case("'tis", "'tis")]
    #[case("a=b", "a=b")]
    #[case("", "")]
    fn no_cell_is_taken_for_a_formula_and_what_it_said_can_be_read_back(#[case] text: &str, #[case] cell: &str) {
        assert_eq!(neutral(text), cell);
        assert_eq!(plain(cell), text);
    }

    #[test]
    fn a_table_that_grows_too_large_is_refused() {
        let mut writer = Writer::new(["body"]).unwrap();
        let body = "x".repeat(1 << 20);
        let refused = (0..64).find_map(|_| writer.row([&body]).err());
        assert_eq!(
            refused.map(|refused| refused.to_string()).unwrap(),
            "a table has at most 32 MiB: narrow it by a filter"
        );
    }
}
