//! The lists of evidence, arm by arm, and what a grant leaves out of them.

use std::num::NonZeroU32;

use domain::access_grant::{Filters, Resource, Window};
use domain::date::Date;
use domain::evidence::{Command, Evidence as Aggregate};
use domain::name::{EngagementId, EvidenceId, VendorId};
use domain::record::Reference;
use projections::list::{Before, Direction};
use projections::read_models::evidence::{self, Evidence, EvidenceRow, Filter, Sort, SortBy};

use crate::support::acts::{file, metadata, new_id};
use crate::support::{TestLog, start};

async fn row(log: &TestLog, evidence: &EvidenceId) -> EvidenceRow {
    log.wait_for(Evidence::NAME).await;
    evidence::one(&mut *log.request().await, log.log, evidence).await.unwrap().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_says_what_happened_to_the_evidence() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let evidence = EvidenceId::parse(&new_id()).unwrap();
    let act = async |command| log.act::<Aggregate>(evidence.as_str(), command).await.unwrap().entries[0].time;
    let added = act(Command::Add(metadata("Access review", "2026-03-31", None, None))).await;
    let expected = EvidenceRow {
        evidence: evidence.clone(),
        metadata: metadata("Access review", "2026-03-31", None, None),
        newest: None,
        added_at: added,
        changed_at: added,
        withdrawn_at: None,
    };
    assert_eq!(row(&log, &evidence).await, expected);
    for (number, digit) in [(1, 'a'), (2, 'b')] {
        let changed_at = act(Command::Revise(file("review.pdf", digit))).await;
        let newest = Some((NonZeroU32::new(number).unwrap(), file("review.pdf", digit)));
        assert_eq!(row(&log, &evidence).await, EvidenceRow { newest, changed_at, ..expected.clone() });
    }
    let later = metadata("Access review", "2026-06-30", Some("V-7"), None);
    act(Command::Change(later.clone())).await;
    let changed = row(&log, &evidence).await;
    assert_eq!((changed.metadata, changed.newest.is_some()), (later, true));
    let withdrawn = act(Command::Withdraw { note: None }).await;
    assert_eq!(row(&log, &evidence).await.withdrawn_at, Some(withdrawn));
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_is_walked_back_page_by_page_as_it_was_walked_forward() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    for number in 0..104 {
        let title = format!("Evidence {number}");
        log.act::<Aggregate>(&new_id(), Command::Add(metadata(&title, "2026-01-01", None, None))).await.unwrap();
    }
    log.wait_for(Evidence::NAME).await;
    let mut tx = log.request().await;
    for direction in [Direction::Ascending, Direction::Descending] {
        let sort = Sort { by: SortBy::Title, direction };
        let (none, filter) = (Filters::default(), Filter::default());
        let first = evidence::page(&mut tx, log.log, &none, &filter, sort, None).await.unwrap();
        let second = evidence::page(&mut tx, log.log, &none, &filter, sort, first.next.as_ref()).await.unwrap();
        let third = evidence::page(&mut tx, log.log, &none, &filter, sort, second.next.as_ref()).await.unwrap();
        assert_eq!((first.rows.len(), second.rows.len(), third.rows.len()), (50, 50, 4));
        assert_eq!((&first.before, &second.before, &third.next), (&None, &Some(Before::Start), &None));
        let Some(Before::Behind(cursor)) = &third.before else { panic!("{:?}", third.before) };
        let back = evidence::page(&mut tx, log.log, &none, &filter, sort, Some(cursor)).await.unwrap();
        assert_eq!(back, second);
    }
    drop(tx);
    runner.stop().await;
}

// rows: S5-37
#[tokio::test(flavor = "multi_thread")]
async fn a_list_leaves_out_what_the_grant_leaves_out_and_what_the_filter_does() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let engagements = [new_id(), new_id()].map(|id| EngagementId::parse(&id).unwrap());
    let vendors = [None, Some("V-1"), Some("V-2")];
    let days = ["2026-01-01", "2026-06-30", "2026-12-31"];
    for number in 0..54 {
        let engagement = engagements.get(number / 9 % 3);
        let (vendor, day) = (vendors[number % 3], days[number / 3 % 3]);
        let (id, title) = (new_id(), format!("Evidence {number}"));
        log.act::<Aggregate>(&id, Command::Add(metadata(&title, day, vendor, engagement))).await.unwrap();
        if number % 2 == 0 {
            log.act::<Aggregate>(&id, Command::Revise(file("proof.pdf", 'a'))).await.unwrap();
        }
    }
    log.wait_for(Evidence::NAME).await;
    let mut tx = log.request().await;
    let (none, sort) = (Filters::default(), Sort::default());
    let page = evidence::page(&mut tx, log.log, &none, &Filter::default(), sort, None).await.unwrap();
    let rest = evidence::page(&mut tx, log.log, &none, &Filter::default(), sort, page.next.as_ref()).await.unwrap();
    let all = [page.rows, rest.rows].concat();
    assert_eq!((all.len(), page.total), (54, 54));
    let day = |text| Some(Date::parse(text).unwrap());
    for vendors in [vec![], vec!["V-1"], vec!["V-1", "V-2"], vec!["V-3"]] {
        for engagement in [None, Some(engagements[0].clone())] {
            for window in [None, Some((day("2026-06-30"), None)), Some((None, day("2026-06-30")))] {
                let limits = Filters {
                    vendors: vendors.iter().map(|vendor| VendorId::parse(vendor).unwrap()).collect(),
                    engagement: engagement.clone(),
                    window: window.map(|(from, until)| Window::new(from, until).unwrap()),
                };
                let admits = |row: &&EvidenceRow| limits.admit(Resource::Evidence, row.metadata.facts()).is_ok();
                let wanted = all.iter().filter(admits).count() as u64;
                let page = evidence::page(&mut tx, log.log, &limits, &Filter::default(), sort, None).await.unwrap();
                assert_eq!(page.total, wanted, "{limits:?}");
                assert!(page.rows.iter().all(|row| admits(&row)));
            }
        }
    }
    let reference = |text| Some(Reference::parse(text).unwrap());
    for (filter, count) in [
        (Filter { title_contains: Some("EVIDENCE 5".to_owned()), ..Filter::default() }, 5),
        (Filter { vendor: reference("V-2"), ..Filter::default() }, 18),
        (Filter { engagement: Some(engagements[1].clone()), ..Filter::default() }, 18),
        (Filter { control: reference("CC6.1"), ..Filter::default() }, 54),
        (Filter { control: reference("CC6"), ..Filter::default() }, 0),
        (Filter { has_file: Some(true), ..Filter::default() }, 27),
        (Filter { has_file: Some(false), ..Filter::default() }, 27),
        (Filter { is_withdrawn: true, ..Filter::default() }, 0),
    ] {
        let page = evidence::page(&mut tx, log.log, &none, &filter, sort, None).await.unwrap();
        assert_eq!(page.total, count, "{filter:?}");
    }
    let by_title = Sort { by: SortBy::Title, direction: Direction::Ascending };
    let page = evidence::page(&mut tx, log.log, &none, &Filter::default(), by_title, None).await.unwrap();
    assert!(page.rows.is_sorted_by(|a, b| a.metadata.title <= b.metadata.title));
    let other = store::logs::open(&log.ledger, "other", "Other", "ledger.example.com").await.unwrap().info.log;
    let mut tx = log.as_request(&other.to_string()).await;
    let page = evidence::page(&mut tx, log.log, &none, &Filter::default(), sort, None).await.unwrap();
    assert_eq!(page.total, 0, "another organisation's request");
    runner.stop().await;
}
