//! What is shipped for the operator's machine is what the runbooks speak of.

use crate::read;

#[test]
fn the_unit_that_is_shipped_is_the_one_on_call_looks_for() {
    let (unit, on_call) = (read("deploy/systemd/countersign.service"), read("docs/runbooks/on-call.md"));
    assert!(on_call.contains("journalctl -u countersign ") && on_call.contains("deploy/systemd/countersign.service"));
    for line in [
        "ExecStart=/usr/local/bin/countersign serve --data-dir /var/lib/countersign",
        "StateDirectory=countersign",
        "KillMode=mixed",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
    ] {
        assert!(unit.lines().any(|of_unit| of_unit == line), "{line}");
    }
    assert!(on_call.contains("`/var/lib/countersign`"));
}

#[test]
fn on_call_knows_what_a_woken_operator_reads() {
    let on_call = read("docs/runbooks/on-call.md");
    for words in [
        "countersign_logs_stopped",
        "no Countersign data in",
        "is missing or differs from the database",
        "is not the record of",
        "nothing to adopt",
        "**3 when it is not**",
        "about 5 seconds",
        "only counted for a while",
    ] {
        assert!(on_call.contains(words), "{words}");
    }
}
