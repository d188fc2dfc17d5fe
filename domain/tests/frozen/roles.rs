//! Who may do what is one table that everybody can read, and that changes only when somebody means it to.

use std::fs;

use domain::member::{Permission, Role};

use crate::{blessing, here};

#[test]
fn the_table_of_roles_and_permissions_is_current() {
    let (path, current) = (here("tests/golden-tables/roles.txt"), table());
    if blessing() {
        fs::write(&path, &current).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(kept, current, "who may do what has changed: BLESS=1 accepts it");
}

/// A line for each permission, a column for each role.
fn table() -> String {
    let first = Permission::ALL.iter().map(|permission| permission.as_str().len()).max().unwrap_or_default();
    let cells = Role::ALL.iter().map(|role| format!("  {role}"));
    let mut table = format!("{:first$}{}\n", "", cells.collect::<String>());
    for permission in Permission::ALL {
        let cell = |role: &Role| {
            let word = if role.permissions().contains(permission) { "yes" } else { "-" };
            format!("  {word:width$}", width = role.as_str().len())
        };
        let cells: String = Role::ALL.iter().map(cell).collect();
        let line = format!("{:first$}{cells}", permission.as_str());
        table.push_str(line.trim_end());
        table.push('\n');
    }
    table
}
