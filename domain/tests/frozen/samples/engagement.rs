//! Of an engagement.

use domain::date::Date;
use domain::engagement::{
    Days, Engagement, EngagementClosed, EngagementEvent, EngagementName, Framework, Period, Plan,
};
use domain::event::Event;
use domain::name::EngagementId;

use super::{Sample, note};

pub(super) fn samples() -> Vec<Sample> {
    let engagement = EngagementId::parse("018f3b7e-0000-7000-8000-00000000e001").expect("an id");
    let stream = Engagement::stream(&engagement);
    let sample = |case, event| Sample { case, stream: stream.clone(), event: Event::Engagement(event) };
    vec![
        sample("year", EngagementEvent::EngagementOpened(plan("2026-01-01", "2026-12-31"))),
        sample("leap_day", EngagementEvent::EngagementChanged(plan("2028-02-29", "2028-02-29"))),
        sample("noted", EngagementEvent::EngagementClosed(EngagementClosed { note: Some(note()) })),
        sample("silent", EngagementEvent::EngagementClosed(EngagementClosed { note: None })),
    ]
}

fn plan(starts_on: &str, ends_on: &str) -> Plan {
    let [starts_on, ends_on] = [starts_on, ends_on].map(|day| Date::parse(day).expect("a day"));
    Plan {
        name: EngagementName::parse("Überwachungsaudit 2026").expect("a name"),
        framework: Framework::parse("ISO/IEC 27001:2022").expect("a framework"),
        period: Period::new(Days { starts_on, ends_on }).expect("a period"),
    }
}
