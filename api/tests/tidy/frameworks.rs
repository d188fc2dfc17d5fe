//! `docs/frameworks.md` names what is recorded, and nothing that is not.

use crate::read;

// rows: S1-68, S1-69, S1-70, S1-71, S5-07
#[test]
fn each_framework_is_named_with_events_that_are_recorded() {
    let (page, events) = (read("docs/frameworks.md"), read("docs/event-map.md"));
    let rows: Vec<_> = page.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| Framework")).collect();
    for framework in ["SOC 2 Type II", "ISO 27001 A.9", "ISO 27001 A.5.28", "GDPR Article 28", "HIPAA", "DORA Art. 5"] {
        let row = rows.iter().find(|row| row.starts_with(&format!("| {framework}")));
        let shown_by =
            row.unwrap_or_else(|| panic!("{framework} is not there")).rsplit(" | ").next().unwrap_or_default();
        let named: Vec<_> = shown_by.split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "{framework}");
        for event in named {
            assert!(events.contains(&format!("\n## `{event}`, version ")), "{event} is not recorded");
        }
    }
}
