//! The list of members, arm by arm.

use domain::member::{Command, Role, Roles, Stop};
use domain::name::PersonId;
use projections::read_models::members::{self, Filter, MemberRow, MemberState, Members};

use crate::support::acts::{new_id, sha256};
use crate::support::{TestLog, start};

async fn row(log: &TestLog, member: &PersonId) -> MemberRow {
    log.wait_for(Members::NAME).await;
    members::one(&mut *log.request().await, log.log, member).await.unwrap().unwrap()
}

fn stop() -> Stop {
    Stop { note: None, sessions_ended: 1, other_owners: 1 }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_says_what_happened_to_the_member() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let member = PersonId::parse(&new_id()).unwrap();
    let owner = Roles::new([Role::Owner]).unwrap();
    let appended = log.invite(&member, owner.clone()).await;
    let invited = row(&log, &member).await;
    assert_eq!((invited.state, invited.roles, invited.member), (MemberState::Invited, owner, member.clone()));
    assert_eq!((invited.invited_index, invited.invited_at), (appended.entries[0].index, appended.entries[0].time));

    let again = Command::ResendInvite { token_sha256: Some(sha256('c')) };
    log.on_member(&member, again).await.unwrap();
    let resent = row(&log, &member).await;
    assert_eq!(resent.resent_count, 1);
    assert!(invited.invitation_expires_at < resent.invitation_expires_at, "the week begins anew");
    assert!(resent.is_invited_at(invited.invitation_expires_at) && !resent.is_invited_at(resent.invitation_expires_at));

    let activate = Command::Activate { token_sha256: Some(sha256('c')) };
    let activated = log.on_member(&member, activate).await.unwrap().entries[0].time;
    let active = row(&log, &member).await;
    assert_eq!((active.state, active.activated_at), (MemberState::Active, Some(activated)));

    let both = Roles::new([Role::Admin, Role::Viewer]).unwrap();
    log.on_member(&member, Command::ChangeRoles { roles: both.clone(), other_owners: 1 }).await.unwrap();
    assert_eq!(row(&log, &member).await.roles, both);

    let suspended = log.on_member(&member, Command::Suspend(stop())).await.unwrap().entries[0].time;
    let row_after = row(&log, &member).await;
    assert_eq!((row_after.state, row_after.stopped_at), (MemberState::Suspended, Some(suspended)));
    log.on_member(&member, Command::Reinstate { note: None }).await.unwrap();
    let row_after = row(&log, &member).await;
    assert_eq!((row_after.state, row_after.stopped_at), (MemberState::Active, None));
    let removed = log.on_member(&member, Command::Remove(stop())).await.unwrap().entries[0].time;
    let row_after = row(&log, &member).await;
    assert_eq!((row_after.state, row_after.stopped_at), (MemberState::Removed, Some(removed)));
    assert_eq!(row_after.activated_at, Some(activated));
    runner.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn members_are_listed_newest_first_and_by_state_and_role() {
    let log = TestLog::open().await;
    let runner = start(&log.ledger);
    let mut ids = Vec::new();
    for number in 0..60 {
        let member = PersonId::parse(&new_id()).unwrap();
        log.invite(&member, Roles::new([Role::ALL[number % 3]]).unwrap()).await;
        ids.insert(0, member);
    }
    log.on_member(&ids[59], Command::Activate { token_sha256: Some(sha256('b')) }).await.unwrap();
    log.wait_for(Members::NAME).await;
    let mut tx = log.request().await;
    let page = members::page(&mut tx, log.log, Filter::default(), None).await.unwrap();
    let rest = members::page(&mut tx, log.log, Filter::default(), page.next.as_ref()).await.unwrap();
    assert_eq!((page.rows.len(), rest.rows.len(), page.total), (50, 10, 60));
    let listed: Vec<_> = page.rows.iter().chain(&rest.rows).map(|row| row.member.clone()).collect();
    assert_eq!(listed, ids);
    let found = async |tx: &mut _, filter| members::page(tx, log.log, filter, None).await.unwrap().total;
    let of_state = Filter { state: Some(MemberState::Active), ..Filter::default() };
    assert_eq!(found(&mut tx, of_state).await, 1);
    let of_role = Filter { role: Some(Role::ALL[1]), ..Filter::default() };
    assert_eq!(found(&mut tx, of_role).await, 20);
    let other = store::logs::open(&log.ledger, "other", "Other", "ledger.example.com").await.unwrap().info.log;
    let mut tx = log.as_request(&other.to_string()).await;
    assert_eq!(found(&mut tx, Filter::default()).await, 0, "another organisation's request");
    runner.stop().await;
}
