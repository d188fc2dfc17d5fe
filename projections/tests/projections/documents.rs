//! Documents: what a detail page shows of one aggregate, kept with its stream.

use domain::access_grant::{AccessGrant, AccessGrantEvent, Command, Direction, NewExtent, Part, State};
use domain::engagement::Engagement;
use domain::evidence::{self, Evidence};
use domain::member::Member;
use domain::name::{EngagementId, EvidenceId, OrganisationId, PersonId};
use domain::note::Note;
use domain::organisation::{self, Organisation};
use domain::record::{self, Record};
use domain::{access_grant, engagement, member};
use projections::documents::{self, Documented, Documents, Heading, OrganisationAct, RecordAct, RecordPart};
use projections::position;
use projections::projection::{ApplyError, Projection};
use projections::rebuild::rebuild;
use store::clock;

use crate::support::acts::{
    ADMIN, NewGrant, by_admin, by_service, content, days_after, file, limits, metadata, new_id, plan, sha256,
};
use crate::support::{TestLog, start};

/// A grant that was taken up, changed and taken back.
async fn story(log: &TestLog) -> NewGrant {
    let new = NewGrant::of("Prüfer & Söhne");
    log.grant(&new).await;
    let accept = Command::Accept { token_sha256: Some(sha256('a')) };
    log.on_grant(&new.id, by_service(clock::now()), accept).await.unwrap();
    let engagement = Some(EngagementId::parse(&new_id()).unwrap());
    let scope = NewGrant { engagement, ..new.clone() }.scope();
    let expires_at = days_after(clock::now(), 60);
    let extent = NewExtent { scope, expires_at, limits: limits(), policy_allows: true };
    log.on_grant(&new.id, by_admin(clock::now()), Command::Change(extent)).await.unwrap();
    let revoke = Command::Revoke { note: Some(Note::parse("The audit is over").unwrap()), sessions_ended: 2 };
    log.on_grant(&new.id, by_admin(clock::now()), revoke).await.unwrap();
    new
}

async fn of_grant(log: &TestLog, new: &NewGrant) -> documents::Document<AccessGrant> {
    log.wait_for(AccessGrant::NAME).await;
    documents::load(&mut *log.request().await, log.log, &AccessGrant::stream(&new.id)).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_says_how_a_grant_stands_and_what_happened_to_it() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let new = story(&log).await;
    let document = of_grant(&log, &new).await;
    assert_eq!((document.stream_version, document.acts.len(), document.acts_left_out), (4, 4, 0));
    assert_eq!(document.aggregate.state(), Some(State::Revoked));
    let entries = log.entries().await;
    for (act, entry) in document.acts.iter().zip(&entries[1..]) {
        assert_eq!((act.by.index, act.by.time), (entry.index, entry.time));
    }
    assert_eq!(document.acts[0].by.actor.id, ADMIN);
    let AccessGrantEvent::AccessRevoked(revoked) = &document.acts[3].what else { panic!("{document:?}") };
    assert_eq!((revoked.note.as_ref().map(Note::as_str), revoked.sessions_ended), (Some("The audit is over"), 2));
    let versions = document.versions();
    let numbers: Vec<_> = versions.iter().map(|version| (version.version, version.by.index)).collect();
    assert_eq!(numbers, [(1, entries[1].index), (2, entries[3].index)]);
    assert_eq!(versions[0].change, None);
    let change = versions[1].change.as_ref().unwrap();
    assert!(matches!(change.lines[0].part, Part::Engagement(_)), "{change:?}");
    assert_eq!(change.lines[0].direction, Direction::Narrowed);
    let payloads: Vec<serde_json::Value> =
        sqlx::query_scalar("select payload from read.documents").fetch_all(log.ledger.reader()).await.unwrap();
    let text = serde_json::to_string(&payloads).unwrap();
    assert!(!text.contains("ada@") && !text.contains("Ada"), "nothing personal stands in it: {text}");
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_aggregate_has_its_document() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let [engagement, evidence, member] = [new_id(), new_id(), new_id()];
    log.act::<Engagement>(&engagement, engagement::Command::Open(plan("SOC 2", "2026-01-01"))).await.unwrap();
    log.act::<Evidence>(&evidence, evidence::Command::Add(metadata("Review", "2026-01-31", None, None))).await.unwrap();
    log.act::<Evidence>(&evidence, evidence::Command::Revise(file("review.pdf", 'a'))).await.unwrap();
    let owner = member::Roles::new([member::Role::Owner]).unwrap();
    log.invite(&PersonId::parse(&member).unwrap(), owner).await;
    let text = organisation::TermsText::parse(Organisation::DEFAULT_TERMS).unwrap();
    let publish = organisation::Command::PublishTerms { text, sha256: sha256('7') };
    log.act::<Organisation>(&log.log.to_string(), publish).await.unwrap();
    let reference = record::Reference::parse("R/1").unwrap();
    let id = Record::id(access_grant::Resource::Risks, &reference);
    log.act::<Record>(&id, record::Command::Add(content("Fire", None, &[("level", "high")]))).await.unwrap();
    log.act::<Record>(&id, record::Command::Change(content("Fires", None, &[("level", "low")]))).await.unwrap();
    for name in [Evidence::NAME, Member::NAME, Engagement::NAME, Organisation::NAME, Record::NAME] {
        log.wait_for(name).await;
    }
    let mut tx = log.request().await;
    let id = EngagementId::parse(&engagement).unwrap();
    let document = documents::load::<Engagement>(&mut tx, log.log, &Engagement::stream(&id)).await.unwrap().unwrap();
    assert_eq!(document.aggregate.plan(), Some(&plan("SOC 2", "2026-01-01")));
    let id = EvidenceId::parse(&evidence).unwrap();
    let document = documents::load::<Evidence>(&mut tx, log.log, &Evidence::stream(&id)).await.unwrap().unwrap();
    assert_eq!(document.aggregate.live().unwrap().newest().unwrap().1, &file("review.pdf", 'a'));
    let id = PersonId::parse(&member).unwrap();
    let document = documents::load::<Member>(&mut tx, log.log, &Member::stream(&id)).await.unwrap().unwrap();
    assert_eq!((document.aggregate.state(), document.acts.len()), ("invited", 1));
    let stream = Organisation::stream(&OrganisationId::parse(&log.log.to_string()).unwrap());
    let document = documents::load::<Organisation>(&mut tx, log.log, &stream).await.unwrap().unwrap();
    assert!(matches!(document.acts[0].what, OrganisationAct::TermsPublished { .. }));
    let stream = Record::stream(access_grant::Resource::Risks, &reference);
    let document = documents::load::<Record>(&mut tx, log.log, &stream).await.unwrap().unwrap();
    let parts = vec![RecordPart::Title, RecordPart::Body, RecordPart::Field("level".to_owned())];
    let heading = |title: &str| Heading { title: title.to_owned().try_into().unwrap(), status: None };
    assert_eq!(document.acts[0].what, RecordAct::RecordAdded(heading("Fire")));
    assert_eq!(document.acts[1].what, RecordAct::RecordChanged { heading: heading("Fires"), parts });
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_document_has_seen_it_passes_over_and_what_does_not_follow_it_refuses() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let new = story(&log).await;
    let once = of_grant(&log, &new).await;
    runner.stop().await;
    let build = position::shown(log.ledger.reader(), AccessGrant::NAME, log.log).await.unwrap().unwrap().build;
    let entries: Vec<_> = log.entries().await.into_iter().filter(|entry| entry.stream.is_some()).collect();
    let documents = Documents::<AccessGrant>::new();
    let mut tx = log.ledger.reader().begin().await.unwrap();
    documents.apply(&log.ledger, &mut tx, &build, &entries).await.unwrap();
    assert_eq!(of_grant(&log, &new).await, once);
    let another = position::Build { version: build.version + 1, ..build };
    let refused = documents.apply(&log.ledger, &mut tx, &another, &entries[1..]).await;
    assert!(matches!(refused, Err(ApplyError::StreamGap { expected: 1, found: 2, .. })), "{refused:?}");
    // The rest of a stretch whose position was not moved, as after a crash in between.
    documents.apply(&log.ledger, &mut tx, &another, &entries[..2]).await.unwrap();
    documents.apply(&log.ledger, &mut tx, &another, &entries).await.unwrap();
    let sql = "select count(distinct payload) from read.documents where projection = $1";
    let different: i64 = sqlx::query_scalar(sql).bind(AccessGrant::NAME).fetch_one(log.ledger.reader()).await.unwrap();
    assert_eq!(different, 1, "both builds say the same");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_is_rebuilt_beside_and_shown_in_its_form_and_to_its_own_organisation_only() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let new = story(&log).await;
    let live = of_grant(&log, &new).await;
    let before = position::shown(log.ledger.reader(), AccessGrant::NAME, log.log).await.unwrap().unwrap().build;
    let build = rebuild(&Documents::<AccessGrant>::new(), &log.ledger, log.log, &|_, _| {}).await.unwrap();
    assert_eq!(build.version, before.version + 1);
    assert_eq!(of_grant(&log, &new).await, live);
    crate::support::eventually("the old documents are gone", async || {
        let sql = "select count(*) from read.documents where projection = $1";
        let count: i64 = sqlx::query_scalar(sql).bind(AccessGrant::NAME).fetch_one(log.ledger.reader()).await.unwrap();
        (count == 1).then_some(())
    })
    .await;
    let sql = "update read.positions set form = form + 1 where projection = $1 and state = 'shown'";
    sqlx::query(sql).bind(AccessGrant::NAME).execute(log.ledger.reader()).await.unwrap();
    let stream = AccessGrant::stream(&new.id);
    let of_another_form = documents::load::<AccessGrant>(&mut *log.request().await, log.log, &stream).await.unwrap();
    assert_eq!(of_another_form, None, "it would not be understood");
    let other = store::logs::open(&log.ledger, "other", "Other", "ledger.example.com").await.unwrap().info.log;
    for (organisation, asked) in [(other, log.log), (log.log, other), (other, other)] {
        let mut tx = log.as_request(&organisation.to_string()).await;
        assert_eq!(documents::load::<AccessGrant>(&mut tx, asked, &AccessGrant::stream(&new.id)).await.unwrap(), None);
        // An id that names the path to the other's document is no id of a grant; of an organisation it is none either.
        OrganisationId::parse(&format!("{}/access_grant_document/2/{}", log.log, new.id)).unwrap_err();
    }
    runner.stop().await;
}
