//! What can be done, one file per act or per thing that acts are about. Pages, our own endpoints and those of others all
//! come here: what an act checks, and what it records, stands once.

pub mod access;
pub mod api_key;
pub mod engagement;
pub mod evidence;
pub mod import_records;
pub mod member;
pub mod organisation;
pub mod record;

use domain::context::Ctx;
use ledger::vocabulary::{Recorded, Subject};
use store::append::{Appended, IdempotencyKey, LogId};
use store::event_store::{self, Aggregate};
use store::execute::{self, ExecuteError, execute};
use store::open::Ledger;

use crate::error::{Error, Result};

/// In whose log something is done, by whom, and when. Whether they may was asked before.
#[derive(Clone, Copy)]
pub struct By<'a> {
    /// The way into the logs.
    pub ledger: &'a Ledger,
    /// Whose.
    pub log: LogId,
    /// The circumstances.
    pub ctx: &'a Ctx,
}

impl By<'_> {
    /// Something as it stands, by its own stream: no read model decides.
    ///
    /// # Errors
    /// It cannot be loaded.
    pub async fn load<A>(&self, stream: &Subject) -> Result<A>
    where
        A: Aggregate,
        A::Event: Recorded,
    {
        Ok(event_store::load(self.ledger, self.log, stream).await?)
    }

    async fn execute<A>(
        &self,
        id: &str,
        command: A::Command,
        idempotency: Option<IdempotencyKey>,
    ) -> Result<Appended, ExecuteError<A::Error>>
    where
        A: Aggregate<Services = Ctx>,
        A::Command: Clone,
        A::Event: Recorded,
        A::Error: 'static,
    {
        execute::<A>(self.ledger, self.log, self.ctx, id, command, idempotency).await
    }

    /// The answer of a request that was sent before, where what now stands in its way did not then.
    async fn earlier_or(&self, refusal: Error, idempotency: Option<&IdempotencyKey>) -> Result<Appended> {
        execute::first_answer(self.ledger, self.log, idempotency).await?.ok_or(refusal)
    }
}

/// What a command that came to nothing is answered; what an aggregate refuses is for its act to say.
fn refusal<E: std::error::Error>(error: ExecuteError<E>, refuse: impl FnOnce(E) -> Error) -> Error {
    match error {
        ExecuteError::Refused(refused) => refuse(refused),
        ExecuteError::Id(_) => Error::NotFound,
        ExecuteError::Contended { .. } => Error::Contended,
        ExecuteError::Load(error) => error.into(),
        ExecuteError::Record(error) => error.into(),
    }
}
