//! A proxy between the store and PostgreSQL that loses what a test wants lost.
//!
//! It follows the wire protocol only so far as to recognise the statement that appends: the one with
//! [`APPEND_PARAMETERS`] parameters.

#![expect(unreachable_pub, clippy::unwrap_used, reason = "a proxy that cannot start is a failed test")]

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{Notify, oneshot};

/// Of the statement in `commit::insert`.
const APPEND_PARAMETERS: u16 = 25;

/// What happens to the next append that passes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loss {
    /// The line dies before the statement reaches the server.
    Request,
    /// The server commits, and the line dies before its answer gets back.
    Answer,
    /// The line dies for the client, and the statement reaches the server only when the test releases it.
    Late,
}

#[derive(Default)]
struct State {
    next: Option<Loss>,
    losses: u32,
    /// After a loss, no further line is carried.
    cut_off_by_loss: bool,
    cut_off: bool,
}

/// Listens in a directory of its own.
pub struct Proxy {
    directory: tempfile::TempDir,
    state: Arc<Mutex<State>>,
    release: Arc<Notify>,
}

impl Proxy {
    /// Starts between clients and the server whose socket is `server`.
    pub fn start(server: PathBuf) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(directory.path().join(".s.PGSQL.5432")).unwrap();
        let state: Arc<Mutex<State>> = Arc::default();
        let release: Arc<Notify> = Arc::default();
        let (for_lines, for_release) = (Arc::clone(&state), Arc::clone(&release));
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                if for_lines.lock().unwrap().cut_off {
                    continue;
                }
                let server = UnixStream::connect(&server).await.unwrap();
                tokio::spawn(carry(client, server, Arc::clone(&for_lines), Arc::clone(&for_release)));
            }
        });
        Self { directory, state, release }
    }

    /// The directory to connect to.
    pub fn host(&self) -> &Path {
        self.directory.path()
    }

    /// Loses the next append in this way.
    pub fn lose_next(&self, loss: Loss) {
        self.state.lock().unwrap().next = Some(loss);
    }

    /// From the next loss on, refuses every new line.
    pub fn refuse_lines_after_loss(&self) {
        self.state.lock().unwrap().cut_off_by_loss = true;
    }

    /// Carries new lines again.
    pub fn accept_lines(&self) {
        let mut state = self.state.lock().unwrap();
        (state.cut_off, state.cut_off_by_loss) = (false, false);
    }

    /// How many were lost so far.
    pub fn losses(&self) -> u32 {
        self.state.lock().unwrap().losses
    }

    /// Lets a late statement through.
    pub fn release_late(&self) {
        self.release.notify_one();
    }
}

async fn carry(client: UnixStream, server: UnixStream, state: Arc<Mutex<State>>, release: Arc<Notify>) {
    let (from_client, to_client) = client.into_split();
    let (from_server, to_server) = server.into_split();
    let (cut, is_cut) = oneshot::channel();
    let answers = tokio::spawn(carry_answers(from_server, to_client, is_cut));
    let _closed = carry_requests(from_client, to_server, &state, &release, cut).await;
    answers.abort();
}

/// Server to client, until told that the client hears no more; then reads on so that the server is not stopped.
async fn carry_answers(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    mut is_cut: oneshot::Receiver<()>,
) -> std::io::Result<()> {
    let mut buffer = vec![0; 65_536];
    loop {
        let count = tokio::select! {
            biased;
            _ = &mut is_cut => return Ok(()),
            count = from.read(&mut buffer) => count?,
        };
        if count == 0 {
            return Ok(());
        }
        to.write_all(&buffer[..count]).await?;
    }
}

async fn carry_requests(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    state: &Mutex<State>,
    release: &Notify,
    cut: oneshot::Sender<()>,
) -> std::io::Result<()> {
    let startup = message_body(&mut from).await?;
    to.write_all(&startup).await?;
    loop {
        let kind = from.read_u8().await?;
        if state.lock().unwrap().cut_off {
            return Ok(());
        }
        let body = message_body(&mut from).await?;
        let loss = if kind == b'B' && parameters(&body[4..]) == APPEND_PARAMETERS { take_loss(state) } else { None };
        let Some(loss) = loss else {
            to.write_u8(kind).await?;
            to.write_all(&body).await?;
            continue;
        };
        return lose(loss, kind, body, from, to, release, cut).await;
    }
}

async fn lose(
    loss: Loss,
    kind: u8,
    body: Vec<u8>,
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    release: &Notify,
    cut: oneshot::Sender<()>,
) -> std::io::Result<()> {
    let mut statement = vec![kind];
    statement.extend(&body);
    // The rest of the statement, up to and with its Sync.
    loop {
        let kind = from.read_u8().await?;
        statement.push(kind);
        statement.extend(message_body(&mut from).await?);
        if kind == b'S' {
            break;
        }
    }
    let _told = cut.send(());
    match loss {
        Loss::Request => {}
        Loss::Answer => {
            to.write_all(&statement).await?;
            // A terminate is read only after the statement has run to its end.
            to.write_all(&[b'X', 0, 0, 0, 4]).await?;
            to.shutdown().await?;
        }
        Loss::Late => {
            drop(from);
            release.notified().await;
            to.write_all(&statement).await?;
            to.write_all(&[b'X', 0, 0, 0, 4]).await?;
            to.shutdown().await?;
        }
    }
    Ok(())
}

fn take_loss(state: &Mutex<State>) -> Option<Loss> {
    let mut state = state.lock().unwrap();
    let loss = state.next.take()?;
    state.losses += 1;
    state.cut_off = state.cut_off_by_loss;
    Some(loss)
}

/// The length field and what it counts.
async fn message_body(from: &mut OwnedReadHalf) -> std::io::Result<Vec<u8>> {
    let length = from.read_u32().await?;
    let mut body = length.to_be_bytes().to_vec();
    body.resize(length as usize, 0);
    from.read_exact(&mut body[4..]).await?;
    Ok(body)
}

/// How many parameters a Bind message carries.
fn parameters(bind: &[u8]) -> u16 {
    let after_names = bind.split(|&byte| byte == 0).take(2).map(|name| name.len() + 1).sum::<usize>();
    let number = |at: usize| u16::from_be_bytes([bind[at], bind[at + 1]]);
    let formats = usize::from(number(after_names));
    number(after_names + 2 + 2 * formats)
}
