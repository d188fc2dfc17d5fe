//! The lists of records, arm by arm, and what a grant leaves out of them.

use domain::access_grant::{Filters, Resource};
use domain::name::{EngagementId, VendorId};
use domain::record::{Command, Content, Record, Reference};
use domain::text::Label;
use futures::TryStreamExt as _;
use projections::list::Direction;
use projections::read_models::records::{self, Filter, RecordRow, Records, Sort, SortBy, Within};
use sqlx::PgConnection;

use crate::support::acts::{content, new_id};
use crate::support::{TestLog, start};

async fn act(log: &TestLog, resource: Resource, reference: &str, command: Command) -> ledger::time::Timestamp {
    let id = Record::id(resource, &Reference::parse(reference).unwrap());
    log.act::<Record>(&id, command).await.unwrap().entries[0].time
}

async fn row(log: &TestLog, resource: Resource, reference: &str) -> RecordRow {
    log.wait_for(Records::NAME).await;
    let within = Within { log: log.log, resource, limits: &Filters::default() };
    let reference = Reference::parse(reference).unwrap();
    records::one(&mut *log.request().await, within, &reference).await.unwrap().unwrap()
}

fn without_body(content: Content) -> Content {
    Content::new(domain::record::Parts { body: None, ..content.into_parts() }).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_says_what_happened_to_the_record() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let (resource, reference) = (Resource::Policies, "P-1/2026");
    let first = content("Access policy", Some("draft"), &[]);
    let added = act(&log, resource, reference, Command::Add(first.clone())).await;
    let expected = RecordRow {
        resource,
        reference: Reference::parse(reference).unwrap(),
        content: first,
        added_at: added,
        changed_at: added,
        withdrawn_at: None,
    };
    assert_eq!(row(&log, resource, reference).await, expected);
    let second = content("Access policy", Some("in force"), &[("approved_by", "Board")]);
    let changed_at = act(&log, resource, reference, Command::Change(second.clone())).await;
    let changed = RecordRow { content: second.clone(), changed_at, ..expected };
    assert_eq!(row(&log, resource, reference).await, changed);
    let withdrawn = act(&log, resource, reference, Command::Withdraw { note: None }).await;
    let gone = RecordRow { changed_at: withdrawn, withdrawn_at: Some(withdrawn), ..changed };
    assert_eq!(row(&log, resource, reference).await, gone, "it keeps what it said last");
    let again = act(&log, resource, reference, Command::Add(second)).await;
    let back = RecordRow { added_at: again, changed_at: again, withdrawn_at: None, ..gone };
    assert_eq!(row(&log, resource, reference).await, back);
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_searched_filtered_sorted_and_exported() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let statuses = [None, Some("open"), Some("treated")];
    for number in 0..250 {
        let title = format!("Risk of {}", ["Fire", "flood", "theft"][number % 3]);
        let reference = format!("R-{number:03}");
        let content = content(&title, statuses[number / 3 % 3], &[]);
        act(&log, Resource::Risks, &reference, Command::Import(content)).await;
    }
    act(&log, Resource::Vendors, "R-000", Command::Add(content("A vendor", None, &[]))).await;
    act(&log, Resource::Risks, "R-249", Command::Withdraw { note: None }).await;
    log.wait_for(Records::NAME).await;
    let mut tx = log.request().await;
    let no_limits = Filters::default();
    let within = Within { log: log.log, resource: Resource::Risks, limits: &no_limits };
    let none = Filter::default;
    let rows = all(&mut tx, within, 249).await;
    let references: Vec<_> = rows.iter().map(|row| row.reference.to_string()).collect();
    assert_eq!(references, (0..249).map(|number| format!("R-{number:03}")).collect::<Vec<_>>());
    let has = |text: &str| Filter { contains: Some(text.to_owned()), ..none() };
    for (filter, count) in [
        (has("FLOOD"), 83),
        (has("r-01"), 10),
        (has("%"), 0),
        (Filter { status: Some("open".to_owned().try_into().unwrap()), ..none() }, 84),
        (Filter { is_withdrawn: true, ..none() }, 1),
    ] {
        assert_eq!(
            records::page(&mut tx, within, &filter, Sort::default(), None).await.unwrap().total,
            count,
            "{filter:?}"
        );
        let exported: Vec<_> = records::export(&mut tx, within, &filter).try_collect().await.unwrap();
        assert_eq!(exported.len() as u64, count, "{filter:?}");
    }
    let exported: Vec<_> = records::export(&mut tx, within, &none()).try_collect().await.unwrap();
    assert!(exported.iter().all(|row| row.parts().body.is_some()), "an export has the texts");
    let listed: Vec<_> =
        exported.into_iter().map(|row| RecordRow { content: without_body(row.content), ..row }).collect();
    assert_eq!(listed, rows, "a list has all but the texts");
    for by in [SortBy::Reference, SortBy::Title, SortBy::Status, SortBy::Changed] {
        let sort = Sort { by, direction: Direction::Descending };
        let first = records::page(&mut tx, within, &none(), sort, None).await.unwrap();
        let second = records::page(&mut tx, within, &none(), sort, first.next.as_ref()).await.unwrap();
        let page = [first.rows, second.rows].concat();
        let key = |row: &RecordRow| match by {
            SortBy::Reference => row.reference.to_string(),
            SortBy::Title => row.title().as_str().to_lowercase(),
            SortBy::Status => row.status().map(ToString::to_string).unwrap_or_default(),
            SortBy::Changed => row.changed_at.to_string(),
        };
        let mut wanted: Vec<_> = rows.iter().map(|row| (key(row), row.reference.clone())).collect();
        wanted.sort();
        wanted.reverse();
        let found: Vec<_> = page.iter().map(|row| (key(row), row.reference.clone())).collect();
        assert_eq!(found, wanted[..100], "{by:?}");
    }
    let counts = records::statuses(&mut tx, within).await.unwrap();
    let counts: Vec<_> = counts.iter().map(|of| (of.status.as_ref().map_or("", Label::as_str), of.count)).collect();
    assert_eq!(counts, [("open", 84), ("treated", 81), ("", 84)]);
    runner.stop().await;
}

/// All pages of a list.
async fn all(conn: &mut PgConnection, within: Within<'_>, total: u64) -> Vec<RecordRow> {
    let mut rows = Vec::new();
    let mut after = None;
    loop {
        let page = records::page(conn, within, &Filter::default(), Sort::default(), after.as_ref()).await.unwrap();
        assert_eq!(page.total, total);
        rows.extend(page.rows);
        after = page.next;
        if after.is_none() {
            return rows;
        }
    }
}

async fn listed(conn: &mut PgConnection, within: Within<'_>) -> Vec<RecordRow> {
    records::page(conn, within, &Filter::default(), Sort::default(), None).await.unwrap().rows
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_leaves_out_what_the_grant_leaves_out() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let [ours, theirs] = [new_id(), new_id()];
    let vendors = [None, Some("V-1"), Some("V-2"), Some("no reference")];
    let engagements = [None, Some(ours.as_str()), Some(theirs.as_str()), Some("the audit")];
    for resource in [Resource::Risks, Resource::Vendors, Resource::Controls] {
        for (number, vendor) in vendors.iter().enumerate() {
            for (place, engagement) in engagements.iter().enumerate() {
                let fields = [("vendor", *vendor), ("engagement", *engagement)];
                let fields: Vec<_> = fields.into_iter().filter_map(|(name, text)| Some((name, text?))).collect();
                let reference = format!("V-{}", number * 4 + place);
                act(&log, resource, &reference, Command::Add(content("A record", None, &fields))).await;
            }
        }
    }
    log.wait_for(Records::NAME).await;
    let mut tx = log.request().await;
    let no_limits = Filters::default();
    for resource in [Resource::Risks, Resource::Vendors, Resource::Controls] {
        let all = listed(&mut tx, Within { log: log.log, resource, limits: &no_limits }).await;
        assert_eq!(all.len(), 16);
        for vendors in [vec![], vec!["V-1"], vec!["V-1", "V-2"]] {
            for engagement in [None, Some(EngagementId::parse(&ours).unwrap())] {
                let vendors = vendors.iter().map(|vendor| VendorId::parse(vendor).unwrap()).collect();
                let limits = Filters { vendors, engagement, window: None };
                let admits = |row: &&RecordRow| match row.belonging().item() {
                    domain::access_grant::Item::One(facts) => limits.admit(resource, facts).is_ok(),
                    _ => limits.admit_unknown(resource).is_ok(),
                };
                let wanted: Vec<_> = all.iter().filter(admits).cloned().collect();
                let within = Within { log: log.log, resource, limits: &limits };
                assert_eq!(listed(&mut tx, within).await, wanted, "{resource} {limits:?}");
                let one = records::one(&mut tx, within, &all[2].reference).await.unwrap();
                assert_eq!(one.is_some(), wanted.contains(&all[2]));
            }
        }
    }
    let other = store::logs::open(&log.ledger, "other", "Other", "ledger.example.com").await.unwrap().info.log;
    let mut tx = log.as_request(&other.to_string()).await;
    let within = Within { log: log.log, resource: Resource::Risks, limits: &no_limits };
    assert_eq!(listed(&mut tx, within).await, [], "another organisation's request");
    let exported: Vec<_> = records::export(&mut tx, within, &Filter::default()).try_collect().await.unwrap();
    assert_eq!(exported, []);
    runner.stop().await;
}
