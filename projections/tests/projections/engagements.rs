//! The list of engagements, arm by arm.

use domain::engagement::{Command, Engagement};
use domain::name::EngagementId;
use projections::read_models::engagements::{self, EngagementRow, Engagements, Filter};

use crate::support::acts::{new_id, plan};
use crate::support::{TestLog, start};

async fn row(log: &TestLog, engagement: &EngagementId) -> EngagementRow {
    log.wait_for(Engagements::NAME).await;
    engagements::one(&mut *log.request().await, log.log, engagement).await.unwrap().unwrap()
}

// rows: S2-04
#[tokio::test(flavor = "multi_thread")]
async fn a_row_says_what_happened_to_the_engagement() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let engagement = EngagementId::parse(&new_id()).unwrap();
    let act = async |command| log.act::<Engagement>(engagement.as_str(), command).await.unwrap().entries[0].time;
    let opened = act(Command::Open(plan("SOC 2 2026", "2026-01-01"))).await;
    let expected = EngagementRow {
        engagement: engagement.clone(),
        plan: plan("SOC 2 2026", "2026-01-01"),
        opened_at: opened,
        closed_at: None,
    };
    assert_eq!(row(&log, &engagement).await, expected);
    act(Command::Change(plan("SOC 2 of 2026", "2026-02-01"))).await;
    let changed = EngagementRow { plan: plan("SOC 2 of 2026", "2026-02-01"), ..expected };
    assert_eq!(row(&log, &engagement).await, changed);
    let closed = act(Command::Close { note: None }).await;
    assert_eq!(row(&log, &engagement).await, EngagementRow { closed_at: Some(closed), ..changed });
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn engagements_are_listed_by_their_start() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let mut ids = Vec::new();
    for (name, start) in [("First", "2026-01-01"), ("Third", "2026-03-01"), ("Second", "2026-02-01")] {
        let id = new_id();
        log.act::<Engagement>(&id, Command::Open(plan(name, start))).await.unwrap();
        ids.push(EngagementId::parse(&id).unwrap());
    }
    log.act::<Engagement>(ids[0].as_str(), Command::Close { note: None }).await.unwrap();
    log.wait_for(Engagements::NAME).await;
    let mut tx = log.request().await;
    for (is_open, names) in
        [(None, vec!["Third", "Second", "First"]), (Some(true), vec!["Third", "Second"]), (Some(false), vec!["First"])]
    {
        let page = engagements::page(&mut tx, log.log, Filter { is_open }, None).await.unwrap();
        let found: Vec<_> = page.rows.iter().map(|row| row.plan.name.as_str()).collect();
        assert_eq!((found, page.next), (names, None));
    }
    assert_eq!(engagements::of_ids(&mut tx, log.log, &ids[..2]).await.unwrap().len(), 2);
    let other = store::logs::open(&log.ledger, "other", "Other", "ledger.example.com").await.unwrap().info.log;
    let mut tx = log.as_request(&other.to_string()).await;
    let page = engagements::page(&mut tx, log.log, Filter::default(), None).await.unwrap();
    assert_eq!(page.total, 0, "another organisation's request");
    runner.stop().await;
}
