//! What is printed, and what is not.

use std::fs;

use tempfile::tempdir;

use crate::program::{members, pack, path, run};

#[test]
fn the_json_is_one_canonical_object_a_line() {
    let trust = path("trust.policy");
    let files = [path("log-10.zip"), path("selection-subject.zip"), path("bad-truncated.zip"), path("no-such-file")];
    let run = run(files.iter().map(String::as_str).chain(["--trust", &trust, "--json"]));
    assert_eq!(run.status, 1);
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines.len(), files.len());
    for ((line, file), status) in lines.iter().zip(&files).zip([0, 3, 1, 2]) {
        let value = ledger::json::parse_canonical(line.as_bytes()).unwrap();
        assert_eq!(value["file"], **file);
        assert_eq!(value["status"], status, "{file}");
        if status == 2 {
            assert!(value["error"].as_str().unwrap().contains("it cannot be read"));
            continue;
        }
        let answers = value["lines"].as_array().unwrap();
        assert_eq!(answers.len(), 13);
        for answer in answers {
            let members: Vec<&String> = answer.as_object().unwrap().keys().collect();
            assert_eq!(members, ["findings", "first_index", "more", "name", "reason", "status"]);
        }
    }
}

#[test]
fn the_json_counts_what_is_accepted() {
    let run = run([&path("log-10.zip"), "--json", "--accept", "authenticity"]);
    assert_eq!((run.status, &run.json()["status"]), (0, &0.into()));
    assert_eq!(run.json()["origin"], "ledger.example.com/acme");
    assert_eq!((&run.json()["size"], &run.json()["entries"]), (&10.into(), &10.into()));
}

#[test]
fn a_quiet_run_prints_nothing_and_ends_as_ever() {
    let trust = path("trust.policy");
    for (file, status) in [("log-10.zip", 0), ("bad-float.zip", 1), ("selection-type.zip", 3)] {
        let run = run([&path(file), "--trust", &trust, "--quiet"]);
        assert_eq!((run.status, run.stdout, run.stderr), (status, String::new(), String::new()), "{file}");
    }
}

#[test]
fn the_text_has_a_line_for_each_question_in_order() {
    let run = run([&path("bad-entry-edited.zip")]);
    let names: Vec<&str> = run.stdout.lines().skip(3).filter_map(|line| line.split(' ').next()).collect();
    let names: Vec<&str> =
        names.into_iter().take_while(|name| *name != "FAILED:").filter(|name| !name.is_empty()).collect();
    assert_eq!(
        names.join(" "),
        "container format chain signatures tree checkpoint authenticity continuity witnesses \
                                 completeness time sealed views"
    );
    assert!(run.stdout.contains("First entry concerned: 6."), "{}", run.stdout);
    assert!(run.stdout.lines().all(|line| line.chars().count() <= 80), "{}", run.stdout);
}

#[test]
fn the_head_says_when_the_entries_were_recorded() {
    let run = run([&path("log-10.zip"), "--json"]);
    let [first, last] = ["first_time", "last_time"].map(|member| {
        let time = run.json()[member].as_str().unwrap().to_owned();
        format!("{}Z", time.split('.').next().unwrap().replace('T', " "))
    });
    let said = crate::program::run([&path("log-10.zip")]).said();
    let head =
        format!("ledger.example.com/acme: 10 entries, {first} to {last}, by the log's word, under a checkpoint of 10");
    assert!(said.contains(&head), "{said}");
}

#[test]
fn a_good_verdict_says_what_it_does_not_exclude() {
    let words = "Not excluded: that the operator wrote this history anew before you first saw it; use --remember, or compare \
                 with another reader.";
    let directory = tempdir().unwrap();
    let trust = path("trust.policy");
    let verify = |name: &str| {
        run([
            path(name).as_ref(),
            "--trust".as_ref(),
            trust.as_ref(),
            "--remember".as_ref(),
            directory.path().as_os_str(),
        ])
    };
    assert!(verify("log-10.zip").said().ends_with(words));
    let goes_on = verify("log-300.zip");
    assert_eq!(goes_on.status, 0);
    assert!(!goes_on.said().contains("Not excluded"), "{}", goes_on.stdout);
}

#[test]
fn an_unpinned_verdict_says_what_is_still_needed() {
    let run = run([&path("log-10.zip")]);
    assert_eq!(run.status, 3);
    assert!(run.stdout.contains("NOT FULLY PROVED"), "{}", run.stdout);
    let last = run.stdout.split("\n\n").last().unwrap().replace('\n', " ");
    assert!(last.contains("get the log's policy file from elsewhere than this input"), "{last}");
}

#[test]
fn nothing_is_coloured_where_there_is_no_terminal() {
    assert!(!run([&path("bad-float.zip")]).stdout.contains('\u{1b}'));
}

#[test]
fn no_character_of_an_export_moves_the_cursor_or_turns_the_text() {
    let directory = tempdir().unwrap();
    let mut members = members("log-10.zip");
    let manifest = String::from_utf8(members["countersign.json"].clone()).unwrap();
    let escape = r"ledger.example.com/\u001b[2K\r\u009b31mok";
    members.insert("countersign.json".into(), manifest.replace("ledger.example.com/acme", escape).into());
    let checkpoint = String::from_utf8(members["log/checkpoint"].clone()).unwrap();
    let signed = checkpoint + "\u{2014} \u{202e}evil\u{2066}\u{85}key AAAAAAAA\n";
    members.insert("log/checkpoint".into(), signed.into());
    // A name of a file may be anything, too.
    let file = directory.path().join("a\u{1b}[31m\u{202e}.zip");
    fs::write(&file, pack(&members)).unwrap();
    for options in [&[][..], &["--json"]] {
        let run = run([file.as_os_str()].into_iter().chain(options.iter().map(AsRef::as_ref)));
        assert_eq!(run.status, 1, "{}", run.stdout);
        let printed = run.stdout + &run.stderr;
        assert!(printed.contains("u{1b}"), "{printed:?}");
        let deceives =
            |c: char| c != '\n' && c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        assert!(!printed.contains(deceives), "{printed:?}");
    }
    fs::rename(&file, directory.path().join("gone")).unwrap();
    let gone = run([&file]);
    assert_eq!(gone.status, 2);
    assert!(!gone.stderr.trim_end().contains(char::is_control), "{:?}", gone.stderr);
}

#[test]
fn help_has_examples_and_the_order_of_statuses() {
    let run = run(["--help"]);
    assert_eq!(run.status, 0);
    assert!(run.stdout.contains("countersign-verify export.zip --trust trust.policy"), "{}", run.stdout);
    assert!(run.stdout.contains("1, 2, 3, 0"), "{}", run.stdout);
}
