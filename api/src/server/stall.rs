//! A connection whose reader takes too little is closed: hyper times reading, not writing.

use std::future::Future as _;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// What is expected of who reads an answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pace {
    /// How long a reader may be waited for beyond what the bytes that it takes are worth.
    pub(super) patience: Duration,
    /// A byte that is taken is worth the time that it takes at this rate.
    pub(super) bytes_per_second: u32,
}

/// A stream that fails a write when its reader has used up our patience.
///
/// Waiting uses it up, and bytes that are taken give it back, never more than there was at first. So a reader at the
/// pace is waited for as long as an answer is; one that takes nothing, or a byte now and then, is not, whatever it took
/// before. An answer ends within the patience and the time that it takes at the pace.
pub(super) struct StallTimeout<S> {
    stream: S,
    pace: Pace,
    /// What is left of the patience, but for the waiting that goes on.
    left: Duration,
    /// Since when a write waits, so that `deadline` counts.
    waiting: Option<Instant>,
    deadline: Pin<Box<Sleep>>,
}

impl<S> StallTimeout<S> {
    pub(super) fn new(stream: S, pace: Pace) -> Self {
        let deadline = Box::pin(tokio::time::sleep(pace.patience));
        Self { stream, pace, left: pace.patience, waiting: None, deadline }
    }

    /// Passes a write's outcome on; while it is pending, counts.
    fn timed<T>(
        &mut self,
        cx: &mut Context<'_>,
        outcome: Poll<io::Result<T>>,
        taken: impl FnOnce(&T) -> usize,
    ) -> Poll<io::Result<T>> {
        if let Poll::Ready(done) = &outcome {
            let waited = self.waiting.take().map_or(Duration::ZERO, |since| since.elapsed());
            let earned = done.as_ref().map_or(Duration::ZERO, |done| self.pace.worth(taken(done)));
            self.left = self.left.saturating_sub(waited).saturating_add(earned).min(self.pace.patience);
            return outcome;
        }
        if self.waiting.is_none() {
            let now = Instant::now();
            self.waiting = Some(now);
            self.deadline.as_mut().reset(now + self.left);
        }
        ready!(self.deadline.as_mut().poll(cx));
        Poll::Ready(Err(io::Error::new(io::ErrorKind::TimedOut, "the client reads too slowly")))
    }
}

impl Pace {
    fn worth(self, bytes: usize) -> Duration {
        let per_byte = Duration::from_secs(1) / self.bytes_per_second;
        per_byte.saturating_mul(u32::try_from(bytes).unwrap_or(u32::MAX))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for StallTimeout<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for StallTimeout<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, bytes);
        self.timed(cx, outcome, |taken| *taken)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, slices);
        self.timed(cx, outcome, |taken| *taken)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(cx);
        self.timed(cx, outcome, |()| 0)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.timed(cx, outcome, |()| 0)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::time::{sleep, timeout};

    use super::*;

    /// A pipe of `buffer` bytes: who writes, and who reads.
    fn pipe(buffer: usize, pace: Pace) -> (StallTimeout<DuplexStream>, DuplexStream) {
        let (writer, reader) = duplex(buffer);
        (StallTimeout::new(writer, pace), reader)
    }

    #[tokio::test]
    async fn a_reader_that_drips_is_cut_off_although_it_never_stops() {
        let pace = Pace { patience: Duration::from_millis(300), bytes_per_second: 1_000 };
        let (mut writer, mut reader) = pipe(1, pace);
        let drip = tokio::spawn(async move {
            while reader.read_u8().await.is_ok() {
                sleep(Duration::from_millis(50)).await;
            }
        });
        let written = timeout(Duration::from_secs(20), writer.write_all(&vec![0; 100_000])).await;
        let error = written.expect("it is cut off").unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        drop(writer);
        drip.await.unwrap();
    }

    #[tokio::test]
    async fn a_slow_reader_that_keeps_the_pace_is_waited_for_longer_than_the_patience() {
        let pace = Pace { patience: Duration::from_secs(1), bytes_per_second: 1_000 };
        let (mut writer, mut reader) = pipe(64, pace);
        let read = tokio::spawn(async move {
            let (mut read, mut buffer) = (0, [0; 64]);
            while let Ok(more @ 1..) = reader.read(&mut buffer).await {
                read += more;
                sleep(Duration::from_millis(10)).await;
            }
            read
        });
        let began = Instant::now();
        writer.write_all(&[0; 16_384]).await.unwrap();
        assert!(pace.patience < began.elapsed(), "{:?}", began.elapsed());
        drop(writer);
        assert_eq!(read.await.unwrap(), 16_384);
    }

    #[tokio::test]
    async fn what_was_taken_fast_buys_no_more_than_the_patience() {
        let pace = Pace { patience: Duration::from_millis(300), bytes_per_second: 1_000 };
        let (mut writer, mut reader) = pipe(64, pace);
        // A minute's worth.
        let sent = async { writer.write_all(&vec![0; 60_000]).await.unwrap() };
        let mut taken = vec![0; 60_000];
        let (taken, ()) = tokio::join!(reader.read_exact(&mut taken), sent);
        taken.unwrap();
        let stalled = timeout(Duration::from_secs(20), writer.write_all(&[0; 1_000])).await;
        assert_eq!(stalled.expect("it is cut off").unwrap_err().kind(), io::ErrorKind::TimedOut);
    }
}
