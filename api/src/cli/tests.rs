use clap::CommandFactory as _;

use super::*;

/// Every command that does something, with its help and its name in full.
fn leaves(command: &clap::Command, before: &str) -> Vec<(String, clap::Command)> {
    let name = format!("{before}{}", command.get_name());
    // What clap adds by itself does nothing of ours.
    let below: Vec<_> = command.get_subcommands().filter(|below| below.get_name() != "help").collect();
    if below.is_empty() {
        return vec![(name, command.clone())];
    }
    below.into_iter().flat_map(|below| leaves(below, &format!("{name} "))).collect()
}

/// The lines of an example that call this program, as a shell would take them apart.
fn calls(example: &str) -> Vec<Vec<String>> {
    let text = example.replace("\\\n", " ");
    let lines = text.lines().map(str::trim).map(|line| line.split(" > ").next().unwrap_or_default());
    let words = lines.map(|line| {
        let mut quoted = false;
        let mut words = vec![String::new()];
        for sign in line.chars() {
            match sign {
                '"' => quoted = !quoted,
                ' ' if !quoted => words.push(String::new()),
                sign => words.last_mut().expect("there is one from the beginning").push(sign),
            }
        }
        let is_setting = |word: &String| word.is_empty() || word.starts_with("COUNTERSIGN_");
        words.into_iter().skip_while(is_setting).filter(|word| !word.is_empty()).collect::<Vec<_>>()
    });
    words.filter(|words| words.first().is_some_and(|program| program == "countersign")).collect()
}

#[test]
fn the_tree_of_commands_is_well_formed() {
    Cli::command().debug_assert();
}

#[test]
fn every_command_says_what_it_is_for_and_has_an_example_that_works() {
    let leaves = leaves(&Cli::command(), "");
    assert!(15 <= leaves.len(), "{:?}", leaves.iter().map(|(name, _)| name).collect::<Vec<_>>());
    for (name, command) in leaves {
        assert!(command.get_about().is_some(), "{name} does not say what it is for");
        let help = command.get_after_help().map(ToString::to_string).unwrap_or_default();
        let example = help.strip_prefix("Example:\n  ").unwrap_or_else(|| panic!("{name} has no example"));
        let calls = calls(example);
        assert!(calls.iter().any(|words| words.join(" ").starts_with(&name)), "{name}: {calls:?}");
        for words in calls {
            Cli::try_parse_from(&words).unwrap_or_else(|error| panic!("{words:?}: {error}"));
        }
    }
}

#[test]
fn every_argument_says_what_it_is() {
    for (name, command) in leaves(&Cli::command(), "") {
        for argument in command.get_arguments().filter(|argument| argument.get_id() != "help") {
            assert!(argument.get_help().is_some(), "{name}: {}", argument.get_id());
        }
    }
}

#[test]
fn an_error_tells_each_of_its_causes_once() {
    let refused = std::io::Error::from(std::io::ErrorKind::ConnectionRefused);
    let error = anyhow::Error::new(sqlx::Error::Io(refused)).context("cannot connect as countersign_app");
    let said = sentence(&error);
    assert!(said.starts_with("cannot connect as countersign_app: "), "{said}");
    assert_eq!(said.matches("connection refused").count(), 1, "{said}");
}
