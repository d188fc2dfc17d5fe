//! What the answers mean, for a reader who is no programmer.

use ledger::verify::{Line, Question, Recorded, Status, Verdict};

/// What it means that this line is FAILED; nothing where that is only so because the input is too damaged to tell.
pub(crate) fn meaning(line: &Line) -> Option<&'static str> {
    is_decided(line).then(|| meaning_of(line.question))
}

/// Whether something was found about that question, for its line to be FAILED.
fn is_decided(line: &Line) -> bool {
    line.findings.iter().any(|finding| finding.status == line.status)
}

fn meaning_of(question: Question) -> &'static str {
    match question {
        Question::Container => {
            "Meaning: this is no export, or it is damaged, incomplete, or has something added or hidden in it. Get it again."
        }
        Question::Format => "Meaning: an entry, the table of contents or a paper is not as the ledger writes it.",
        Question::Chain => "Meaning: entries were changed, removed, put in or reordered after they had been written.",
        Question::Signatures => "Meaning: something here was not signed by the key that had to sign it.",
        Question::Tree => {
            "Meaning: what is here does not agree with all that was signed about it, or is damaged or incomplete."
        }
        Question::Checkpoint => {
            "Meaning: a checkpoint here does not carry the log's signature over just these entries, or is against the rules."
        }
        Question::Authenticity => {
            "Meaning: this is not the log that your policy file names. Somebody else may have made it."
        }
        Question::Continuity => "Meaning: this does not agree with what you saw of the log before.",
        Question::Witnesses => "Meaning: those who were to watch the log do not vouch for this state of it.",
        Question::Completeness => "Meaning: something was left out, or counted wrongly.",
        Question::Time => "Meaning: the times given cannot all be true.",
        Question::Sealed => "Meaning: a sealed value is not what it was said to be.",
        Question::Views => "Meaning: a readable copy in the file says something else than the signed entries.",
    }
}

/// What would answer a question that is left open.
fn needed(line: &Line) -> &'static str {
    match (line.question, line.status) {
        (Question::Authenticity, Status::NotChecked) => {
            "get the log's policy file from elsewhere than this input, and verify again with --trust"
        }
        (Question::Authenticity, Status::NotProved) => {
            "get the log's newest policy file, from elsewhere than this input"
        }
        (Question::Tree, _) => {
            "put the entry's exact bytes beside its proof, under the same name with .json; get a receipt again once its \
             keys are proved"
        }
        (Question::Signatures, Status::NotChecked) => "verify again without --skip-signatures",
        (Question::Signatures, _) => {
            "a key was revoked: for the entries named ask for receipts, or for a cosigned checkpoint from before"
        }
        (Question::Checkpoint, _) => "a key was revoked: ask for a checkpoint signed by its successor, or cosigned",
        (Question::Continuity, _) => {
            "ask for the whole log, or for a selection with a proof from the remembered size. If this one is smaller than \
             what is remembered: verify it first with an empty --remember directory, then the newer one"
        }
        (Question::Completeness, _) => "ask for the whole log, or for all entries of a span that ends with a heartbeat",
        (Question::Views, _) => "rely on the entries alone, not on the views named",
        _ => "see there",
    }
}

/// The overall verdict in one paragraph, and what is still needed.
pub(crate) fn conclusion(verdict: &Verdict, accepted: &[Question]) -> String {
    let names = |lines: &[&Line]| lines.iter().map(|line| line.question.name()).collect::<Vec<_>>().join(", ");
    let with = |statuses: &[Status], is_accepted: bool| -> Vec<&Line> {
        let lines = verdict.lines.iter().filter(|line| statuses.contains(&line.status));
        lines.filter(|line| accepted.contains(&line.question) == is_accepted).collect()
    };
    let failed = verdict.lines.iter().filter(|line| line.status == Status::Failed);
    let (failed, undecided): (Vec<&Line>, Vec<&Line>) = failed.partition(|line| is_decided(line));
    match (failed.as_slice(), undecided.as_slice()) {
        ([], []) => {}
        ([], undecided) => return format!("FAILED: do not rely on this. Not judged: {}.", names(undecided)),
        (failed, []) => return format!("FAILED: do not rely on this. What does not hold: {}.", names(failed)),
        (failed, _) => {
            return format!(
                "FAILED: do not rely on this. What does not hold: {}. The other questions marked FAILED could not be \
                 answered because of that.",
                names(failed)
            );
        }
    }
    let open = [Status::NotChecked, Status::NotProved];
    let (open, waived) = (with(&open, false), with(&open, true));
    let waived = if waived.is_empty() {
        String::new()
    } else {
        format!(" Accepted without proof, as asked: {}.", names(&waived))
    };
    let recorded = recorded(&verdict.recorded);
    if open.is_empty() {
        let not_excluded = not_excluded(verdict);
        return format!("VERIFIED: everything that was asked holds.{recorded}{not_excluded}{waived}");
    }
    let needs: Vec<String> =
        open.iter().map(|line| format!("for {}, {}", line.question.name(), needed(line))).collect();
    format!(
        "NOT FULLY PROVED: nothing was found wrong, but something is open. Still needed: {}.{recorded}{waived}",
        needs.join("; ")
    )
}

/// What the log itself says happened to it. It breaks no rule, so it is under lines that hold, where it could be overlooked.
fn recorded(recorded: &Recorded) -> String {
    let Recorded { recoveries, silences, .. } = *recorded;
    let counted = |count: u64, one: &str, many: &str, line: Question| match count {
        0 => String::new(),
        1 => format!(" It records 1 {one}: see {}.", line.name()),
        _ => format!(" It records {count} {many}: see {}.", line.name()),
    };
    counted(recoveries, "recovery", "recoveries", Question::Completeness)
        + &counted(silences, "silence of over an hour", "silences of over an hour", Question::Time)
}

/// What nobody but the operator himself vouches for, where neither memory nor witnesses do.
fn not_excluded(verdict: &Verdict) -> &'static str {
    let is_absent = |question| verdict.line(question).is_some_and(|line: &Line| line.status == Status::Absent);
    if is_absent(Question::Continuity) && is_absent(Question::Witnesses) {
        " Not excluded: that the operator wrote this history anew before you first saw it; use --remember, or compare with \
         another reader."
    } else {
        ""
    }
}

/// How several inputs ended, by their exit statuses, with the names of those that are not in order.
pub(crate) fn summary(ended: &[(&str, u8)]) -> String {
    let with = |status: u8| ended.iter().filter(move |(_, other)| *other == status).map(|(name, _)| *name);
    let mut parts = vec![format!("{} verified", with(0).count())];
    for (status, words) in [(3, "not fully proved"), (1, "FAILED"), (crate::UNANSWERED, "could not be read")] {
        let names: Vec<&str> = with(status).collect();
        if !names.is_empty() {
            parts.push(format!("{} {words} ({})", names.len(), names.join(", ")));
        }
    }
    format!("Of {} inputs: {}.", ended.len(), parts.join("; "))
}

#[cfg(test)]
mod tests {
    use ledger::verify::Recorded;

    use super::recorded;

    #[test]
    fn what_a_log_records_of_itself_is_in_the_closing_sentence() {
        let said = |recoveries, silences| recorded(&Recorded { recoveries, silences, ..Recorded::default() });
        assert_eq!(said(0, 0), "");
        assert_eq!(said(1, 0), " It records 1 recovery: see completeness.");
        assert_eq!(
            said(2, 3),
            " It records 2 recoveries: see completeness. It records 3 silences of over an hour: see time."
        );
    }
}
