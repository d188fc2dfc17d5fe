//! How far a long verification has come, for somebody who sits in front of it.

use std::sync::OnceLock;

use indicatif::{ProgressBar, ProgressStyle};

/// Fewer entries are verified before anybody could read the bar.
const ENTRIES_MIN: u64 = 20_000;

/// A bar on the error output, once there is something to show.
#[derive(Debug)]
pub(crate) struct Progress {
    is_wanted: bool,
    bar: OnceLock<ProgressBar>,
}

impl Progress {
    /// Nothing to be seen yet.
    pub(crate) fn new(is_wanted: bool) -> Progress {
        Progress { is_wanted, bar: OnceLock::new() }
    }

    /// Takes how many entries were gone through, and how many there are.
    pub(crate) fn report(&self, done: u64, all: u64) {
        if self.is_wanted && ENTRIES_MIN <= all {
            self.bar.get_or_init(|| bar(all)).set_position(done);
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = self.bar.get() {
            bar.finish_and_clear();
        }
    }
}

fn bar(all: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:30} {human_pos} of {human_len} entries, {eta} left");
    ProgressBar::new(all).with_style(style.expect("the template is well-formed"))
}
