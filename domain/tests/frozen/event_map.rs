//! `docs/event-map.md` is made of the descriptions and the schemas, and is never older than they are.

use std::fmt::Write;
use std::fs;

use domain::alias::{ALIASES, Condition, Only, Variant};
use domain::event::{self, Description};
use serde_json::Value;

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
    write_aliases(&mut map);
    map
}

fn write_aliases(map: &mut String) {
    map.push_str(
        "## Names of other systems\n\n\
         The filter `type` of the list of entries takes these names too, and finds what is recorded under the types beside\n\
         them; `?shape=` shows entries in the form of a system, under its names. A name that is a type of this map as well\n\
         finds both.\n\n\
         | system | name | stands for |\n|---|---|---|\n",
    );
    for alias in ALIASES {
        let stands_for: Vec<_> = alias.stands_for.iter().map(condition).collect();
        let stands_for =
            if stands_for.is_empty() { "nothing that is recorded yet".into() } else { stands_for.join("; ") };
        writeln!(map, "| {} | `{}` | {stands_for} |", alias.system, alias.name).expect("a string takes everything");
    }
}

fn condition(condition: &Condition) -> String {
    let name = condition.name;
    match condition.only {
        None => format!("`{name}`"),
        Some(Only::Variant(Variant::First)) => format!("`{name}` by the first use of the link"),
        Some(Only::Variant(Variant::Again)) => format!("`{name}` by a later use of the link"),
        Some(Only::Variant(Variant::Widened)) => format!("`{name}` that allows something more"),
        Some(Only::Variant(Variant::Narrowed)) => format!("`{name}` that allows only less"),
        Some(Only::Failed) => format!("`{name}` that failed"),
        Some(Only::FailedFor(reasons)) => format!("`{name}` that failed for `{}`", reasons.join("`, `")),
    }
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
    if schema["properties"].as_object().is_none_or(serde_json::Map::is_empty) {
        map.push_str("No fields.\n");
    } else {
        map.push_str("| field | meaning |\n|---|---|\n");
        write_members(map, "", &schema);
    }
    map.push('\n');
    let older: Vec<_> = event::schemas().filter(|older| older.0 == kind.name && older.1 < kind.version).collect();
    for (name, version, _) in older {
        writeln!(map, "Version {version} is read too; its shape stands at `/schemas/{name}/{version}`.\n")
            .expect("a string takes everything");
    }
}

/// The members of an object and, below each, its own.
fn write_members(map: &mut String, path: &str, schema: &Value) {
    let is_required =
        |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|field| field == name));
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        let optional = if is_required(name) { "" } else { "?" };
        let meaning = property["description"].as_str().expect("a property is described");
        writeln!(map, "| `{path}{name}`{optional} | {meaning} |").expect("a string takes everything");
        write_members(map, &format!("{path}{name}."), property);
    }
}
