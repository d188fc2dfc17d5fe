//! Questions that cannot be answered end with status 2 and a sentence that says why.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use rstest::rstest;
use tempfile::tempdir;

use crate::program::{members, pack, path, program, publish, run};

#[rstest]
#[case::nothing_to_verify(&[])]
#[case::an_unknown_option(&["x.zip", "--trusted"])]
#[case::an_unknown_line(&["x.zip", "--accept", "view"])]
#[case::a_missing_value(&["x.zip", "--trust"])]
#[case::two_ways_to_answer(&["x.zip", "--json", "--quiet"])]
fn wrong_use(#[case] arguments: &[&str]) {
    let run = run(arguments);
    assert_eq!(run.status, 2, "{}", run.stderr);
    assert_eq!(run.stdout, "");
    assert!(run.stderr.starts_with("error: "), "{}", run.stderr);
}

#[test]
fn an_input_that_is_not_there() {
    let run = run(["no-such-file.zip"]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("no-such-file.zip: it cannot be read"), "{}", run.stderr);
}

#[test]
fn an_input_that_is_no_file() {
    let run = run(["/dev/null"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("neither a file nor a directory"), "{}", run.stderr);
}

#[test]
fn an_export_that_is_still_compressed() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("export.zip.gz");
    fs::write(&file, b"\x1f\x8b\x08\0\0\0\0\0\0\x03").unwrap();
    let run = run([&file]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("compressed with gzip"), "{}", run.stderr);
}

#[test]
fn an_empty_file_is_a_damaged_export() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("export.zip");
    fs::write(&file, "").unwrap();
    let run = run([&file]);
    assert_eq!((run.status, run.line("container"), run.line("authenticity")), (1, "FAILED", "FAILED"));
    // Only what was found out is given a meaning: nobody is to be told of an impostor because a file is empty.
    assert_eq!(run.stdout.matches("Meaning: ").count(), 1, "{}", run.stdout);
    let said = run.stdout.replace('\n', " ");
    assert!(said.contains("What does not hold: container. The other questions"), "{said}");
}

#[test]
fn a_published_log_with_a_shortened_tile_is_no_impostors() {
    let directory = tempdir().unwrap();
    publish("log-10.zip", directory.path());
    let tile = directory.path().join("tile/entries/000.p/10");
    let body = fs::read(&tile).unwrap();
    fs::write(&tile, &body[..body.len() - 1]).unwrap();
    let run = run([directory.path().as_os_str(), "--trust".as_ref(), path("trust.policy").as_ref()]);
    assert_eq!((run.status, run.line("tree"), run.line("authenticity")), (1, "FAILED", "FAILED"));
    assert_eq!(run.stdout.matches("Meaning: ").count(), 1, "{}", run.stdout);
    assert!(!run.said().contains("somebody else"), "{}", run.stdout);
    assert!(!run.said().contains("another log"), "{}", run.stdout);
}

#[test]
fn an_input_that_cannot_be_of_use() {
    for (input, advice) in [
        ("ftp://ledger.example.com/logs/acme", "an address begins with http:// or https://"),
        ("-", "store it in a file first"),
        ("", "it cannot be read"),
    ] {
        let run = run([input]);
        assert_eq!((run.status, run.stdout.as_str()), (2, ""), "{input}");
        assert!(run.stderr.contains(advice), "{input}: {}", run.stderr);
    }
}

#[test]
fn an_export_of_another_version() {
    let directory = tempdir().unwrap();
    let file = directory.path().join("export.zip");
    let mut members = members("log-1.zip");
    let manifest = members.get_mut("countersign.json").unwrap();
    *manifest = String::from_utf8(manifest.clone()).unwrap().replace("-export/1", "-export/2").into();
    fs::write(&file, pack(&members)).unwrap();
    let run = run([&file]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("countersign-export/2"), "{}", run.stderr);
}

#[test]
fn a_directory_that_is_no_log() {
    let directory = tempdir().unwrap();
    let run = run([directory.path()]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("there is no checkpoint: a published log has"), "{}", run.stderr);
}

#[test]
fn an_export_that_was_unpacked() {
    let directory = tempdir().unwrap();
    publish("log-10.zip", &directory.path().join("log"));
    let above = run([directory.path()]);
    assert_eq!(above.status, 2);
    assert!(above.stderr.contains("verify that"), "{}", above.stderr);
    fs::write(directory.path().join("checkpoint"), "").unwrap();
    fs::write(directory.path().join("countersign.json"), "{}").unwrap();
    let selection = run([directory.path()]);
    assert_eq!(selection.status, 2);
    assert!(selection.stderr.contains("verify the file itself"), "{}", selection.stderr);
}

#[rstest]
#[case::missing(None)]
#[case::not_a_policy(Some("log nobody\nquorum none\n"))]
#[case::without_a_quorum(Some("# empty\n"))]
fn a_policy_that_cannot_be_used(#[case] content: Option<&str>) {
    let directory = tempdir().unwrap();
    let file = directory.path().join("trust.policy");
    if let Some(content) = content {
        fs::write(&file, content).unwrap();
    }
    let run = run([path("log-10.zip").as_ref(), "--trust".as_ref(), file.as_os_str()]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("trust.policy"), "{}", run.stderr);
}

#[test]
fn an_export_and_a_policy_in_each_others_place() {
    let run = run([path("trust.policy"), "--trust".into(), path("log-10.zip")]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("log-10.zip is an export, not a policy file"), "{}", run.stderr);
}

#[test]
fn a_policy_without_an_end() {
    let run = run([path("log-10.zip"), "--trust".into(), "/dev/zero".into()]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("/dev/zero is no policy file: it has more than"), "{}", run.stderr);
}

#[test]
fn an_answer_that_nobody_reads() {
    let export = path("log-300.zip");
    // More than a pipe takes, so that the program still writes when nobody reads any more.
    let inputs = std::iter::repeat_n(&export, 100);
    let mut child = program().args(inputs).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::with_capacity(16, child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8(output.stderr).unwrap().contains("the answer could not be written"));
}
