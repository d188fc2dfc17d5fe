//! Whatever happens, in whatever order: a read model that is rebuilt says what it said live, and what the aggregates say.

use domain::access_grant::{self, AccessGrant, NewExtent, Resend};
use domain::context::Ctx;
use domain::engagement::{self, Engagement};
use domain::evidence::{self, Evidence};
use domain::invitation::Delivery;
use domain::member::{self, Role, Roles, Stop};
use domain::name::{GrantId, PersonId};
use domain::record::{self, Record};
use projections::projection::Projection;
use projections::read_models::grants::{self, Filter, Sort};
use projections::rebuild::rebuild;
use projections::{ALL, position};
use proptest::prelude::*;
use store::clock;
use store::event_store::EventStore;

use crate::support::acts::{NewGrant, by_admin, by_service, content, days_after, file, limits, metadata, plan, sha256};
use crate::support::{TestLog, start};

/// A command on one of a few aggregates. Some are refused, and change nothing.
#[derive(Clone, Copy, Debug)]
struct Act {
    kind: u8,
    id: u8,
    command: u8,
    value: u8,
}

fn an_act() -> impl Strategy<Value = Act> {
    (0..5u8, 0..3u8, 0..8u8, any::<u8>()).prop_map(|(kind, id, command, value)| Act { kind, id, command, value })
}

impl Act {
    fn id(self) -> String {
        format!("018f3b7e-0000-7000-8000-0000000{}000{}", self.kind, self.id)
    }

    fn digit(self) -> char {
        char::from(b'a' + self.value % 3)
    }

    async fn run(self, log: &TestLog) {
        match self.kind {
            0 => self.on_grant(log).await,
            1 => self.on_member(log).await,
            2 => drop(log.act::<Engagement>(&self.id(), self.on_engagement()).await),
            3 => drop(log.act::<Evidence>(&self.id(), self.on_evidence()).await),
            _ => drop(log.act::<Record>(&format!("risks/R-{}", self.id), self.on_record()).await),
        }
    }

    async fn on_grant(self, log: &TestLog) {
        let now = clock::now();
        let id = GrantId::parse(&self.id()).unwrap();
        let new = NewGrant { id: id.clone(), ..NewGrant::of(["Alpha", "beta", "Gamma"][usize::from(self.value) % 3]) };
        let expires_at = days_after(now, i64::from(self.value) + 2);
        let extent = NewExtent { scope: new.scope(), expires_at, limits: limits(), policy_allows: true };
        let terms = access_grant::AcceptTerms {
            version: std::num::NonZeroU32::MIN,
            text_sha256: sha256('7'),
            signed_name: domain::person::PersonName::parse("Ada").unwrap(),
        };
        let (ctx, command) = match self.command {
            0 | 1 => return drop(log.try_grant(&new).await),
            2 => (by_service(now), access_grant::Command::Accept { token_sha256: Some(sha256(self.digit())) }),
            3 => {
                let delivery = Delivery::ALL[usize::from(self.value) % 3];
                let resend = Resend { delivery, token_sha256: sha256(self.digit()), policy_allows: true };
                (by_admin(now), access_grant::Command::Resend(resend))
            }
            4 => (by_admin(now), access_grant::Command::Change(extent)),
            5 => (by_service(now), access_grant::Command::AcceptTerms(terms)),
            6 if self.value < 128 => (by_admin(now), access_grant::Command::ClearTerms { note: None }),
            6 => (by_admin(now), access_grant::Command::Revoke { note: None, sessions_ended: 1 }),
            _ => (by_service(days_after(now, 400)), access_grant::Command::Expire { sessions_ended: 2 }),
        };
        drop(log.on_grant(&id, ctx, command).await);
    }

    async fn on_member(self, log: &TestLog) {
        let member = PersonId::parse(&self.id()).unwrap();
        let roles = Roles::new([Role::ALL[usize::from(self.value) % Role::ALL.len()]]).unwrap();
        let stop = Stop { note: None, sessions_ended: 0, other_owners: 1 };
        let command = match self.command {
            0 | 1 => return drop(log.try_invite(&member, roles).await),
            2 => member::Command::ResendInvite { token_sha256: Some(sha256(self.digit())) },
            3 => member::Command::Activate { token_sha256: Some(sha256(self.digit())) },
            4 => member::Command::ChangeRoles { roles, other_owners: 1 },
            5 => member::Command::Suspend(stop),
            6 => member::Command::Reinstate { note: None },
            _ => member::Command::Remove(stop),
        };
        drop(log.on_member(&member, command).await);
    }

    fn on_engagement(self) -> engagement::Command {
        let plan = plan(&format!("Audit {}", self.value), "2026-01-01");
        match self.command {
            0..4 => engagement::Command::Open(plan),
            4..7 => engagement::Command::Change(plan),
            _ => engagement::Command::Close { note: None },
        }
    }

    fn on_evidence(self) -> evidence::Command {
        let metadata = metadata(&format!("Evidence {}", self.value), "2026-01-31", None, None);
        match self.command {
            0..3 => evidence::Command::Add(metadata),
            3..5 => evidence::Command::Change(metadata),
            5..7 => evidence::Command::Revise(file("proof.pdf", self.digit())),
            _ => evidence::Command::Withdraw { note: None },
        }
    }

    fn on_record(self) -> record::Command {
        let content = content(&format!("Risk {}", self.value % 4), None, &[]);
        match self.command {
            0..2 => record::Command::Add(content),
            2..6 => record::Command::Import(content),
            _ => record::Command::Withdraw { note: None },
        }
    }
}

/// All that the shown build of a read model says, as JSON, in order.
async fn said(log: &TestLog, projection: &dyn Projection) -> Vec<String> {
    let build = position::shown(log.ledger.reader(), projection.name(), log.log).await.unwrap().unwrap().build;
    let sql = if projection.name().ends_with("_document") {
        "select concat(split_part(view_id, '/', 4), payload) from read.documents
        where log = $1 and build = $2 and projection = $3"
            .to_owned()
    } else {
        let name = projection.name();
        format!(
            "select (to_jsonb(t) - 'version')::text from read.{name} as t where log = $1 and version = $2 and $3 <> ''"
        )
    };
    let query = sqlx::query_scalar(&sql).bind(log.log.0).bind(build.version).bind(build.projection);
    let mut rows: Vec<String> = query.fetch_all(log.ledger.reader()).await.unwrap();
    rows.sort();
    rows
}

async fn grants_are_what_their_streams_say(log: &TestLog) {
    let now = clock::now();
    let mut tx = log.request().await;
    let page = grants::page(&mut tx, log.log, &Filter::default(), now, Sort::default(), None).await.unwrap();
    let ctx: Ctx = by_service(now);
    let aggregates = EventStore::new(log.ledger.clone(), log.log, ctx);
    for row in page.rows {
        let loaded = aggregates.load::<AccessGrant>(&AccessGrant::stream(&row.grant)).await.unwrap().aggregate;
        let terms = loaded.terms().unwrap();
        assert_eq!((Some(row.state), row.version, &row.extent), (loaded.state(), terms.version, &terms.extent));
        assert_eq!((&row.person, &row.firm, &row.regrant_of), (&terms.person, &terms.firm, &terms.regrant_of));
        assert_eq!(row.terms_version, terms.accepted_terms.as_ref().map(|accepted| accepted.version));
        let document = projections::documents::load::<AccessGrant>(&mut tx, log.log, &AccessGrant::stream(&row.grant))
            .await
            .unwrap()
            .unwrap();
        assert_eq!(document.aggregate.state(), loaded.state());
    }
}

async fn live_and_rebuilt_agree(acts: Vec<Act>) {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    for act in acts {
        act.run(&log).await;
    }
    for projection in ALL {
        log.wait_for(projection.name()).await;
        let live = said(&log, *projection).await;
        rebuild(*projection, &log.ledger, log.log, &|_, _| {}).await.unwrap();
        assert_eq!(said(&log, *projection).await, live, "{}", projection.name());
    }
    grants_are_what_their_streams_say(&log).await;
    runner.stop().await;
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 5, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_read_model_rebuilt_says_what_it_said_live(acts in proptest::collection::vec(an_act(), 20..80)) {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(live_and_rebuilt_agree(acts));
    }
}
