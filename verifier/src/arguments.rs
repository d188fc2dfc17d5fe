//! The command line.

use std::path::PathBuf;

use clap::Parser;
use clap::builder::FalseyValueParser;
use ledger::verify::Question;

const EXAMPLES: &str = "\
Examples:
  countersign-verify export.zip --trust trust.policy
      Verifies an export by a policy file that you got from elsewhere.

  countersign-verify https://ledger.example.com/logs/acme --trust trust.policy --remember ~/.countersign
      Verifies a published log, and that it extends what you saw of it last time.

  countersign-verify january.zip february.zip --trust trust.policy --remember seen
      Verifies two exports, and that the larger extends the smaller, in whatever order they are named.

  countersign-verify acme-41.receipt.json acme-41.tlog-proof --trust trust.policy
      Verifies a receipt, and the proof of an entry whose bytes lie beside it as acme-41.json.

Exit status:
  0  everything that was asked holds, or was accepted by name
  1  something does not hold: a line is FAILED
  2  the question could not be answered: unreadable, of an unknown version, wrong use
  3  nothing was found wrong, but a line is `not checked` or `not proved`
Of several inputs the worst decides, in this order: 1, 2, 3, 0.";

/// Checks exports of a Countersign ledger, and published logs, without trusting who made them.
///
/// It answers thirteen questions, line by line: container, format, chain, signatures, tree, checkpoint, authenticity,
/// continuity, witnesses, completeness, time, sealed, views; of a receipt or the proof of one entry, those that it can. It asks no server but those you name, and writes nothing but
/// what --remember asks for.
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line are independent of each other")]
#[derive(Debug, Parser)]
#[command(name = "countersign-verify", version, after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// An export (.zip); a receipt (.receipt.json) or a proof (.tlog-proof); or a log in tlog-tiles layout: a directory, or the beginning of its http(s):// addresses
    #[arg(value_name = "FILE", required = true)]
    pub(crate) inputs: Vec<String>,

    /// The policy file: the log's key and the witnesses that you trust, got from elsewhere than the export
    #[arg(long, value_name = "POLICY")]
    pub(crate) trust: Option<PathBuf>,

    /// Shows the key in this file to the server of an http(s):// address (Authorization: Bearer), and to no other. A
    /// service shows checkpoints to everybody, and entries to whoever may read them
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,

    /// Keeps the newest checkpoint seen of each log in this directory, and demands that the log extends it next time. Of a
    /// log that no policy file vouches for (--trust) nothing is kept
    #[arg(long, value_name = "DIR")]
    pub(crate) remember: Option<PathBuf>,

    /// Accepts these lines even when they are `not checked` or `not proved`, for example: views,completeness
    #[arg(long, value_name = "NAMES", value_delimiter = ',', value_parser = question)]
    pub(crate) accept: Vec<Question>,

    /// Leaves the signatures of the single entries unchecked, which is much faster; the line then says so
    #[arg(long)]
    pub(crate) skip_signatures: bool,

    /// Prints one JSON object (RFC 8785) on a line for each input
    #[arg(long, conflicts_with = "quiet")]
    pub(crate) json: bool,

    /// Prints no verdict: the exit status is the answer
    #[arg(long, short)]
    pub(crate) quiet: bool,

    /// Uses no colour, as on everything that is not a terminal
    #[arg(long, env = "NO_COLOR", hide_env = true, value_parser = FalseyValueParser::new())]
    no_color: bool,
}

impl Arguments {
    /// Whether to colour what goes to such an output. No meaning is in the colour alone.
    pub(crate) fn is_coloured(&self, is_terminal: bool) -> bool {
        is_terminal && !self.no_color
    }
}

fn question(name: &str) -> Result<Question, String> {
    let names = || Question::ALL.map(Question::name).join(", ");
    Question::parse(name).ok_or_else(|| format!("the lines are {}", names()))
}
