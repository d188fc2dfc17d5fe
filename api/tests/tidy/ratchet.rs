//! Numbers that may only become smaller, in `ratchet.txt`: `<rule> <what> <number>`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::File;

use crate::{assert_none, read, root};

const PATH: &str = "api/tests/tidy/ratchet.txt";

/// The numbers of one rule.
pub(crate) struct Ratchet {
    rule: &'static str,
    kept: BTreeMap<String, usize>,
}

impl Ratchet {
    pub(crate) fn of(rule: &'static str) -> Self {
        Self { rule, kept: numbers(rule) }
    }

    /// Compares what is over the limit now with what is kept: more or new is a fault, less is to be written down.
    pub(crate) fn check(self, now: impl IntoIterator<Item = (String, usize)>) {
        let now: BTreeMap<String, usize> = now.into_iter().collect();
        let rule = self.rule;
        let worse = now.iter().filter(|(what, number)| self.kept.get(*what).is_none_or(|kept| kept < number));
        let worse: Vec<_> = worse.map(|(what, number)| format!("{what}: {number}")).collect();
        assert_none(&worse, &format!("{rule} may only shrink ({PATH}):"));
        if now == self.kept {
            return;
        }
        if blessing() {
            keep(rule, &now);
        } else {
            panic!("{rule} has become smaller: `make bless` keeps it so. Now: {now:?}");
        }
    }
}

fn numbers(of: &str) -> BTreeMap<String, usize> {
    let text = read(PATH);
    let lines = text.lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    let words = lines.map(|line| line.split(' ').collect::<Vec<_>>());
    words
        .filter_map(|words| match words[..] {
            [rule, what, number] => (rule == of).then(|| (what.to_owned(), number.parse().expect("a number"))),
            _ => panic!("{PATH}: three words a line: {words:?}"),
        })
        .collect()
}

fn keep(rule: &str, now: &BTreeMap<String, usize>) {
    // Other rules are kept at the same time, by threads or, under nextest, by processes.
    let file = File::open(root().join(PATH)).expect("it has just been read");
    file.lock().expect("a file of ours can be locked");
    let mut text = String::new();
    for line in read(PATH).lines().filter(|line| line.split(' ').next() != Some(rule)) {
        text.push_str(line);
        text.push('\n');
    }
    for (what, number) in now {
        writeln!(text, "{rule} {what} {number}").expect("a string takes everything");
    }
    std::fs::write(root().join(PATH), text).expect("blessing may write");
}

#[expect(clippy::disallowed_methods, reason = "not a setting of the service: it is how `make bless` reaches a test")]
pub(crate) fn blessing() -> bool {
    std::env::var_os("BLESS").is_some_and(|value| value == "1")
}
