//! The frozen exports: each ends as the tables say.

use crate::program::{path, run, table};

#[test]
fn every_good_export_ends_with_the_status_of_the_table() {
    let trust = path("trust.policy");
    for (name, expected) in table("good.json") {
        let pinned = run([&path(&name), "--trust", &trust]);
        let unpinned = run([&path(&name)]);
        assert_eq!(pinned.status, expected["status_pinned"], "{name}: {}", pinned.stdout);
        assert_eq!(unpinned.status, expected["status_unpinned"], "{name}: {}", unpinned.stdout);
        assert_eq!((pinned.line("authenticity"), unpinned.line("authenticity")), ("ok", "not checked"), "{name}");
        assert_eq!(pinned.stderr + &unpinned.stderr, "", "{name}");
    }
}

#[test]
fn every_bad_export_fails_in_the_line_of_the_table() {
    let trust = path("trust.policy");
    for (name, expected) in table("bad.json") {
        let run = run([&path(&format!("bad-{name}.zip")), "--trust", &trust]);
        assert_eq!(run.status, 1, "{name}: {}", run.stdout);
        assert_eq!(run.line(expected["check"].as_str().unwrap()), "FAILED", "{name}: {}", run.stdout);
        assert!(run.stdout.contains("Meaning: "), "{name}: {}", run.stdout);
        assert!(run.stdout.contains("\nFAILED: do not rely on this."), "{name}: {}", run.stdout);
    }
}

#[test]
fn what_is_accepted_by_name_leaves_nothing_open() {
    let trust = path("trust.policy");
    let view = path("log-10-unknown-view.zip");
    assert_eq!(run([&view, "--trust", &trust]).status, 3);
    let accepted = run([&view, "--trust", &trust, "--accept", "views"]);
    assert_eq!(accepted.status, 0, "{}", accepted.stdout);
    let said = accepted.stdout.replace('\n', " ");
    assert!(said.contains("Accepted without proof, as asked: views."), "{said}");
    assert_eq!(run([&view, "--accept", "views"]).status, 3);
    assert_eq!(run([&view, "--accept", "views,authenticity"]).status, 0);
    assert_eq!(run([&view, "--accept", "views", "--accept", "authenticity"]).status, 0);
}

#[test]
fn what_failed_cannot_be_accepted() {
    let bad = path("bad-view-edited.zip");
    assert_eq!(run([&bad, "--accept", "container,views,authenticity"]).status, 1);
}

#[test]
fn signatures_left_out_on_request_are_not_checked() {
    let run = run([&path("log-10.zip"), "--trust", &path("trust.policy"), "--skip-signatures"]);
    assert_eq!((run.status, run.line("signatures")), (3, "not checked"));
    assert!(run.stdout.replace('\n', " ").contains("without --skip-signatures"), "{}", run.stdout);
}

#[test]
fn of_several_inputs_the_worst_decides() {
    let [good, bad, missing] = [path("log-10.zip"), path("bad-tail-cut.zip"), path("no-such-file.zip")];
    let trust = path("trust.policy");
    let subject = path("selection-subject.zip");
    let status = |inputs: &[&String]| run(inputs.iter().copied().chain([&"--trust".to_owned(), &trust])).status;
    assert_eq!(status(&[&good, &good]), 0);
    assert_eq!(status(&[&good, &subject, &good]), 3);
    assert_eq!(status(&[&subject, &missing, &good]), 2);
    assert_eq!(status(&[&subject, &bad, &missing]), 1);
}

#[test]
fn several_inputs_end_with_how_each_of_them_ended() {
    let [trust, good, bad, subject] =
        ["trust.policy", "log-10.zip", "bad-tail-cut.zip", "selection-subject.zip"].map(path);
    let inputs: [&str; 7] = [&good, &good, &bad, "no-such-file.zip", &subject, "--trust", &trust];
    let said = run(inputs).stdout.replace('\n', " ");
    let end = format!(
        " Of 5 inputs: 2 verified; 1 not fully proved ({subject}); 1 FAILED ({bad}); 1 could not be read \
         (no-such-file.zip). "
    );
    assert!(said.ends_with(&end), "{said}");
    assert!(!run([&good, "--trust", &trust]).stdout.contains("inputs"));
    let json = run(inputs.into_iter().chain(["--json"])).stdout;
    assert!(json.lines().all(|line| line.starts_with('{')), "{json}");
}
