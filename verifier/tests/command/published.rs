//! A log in a directory or behind web addresses is verified as its export is.

use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;

use tempfile::{TempDir, tempdir};

use crate::program::{Run, path, publish, run};

/// Answers to the path and the headers of a request: status line and headers, body.
type Answer = dyn Fn(&str, &[String]) -> (String, Vec<u8>) + Send + Sync;

/// Serves on a port of its own until the test ends, and gives the address of the server.
fn serve(answer: impl Fn(&str) -> (String, Vec<u8>) + Send + Sync + 'static) -> String {
    serve_seeing(move |path, _| answer(path))
}

/// The same with the headers of requests.
fn serve_seeing(answer: impl Fn(&str, &[String]) -> (String, Vec<u8>) + Send + Sync + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let answer: Arc<Answer> = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || talk(&stream.unwrap(), &*answer));
        }
    });
    address
}

/// One connection; it ends when the client leaves.
fn talk(stream: &TcpStream, answer: &Answer) -> io::Result<()> {
    let mut requests = BufReader::new(stream).lines();
    while let Some(request) = requests.next() {
        let request = request?;
        let mut headers = Vec::new();
        while let Some(header) = requests.next().transpose()?.filter(|header| !header.is_empty()) {
            headers.push(header);
        }
        let path = request.split(' ').nth(1).unwrap_or_default();
        let (head, body) = answer(path, &headers);
        let mut stream = stream;
        write!(stream, "HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n", body.len())?;
        stream.write_all(&body)?;
    }
    Ok(())
}

/// The files below a directory, under `/logs/acme/`.
fn file(root: &Path, path: &str) -> (String, Vec<u8>) {
    let file = path.strip_prefix("/logs/acme/").and_then(|path| fs::read(root.join(path)).ok());
    match file {
        Some(body) => ("200 OK".into(), body),
        None => ("404 Not Found".into(), b"<html>none</html>".to_vec()),
    }
}

fn published(name: &str) -> TempDir {
    let directory = tempdir().unwrap();
    publish(name, directory.path());
    directory
}

fn pinned(input: &str) -> Run {
    run([input, "--trust", &path("trust.policy"), "--json"])
}

#[test]
fn entries_that_a_server_shows_to_some_are_verified_with_a_key_and_nothing_is_said_against_the_log_without() {
    let directory = published("log-10.zip");
    let root = directory.path().to_owned();
    let server = serve_seeing(move |path, headers| {
        let has_key = headers.iter().any(|header| header.eq_ignore_ascii_case("authorization: Bearer cs_key"));
        if path.contains("/tile/entries/") && !has_key {
            ("401 Unauthorized".into(), Vec::new())
        } else {
            file(&root, path)
        }
    });
    let (address, trust) = (format!("{server}/logs/acme"), path("trust.policy"));
    let without = run([&address, "--trust", &trust]);
    assert_eq!(without.status, 2, "{}", without.stdout);
    assert!(without.stderr.contains("--key"), "{}", without.stderr);
    let key = directory.path().join("key");
    fs::write(&key, "cs_key\n").unwrap();
    let with = run([&address, "--trust", &trust, "--key", key.to_str().unwrap()]);
    assert_eq!(with.status, 0, "{}{}", with.stdout, with.stderr);
}

#[test]
fn a_directory_and_an_address_give_the_verdict_of_the_file() {
    for name in ["log-300.zip", "log-10.zip", "log-13-revoked.zip", "bad-entry-edited.zip", "bad-hash-tile-wrong.zip"] {
        let directory = published(name);
        let root = directory.path().to_owned();
        let server = serve(move |path| file(&root, path));
        let of_file = pinned(&path(name));
        let mut expected = of_file.lines();
        expected.retain(|(line, _)| line != "container" && line != "views");
        let inputs = [
            directory.path().to_str().unwrap().to_owned(),
            format!("{server}/logs/acme"),
            format!("{server}/logs/acme/"),
        ];
        for input in inputs {
            let run = pinned(&input);
            assert_eq!(run.lines(), expected, "{name} as {input}");
            assert_eq!(run.status, of_file.status, "{name} as {input}");
            assert_eq!(run.json()["size"], of_file.json()["size"]);
        }
    }
}

#[test]
fn an_address_is_remembered_like_a_file() {
    let [memory, directory] = [tempdir().unwrap(), published("log-300.zip")];
    let root = directory.path().to_owned();
    let server = serve(move |path| file(&root, path));
    let [trust, remember] = [path("trust.policy"), memory.path().to_str().unwrap().to_owned()];
    let verify = |input: &str| run([input, "--trust", &trust, "--remember", &remember]);
    assert_eq!(verify(&path("log-10.zip")).line("continuity"), "absent");
    assert_eq!(verify(&format!("{server}/logs/acme")).line("continuity"), "ok");
    assert_eq!(verify(&path("log-10.zip")).line("continuity"), "not checked");
}

#[test]
fn a_tile_that_is_missing_is_found() {
    let directory = published("log-300.zip");
    fs::remove_file(directory.path().join("tile/signature/000")).unwrap();
    let root = directory.path().to_owned();
    let server = serve(move |path| file(&root, path));
    for input in [directory.path().to_str().unwrap(), &format!("{server}/logs/acme")] {
        let run = run([input]);
        assert_eq!((run.status, run.line("signatures")), (1, "FAILED"), "{}", run.stdout);
    }
}

#[test]
fn a_file_larger_than_any_of_its_kind_is_not_taken_in() {
    let directory = published("log-10.zip");
    fs::write(directory.path().join("tile/0/000.p/10"), vec![7; 9000]).unwrap();
    let run = run([directory.path()]);
    assert_eq!((run.status, run.line("tree")), (1, "FAILED"), "{}", run.stdout);
}

#[test]
fn a_server_that_stumbles_is_asked_again() {
    let directory = published("log-10.zip");
    let root = directory.path().to_owned();
    let asked = AtomicU32::new(0);
    let server = serve(move |path| match asked.fetch_add(1, Ordering::Relaxed) {
        0 => ("503 Service Unavailable".into(), Vec::new()),
        _ => file(&root, path),
    });
    assert_eq!(pinned(&format!("{server}/logs/acme")).status, 0);
}

#[test]
fn a_server_that_keeps_failing_gives_no_verdict() {
    let asked = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&asked);
    let server = serve(move |_| {
        counted.fetch_add(1, Ordering::Relaxed);
        ("500 Internal Server Error".into(), Vec::new())
    });
    let run = run([&format!("{server}/logs/acme")]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("/logs/acme/checkpoint: the server answered 500"), "{}", run.stderr);
    assert_eq!(asked.load(Ordering::Relaxed), 4);
}

#[test]
fn a_server_that_is_not_there_gives_no_verdict() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let run = run([&format!("http://127.0.0.1:{port}/logs/acme")]);
    assert_eq!((run.status, run.stdout.as_str()), (2, ""));
    assert!(run.stderr.contains("checkpoint: "), "{}", run.stderr);
}

#[test]
fn an_address_without_a_log_gives_no_verdict() {
    let server = serve(|_| ("404 Not Found".into(), Vec::new()));
    let run = run([&server]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("there is no checkpoint"), "{}", run.stderr);
}

#[test]
fn a_redirect_is_followed_on_the_same_server_only() {
    let directory = published("log-10.zip");
    let root = directory.path().to_owned();
    let server = serve(move |path| match path.strip_prefix("/old/") {
        Some(rest) => (format!("301 Moved Permanently\r\nLocation: /logs/acme/{rest}"), Vec::new()),
        None => file(&root, path),
    });
    assert_eq!(pinned(&format!("{server}/old/")).status, 0);
    let away = serve(move |path| (format!("302 Found\r\nLocation: {server}/logs/acme{path}"), Vec::new()));
    let run = run([&away]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("which is not followed"), "{}", run.stderr);
}

#[test]
fn a_server_that_redirects_in_a_circle_gives_no_verdict() {
    let server = serve(|path| (format!("302 Found\r\nLocation: {path}"), Vec::new()));
    let run = run([&server]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("redirects from one address to the next"), "{}", run.stderr);
}

#[test]
fn an_address_with_a_query_is_none_of_a_log() {
    let run = run(["https://ledger.example.com/logs/acme?x=1"]);
    assert_eq!(run.status, 2);
    assert!(run.stderr.contains("neither `?` nor `#`"), "{}", run.stderr);
}
