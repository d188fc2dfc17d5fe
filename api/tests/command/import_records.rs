//! `countersign import records`.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::{Value, json};

use crate::place::Place;

#[tokio::test]
async fn a_csv_of_a_thousand_controls_is_imported_once_and_then_what_has_changed() {
    let place = Place::with_acme().await;
    let rows = (1..=1_000).map(|number| format!("AC-{number},Control {number},implemented,Security Team,2026-01-01\n"));
    let csv = format!("reference,title,status,owner,effective_on\n{}", rows.collect::<String>());
    let file = place.at("controls.csv");
    std::fs::write(&file, &csv).unwrap();
    let import = format!("import records --org acme --type controls {}", file.display());
    let dry = place.run(&format!("{import} --dry-run")).succeeded();
    assert_eq!(dry, "nothing was recorded; there would be 1000 added, 0 changed, 0 unchanged, 0 refused\n");
    let said = place.run(&import);
    assert!(said.stderr.contains("importing: 1000 of 1000 rows"), "{}", said.stderr);
    assert_eq!(said.succeeded(), "1000 added, 0 changed, 0 unchanged, 0 refused\n");
    std::fs::write(&file, csv.replace("Control 7,", "Control seven,")).unwrap();
    assert_eq!(place.run(&import).succeeded(), "0 added, 1 changed, 999 unchanged, 0 refused\n");
}

#[tokio::test]
async fn rows_that_break_rules_are_named_and_the_command_ends_with_status_1() {
    let place = Place::with_acme().await;
    let file = place.at("risks.csv");
    std::fs::write(&file, "Reference;Title;Due date\nR-1;Keys are lost;2026-02-30\nR-2;Fine;\n;No reference;\n")
        .unwrap();
    let said = place.run(&format!("import records --org acme --type risks {}", file.display()));
    assert_eq!((said.status, said.stdout.as_str()), (1, "1 added, 0 changed, 0 unchanged, 2 refused\n"));
    let refused: Vec<_> = said.stderr.lines().filter(|line| line.starts_with("refused: ")).collect();
    assert_eq!(
        refused,
        ["refused: row 2, Due date: there is no day 2026-02-30", "refused: row 4, reference: is required"]
    );
    assert!(said.stderr.ends_with("countersign: 2 rows were refused; each is named above\n"), "{}", said.stderr);
}

#[tokio::test]
async fn what_is_no_list_of_records_is_refused_whole() {
    let place = Place::with_acme().await;
    let import = |name: &str, text: &str| {
        std::fs::write(place.at(name), text).unwrap();
        place.run(&format!("import records --org acme --type controls {}", place.at(name).display())).refused()
    };
    let name = |name: &str| place.at(name).display().to_string();
    assert_eq!(
        import("a.csv", "name\nx\n"),
        format!("{}: reference: is no column of the head, which has name", name("a.csv"))
    );
    assert_eq!(import("a.json", "\"x\""), format!("{}: must be an array", name("a.json")));
    assert_eq!(import("a.txt", "x"), format!("{}: a list is a file that ends in .csv or .json", name("a.txt")));
    let said = place.run("import records --org acme --type evidence a.csv");
    assert_eq!(said.status, 2, "{}", said.stderr);
    assert!(
        said.stderr.contains("there is no record set \"evidence\"; there are access_entitlements, "),
        "{}",
        said.stderr
    );
}

#[test]
fn the_help_of_an_import_has_an_example() {
    let said = crate::place::said(crate::place::bare_command().args(["import", "records", "--help"])).succeeded();
    assert!(said.contains("countersign import records --org acme --type controls controls.csv --dry-run"), "{said}");
}

/// The low baseline of NIST SP 800-53, which is not part of the project.
#[tokio::test]
async fn the_controls_of_a_real_catalogue_are_imported() {
    let catalogue = "../../shared/data/oscal/NIST_SP-800-53_rev5_LOW-baseline-resolved-profile_catalog.json";
    let catalogue = Path::new(env!("CARGO_MANIFEST_DIR")).join(catalogue);
    let Ok(text) = std::fs::read(&catalogue) else {
        println!("skipped: {} is not there", catalogue.display());
        return;
    };
    let place = Place::with_acme().await;
    let mut controls = Vec::new();
    collect(&serde_json::from_slice(&text).unwrap(), &mut controls);
    let references: BTreeSet<_> = controls.iter().map(|control| control["reference"].to_string()).collect();
    assert!(100 < references.len(), "{}", references.len());
    let file = place.at("nist.json");
    std::fs::write(&file, serde_json::to_vec(&controls).unwrap()).unwrap();
    let said = place.run(&format!("import records --org acme --type controls {}", file.display())).succeeded();
    assert_eq!(said, format!("{} added, 0 changed, 0 unchanged, 0 refused\n", references.len()));
}

/// Controls of a catalogue, wherever they stand in it.
fn collect(value: &Value, controls: &mut Vec<Value>) {
    match value {
        Value::Object(members) => {
            let prose = |value: &Value| value["prose"].as_str().map(str::to_owned);
            if let Some(listed) = members.get("controls").and_then(Value::as_array) {
                controls.extend(listed.iter().map(|control| {
                    let statement = control["parts"][0]["parts"].as_array().into_iter().flatten().filter_map(prose);
                    let body = statement.collect::<Vec<_>>().join("\n");
                    let mut record = json!({ "reference": control["id"], "title": control["title"] });
                    if !body.is_empty() {
                        record["body"] = json!(body);
                    }
                    record
                }));
            }
            members.values().for_each(|member| collect(member, controls));
        }
        Value::Array(elements) => elements.iter().for_each(|element| collect(element, controls)),
        _ => {}
    }
}
