use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use ledger::vocabulary::{Actor, ActorType, Outcome, ReadError, Recorded, Stored, Timestamp};
use rstest::rstest;
use serde_json::json;

use super::*;
use crate::date::Date;

#[test]
fn an_engagement_is_opened() {
    given(vec![]).when(Command::Open(plan("SOC 2"))).then_expect_events(vec![opened()]);
}

#[test]
fn an_open_engagement_is_changed_as_a_whole() {
    let changed = EngagementEvent::EngagementChanged(plan("ISO 27001"));
    given(vec![opened()]).when(Command::Change(plan("ISO 27001"))).then_expect_events(vec![changed.clone()]);
    let back = EngagementEvent::EngagementChanged(plan("SOC 2"));
    given(vec![opened(), changed]).when(Command::Change(plan("SOC 2"))).then_expect_events(vec![back]);
}

#[test]
fn a_change_that_changes_nothing_is_refused() {
    given(vec![opened()]).when(Command::Change(plan("SOC 2"))).then_expect_error(EngagementError::NothingChanged);
}

#[test]
fn an_open_engagement_is_closed() {
    given(vec![opened()]).when(close()).then_expect_events(vec![closed()]);
}

#[rstest]
#[case::opened_again(Command::Open(plan("SOC 2")))]
#[case::changed(Command::Change(plan("ISO 27001")))]
#[case::closed_again(close())]
fn a_closed_engagement_stays_closed(#[case] command: Command) {
    given(vec![opened(), closed()]).when(command).then_expect_error(EngagementError::AlreadyClosed);
}

#[rstest]
#[case::changed(Command::Change(plan("SOC 2")))]
#[case::closed(close())]
fn an_engagement_that_was_never_opened_is_not_there(#[case] command: Command) {
    given(vec![]).when(command).then_expect_error(EngagementError::NotOpened);
}

#[test]
fn an_engagement_is_not_opened_twice() {
    given(vec![opened()]).when(Command::Open(plan("ISO 27001"))).then_expect_error(EngagementError::AlreadyOpened);
}

#[test]
fn every_state_is_reached_by_its_events_and_keeps_its_plan() {
    let after = |events: Vec<EngagementEvent>| {
        let mut engagement = Engagement::default();
        for event in events {
            engagement.apply(event);
        }
        (engagement.state(), engagement.plan().map(|plan| plan.framework.to_string()))
    };
    assert_eq!(after(vec![]), ("absent", None));
    assert_eq!(after(vec![opened()]), ("open", Some("SOC 2".into())));
    assert_eq!(after(vec![opened(), closed()]), ("closed", Some("SOC 2".into())));
    assert_eq!(after(vec![closed()]), ("absent", None), "without a plan there is no engagement");
}

#[test]
fn a_period_has_its_first_and_its_last_day_and_does_not_run_backwards() {
    let (first, last) = (date("2028-02-28"), date("2028-03-01"));
    let period = Period::new(Days { starts_on: first, ends_on: last }).unwrap();
    let days = ["2028-02-27", "2028-02-28", "2028-02-29", "2028-03-01", "2028-03-02"];
    assert_eq!(days.map(|day| period.contains(date(day))), [false, true, true, true, false]);
    assert!(Period::new(Days { starts_on: first, ends_on: first }).is_ok(), "a single day");
    let backwards = Period::new(Days { starts_on: last, ends_on: first }).unwrap_err();
    assert_eq!(backwards.to_string(), "it ends on 2028-02-28, before it starts on 2028-03-01");
}

#[rstest]
#[case::backwards(json!({ "ends_on": "2026-01-01", "framework": "SOC 2", "name": "a", "starts_on": "2026-01-02" }))]
#[case::no_such_day(json!({ "ends_on": "2026-02-29", "framework": "SOC 2", "name": "a", "starts_on": "2026-01-02" }))]
#[case::no_framework(json!({ "ends_on": "2026-03-01", "framework": "", "name": "a", "starts_on": "2026-01-02" }))]
#[case::more(json!({ "by": "", "ends_on": "2026-03-01", "framework": "b", "name": "a", "starts_on": "2026-01-02" }))]
fn what_could_not_have_been_written_does_not_read(#[case] detail: serde_json::Value) {
    let subject = Engagement::stream(&EngagementId::parse("018f3b7e-0000-7000-8000-00000000e001").unwrap());
    let (name, version, outcome) = ("engagement.opened", 1, &Outcome::Success);
    let stored = Stored { name, version, subject: &subject, outcome, detail, personal: &[] };
    assert!(matches!(EngagementEvent::read(&stored), Err(ReadError::Shape { .. })));
}

fn given(events: Vec<EngagementEvent>) -> AggregateTestExecutor<Engagement> {
    let actor = Actor { kind: ActorType::User, id: "018f3b7e-0000-7000-8000-00000000d001".into(), role: None };
    TestFramework::with(Ctx::of(actor, Timestamp::EPOCH)).given(events)
}

fn opened() -> EngagementEvent {
    EngagementEvent::EngagementOpened(plan("SOC 2"))
}

fn closed() -> EngagementEvent {
    EngagementEvent::EngagementClosed(EngagementClosed { note: None })
}

fn close() -> Command {
    Command::Close { note: None }
}

fn plan(framework: &str) -> Plan {
    let days = Days { starts_on: date("2026-01-01"), ends_on: date("2026-12-31") };
    Plan {
        name: EngagementName::parse("Audit 2026").unwrap(),
        framework: Framework::parse(framework).unwrap(),
        period: Period::new(days).unwrap(),
    }
}

fn date(text: &str) -> Date {
    Date::parse(text).unwrap()
}
