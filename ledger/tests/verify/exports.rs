//! Writing the frozen exports again, from what they hold, gives the same bytes.

use ledger::export::{Chosen, Consistency, ExportError, Extras, Query, choose, write_log, write_selection};
use ledger::source::LogSource;
use ledger::tile::TileId;

use crate::support::{listed, manifest, member, read};

/// A log that comes out of an export with all its tiles.
struct Exported(Vec<u8>);

impl LogSource for Exported {
    fn tile(&self, tile: TileId) -> std::io::Result<Option<Vec<u8>>> {
        Ok(member(&self.0, &format!("log/{tile}")))
    }

    fn has_hash_tiles(&self) -> bool {
        true
    }
}

fn extras(export: &[u8]) -> Extras {
    let manifest = manifest(export);
    let has = |path: &str| manifest.views.iter().any(|view| view.path == path);
    let others = manifest.views.iter().filter(|view| !["README.txt", "entries.jsonl"].contains(&view.path.as_str()));
    let consistency = member(export, "consistency.txt").map(|text| Consistency::parse(&text, manifest.size).unwrap());
    Extras {
        readme: has("README.txt"),
        entries: has("entries.jsonl"),
        consistent_with: consistency.map(|proof| proof.old_size),
        views: others.map(|view| (view.path.clone(), member(export, &view.path).unwrap())).collect(),
    }
}

fn text(export: &[u8], name: &str) -> String {
    String::from_utf8(member(export, name).unwrap()).unwrap()
}

const LOGS: [&str; 7] = [
    "log-1.zip",
    "log-10.zip",
    "log-10-unknown-view.zip",
    "log-13-revoked.zip",
    "log-41-handover.zip",
    "log-300.zip",
    "log-300-no-jsonl.zip",
];

const SELECTIONS: [&str; 10] = [
    "selection-actor.zip",
    "selection-all.zip",
    "selection-indices.zip",
    "selection-stream-unattested.zip",
    "selection-stream.zip",
    "selection-subject.zip",
    "selection-times-empty.zip",
    "selection-times-open-end.zip",
    "selection-times.zip",
    "selection-type.zip",
];

#[test]
fn the_lists_of_exports_are_those_of_the_table() {
    let table: std::collections::BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&read("good.json")).unwrap();
    let mut listed: Vec<&str> = LOGS.into_iter().chain(SELECTIONS).collect();
    listed.sort_unstable();
    assert_eq!(listed, table.keys().map(String::as_str).collect::<Vec<_>>());
}

#[test]
fn a_whole_log_is_written_again_byte_for_byte() {
    for name in LOGS {
        let export = read(name);
        let checkpoint = text(&export, "log/checkpoint");
        let (again, written) = write_log(Vec::new(), &listed(&export), &checkpoint, &extras(&export)).unwrap();
        assert_eq!(written, manifest(&export), "{name}");
        assert!(again == export, "{name} from entries alone");
        let tiled = Exported(export.clone());
        let (again, _) = write_log(Vec::new(), &tiled, &checkpoint, &extras(&export)).unwrap();
        assert!(again == export, "{name} from its tiles");
    }
}

#[test]
fn a_selection_is_chosen_and_written_again_byte_for_byte() {
    let log = listed(&read("log-300.zip"));
    for name in SELECTIONS {
        let export = read(name);
        let manifest = manifest(&export);
        let chosen = choose(&log, manifest.size, &manifest.query).unwrap();
        let checkpoint = text(&export, "checkpoint");
        let selected = (&manifest.query, &chosen);
        let (again, written) = write_selection(Vec::new(), &log, &checkpoint, selected, &extras(&export)).unwrap();
        assert_eq!(written, manifest, "{name}");
        assert!(again == export, "{name}");
    }
}

#[test]
fn a_log_that_is_not_the_checkpoints_is_not_exported() {
    let export = read("log-10.zip");
    let checkpoint = text(&export, "log/checkpoint");
    let mut log = listed(&export);
    log.entries[4].0[10] ^= 1;
    let result = write_log(Vec::new(), &log, &checkpoint, &Extras::default());
    assert!(matches!(result, Err(ExportError::Root)));
    log.entries.truncate(9);
    let result = write_log(Vec::new(), &log, &checkpoint, &Extras::default());
    assert!(matches!(result, Err(ExportError::Read(_))));
}

#[test]
fn a_view_cannot_take_the_place_of_a_member() {
    let export = read("log-10.zip");
    let checkpoint = text(&export, "log/checkpoint");
    let log = listed(&export);
    for path in ["entries.jsonl", "log/checkpoint", "log/more.txt", "countersign.json"] {
        let views = [(path.to_owned(), Vec::new())].into();
        let extras = Extras { entries: true, views, ..Extras::default() };
        let result = write_log(Vec::new(), &log, &checkpoint, &extras);
        assert!(matches!(&result, Err(ExportError::View(found)) if found == path), "{path}");
    }
}

#[test]
fn a_selection_must_have_been_chosen_from_that_log() {
    let log = listed(&read("log-10.zip"));
    let checkpoint = text(&read("log-10.zip"), "log/checkpoint");
    let query = Query::indices(2, 4).unwrap();
    let beyond = Chosen { included: vec![0, 10], matched: 1, span: Some((10, 10)) };
    for chosen in [Chosen::default(), beyond] {
        let result = write_selection(Vec::new(), &log, &checkpoint, (&query, &chosen), &Extras::default());
        assert!(matches!(result, Err(ExportError::Chosen)));
    }
}
