//! A queued letter, written from the log as it stands when it is sent.

use std::num::NonZeroU32;

use domain::access_grant::{AccessGrant, AccessGrantEvent, Terms};
use domain::engagement::Engagement;
use domain::member::Member;
use domain::name::{GrantId, OrganisationId, PersonId};
use domain::organisation::{Organisation, OrganisationEvent, PublishedTerms};
use ledger::entry::Entry;
use ledger::vocabulary::{ActorType, Recorded, Subject};
use store::append::Committed;
use store::entries;
use store::event_store::{self, Aggregate};
use store::logs::LogInfo;
use store::recording::{self, LoadError};
use thiserror::Error;

use super::envelope::{AddressError, Recipient};
use super::letterhead::{NoRecipient, letterhead};
use super::queued::Queued;
use super::{Expired, Letterhead, Link, Message, Moment, Revoked, Shown, TermsCopy};
use crate::app::App;

/// Why a letter was not written.
#[derive(Debug, Error)]
pub enum NotWritten {
    /// It never will be: what it needs is erased, or nobody is there to read it.
    #[error("it cannot be written any more: {0}")]
    Never(&'static str),
    /// The log could not be read now.
    #[error("the log could not be read")]
    Load(#[from] LoadError),
}

impl From<sqlx::Error> for NotWritten {
    fn from(error: sqlx::Error) -> Self {
        Self::Load(error.into())
    }
}

impl From<NoRecipient> for NotWritten {
    fn from(reason: NoRecipient) -> Self {
        match reason {
            NoRecipient::Erased => Self::Never("erased"),
            NoRecipient::Address(AddressError) => Self::Never("bad_address"),
        }
    }
}

/// Writes the letter of a kind about a grant that the entry at this place caused. Names and addresses are opened for it,
/// and kept nowhere.
///
/// # Errors
/// [`NotWritten`].
pub async fn write(
    app: &App,
    info: &LogInfo,
    kind: Queued,
    grant: &GrantId,
    cause_index: u64,
) -> Result<(Message, Recipient), NotWritten> {
    let log = Log::new(app, info);
    let granted: AccessGrant = log.load(&AccessGrant::stream(grant)).await?;
    let terms = granted.terms().ok_or(NotWritten::Never("no_grant"))?;
    let organisation = log.organisation().await?;
    let letter = Letter {
        head: letterhead(info, &organisation),
        engagement: log.engagement(terms).await?,
        cause: log.entry(cause_index).await?,
        organisation,
        terms,
    };
    match kind {
        Queued::TermsCopy => log.terms_copy(letter).await,
        Queued::Revoked => log.revoked(letter).await,
        Queued::Expired => log.expired(letter, grant).await,
    }
}

/// What all of them say.
struct Letter<'a> {
    head: Letterhead,
    organisation: Organisation,
    engagement: Option<Shown>,
    terms: &'a Terms,
    cause: Committed,
}

impl Letter<'_> {
    /// For the auditor.
    fn recipient(&self) -> Result<Recipient, NotWritten> {
        Ok(Recipient::of_person(&self.terms.email, self.terms.name.as_ref())?)
    }

    fn auditor(&self) -> Option<Shown> {
        Shown::of_person(self.terms.name.as_ref())
    }
}

/// One organisation's log, as the letters read it.
struct Log<'a> {
    app: &'a App,
    info: &'a LogInfo,
}

impl<'a> Log<'a> {
    fn new(app: &'a App, info: &'a LogInfo) -> Self {
        Self { app, info }
    }

    async fn load<A>(&self, stream: &Subject) -> Result<A, NotWritten>
    where
        A: Aggregate,
        A::Event: Recorded,
    {
        Ok(event_store::load(self.app.ledger(), self.info.log, stream).await?)
    }

    /// The note of whoever revoked is repeated: the form says so beside it.
    async fn revoked(&self, letter: Letter<'_>) -> Result<(Message, Recipient), NotWritten> {
        let to = letter.recipient()?;
        let event = self.read::<AccessGrantEvent>(std::slice::from_ref(&letter.cause)).await?.pop();
        let Some(AccessGrantEvent::AccessRevoked(revoked)) = event else {
            return Err(NotWritten::Never("no_revocation"));
        };
        let message = Message::Revoked(Revoked {
            name: letter.auditor(),
            at: Moment::of(&letter.organisation, letter.cause.time),
            head: letter.head,
            engagement: letter.engagement,
            reason: revoked.note.as_ref().map(|note| Shown::new(note.as_str())),
        });
        Ok((message, to))
    }

    async fn terms_copy(&self, letter: Letter<'_>) -> Result<(Message, Recipient), NotWritten> {
        let to = letter.recipient()?;
        let event = self.read::<AccessGrantEvent>(std::slice::from_ref(&letter.cause)).await?.pop();
        let Some(AccessGrantEvent::TermsAccepted(accepted)) = event else { return Err(NotWritten::Never("no_terms")) };
        let published = self.published(accepted.version).await?.ok_or(NotWritten::Never("no_terms"))?;
        // What was accepted is named by its hash: another text under this number is not it.
        if published.sha256 != accepted.text_sha256 {
            return Err(NotWritten::Never("other_terms"));
        }
        let message = Message::TermsCopy(TermsCopy {
            name: letter.auditor(),
            version: accepted.version.get(),
            sha256: accepted.text_sha256,
            text: published.text.as_str().to_owned(),
            accepted_at: Moment::of(&letter.organisation, letter.cause.time),
            entry_index: letter.cause.index,
            entry_hash: letter.cause.hash,
            link: Link::new(self.app.public_url(), "/auditor/portal").expect("a path of ours"),
            head: letter.head,
        });
        Ok((message, to))
    }

    async fn expired(&self, letter: Letter<'_>, grant: &GrantId) -> Result<(Message, Recipient), NotWritten> {
        let (name, to) = self.granter(grant).await?;
        let path = format!("/orgs/{}/grants/new?regrant={grant}", self.info.slug);
        let message = Message::Expired(Expired {
            name,
            auditor: letter.auditor(),
            firm: letter.terms.firm.named().map(Shown::new),
            at: Moment::of(&letter.organisation, letter.terms.expires_at()),
            link: Link::new(self.app.public_url(), &path).expect("a path of ours"),
            head: letter.head,
            engagement: letter.engagement,
        });
        Ok((message, to))
    }

    /// Whoever gave access, if that is somebody who works here still.
    async fn granter(&self, grant: &GrantId) -> Result<(Option<Shown>, Recipient), NotWritten> {
        let nobody = NotWritten::Never("no_recipient");
        let stream = AccessGrant::stream(grant);
        let first = entries::of_stream(self.app.ledger().reader(), self.info.log, &stream, 0).await?.into_iter().next();
        let first = first.ok_or(NotWritten::Never("no_grant"))?;
        let actor = Entry::parse(&first.bytes).map_err(|source| LoadError::Entry { index: first.index, source })?.actor;
        let Some(member) = PersonId::parse(&actor.id).ok().filter(|_| actor.kind == ActorType::User) else {
            return Err(nobody);
        };
        let Member::Active(profile) = self.load(&Member::stream(&member)).await? else { return Err(nobody) };
        let to = Recipient::of_person(&profile.email, profile.name.as_ref())?;
        Ok((Shown::of_person(profile.name.as_ref()), to))
    }

    async fn organisation(&self) -> Result<Organisation, NotWritten> {
        self.load(&self.stream_of_organisation()).await
    }

    /// What the engagement of a grant is called.
    async fn engagement(&self, terms: &Terms) -> Result<Option<Shown>, NotWritten> {
        let Some(id) = &terms.scope().filters().engagement else { return Ok(None) };
        let engagement: Engagement = self.load(&Engagement::stream(id)).await?;
        Ok(engagement.plan().map(|plan| Shown::new(plan.name.as_str())))
    }

    /// A version of the terms, also one that is not in force any more.
    async fn published(&self, version: NonZeroU32) -> Result<Option<PublishedTerms>, NotWritten> {
        let stream = self.stream_of_organisation();
        let entries = entries::of_stream(self.app.ledger().reader(), self.info.log, &stream, 0).await?;
        let events = self.read::<OrganisationEvent>(&entries).await?;
        Ok(events.into_iter().find_map(|event| match event {
            OrganisationEvent::TermsPublished(terms) if terms.version == version => Some(terms),
            _ => None,
        }))
    }

    async fn read<E: Recorded>(&self, entries: &[Committed]) -> Result<Vec<E>, NotWritten> {
        let mut conn = self.app.ledger().reader().acquire().await?;
        Ok(recording::read(&mut conn, self.info.log, entries).await?)
    }

    fn stream_of_organisation(&self) -> Subject {
        let id = self.info.log.to_string();
        Organisation::stream(&OrganisationId::parse(&id).expect("the id of a log is a UUID"))
    }

    async fn entry(&self, index: u64) -> Result<Committed, NotWritten> {
        let mut found = entries::at(self.app.ledger().reader(), self.info.log, &[index]).await?;
        found.pop().ok_or(NotWritten::Never("no_entry"))
    }
}
