//! The lists of grants, arm by arm and filter by filter.

use std::num::NonZeroU32;

use domain::access_grant::{AcceptTerms, Command, Extent, NewExtent, Resend, RoleTitle, State};
use domain::invitation::Delivery;
use domain::name::{EngagementId, GrantId};
use domain::note::Note;
use domain::person::{Firm, PersonName};
use ledger::entry::ActorType;
use ledger::time::Timestamp;
use projections::list::{Cursor, Direction};
use projections::position;
use projections::projection::Projection;
use projections::read_models::grants::{self, ActorRow, Counts, Filter, GrantRow, Grants, LastAccess, Sort, SortBy};
use sqlx::{Postgres, Transaction};
use store::clock;
use store::cluster::Role;

use crate::support::acts::{ADMIN, NewGrant, by_admin, by_service, days_after, limits, new_id, sha256};
use crate::support::{TestLog, start};

async fn row(log: &TestLog, grant: &GrantId) -> GrantRow {
    log.wait_for(Grants::NAME).await;
    grants::one(&mut *log.request().await, log.log, grant).await.unwrap().unwrap()
}

fn accept(digit: char) -> Command {
    Command::Accept { token_sha256: Some(sha256(digit)) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_says_what_happened_to_the_grant() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let new = NewGrant { role_title: Some(RoleTitle::Lead), ..NewGrant::of("Prüfer & Söhne") };
    let appended = log.grant(&new).await;
    let granted = row(&log, &new.id).await;
    assert_eq!((granted.state, granted.version, granted.granted_index), (State::Pending, 1, appended.entries[0].index));
    assert_eq!((granted.grant.clone(), granted.person.clone()), (new.id.clone(), new.person.clone()));
    assert_eq!((granted.firm.as_str(), granted.role_title), ("Prüfer & Söhne", Some(RoleTitle::Lead)));
    assert_eq!(granted.extent.scope, new.scope());
    assert_eq!(granted.created_at, appended.entries[0].time);
    assert_eq!(granted.granted_by, ActorRow { kind: ActorType::User, id: ADMIN.to_owned() });
    assert!(granted.link.is_some() && granted.accepted_at.is_none() && granted.last_accessed_at.is_none());

    let replace =
        Command::Resend(Resend { delivery: Delivery::ShowOnce, token_sha256: sha256('c'), policy_allows: true });
    let resent = log.on_grant(&new.id, by_admin(clock::now()), replace).await.unwrap();
    let after = row(&log, &new.id).await;
    assert_eq!((after.resent_count, after.resent_at), (1, Some(resent.entries[0].time)));
    assert_eq!(after.link.map(|link| link.delivery), Some(Delivery::ShowOnce), "the new link came in another way");

    let by_auditor = by_service(clock::now());
    let first = log.on_grant(&new.id, by_auditor.clone(), accept('c')).await.unwrap().entries[0].time;
    log.on_grant(&new.id, by_auditor.clone(), accept('c')).await.unwrap();
    let accepted = row(&log, &new.id).await;
    assert_eq!((accepted.state, accepted.accepted_at), (State::Active, Some(first)), "a later use is no acceptance");

    let terms = AcceptTerms {
        version: NonZeroU32::new(3).unwrap(),
        text_sha256: sha256('7'),
        signed_name: PersonName::parse("Ada Prüfer").unwrap(),
    };
    log.on_grant(&new.id, by_auditor, Command::AcceptTerms(terms)).await.unwrap();
    assert_eq!(row(&log, &new.id).await.terms_version, NonZeroU32::new(3));
    log.on_grant(&new.id, by_admin(clock::now()), Command::ClearTerms { note: None }).await.unwrap();
    assert_eq!(row(&log, &new.id).await.terms_version, None);

    let engagement = EngagementId::parse(&new_id()).unwrap();
    let elsewhere = NewGrant { engagement: Some(engagement.clone()), ..new.clone() };
    let end = days_after(clock::now(), 60);
    let extent = NewExtent { scope: elsewhere.scope(), expires_at: end, limits: limits(), policy_allows: true };
    log.on_grant(&new.id, by_admin(clock::now()), Command::Change(extent)).await.unwrap();
    let changed = row(&log, &new.id).await;
    assert_eq!((changed.extent, changed.version), (Extent { scope: elsewhere.scope(), expires_at: end }, 2));
    let of_engagement = Filter { engagement: Some(engagement), ..Filter::default() };
    assert_eq!(listed(&log, &of_engagement, clock::now(), Sort::default()).await.len(), 1);

    let revoke = Command::Revoke { note: Some(Note::parse("Over").unwrap()), sessions_ended: 2 };
    let revoked = log.on_grant(&new.id, by_admin(clock::now()), revoke).await.unwrap().entries[0].time;
    let ended = row(&log, &new.id).await;
    assert_eq!((ended.state, ended.sessions_ended), (State::Revoked, 2));
    assert_eq!((ended.revoked_at, ended.ended_at), (Some(revoked), Some(revoked)));
    runner.stop().await;
}

// rows: S2-53
#[tokio::test(flavor = "multi_thread")]
async fn a_grant_shows_when_its_auditor_was_last_there() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let (never, once) = (NewGrant::of("Never"), NewGrant::of("Once"));
    log.grant(&never).await;
    log.grant(&once).await;
    let seen = clock::now();
    see(&log, &once.id, seen).await;
    assert_eq!(row(&log, &once.id).await.last_accessed_at, Some(seen));
    let now = clock::now();
    let later = days_after(seen, 1);
    for (last_access, firms) in [
        (LastAccess::Never, vec!["Never"]),
        (LastAccess::Since(seen), vec!["Once"]),
        (LastAccess::Since(later), vec![]),
        (LastAccess::Before(seen), vec![]),
        (LastAccess::Before(later), vec!["Once"]),
    ] {
        let filter = Filter { last_access: Some(last_access), ..Filter::default() };
        assert_eq!(firms_of(&listed(&log, &filter, now, Sort::default()).await), firms, "{last_access:?}");
    }
    let sort = Sort { by: SortBy::LastAccess, direction: Direction::Ascending };
    assert_eq!(firms_of(&listed(&log, &Filter::default(), now, sort).await), ["Never", "Once"]);
    runner.stop().await;
}

async fn see(log: &TestLog, grant: &GrantId, at: Timestamp) {
    let owner = log.database.pool(Role::Superuser).await;
    let sql = "insert into access.grants_seen (log, grant_id, last_accessed_at)
        values ($1, $2::uuid, timestamptz 'epoch' + $3 * interval '1 microsecond')";
    sqlx::query(sql).bind(log.log.0).bind(grant.as_str()).bind(at.as_micros()).execute(&owner).await.unwrap();
}

fn firms_of(rows: &[GrantRow]) -> Vec<&str> {
    rows.iter().map(|row| row.firm.as_str()).collect()
}

/// Everything that a filter finds, page by page.
async fn listed(log: &TestLog, filter: &Filter, now: Timestamp, sort: Sort) -> Vec<GrantRow> {
    let mut tx = log.request().await;
    let (mut rows, mut after) = (Vec::new(), None);
    loop {
        let page = grants::page(&mut tx, log.log, filter, now, sort, after.as_ref()).await.unwrap();
        rows.extend(page.rows);
        // As it comes back in an address.
        after = page.next.map(|next| Cursor::parse(&next.to_string()).unwrap());
        if after.is_none() {
            assert_eq!(page.total, rows.len() as u64);
            return rows;
        }
    }
}

// rows: S2-23, S2-27
#[tokio::test(flavor = "multi_thread")]
async fn a_grant_past_its_end_counts_as_expired_whether_that_is_recorded_or_not() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let [pending, active, revoked, recorded] = ["Pending", "Active", "Revoked", "Recorded"].map(NewGrant::of);
    for new in [&pending, &active, &revoked, &recorded] {
        log.grant(new).await;
    }
    let now = clock::now();
    let later = days_after(now, 31);
    log.on_grant(&active.id, by_service(now), accept('a')).await.unwrap();
    let revoke = Command::Revoke { note: None, sessions_ended: 0 };
    log.on_grant(&revoked.id, by_admin(now), revoke).await.unwrap();
    log.wait_for(Grants::NAME).await;
    let due = grants::expired_unrecorded(&log.ledger, later, 10).await.unwrap();
    assert_eq!(due.iter().map(|due| &due.grant).collect::<Vec<_>>(), [&pending.id, &active.id, &recorded.id]);
    assert!(due.iter().all(|due| due.log == log.log && due.expires_at <= later));
    assert_eq!(grants::expired_unrecorded(&log.ledger, now, 10).await.unwrap(), []);
    assert_eq!(grants::expired_unrecorded(&log.ledger, later, 2).await.unwrap(), due[..2]);
    let expire = Command::Expire { sessions_ended: 3 };
    log.on_grant(&recorded.id, by_service(later), expire).await.unwrap();
    let ended = row(&log, &recorded.id).await;
    assert_eq!((ended.state, ended.ended_at), (State::Expired, Some(ended.extent.expires_at)));
    assert_eq!((ended.sessions_ended, ended.revoked_at), (3, None));

    for (now, state, firms) in [
        (now, State::Pending, vec!["Pending"]),
        (now, State::Active, vec!["Active"]),
        (now, State::Revoked, vec!["Revoked"]),
        (now, State::Expired, vec!["Recorded"]),
        (later, State::Pending, vec![]),
        (later, State::Active, vec![]),
        (later, State::Revoked, vec!["Revoked"]),
        (later, State::Expired, vec!["Recorded", "Active", "Pending"]),
    ] {
        let filter = Filter { state: Some(state), ..Filter::default() };
        let rows = listed(&log, &filter, now, Sort::default()).await;
        assert_eq!(firms_of(&rows), firms, "{state} at {now}");
        assert!(rows.iter().all(|row| row.state_at(now) == state));
    }
    let mut tx = log.request().await;
    let counts = grants::counts(&mut tx, log.log, None, now).await.unwrap();
    assert_eq!(counts, Counts { pending: 1, active: 1, expired: 1, revoked: 1 });
    let counts = grants::counts(&mut tx, log.log, None, later).await.unwrap();
    assert_eq!(counts, Counts { pending: 0, active: 0, expired: 3, revoked: 1 });
    let none = EngagementId::parse(&new_id()).unwrap();
    assert_eq!(grants::counts(&mut tx, log.log, Some(&none), now).await.unwrap(), Counts::default());
    runner.stop().await;
}

// rows: S2-22
#[tokio::test(flavor = "multi_thread")]
async fn every_filter_and_sort_finds_what_it_says_and_pages_stay_as_rows_come() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let firms = ["Beta", "alpha", "Gamma 100%", "gamma_x"];
    let roles = [None, Some(RoleTitle::Lead), Some(RoleTitle::Observer)];
    for number in 0..120 {
        let days = 2 + i64::try_from(number * 7 % 50).unwrap();
        log.grant(&NewGrant { role_title: roles[number % 3], days, ..NewGrant::of(firms[number % 4]) }).await;
    }
    log.wait_for(Grants::NAME).await;
    let now = clock::now();
    let all = listed(&log, &Filter::default(), now, Sort::default()).await;
    assert_eq!(all.len(), 120);
    assert!(all.is_sorted_by(|a, b| b.created_at <= a.created_at));
    for direction in [Direction::Ascending, Direction::Descending] {
        for (by, key) in [
            (SortBy::Created, (|row| row.created_at.to_string()) as fn(&GrantRow) -> String),
            (SortBy::Expires, |row| row.extent.expires_at.to_string()),
            (SortBy::Firm, |row| row.firm.as_str().to_lowercase()),
            (SortBy::LastAccess, |_| String::new()),
        ] {
            let mut wanted: Vec<_> = all.iter().map(|row| (key(row), row.grant.clone())).collect();
            wanted.sort();
            if direction == Direction::Descending {
                wanted.reverse();
            }
            let rows = listed(&log, &Filter::default(), now, Sort { by, direction }).await;
            let found: Vec<_> = rows.iter().map(|row| (key(row), row.grant.clone())).collect();
            assert_eq!(found, wanted, "{by:?} {direction:?}");
        }
    }
    let none = Filter::default;
    let has = |text: &str| Filter { firm_contains: Some(text.to_owned()), ..none() };
    for (filter, holds) in [
        (has("GAMMA"), (|row| row.firm.as_str().to_lowercase().contains("gamma")) as fn(&GrantRow) -> bool),
        (has("0%"), |row| row.firm.as_str() == "Gamma 100%"),
        (has("a_x"), |row| row.firm.as_str() == "gamma_x"),
        (Filter { firm: Some(Firm::parse("alpha").unwrap()), ..none() }, |row| row.firm.as_str() == "alpha"),
        (Filter { role_title: Some(RoleTitle::Lead), ..none() }, |row| row.role_title == Some(RoleTitle::Lead)),
    ] {
        let wanted: Vec<_> = all.iter().filter(|row| holds(row)).cloned().collect();
        assert!(!wanted.is_empty());
        assert_eq!(listed(&log, &filter, now, Sort::default()).await, wanted, "{filter:?}");
    }
    let mut tx = log.request().await;
    let page = grants::page(&mut tx, log.log, &none(), now, Sort::default(), None).await.unwrap();
    assert_eq!((page.rows.as_slice(), page.total), (&all[..50], 120));
    log.grant(&NewGrant::of("Newest")).await;
    log.wait_for(Grants::NAME).await;
    let next = grants::page(&mut tx, log.log, &none(), now, Sort::default(), page.next.as_ref()).await.unwrap();
    assert_eq!((next.rows.as_slice(), next.total), (&all[50..100], 121), "what came in between moves nothing");
    let nonsense = Cursor::parse("x~y");
    let first = grants::page(&mut tx, log.log, &none(), now, Sort::default(), nonsense.as_ref()).await.unwrap();
    assert_eq!(first.rows[0].firm.as_str(), "Newest", "what fits no row begins anew");
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn applying_twice_equals_once() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let new = NewGrant::of("Prüfer");
    log.grant(&new).await;
    let resend =
        |digit| Command::Resend(Resend { delivery: Delivery::Email, token_sha256: sha256(digit), policy_allows: true });
    for digit in ['c', 'd'] {
        log.on_grant(&new.id, by_admin(clock::now()), resend(digit)).await.unwrap();
    }
    let once = row(&log, &new.id).await;
    runner.stop().await;
    let build = position::shown(log.ledger.reader(), Grants::NAME, log.log).await.unwrap().unwrap().build;
    let entries: Vec<_> = log.entries().await.into_iter().filter(|entry| entry.stream.is_some()).collect();
    let mut tx = log.ledger.reader().begin().await.unwrap();
    Grants.apply(&log.ledger, &mut tx, &build, &entries).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(row(&log, &new.id).await, once);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_organisation_sees_its_own_grants_only() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let new = NewGrant::of("Prüfer");
    log.grant(&new).await;
    let other = store::logs::open(&log.ledger, "other", "Other", "ledger.example.com").await.unwrap().info.log;
    row(&log, &new.id).await;
    for organisation in [other.to_string(), String::new()] {
        let mut tx = log.as_request(&organisation).await;
        assert_eq!(count(&mut tx, log.log).await, 0, "asked for another's");
        assert_eq!(grants::one(&mut tx, log.log, &new.id).await.unwrap(), None);
    }
    let mut tx = log.request().await;
    assert_eq!(count(&mut tx, log.log).await, 1);
    assert_eq!(count(&mut tx, other).await, 0, "asked for another's under one's own name");
    runner.stop().await;
}

async fn count(tx: &mut Transaction<'_, Postgres>, log: store::LogId) -> usize {
    let now = clock::now();
    let page = grants::page(tx, log, &Filter::default(), now, Sort::default(), None).await.unwrap();
    assert_eq!(page.total, page.rows.len() as u64);
    page.rows.len()
}
