//! The printed table: medians, latencies and paired ratios with their range.

use std::time::Duration;

use crate::contenders::Contender;

/// What was measured of one contender.
#[derive(Default)]
pub(crate) struct Samples {
    /// Events a second, one per round.
    pub(crate) rates: Vec<f64>,
    /// Of every request of all rounds.
    pub(crate) latencies: Vec<Duration>,
}

/// Prints results; the first contender is what the others are compared with.
pub(crate) struct Table {
    names: Vec<(&'static str, &'static str)>,
}

impl Table {
    pub(crate) fn new(contenders: &[Contender]) -> Self {
        Self { names: contenders.iter().map(|contender| (contender.name, contender.gives)).collect() }
    }

    pub(crate) fn print(&self, title: &str, samples: &[Samples]) {
        println!("\n{title}");
        println!(
            "  {:<18} {:<34} {:>9} {:>9} {:>9}  first ÷ this, paired: median (range)",
            "", "what it does besides keeping", "events/s", "p50 ms", "p99 ms"
        );
        for ((name, gives), of) in self.names.iter().zip(samples) {
            let ratios: Vec<f64> = samples[0].rates.iter().zip(&of.rates).map(|(first, this)| first / this).collect();
            let (low, middle, high) = spread(ratios);
            println!(
                "  {name:<18} {gives:<34} {:>9.0} {:>9.2} {:>9.2}  {middle:.2} ({low:.2} to {high:.2})",
                spread(of.rates.clone()).1,
                percentile(&of.latencies, 50),
                percentile(&of.latencies, 99),
            );
        }
    }
}

/// Lowest, median and highest.
fn spread(mut values: Vec<f64>) -> (f64, f64, f64) {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    let median = if values.len() % 2 == 1 { values[middle] } else { f64::midpoint(values[middle - 1], values[middle]) };
    (values[0], median, values[values.len() - 1])
}

fn percentile(latencies: &[Duration], percent: usize) -> f64 {
    let mut sorted = latencies.to_vec();
    sorted.sort();
    sorted[(sorted.len() - 1) * percent / 100].as_secs_f64() * 1_000.0
}
