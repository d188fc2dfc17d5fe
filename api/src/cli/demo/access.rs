//! Access in the demo: given, used, taken back, refused.

use domain::access_grant::{AccessGrant, Capability, Command, Item, Resource, Scope};
use domain::activity::{self, ActivityEvent, File};
use domain::context::Ctx;
use domain::invitation::Delivery;
use domain::member::{self, Invite, Member, Role, Roles};
use domain::name::{GrantId, PersonId, Sha256};
use domain::note::Note;
use domain::person::{Email, Firm, PersonName};
use ledger::entry::{Actor, ActorType};
use sha2::Digest as _;
use store::append::Appended;
use store::clock;
use store::event_store::EventStore;
use store::execute::execute;
use store::logs::LogInfo;
use store::recording::record;
use uuid::Uuid;

use super::Show;
use crate::acts::access::grant::{Asked, grant};
use crate::acts::access::revoke::revoke;
use crate::acts::access::term::Term;
use crate::app::App;
use crate::auth::{Acting, Circumstances};

/// What the auditor looks at.
const MONTH: &str = "2026-03";
const REPORT: &[u8] = b"Access review, first quarter of 2026. Reviewed: 42 accounts. Removed: 1.\n";

/// The auditor, with the access that was given.
struct Auditor<'a> {
    app: &'a App,
    organisation: &'a LogInfo,
    grant: GrantId,
    ctx: Ctx,
}

impl Show<'_> {
    /// Access is given, used and taken back.
    pub(super) async fn access(&mut self, organisation: &LogInfo) -> anyhow::Result<()> {
        let app = self.service.app().clone();
        let owner = owner(&app, organisation).await?;
        let granted = grant(&app, &owner, || Ok(()), asked()?, None).await?;
        self.say(&format!("Gave an auditor access for 30 days: entry {}.", index(&granted.appended)));
        let actor = Actor { kind: ActorType::Auditor, id: granted.person.to_string(), role: None };
        let auditor =
            Auditor { app: &app, organisation, grant: granted.grant.clone(), ctx: Ctx::of(actor, clock::now()) };
        let token = granted.shown_once.as_ref().map(crate::access::grant_token::Token::sha256);
        let accepted = auditor.accept(token).await?;
        self.say(&format!("The auditor accepted: entry {accepted}."));
        let (viewed, _) = auditor.view().await?;
        self.say(&format!("The auditor viewed the audit log of March: entry {viewed}, recorded before it was shown."));
        let downloaded = auditor.download().await?;
        self.say(&format!("The auditor downloaded a report: entry {downloaded}, with the file's SHA-256."));
        let note = Note::parse("The audit is done.")?;
        let revoked = revoke(&app, &owner, &granted.grant, Some(note), None).await?;
        self.say(&format!("Took the access back: entry {}.", index(&revoked.appended)));
        let (_, was_shown) = auditor.view().await?;
        anyhow::ensure!(!was_shown, "a view after the revocation was not refused");
        self.say("The auditor tried to view again and was refused; the attempt is an entry as well.");
        Ok(())
    }
}

impl Auditor<'_> {
    async fn accept(&self, token_sha256: Option<Sha256>) -> anyhow::Result<u64> {
        let (ledger, command) = (self.app.ledger(), Command::Accept { token_sha256 });
        let id = self.grant.as_str();
        let appended = execute::<AccessGrant>(ledger, self.organisation.log, &self.ctx, id, command, None).await?;
        Ok(index(&appended))
    }

    /// The entry of the view, and whether it was allowed.
    async fn view(&self) -> anyhow::Result<(u64, bool)> {
        let outcome = self.may(Capability::View, Resource::AuditLogs).await?;
        let record = activity::record(Resource::AuditLogs, MONTH)?;
        let viewed = ActivityEvent::RecordViewed { grant: self.grant.clone(), record, outcome };
        Ok((self.record(&viewed).await?, outcome.is_ok()))
    }

    async fn download(&self) -> anyhow::Result<u64> {
        let sha256 = Sha256::parse(&hex::encode(sha2::Sha256::digest(REPORT)))?;
        let file = File { bytes: REPORT.len() as u64, sha256 };
        let outcome = self.may(Capability::Download, Resource::Evidence).await?.map(|()| file);
        let evidence = activity::evidence("access-review-2026-q1.txt")?;
        self.record(&ActivityEvent::EvidenceDownloaded { grant: self.grant.clone(), evidence, outcome }).await
    }

    async fn may(&self, capability: Capability, resource: Resource) -> anyhow::Result<Result<(), activity::Refusal>> {
        let store = EventStore::new(self.app.ledger().clone(), self.organisation.log, self.ctx.clone());
        let grant = store.load::<AccessGrant>(&AccessGrant::stream(&self.grant)).await?.aggregate;
        Ok(grant.permits(clock::now(), capability, resource, Item::List))
    }

    async fn record(&self, event: &ActivityEvent) -> anyhow::Result<u64> {
        let log = self.organisation.log;
        Ok(index(&record(self.app.ledger(), log, &self.ctx, &event.stream(), event, None).await?))
    }
}

/// Somebody of the organisation who may give access.
async fn owner(app: &App, organisation: &LogInfo) -> anyhow::Result<Acting> {
    let member = PersonId::parse(&Uuid::new_v4().to_string())?;
    let invite = Invite {
        member: member.clone(),
        email: Email::parse("owner@larkfield.example")?,
        name: Some(PersonName::parse("Mara Quist")?),
        roles: Roles::new([Role::Owner])?,
        email_hash: None,
        token_sha256: None,
    };
    let actor = Actor { kind: ActorType::System, id: "command_line".to_owned(), role: None };
    let ctx = Ctx::of(actor, clock::now());
    for command in [member::Command::Invite(invite), member::Command::Activate { token_sha256: None }] {
        execute::<Member>(app.ledger(), organisation.log, &ctx, member.as_str(), command, None).await?;
    }
    let acting = Acting::load(app, organisation.clone(), member, Circumstances::default()).await?;
    acting.ok_or_else(|| anyhow::anyhow!("the owner is not active"))
}

/// A new auditor each time, so that the demo can be run again on the same data.
fn asked() -> anyhow::Result<Asked> {
    Ok(Asked {
        email: Email::parse(&format!("auditor-{}@example.com", Uuid::new_v4().simple()))?,
        name: Some(PersonName::parse("Example Auditor")?),
        firm: Firm::parse("Example Audit")?,
        role_title: None,
        scope: Scope::custom(["view", "download"], ["audit_logs", "evidence"])?,
        term: Term::Days(30),
        delivery: Some(Delivery::ShowOnce),
        regrant_of: None,
    })
}

fn index(appended: &Appended) -> u64 {
    appended.entries.first().map_or(0, |entry| entry.index)
}
