use super::*;
use crate::access_grant::Direction::{Narrowed, Renamed, Shifted, Widened};

#[test]
fn what_is_the_same_has_no_difference() {
    let change = Change::between(&evidence(Filters::default()), &evidence(Filters::default()));
    assert!(change.is_empty() && !change.is_widening());
}

#[test]
fn sets_differ_word_by_word() {
    let scope = |level, resources: &[Resource]| Scope::of_level(level, resources.iter().copied()).unwrap();
    let before = scope(Level::FullAccess, &[Resource::Controls, Resource::Evidence]);
    let after = scope(Level::Comment, &[Resource::Evidence, Resource::Risks]);
    let change = Change::between(&extent(before), &extent(after));
    let names = Values { before: [Bundle::FullAccess].into(), after: [Bundle::Comment].into() };
    let expected = [
        (Renamed, Part::Bundles(names)),
        (Narrowed, Part::Capability(Capability::Download)),
        (Widened, Part::Resource(Resource::Risks)),
        (Narrowed, Part::Resource(Resource::Controls)),
    ];
    assert_eq!(change.lines, expected.map(|(direction, part)| ChangeLine { direction, part }));
    assert!(change.is_widening());
}

#[test]
fn another_name_for_the_same_sets_widens_nothing() {
    let named = Scope::of_level(Level::ReadOnly, []).unwrap();
    let chosen = Scope::custom(["view", "view_evidence"], ["evidence"]).unwrap();
    let change = Change::between(&extent(named), &extent(chosen));
    assert_eq!(change.lines.len(), 1);
    assert!(!change.is_empty() && !change.is_widening());
}

#[rstest]
#[case::from_all_to_some(vendors([]), vendors(["a"]), Narrowed)]
#[case::from_some_to_all(vendors(["a"]), vendors([]), Widened)]
#[case::one_more(vendors(["a"]), vendors(["a", "b"]), Widened)]
#[case::one_less(vendors(["a", "b"]), vendors(["b"]), Narrowed)]
#[case::others(vendors(["a", "b"]), vendors(["b", "c"]), Shifted)]
fn vendors_widen_and_narrow(
    #[case] before: BTreeSet<VendorId>,
    #[case] after: BTreeSet<VendorId>,
    #[case] direction: Direction,
) {
    let filters = |vendors| Filters { vendors, ..Filters::default() };
    let part = Part::Vendors(Values { before: before.clone(), after: after.clone() });
    assert_line(filters(before), filters(after), direction, part);
}

#[rstest]
#[case::set(None, Some(engagement()), Narrowed)]
#[case::lifted(Some(engagement()), None, Widened)]
#[case::another(Some(engagement()), Some(EngagementId::parse(PERSON).unwrap()), Shifted)]
fn an_engagement_widens_and_narrows(
    #[case] before: Option<EngagementId>,
    #[case] after: Option<EngagementId>,
    #[case] direction: Direction,
) {
    let filters = |engagement| Filters { engagement, ..Filters::default() };
    let part = Part::Engagement(Values { before: before.clone(), after: after.clone() });
    assert_line(filters(before), filters(after), direction, part);
}

#[rstest]
#[case::set(None, Some(window("2026-01-01", "")), Narrowed)]
#[case::lifted(Some(window("", "2026-06-30")), None, Widened)]
#[case::an_earlier_first_date(Some(window("2026-02-01", "")), Some(window("2026-01-01", "")), Widened)]
#[case::a_later_first_date(Some(window("2026-01-01", "")), Some(window("2026-02-01", "")), Narrowed)]
#[case::a_later_last_date(Some(window("", "2026-06-30")), Some(window("", "2026-07-31")), Widened)]
#[case::an_earlier_last_date(Some(window("", "2026-06-30")), Some(window("", "2026-05-31")), Narrowed)]
#[case::an_open_end(Some(window("2026-01-01", "2026-06-30")), Some(window("2026-01-01", "")), Widened)]
#[case::moved(Some(window("2026-01-01", "2026-06-30")), Some(window("2026-02-01", "2026-07-31")), Shifted)]
#[case::the_other_half(Some(window("", "2026-06-30")), Some(window("2026-07-01", "")), Shifted)]
fn a_window_widens_and_narrows(
    #[case] before: Option<Window>,
    #[case] after: Option<Window>,
    #[case] direction: Direction,
) {
    let filters = |window| Filters { window, ..Filters::default() };
    let part = Part::Window(Values { before, after });
    assert_line(filters(before), filters(after), direction, part);
}

#[rstest]
#[case::later(1, Widened)]
#[case::earlier(-1, Narrowed)]
fn an_end_widens_and_narrows(#[case] moved: i64, #[case] direction: Direction) {
    let before = evidence(Filters::default());
    let after = Extent { expires_at: at(NOW + LASTS + moved), ..before.clone() };
    let part = Part::Expiry(Values { before: before.expires_at, after: after.expires_at });
    assert_eq!(Change::between(&before, &after).lines, [ChangeLine { direction, part }]);
}

fn assert_line(before: Filters, after: Filters, direction: Direction, part: Part) {
    let change = Change::between(&evidence(before), &evidence(after));
    assert_eq!(change.lines, [ChangeLine { direction, part }]);
    assert_eq!(change.is_widening(), direction != Narrowed);
}

fn evidence(filters: Filters) -> Extent {
    extent(Scope::of_level(Level::ReadOnly, []).unwrap().limited_to(filters).unwrap())
}

fn extent(scope: Scope) -> Extent {
    Extent { expires_at: at(NOW + LASTS), scope }
}
