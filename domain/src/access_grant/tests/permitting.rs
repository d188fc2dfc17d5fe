use super::*;

#[rstest]
#[case::active(vec![accepted()], Ok(()))]
#[case::pending(vec![], Err(Refusal::GrantNotAccepted))]
#[case::revoked(vec![accepted(), revoked()], Err(Refusal::GrantRevoked))]
#[case::expired(vec![accepted(), expired()], Err(Refusal::GrantExpired))]
fn only_an_active_access_permits_anything(#[case] after: Vec<AccessGrantEvent>, #[case] answer: Result<(), Refusal>) {
    let grant = replay(after_granting(after));
    assert_eq!(grant.permits(at(NOW), Capability::View, Resource::AuditLogs, Item::List), answer);
    assert_eq!(grant.entered(at(NOW)).map(|_| ()), answer);
}

// rows: S1-67, C2
#[test]
fn an_access_permits_what_it_reaches_until_its_last_microsecond() {
    let grant = replay(after_granting(vec![accepted()]));
    let view = |now, resource| grant.permits(at(now), Capability::View, resource, Item::List);
    assert_eq!(view(NOW + LASTS - 1, Resource::AuditLogs), Ok(()));
    assert_eq!(view(NOW + LASTS, Resource::AuditLogs), Err(Refusal::GrantExpired));
    assert_eq!(view(NOW, Resource::Invoices), Err(Refusal::NotPermitted));
    let download = grant.permits(at(NOW), Capability::Download, Resource::AuditLogs, Item::List);
    assert_eq!(download, Err(Refusal::NotPermitted));
    let absent = AccessGrant::Absent.permits(at(NOW), Capability::View, Resource::AuditLogs, Item::List);
    assert_eq!(absent, Err(Refusal::GrantUnknown));
}

// rows: S5-15, S5-17, S5-27, S5-29, C12, C14
#[rstest]
#[case::of_s1(Scope::of_bundle(Bundle::Compliance).unwrap(), false, false, false)]
#[case::level_read_only(Scope::of_level(Level::ReadOnly, []).unwrap(), true, false, false)]
#[case::level_comment(Scope::of_level(Level::Comment, []).unwrap(), true, false, true)]
#[case::level_full(Scope::of_level(Level::FullAccess, []).unwrap(), true, true, true)]
#[case::permission_view_evidence(Scope::of_bundle(Bundle::ViewEvidence).unwrap(), true, true, false)]
#[case::permission_view_controls(Scope::of_bundle(Bundle::ViewControls).unwrap(), false, false, false)]
#[case::permission_packages(Scope::of_bundle(Bundle::DownloadPackage).unwrap(), false, false, false)]
#[case::view_on_evidence(Scope::custom(["view"], ["evidence"]).unwrap(), true, false, false)]
fn evidence_is_seen_and_downloaded_and_commented_on_by_capability(
    #[case] scope: Scope,
    #[case] list: bool,
    #[case] download: bool,
    #[case] comment: bool,
) {
    let grant = replay(after(of_scope(scope), vec![accepted()]));
    let may = |capability| grant.permits(at(NOW), capability, Resource::Evidence, Item::List).is_ok();
    assert_eq!(may(Capability::ViewEvidence), list);
    assert_eq!(may(Capability::View), list);
    assert_eq!(may(Capability::Download), download);
    assert_eq!(may(Capability::Comment), comment);
    assert!(!may(Capability::Export));
}

#[test]
fn seeing_evidence_alone_opens_no_other_records() {
    let grant = replay(after(of_scope(Scope::custom(["view_evidence"], ["controls"]).unwrap()), vec![accepted()]));
    let view = grant.permits(at(NOW), Capability::View, Resource::Controls, Item::List);
    assert_eq!(view, Err(Refusal::NotPermitted));
}

#[test]
fn permissions_taken_together_do_not_widen_each_other() {
    let scope = Scope::of_permissions([InvitePermission::ViewControls, InvitePermission::DownloadPackage]).unwrap();
    assert!(scope.gives(Capability::View, Resource::Controls));
    assert!(!scope.gives(Capability::View, Resource::Evidence));
    assert!(!scope.gives(Capability::Download, Resource::Evidence));
}

// rows: S5-19
#[rstest]
#[case::theirs(Resource::Evidence, Some("acme"), Ok(()))]
#[case::another(Resource::Evidence, Some("other"), Err(Refusal::NotInVendors))]
#[case::of_no_vendor(Resource::Evidence, None, Err(Refusal::NotInVendors))]
#[case::a_risk_of_theirs(Resource::Risks, Some("acme"), Ok(()))]
#[case::a_risk_of_another(Resource::Risks, Some("other"), Err(Refusal::NotInVendors))]
#[case::the_vendor(Resource::Vendors, Some("acme"), Ok(()))]
#[case::a_vendor_that_no_grant_can_name(Resource::Vendors, Some("acme/cloud"), Err(Refusal::NotInVendors))]
#[case::another_vendor(Resource::Vendors, Some("other"), Err(Refusal::NotInVendors))]
#[case::what_has_no_vendors(Resource::Controls, None, Ok(()))]
fn a_grant_limited_to_vendors_reaches_what_is_theirs(
    #[case] resource: Resource,
    #[case] vendor: Option<&str>,
    #[case] answer: Result<(), Refusal>,
) {
    let vendor = vendor.map(|reference| Reference::parse(reference).unwrap());
    let facts = Facts { vendor: vendor.as_ref(), ..Facts::default() };
    let filters = Filters { vendors: vendors(["acme", "zenith"]), ..Filters::default() };
    assert_eq!(permits(filters, resource, Item::One(facts)), answer);
    assert_eq!(permits(Filters::default(), resource, Item::One(facts)), Ok(()), "no vendor named is every vendor");
}

#[rstest]
#[case::the_first_date(Some("2025-10-01"), Ok(()))]
#[case::the_last_date(Some("2026-09-30"), Ok(()))]
#[case::the_day_before(Some("2025-09-30"), Err(Refusal::NotInWindow))]
#[case::the_day_after(Some("2026-10-01"), Err(Refusal::NotInWindow))]
#[case::no_date(None, Err(Refusal::NotInWindow))]
fn a_grant_limited_to_a_window_reaches_evidence_of_it(
    #[case] effective_on: Option<&str>,
    #[case] answer: Result<(), Refusal>,
) {
    let effective_on = effective_on.map(date);
    let item = Item::One(Facts { effective_on, ..Facts::default() });
    let filters = Filters { window: Some(window("2025-10-01", "2026-09-30")), ..Filters::default() };
    assert_eq!(permits(filters.clone(), Resource::Evidence, item), answer);
    assert_eq!(permits(filters, Resource::Risks, item), Ok(()), "a window is one of evidence");
}

#[rstest]
#[case::this_one(Some(ENGAGEMENT), Ok(()))]
#[case::another(Some(PERSON), Err(Refusal::NotInEngagement))]
#[case::of_none(None, Ok(()))]
fn a_grant_limited_to_an_engagement_leaves_out_what_belongs_to_another(
    #[case] engagement_of: Option<&str>,
    #[case] answer: Result<(), Refusal>,
) {
    let of = engagement_of.map(|id| EngagementId::parse(id).unwrap());
    let item = Item::One(Facts { engagement: of.as_ref(), ..Facts::default() });
    let filters = Filters { engagement: Some(engagement()), ..Filters::default() };
    assert_eq!(permits(filters, Resource::Controls, item), answer);
}

#[test]
fn a_list_is_shown_whatever_its_rows_are_filtered_by() {
    let filters =
        Filters { vendors: vendors(["acme"]), engagement: Some(engagement()), window: Some(window("2026-01-01", "")) };
    assert_eq!(permits(filters, Resource::Evidence, Item::List), Ok(()));
}

#[rstest]
#[case::no_filter(Filters::default(), Ok(()))]
#[case::vendors(Filters { vendors: vendors(["acme"]), ..Filters::default() }, Err(Refusal::NotInVendors))]
#[case::an_engagement(Filters { engagement: Some(engagement()), ..Filters::default() }, Err(Refusal::NotInEngagement))]
#[case::a_window(Filters { window: Some(window("2026-01-01", "")), ..Filters::default() }, Err(Refusal::NotInWindow))]
fn what_nothing_is_known_of_is_reached_only_without_filters(
    #[case] filters: Filters,
    #[case] answer: Result<(), Refusal>,
) {
    assert_eq!(permits(filters, Resource::Evidence, Item::Unknown), answer);
}

#[test]
fn a_grant_keeps_its_terms_when_its_data_key_is_gone() {
    let erased = AccessGranted { email: Personal::Erased, name: Some(Personal::Erased), ..granted(LASTS) };
    let grant = replay(after(erased, vec![accepted()]));
    assert_eq!(grant.state(), Some(State::Active));
    assert_eq!(grant.terms().unwrap().email, Personal::Erased);
    assert_eq!(grant.permits(at(NOW), Capability::View, Resource::AuditLogs, Item::List), Ok(()));
}

fn permits(filters: Filters, resource: Resource, item: Item<'_>) -> Result<(), Refusal> {
    let resources = [Resource::Controls, Resource::Evidence, Resource::Risks, Resource::Vendors];
    let scope = Scope::of_level(Level::ReadOnly, resources).unwrap().limited_to(filters).unwrap();
    replay(after(of_scope(scope), vec![accepted()])).permits(at(NOW), Capability::View, resource, item)
}
