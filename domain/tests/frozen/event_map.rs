//! `docs/event-map.md` is made of the descriptions and the schemas, and is never older than they are.

use std::fmt::Write;
use std::fs;

use domain::event::{self, Description};

use crate::schemas::parsed;
use crate::{blessing, here};

#[test]
fn the_event_map_is_current() {
    let (path, current) = (here("../docs/event-map.md"), event_map());
    if blessing() {
        fs::write(&path, &current).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, current, "docs/event-map.md is out of date: BLESS=1 refreshes it");
}

fn event_map() -> String {
    let mut map = String::from(
        "# Event map\n\n\
         Every event that Countersign itself records besides those of the format (`ledger.*` and `stream.attested`, see\n\
         `spec/ledger-format.md`). Generated from the code: `make bless` refreshes it. Names and shapes are frozen; another\n\
         shape is another version. `?` marks a field that is not always there; sealed fields stand in `data.sealed`, those of\n\
         the actor (`ip`, `user_agent`) can stand beside any event.\n\n",
    );
    for description in event::descriptions() {
        write_event(&mut map, description);
    }
    map
}

fn write_event(map: &mut String, description: &Description) {
    let Description { kind, stream, subject, sealed, schema } = description;
    let schema = parsed(schema);
    let sealed: Vec<_> = sealed.iter().map(|(field, about)| format!("`{field}` of the {}", about.as_str())).collect();
    let sealed = if sealed.is_empty() { "nothing".to_owned() } else { sealed.join(", ") };
    let meaning = schema["description"].as_str().expect("a schema is described");
    write!(
        map,
        "## `{}`, version {}\n\n{meaning}\n\nStream `{stream}`, subject `{subject}`. Sealed: {sealed}.\n\n",
        kind.name, kind.version,
    )
    .expect("a string takes everything");
    let (required, properties) = (schema["required"].as_array(), schema["properties"].as_object());
    let (required, properties) = (required.expect("an array"), properties.expect("an object"));
    map.push_str(if properties.is_empty() { "No fields.\n" } else { "| field | meaning |\n|---|---|\n" });
    for (name, property) in properties {
        let optional = if required.iter().any(|field| field == name) { "" } else { "?" };
        let meaning = property["description"].as_str().expect("a property is described");
        writeln!(map, "| `{name}`{optional} | {meaning} |").expect("a string takes everything");
    }
    map.push('\n');
}
