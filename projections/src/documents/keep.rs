//! Keeping documents with their stream, and loading them.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry as Place;
use std::marker::PhantomData;

use cqrs_es::persist::{PersistenceError, ViewContext, ViewRepository as _};
use cqrs_es::{EventEnvelope, View as _};
use futures::future::BoxFuture;
use ledger::vocabulary::Subject;
use postgres_es::PostgresViewRepository;
use sqlx::PgConnection;
use store::column::corrupt;
use store::feed::Streams;
use store::{Committed, Ledger, LogId};

use super::act::By;
use super::document::{Document, Documented};
use crate::happened::Happened;
use crate::position::Build;
use crate::projection::{ApplyError, Projection};

/// All documents of one type of aggregate.
pub struct Documents<A>(PhantomData<fn() -> A>);

impl<A> Documents<A> {
    /// Those of `A`.
    pub const fn new() -> Self {
        Self(PhantomData)
    }
}

impl<A> Default for Documents<A> {
    fn default() -> Self {
        Self::new()
    }
}

impl<A: Documented> Projection for Documents<A> {
    fn name(&self) -> &'static str {
        A::NAME
    }

    fn form(&self) -> i32 {
        A::FORM
    }

    fn streams(&self) -> Streams {
        Streams::Of(A::TYPE)
    }

    fn apply<'a>(
        &'a self,
        ledger: &'a Ledger,
        _: &'a mut PgConnection,
        build: &'a Build,
        entries: &'a [Committed],
    ) -> BoxFuture<'a, Result<(), ApplyError>> {
        Box::pin(write::<A>(ledger, build, entries))
    }

    fn clear<'a>(
        &'a self,
        tx: &'a mut PgConnection,
        build: &'a Build,
        max: u32,
    ) -> BoxFuture<'a, Result<u64, sqlx::Error>> {
        Box::pin(remove(tx, build, max))
    }
}

/// Takes entries over into their documents, each of which is read and written once.
async fn write<A: Documented>(ledger: &Ledger, build: &Build, entries: &[Committed]) -> Result<(), ApplyError> {
    let repository = PostgresViewRepository::<Document<A>, A>::new("read.documents", ledger.follower().clone());
    let mut documents = BTreeMap::new();
    for recorded in entries {
        let happened = Happened::<A::Event>::read(recorded)?;
        let (document, _) = match documents.entry(happened.id.clone()) {
            Place::Occupied(document) => document.into_mut(),
            Place::Vacant(place) => {
                let id = view_id(build, &happened.id);
                let loaded = repository.load_with_context(&id).await.map_err(not_kept)?;
                place.insert(loaded.unwrap_or_else(|| (Document::default(), ViewContext::new(id, 0))))
            }
        };
        take_over(document, happened)?;
    }
    for (document, context) in documents.into_values() {
        repository.update_view(document, context).await.map_err(not_kept)?;
    }
    Ok(())
}

fn take_over<A: Documented>(document: &mut Document<A>, happened: Happened<A::Event>) -> Result<(), ApplyError> {
    let expected = document.stream_version + 1;
    if expected < happened.version {
        return Err(ApplyError::StreamGap { index: happened.index, expected, found: happened.version });
    }
    let by = By { index: happened.index, time: happened.time, actor: happened.actor };
    document.update(&EventEnvelope {
        aggregate_id: happened.id,
        sequence: happened.version as usize,
        payload: happened.event,
        metadata: by.metadata(),
    });
    Ok(())
}

fn not_kept(error: PersistenceError) -> ApplyError {
    ApplyError::Document(error)
}

/// The organisation comes first, and the build with it: a document of another organisation, or of a build that is not
/// shown, has another id.
fn view_id(build: &Build, id: &str) -> String {
    format!("{}/{}/{}/{id}", build.log, build.projection, build.version)
}

async fn remove(tx: &mut PgConnection, build: &Build, max: u32) -> Result<u64, sqlx::Error> {
    let removed = sqlx::query!(
        "delete from read.documents
        where view_id in (
            select view_id from read.documents where log = $1 and projection = $2 and build = $3 limit $4
        )",
        build.log.0,
        build.projection,
        build.version,
        i64::from(max)
    )
    .execute(tx)
    .await?;
    Ok(removed.rows_affected())
}

/// The document of the aggregate that has this stream; none where there is no such thing, or the document has not come
/// there yet, also where the one that is shown is of another form. The connection's transaction is the caller's, under the role of requests.
///
/// # Errors
/// The database does not answer, or the document is not of its form.
pub async fn load<A: Documented>(
    conn: &mut PgConnection,
    log: LogId,
    stream: &Subject,
) -> Result<Option<Document<A>>, sqlx::Error> {
    let payload = sqlx::query_scalar!(
        "select payload
        from read.documents
        where log = $1
            and view_id = (
                select concat(log, '/', projection, '/', version, '/', $3::text)
                from read.positions
                where projection = $2 and form = $4 and state = 'shown' and log = $1
            )",
        log.0,
        A::NAME,
        stream.id(),
        A::FORM
    )
    .fetch_optional(conn)
    .await?;
    payload.map(serde_json::from_value).transpose().map_err(|error| corrupt("documents.payload", error))
}
