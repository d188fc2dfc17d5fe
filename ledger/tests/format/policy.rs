//! Policies: rejections line by line, quorums, and files read back.

use ledger::cosignature::Cosigner;
use ledger::key::{SigningKey, VkeyError};
use ledger::policy::{DEFINITIONS_MAX, Policy, PolicyError, PolicyProblem};
use proptest::prelude::*;
use rstest::rstest;

fn log(seed: u8) -> String {
    SigningKey::from_seed("example.com/log", [seed; 32]).unwrap().vkey().to_string()
}

fn witness(seed: u8) -> Cosigner {
    Cosigner::of(&SigningKey::from_seed(&format!("witness.example/{seed}"), [seed; 32]).unwrap())
}

/// A file in which `{L1}` is a log's key and `{W1}` to `{W4}` are witnesses' keys.
fn file(text: &str) -> Vec<u8> {
    let text = text.replace("{L1}", &log(1)).replace("{L2}", &log(2));
    (1..5).fold(text, |text, seed| text.replace(&format!("{{W{seed}}}"), &witness(seed).to_string())).into_bytes()
}

const TWO_LEVELS: &str = "\
# Whom we trust.
log {L1} https://example.com/log

  \t# Two groups.
witness X1 {W1}
witness X2\t{W2}   https://x2.example/\t
witness Y1 {W3}
witness Y2 {W4}
group X-witnesses all X1 X2
group Y-witnesses any Y1 Y2
group both 2 X-witnesses Y-witnesses
quorum both
";

#[rstest]
#[case(&[], false)]
#[case(&[1, 2], false)]
#[case(&[3, 4], false)]
#[case(&[1, 3, 4], false)]
#[case(&[1, 2, 3], true)]
#[case(&[1, 2, 4], true)]
#[case(&[1, 2, 3, 4], true)]
fn a_quorum_of_groups_is_met_by_enough_of_each(#[case] seeds: &[u8], #[case] met: bool) {
    let policy = Policy::parse(&file(TWO_LEVELS)).unwrap();
    let cosigned: Vec<Cosigner> = seeds.iter().map(|seed| witness(*seed)).collect();
    assert_eq!(policy.is_met(|cosigner| cosigned.contains(cosigner)), met);
}

#[test]
fn a_policy_says_whom_it_names() {
    let policy = Policy::parse(&file(TWO_LEVELS)).unwrap();
    assert_eq!(policy.logs()[0].vkey.to_string(), log(1));
    assert_eq!(policy.logs()[0].url.as_deref(), Some(b"https://example.com/log".as_slice()));
    assert_eq!(policy.keys_of("example.com/log").count(), 1);
    assert_eq!(policy.keys_of("example.com/other").count(), 0);
    assert_eq!(policy.witnesses()[1].name, b"X2");
    assert_eq!(policy.cosigners().collect::<Vec<_>>(), [&witness(1), &witness(2), &witness(3), &witness(4)]);
    assert!(!policy.is_quorum_none());
}

#[test]
fn a_quorum_may_be_one_witness_or_none() {
    let one = Policy::parse(&file("witness W {W1}\nwitness V {W2}\nquorum W\n")).unwrap();
    assert!(one.is_met(|cosigner| *cosigner == witness(1)));
    assert!(!one.is_met(|cosigner| *cosigner == witness(2)));
    let none = Policy::parse(b"quorum none\n").unwrap();
    assert!(none.is_quorum_none() && none.is_met(|_| false));
}

#[test]
fn a_threshold_counts_members() {
    let policy =
        Policy::parse(&file("witness A {W1}\nwitness B {W2}\nwitness C {W3}\ngroup G 2 A B C\nquorum G\n")).unwrap();
    let met = |seeds: &[u8]| policy.is_met(|cosigner| seeds.iter().any(|seed| witness(*seed) == *cosigner));
    assert!(!met(&[1]) && met(&[1, 3]) && met(&[1, 2, 3]));
}

#[test]
fn names_and_comments_are_any_bytes_beyond_ascii() {
    let text =
        [b"# \xff\xfe\nwitness \xe9t\xe9 ".as_slice(), witness(1).to_string().as_bytes(), b"\nquorum \xe9t\xe9\n"]
            .concat();
    let policy = Policy::parse(&text).unwrap();
    assert_eq!(policy.witnesses()[0].name, b"\xe9t\xe9");
    assert_eq!(Policy::parse(&policy.to_bytes()), Ok(policy));
}

#[test]
fn a_newer_key_stands_beside_the_older_one() {
    let policy = Policy::parse(&file("log {L1}\nlog {L2}\nquorum none\n")).unwrap();
    assert_eq!(policy.keys_of("example.com/log").count(), 2);
}

#[rstest]
#[case("", PolicyError::NoQuorum)]
#[case("log {L1}\n", PolicyError::NoQuorum)]
#[case("# quorum none\n", PolicyError::NoQuorum)]
#[case("quorum none", PolicyError::Line { line: 1, problem: PolicyProblem::Unterminated })]
#[case("log {L1}\r\nquorum none\n", PolicyError::Line { line: 1, problem: PolicyProblem::ControlCharacter })]
#[case("#\x7f\nquorum none\n", PolicyError::Line { line: 1, problem: PolicyProblem::ControlCharacter })]
#[case("quorum none\nquorum none\n", PolicyError::Line { line: 2, problem: PolicyProblem::QuorumTwice })]
#[case("quorum\n", PolicyError::Line { line: 1, problem: PolicyProblem::Words })]
#[case("quorum none none\n", PolicyError::Line { line: 1, problem: PolicyProblem::Words })]
#[case("log\n", PolicyError::Line { line: 1, problem: PolicyProblem::Words })]
#[case("log {L1} url more\n", PolicyError::Line { line: 1, problem: PolicyProblem::Words })]
#[case("witness W\n", PolicyError::Line { line: 1, problem: PolicyProblem::Words })]
#[case("group G\n", PolicyError::Line { line: 1, problem: PolicyProblem::Words })]
#[case("Log {L1}\n", PolicyError::Line { line: 1, problem: PolicyProblem::Keyword("Log".into()) })]
#[case("\u{a0}log {L1}\n", PolicyError::Line { line: 1, problem: PolicyProblem::Keyword("\u{a0}log".into()) })]
#[case("log {W1}\n", PolicyError::Line { line: 1, problem: PolicyProblem::Key(VkeyError::Algorithm(4)) })]
#[case("witness W {L1}\n", PolicyError::Line { line: 1, problem: PolicyProblem::Key(VkeyError::Algorithm(1)) })]
#[case("log {L1}\nlog {L1}\n", PolicyError::Line { line: 2, problem: PolicyProblem::SameKey })]
#[case("witness A {W1}\nwitness B {W1}\n", PolicyError::Line { line: 2, problem: PolicyProblem::SameKey })]
#[case("witness A {W1}\nwitness A {W2}\n", PolicyError::Line { line: 2, problem: PolicyProblem::NameTwice("A".into()) })]
#[case("witness none {W1}\n", PolicyError::Line { line: 1, problem: PolicyProblem::NameTwice("none".into()) })]
#[case("witness A {W1}\ngroup A any A\n", PolicyError::Line { line: 2, problem: PolicyProblem::NameTwice("A".into()) })]
#[case("quorum A\nwitness A {W1}\n", PolicyError::Line { line: 1, problem: PolicyProblem::UnknownName("A".into()) })]
#[case("group G any A\nwitness A {W1}\n", PolicyError::Line { line: 1, problem: PolicyProblem::UnknownName("A".into()) })]
#[case("group G any G\n", PolicyError::Line { line: 1, problem: PolicyProblem::UnknownName("G".into()) })]
#[case("witness A {W1}\ngroup G any A none\n", PolicyError::Line { line: 2, problem: PolicyProblem::UnknownName("none".into()) })]
#[case("witness A {W1}\ngroup G any A A\n", PolicyError::Line { line: 2, problem: PolicyProblem::MemberTwice("A".into()) })]
#[case("witness A {W1}\ngroup G any A\ngroup H any A\n", PolicyError::Line { line: 3, problem: PolicyProblem::MemberTwice("A".into()) })]
#[case("witness A {W1}\ngroup G any\n", PolicyError::Line { line: 2, problem: PolicyProblem::Threshold { members: 0 } })]
#[case("witness A {W1}\ngroup G 0 A\n", PolicyError::Line { line: 2, problem: PolicyProblem::Threshold { members: 1 } })]
#[case("witness A {W1}\ngroup G 2 A\n", PolicyError::Line { line: 2, problem: PolicyProblem::Threshold { members: 1 } })]
#[case("witness A {W1}\ngroup G 01 A\n", PolicyError::Line { line: 2, problem: PolicyProblem::Threshold { members: 1 } })]
#[case("witness A {W1}\ngroup G +1 A\n", PolicyError::Line { line: 2, problem: PolicyProblem::Threshold { members: 1 } })]
#[case("witness A {W1}\ngroup G most A\n", PolicyError::Line { line: 2, problem: PolicyProblem::Threshold { members: 1 } })]
fn no_policy(#[case] text: &str, #[case] error: PolicyError) {
    assert_eq!(Policy::parse(&file(text)), Err(error));
}

#[test]
fn a_key_is_text() {
    let error = PolicyError::Line { line: 1, problem: PolicyProblem::NotUtf8 };
    assert_eq!(Policy::parse(b"log \xff\n"), Err(error));
}

#[test]
fn more_definitions_than_anybody_could_review_are_refused() {
    let groups = |count: usize| {
        let group = |n: usize| format!("group G{n} any {}\n", if n == 0 { "W".into() } else { format!("G{}", n - 1) });
        file(&format!("witness W {{W1}}\n{}quorum none\n", (0..count).map(group).collect::<String>()))
    };
    assert!(Policy::parse(&groups(DEFINITIONS_MAX)).is_ok());
    let error = PolicyError::Line { line: DEFINITIONS_MAX + 2, problem: PolicyProblem::TooMany };
    assert_eq!(Policy::parse(&groups(DEFINITIONS_MAX + 1)), Err(error));
}

proptest! {
    #[test]
    fn a_policy_is_read_back_and_counts_as_its_text_says(
        thresholds in prop::collection::vec((1..4_usize, 1..4_usize), 1..4),
        cosigned in prop::collection::vec(any::<bool>(), 12),
    ) {
        // Groups of witnesses, and a group of those groups of which all are asked for.
        let (mut lines, mut next, mut met) = (Vec::new(), 0, true);
        for (number, (size, threshold)) in thresholds.iter().enumerate() {
            let threshold = *threshold.min(size);
            let names: Vec<String> = (next..next + size).map(|witness| format!("W{witness}")).collect();
            for (place, name) in names.iter().enumerate() {
                lines.push(format!("witness {name} {}\n", witness(u8::try_from(next + place).unwrap())));
            }
            lines.push(format!("group G{number} {threshold} {}\n", names.join(" ")));
            met &= threshold <= cosigned[next..next + size].iter().filter(|has| **has).count();
            next += size;
        }
        let names: Vec<String> = (0..thresholds.len()).map(|number| format!("G{number}")).collect();
        lines.push(format!("group all-of-them all {}\nquorum all-of-them\n", names.join(" ")));
        let policy = Policy::parse(lines.concat().as_bytes()).unwrap();
        let has = |cosigner: &Cosigner| {
            let place: usize = cosigner.name().rsplit('/').next().unwrap().parse().unwrap();
            cosigned[place]
        };
        prop_assert_eq!(policy.is_met(has), met);
        prop_assert_eq!(Policy::parse(&policy.to_bytes()), Ok(policy));
    }
}
