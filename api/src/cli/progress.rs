//! How far a long command is: a bar on a terminal, a line now and then elsewhere.

use std::io::IsTerminal as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use indicatif::{ProgressBar, ProgressStyle};

/// Without a terminal a line is written after each such part of the whole.
const LINES: u64 = 10;

/// Is told how many entries of how many are done; shows that on standard error.
pub(super) fn entries(what: &'static str) -> Arc<dyn Fn(u64, u64) + Send + Sync> {
    counted(what, "entries")
}

/// The same of other things.
pub(super) fn counted(what: &'static str, unit: &'static str) -> Arc<dyn Fn(u64, u64) + Send + Sync> {
    if std::io::stderr().is_terminal() {
        let style = ProgressStyle::with_template("{prefix} {bar:30} {human_pos}/{human_len} {msg}  {eta} left");
        let style = style.expect("the template is well formed");
        let bar = ProgressBar::new(0).with_style(style).with_prefix(what).with_message(unit);
        return Arc::new(move |done, all| {
            bar.set_length(all);
            bar.set_position(done);
            if done == all {
                bar.finish_and_clear();
            }
        });
    }
    let written = AtomicU64::new(0);
    Arc::new(move |done, all| {
        let part = done.saturating_mul(LINES) / all.max(1);
        if written.fetch_max(part, Ordering::Relaxed) < part {
            eprintln!("{what}: {done} of {all} {unit}");
        }
    })
}
