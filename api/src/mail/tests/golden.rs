//! Every kind as it is sent today, committed as files: `BLESS=1` refreshes them, and a change is seen in review.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use domain::invitation::SecondFactor;

use crate::mail::{Code, Invite, Letterhead, Message, Opens};

#[test]
fn every_kind_is_rendered_as_its_golden_files_say() {
    let mut kept = BTreeSet::new();
    for message in Message::samples() {
        let rendered = message.rendered();
        let text = format!("Subject: {}\n\n{}", rendered.subject, rendered.text);
        for (ending, current) in [("txt", &text), ("html", &rendered.html)] {
            let path = golden(&format!("{}.{ending}", message.kind()));
            if blessing() {
                fs::write(&path, current).unwrap();
            }
            let golden = fs::read_to_string(&path).unwrap_or_default();
            assert_eq!(&golden, current, "{} is out of date: BLESS=1 refreshes it", path.display());
            kept.insert(path);
        }
    }
    let found: BTreeSet<_> = fs::read_dir(golden("")).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(found, kept, "a golden file of no kind");
}

#[test]
fn an_invite_says_everything_that_its_reader_has_to_know() {
    let rendered = Message::samples()[0].rendered();
    let link = format!("https://ledger.example.com/auditor/{}", "0a1b2c3d".repeat(12));
    let said = [
        "Larkfield Clinic",
        "Compliance, for SOC 2",
        "30 days",
        "22 December 2026, 24:00 Europe/Luxembourg (UTC+01:00)",
        "22 December 2026, 23:00 UTC",
        "Audit logs: ",
        "Access reports: ",
        "Compliance status: ",
        "User activity: ",
        "read-only",
        "is logged",
        "Mara Quist, compliance@larkfield.example",
        &link,
    ];
    let one_line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    for text in [one_line(&rendered.text), one_line(&rendered.html)] {
        for words in said {
            assert!(text.contains(words), "{words}\n{text}");
        }
    }
    assert!(!rendered.subject.as_str().contains("0a1b2c3d"), "lists show subjects to whoever stands by");
}

#[test]
fn html_holds_only_what_mail_programs_keep_and_nothing_that_is_fetched() {
    let properties = [
        "background-color",
        "border-bottom",
        "border-top",
        "color",
        "font-family",
        "font-size",
        "font-weight",
        "letter-spacing",
        "line-height",
        "margin",
        "max-width",
        "padding",
        "text-align",
        "text-decoration",
        "word-break",
    ];
    for message in Message::samples() {
        let html = message.rendered().html;
        for absent in ["<style", "<script", "<img", "<link", "<iframe", "<form", "url(", "src=", "class=", "position:"]
        {
            assert!(!html.contains(absent), "{} has {absent}", message.kind());
        }
        for style in html.split(" style=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            for declaration in style.split(';') {
                let property = declaration.split(':').next().unwrap();
                assert!(properties.contains(&property), "{property} is dropped by some programs");
            }
        }
        assert!(html.starts_with("<!DOCTYPE html>\n<html lang=\"en\""));
        assert!(html.contains("<meta name=\"color-scheme\" content=\"light dark\">"));
        assert!(html.matches("<a ").count() <= 1, "{} has one action at most", message.kind());
        assert_eq!(html.matches("<h1 ").count(), 1);
    }
}

#[test]
fn who_is_to_be_told_of_a_code_that_was_not_asked_for_is_named() {
    let one_line = |message: Message| message.rendered().text.split_whitespace().collect::<Vec<_>>().join(" ");
    let code = Code::sample();
    let told = "Do not pass the code on, and tell Mara Quist, compliance@larkfield.example.";
    assert!(one_line(Message::Code(code.clone())).contains(told));
    let head = Letterhead { contact: None, ..code.head.clone() };
    let told = "and tell the people at Larkfield Clinic with whom you are in touch.";
    assert!(one_line(Message::Code(Code { head, ..code })).contains(told));
}

#[test]
fn an_invitation_says_what_its_reader_needs_besides_the_link_and_when_the_log_can_be_shown_to_have_changed() {
    for opens in [Opens::Once, Opens::UntilTheEnd] {
        for second_factor in SecondFactor::ALL.iter().copied() {
            let invite = Invite { opens, second_factor, ..Invite::sample() };
            let text = Message::Invite(invite).rendered().text.split_whitespace().collect::<Vec<_>>().join(" ");
            let needs_code = second_factor == SecondFactor::EmailCode;
            assert_eq!(text.contains("a code of eight digits goes to this address"), needs_code, "{text}");
            assert_eq!(text.contains("comes in as you") || text.contains("come in as you"), !needs_code, "{text}");
            assert!(text.contains("Whoever keeps a receipt, an export or an earlier checkpoint"), "{text}");
        }
    }
}

#[test]
fn plain_text_has_lines_of_72_columns_but_for_addresses() {
    for message in Message::samples() {
        let text = message.rendered().text;
        let long = text.lines().find(|line| 72 < line.chars().count() && line.trim().contains(' '));
        assert_eq!(long, None, "{}", message.kind());
        assert!(
            !text.contains("\n\n\n") && text.ends_with('\n') && !text.ends_with("\n\n"),
            "{}\n{text}",
            message.kind()
        );
        assert!(text.lines().all(|line| line.trim_end() == line), "{}", message.kind());
    }
}

fn golden(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src/mail/tests/golden").join(name)
}

/// Whether the run is to refresh what is derived (`make bless`).
#[expect(clippy::disallowed_methods, reason = "not a setting of the service: it is how `make bless` reaches a test")]
fn blessing() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| value == "1")
}
