//! Work on all cores, or on the one that a browser gives.

/// Runs both and returns both results.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn join<A: Send, B: Send>(one: impl FnOnce() -> A + Send, other: impl FnOnce() -> B + Send) -> (A, B) {
    rayon::join(one, other)
}

/// Runs both and returns both results.
#[cfg(target_arch = "wasm32")]
pub(super) fn join<A, B>(one: impl FnOnce() -> A, other: impl FnOnce() -> B) -> (A, B) {
    (one(), other())
}

/// The results of `work` on each item, in the order of the items.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn map<T: Send, U: Send>(items: Vec<T>, work: impl Fn(T) -> U + Sync + Send) -> Vec<U> {
    use rayon::prelude::*;
    items.into_par_iter().map(work).collect()
}

/// The results of `work` on each item, in the order of the items.
#[cfg(target_arch = "wasm32")]
pub(super) fn map<T, U>(items: Vec<T>, work: impl Fn(T) -> U) -> Vec<U> {
    items.into_iter().map(work).collect()
}

/// The items for which `is_wanted` says so; it is the expensive part, so a few items are a unit of work.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn filter<T: Sync>(items: &[T], is_wanted: impl Fn(&T) -> bool + Sync + Send) -> Vec<&T> {
    use rayon::prelude::*;
    /// Less than half a millisecond of signatures, so that no core waits long for the last unit of another.
    const UNIT: usize = 8;
    items.par_iter().with_min_len(UNIT).filter(|item| is_wanted(item)).collect()
}

/// The items for which `is_wanted` says so.
#[cfg(target_arch = "wasm32")]
pub(super) fn filter<T>(items: &[T], is_wanted: impl Fn(&T) -> bool) -> Vec<&T> {
    items.iter().filter(|item| is_wanted(item)).collect()
}

/// Runs `work` on at most that many threads, or on all cores.
#[cfg(not(target_arch = "wasm32"))]
pub(super) fn within<T: Send>(threads_max: Option<usize>, work: impl FnOnce() -> T + Send) -> std::io::Result<T> {
    // The global pool when nothing else is asked for: it is there once, however many files are verified.
    let mut builder = rayon::ThreadPoolBuilder::new();
    match threads_max {
        None => return Ok(rayon::scope(|_| work())),
        Some(threads) => builder = builder.num_threads(threads.max(1)),
    }
    let pool = builder.build().map_err(std::io::Error::other)?;
    Ok(pool.install(work))
}

/// Runs `work`: there is one thread.
#[cfg(target_arch = "wasm32")]
pub(super) fn within<T>(_threads_max: Option<usize>, work: impl FnOnce() -> T) -> std::io::Result<T> {
    Ok(work())
}

/// One step of a pipeline of three stages, all of which run at the same time: reading what is looked at next, parsing
/// what was read before, checking what was parsed before that.
pub(super) struct Step<Raw, Parsed, Checked> {
    pub(super) raw: Raw,
    pub(super) parsed: Vec<Parsed>,
    pub(super) checked: Vec<Checked>,
}

/// Runs the three stages of a step.
pub(super) fn step<Raw: Send, Next: Send, Parsed: Send, Task: Send, Checked: Send>(
    (raw, tasks): (Vec<Raw>, Vec<Task>),
    read: impl FnOnce() -> Next + Send,
    parse: impl Fn(Raw) -> Parsed + Sync + Send,
    check: impl Fn(Task) -> Checked + Sync + Send,
) -> Step<Next, Parsed, Checked> {
    let (checked, (parsed, raw)) = join(|| map(tasks, check), || join(|| map(raw, parse), read));
    Step { raw, parsed, checked }
}
