//! Answers that must not tell by their time what stood behind them.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

/// Refusals leave only at multiples of this after their request came: many times as long as they work, and
/// hardly longer than a person notices.
const GRID: Duration = Duration::from_millis(100);

/// When a request came.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival(Instant);

impl Arrival {
    /// Now.
    pub(super) fn now() -> Self {
        Self(Instant::now())
    }

    /// Waits for the next point of time at which a refusal may leave.
    pub(super) async fn even(self) {
        let steps = self.0.elapsed().as_millis() / GRID.as_millis() + 1;
        sleep_until(self.0 + GRID * u32::try_from(steps).unwrap_or(u32::MAX)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_takes_longer_leaves_at_the_same_points_of_time() {
        for work in [0, 1, 30, 99] {
            let arrival = Arrival::now();
            tokio::time::sleep(Duration::from_millis(work)).await;
            arrival.even().await;
            assert_eq!(arrival.0.elapsed(), GRID, "{work} ms of work");
        }
        let arrival = Arrival::now();
        tokio::time::sleep(Duration::from_millis(220)).await;
        arrival.even().await;
        assert_eq!(arrival.0.elapsed(), GRID * 3);
    }
}
