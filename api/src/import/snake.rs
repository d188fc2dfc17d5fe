//! Names of others in the form that types and reasons have here: `[a-z][a-z0-9_]*`.

/// `DescribeDBInstances` → `describe_db_instances`, `Client.InvalidVpcID.NotFound` → `client_invalid_vpc_id_not_found`.
///
/// A word begins at a capital after a small letter or a digit, and at the last of several capitals that a small letter
/// follows; what is neither letter nor digit separates. A name that does not begin with a letter is prefixed with `n_`.
/// The result is empty if no ASCII letter or digit is left.
pub(super) fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len() + 8);
    let letters: Vec<char> = name.chars().collect();
    for (at, &letter) in letters.iter().enumerate() {
        if !letter.is_ascii_alphanumeric() {
            separate(&mut snake);
            continue;
        }
        if begins_word(at.checked_sub(1).map(|before| letters[before]), letter, letters.get(at + 1).copied()) {
            separate(&mut snake);
        }
        snake.push(letter.to_ascii_lowercase());
    }
    while snake.ends_with('_') {
        snake.pop();
    }
    if snake.starts_with(|first: char| first.is_ascii_digit()) { format!("n_{snake}") } else { snake }
}

fn begins_word(before: Option<char>, letter: char, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    letter.is_ascii_uppercase()
        && (before.is_ascii_lowercase()
            || before.is_ascii_digit()
            || (before.is_ascii_uppercase() && after.is_some_and(|after| after.is_ascii_lowercase())))
}

fn separate(snake: &mut String) {
    if !snake.is_empty() && !snake.ends_with('_') {
        snake.push('_');
    }
}

#[cfg(test)]
mod tests;
