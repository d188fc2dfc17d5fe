use serde_json::json;

use super::*;
use crate::event::written;
use crate::name::UnknownWord;

// rows: S1-15, C12
#[rstest]
#[case(Bundle::Security, "export view", "access_reports audit_logs security_config")]
#[case(Bundle::Financial, "export view", "billing_history invoices usage_reports")]
#[case(Bundle::Compliance, "export view", "access_reports audit_logs compliance_status user_activity")]
#[case(
    Bundle::Full,
    "export view",
    "access_reports audit_logs billing_history compliance_status invoices security_config usage_reports user_activity"
)]
#[case(Bundle::ReadOnly, "view view_evidence", "evidence")]
#[case(Bundle::Comment, "attach comment view view_evidence", "evidence")]
#[case(Bundle::FullAccess, "attach comment download view view_evidence", "evidence")]
#[case(Bundle::ViewControls, "view", "controls")]
#[case(Bundle::ViewEvidence, "download view_evidence", "evidence")]
#[case(Bundle::SubmitIrl, "submit_irl", "requests")]
#[case(Bundle::DownloadPackage, "download_package", "packages")]
fn a_bundle_expands_to_its_sets(#[case] bundle: Bundle, #[case] capabilities: &str, #[case] resources: &str) {
    let scope = Scope::of_bundle(bundle).unwrap();
    assert_eq!(words_of(scope.bundles()), [bundle.as_str()]);
    assert_eq!(words_of(scope.capabilities()).join(" "), capabilities);
    assert_eq!(words_of(scope.resources()).join(" "), resources);
}

#[test]
fn every_bundle_but_the_chosen_one_expands() {
    for bundle in Bundle::ALL {
        assert_eq!(Scope::of_bundle(*bundle).is_ok(), *bundle != Bundle::Custom, "{bundle}");
    }
    assert_eq!(Scope::of_bundle(Bundle::Custom), Err(ScopeError::Custom));
    let unavailable: Vec<_> = Bundle::ALL.iter().filter(|bundle| !bundle.is_available()).collect();
    assert_eq!(unavailable, [&Bundle::DownloadPackage, &Bundle::SubmitIrl]);
    let unavailable: Vec<_> = Capability::ALL.iter().filter(|capability| !capability.is_available()).collect();
    assert_eq!(words_of(unavailable), ["attach", "comment", "download_package", "submit_irl"]);
}

// rows: S5-03, S5-19, C12
#[test]
fn a_level_is_given_on_six_types_of_resource_and_on_vendors() {
    let all = ["controls", "evidence", "incidents", "policies", "risks", "soa", "vendors"];
    let scope = Scope::of_level(Level::ReadOnly, all.map(|word| Resource::parse(word).unwrap())).unwrap();
    assert_eq!(words_of(scope.resources()), all);
    let other = Scope::of_level(Level::ReadOnly, [Resource::Evidence, Resource::Invoices]);
    assert_eq!(other, Err(ScopeError::NotOfLevels { resource: Resource::Invoices }));
}

// rows: S2-11, S2-12, C12
#[test]
fn permissions_are_taken_together_and_named_one_by_one() {
    let scope = Scope::of_permissions([InvitePermission::ViewEvidence, InvitePermission::ViewControls]).unwrap();
    assert_eq!(words_of(scope.bundles()), ["view_controls", "view_evidence"]);
    assert_eq!(words_of(scope.capabilities()), ["download", "view", "view_evidence"]);
    assert_eq!(words_of(scope.resources()), ["controls", "evidence"]);
    assert_eq!(Scope::of_permissions([]), Err(ScopeError::NoCapability));
}

// rows: S1-16, C38
#[test]
fn the_damaged_name_is_read_as_what_it_meant() {
    assert_eq!(Resource::parse_alias("security_H.P.009-CONFIG"), Ok(Resource::SecurityConfig));
    let scope = Scope::custom(["view"], ["security_H.P.009-CONFIG", "security_config"]).unwrap();
    assert_eq!(words_of(scope.resources()), ["security_config"]);
    assert!(Resource::parse("security_H.P.009-CONFIG").is_err(), "it is never written");
}

#[test]
fn an_unknown_capability_or_resource_or_bundle_is_refused() {
    let unknown = |result: Result<Scope, ScopeError>| match result {
        Err(ScopeError::Unknown(UnknownWord { what, found, .. })) => (what, found),
        other => panic!("not refused as unknown: {other:?}"),
    };
    assert_eq!(unknown(Scope::custom(["view", "edit"], ["controls"])), ("capability", "edit".into()));
    assert_eq!(unknown(Scope::custom(["view"], ["payroll"])), ("type of resource", "payroll".into()));
    let error = Bundle::parse("Full").unwrap_err();
    assert!(error.to_string().starts_with("\"Full\" is no bundle; there are: comment, compliance, custom,"), "{error}");
}

#[test]
fn a_scope_reaches_something() {
    assert_eq!(Scope::custom([], ["controls"]), Err(ScopeError::NoCapability));
    assert_eq!(Scope::custom(["view"], []), Err(ScopeError::NoResource));
}

// rows: S1-19
#[test]
fn the_full_bundle_reaches_all_that_the_other_audits_do() {
    let resources = |bundle| Scope::of_bundle(bundle).unwrap().resources().clone();
    assert_eq!(resources(Bundle::Full).len(), 8);
    for bundle in [Bundle::Compliance, Bundle::Financial, Bundle::Security] {
        assert!(resources(bundle).is_subset(&resources(Bundle::Full)), "{bundle}");
    }
}

// rows: S5-19
#[rstest]
#[case::evidence(&[Resource::Evidence], true)]
#[case::risks(&[Resource::Risks], true)]
#[case::vendors(&[Resource::Vendors], true)]
#[case::neither(&[Resource::Controls, Resource::Policies], false)]
fn vendors_limit_a_grant_only_where_something_belongs_to_one(#[case] resources: &[Resource], #[case] is_taken: bool) {
    let scope = Scope::of_level(Level::ReadOnly, resources.iter().copied()).unwrap();
    let limited = scope.limited_to(Filters { vendors: vendors(["acme"]), ..Filters::default() });
    assert_eq!(limited.err(), (!is_taken).then_some(ScopeError::VendorsWithoutUse));
}

#[test]
fn a_change_of_the_most_vendors_with_the_longest_names_fits_an_entry() {
    let many = |count: usize, first: char| -> BTreeSet<VendorId> {
        (0..count).map(|at| VendorId::parse(&format!("{first}{at:063}")).unwrap()).collect()
    };
    let limited = |vendors| {
        let scope = Scope::of_level(Level::FullAccess, [Resource::Evidence, Resource::Risks]).unwrap();
        scope.limited_to(Filters { vendors, ..Filters::default() })
    };
    assert_eq!(limited(many(201, 'a')), Err(ScopeError::VendorsTooMany { found: 201 }));
    let extent = |first| Extent { expires_at: at(NOW), scope: limited(many(200, first)).unwrap() };
    let changed = AccessChanged { after: extent('a'), before: extent('b'), version: 2, widening: true };
    assert!(written(&changed).to_string().len() < 65_535 / 2);
}

#[test]
fn a_window_has_a_bound_and_does_not_end_before_it_begins() {
    assert_eq!(Window::new(None, None), Err(WindowError::Open));
    assert_eq!(Window::new(Some(date("2026-02-01")), Some(date("2026-01-31"))), Err(WindowError::Reversed));
    assert!(window("2026-02-01", "2026-02-01").contains(date("2026-02-01")));
}

#[test]
fn sets_are_recorded_in_the_order_of_their_words() {
    assert!(Bundle::ALL.is_sorted_by_key(|word| word.as_str()));
    assert!(Capability::ALL.is_sorted_by_key(|word| word.as_str()));
    assert!(Resource::ALL.is_sorted_by_key(|word| word.as_str()));
    assert_eq!(words_of(Capability::ALL).len(), 8);
}

#[rstest]
#[case("capabilities", json!(["export", "view"]), true)]
#[case("capabilities", json!(["view", "export"]), false)]
#[case("capabilities", json!(["view", "view"]), false)]
#[case("capabilities", json!([]), false)]
#[case("bundles", json!([]), false)]
#[case("vendors", json!([]), false)]
#[case::vendors_without_use("vendors", json!(["acme"]), false)]
#[case::an_open_window("window", json!({}), false)]
#[case::a_window("window", json!({ "from": "2026-01-01" }), true)]
#[case("role_title", json!("partner"), false)]
#[case::half_a_link("delivery", json!(null), false)]
#[case("another", json!(1), false)]
fn a_recorded_grant_reads_only_as_it_would_be_written(
    #[case] member: &str,
    #[case] value: serde_json::Value,
    #[case] reads: bool,
) {
    let mut detail = written(&granted(DAY_MICROS));
    detail[member] = value;
    assert_eq!(serde_json::from_value::<AccessGranted>(detail).is_ok(), reads);
}

// rows: S2-21, C15
#[test]
fn a_role_suggests_permissions_and_gives_none() {
    assert_eq!(RoleTitle::Observer.suggested(), [InvitePermission::parse("view_controls").unwrap()]);
    for role in RoleTitle::ALL {
        assert!(Scope::of_permissions(role.suggested().iter().copied()).is_ok(), "{role}");
    }
}

// rows: S2-09, C15
#[rstest]
#[case(RoleTitle::Lead)]
#[case(RoleTitle::Staff)]
#[case(RoleTitle::Observer)]
fn a_role_is_a_label_and_changes_nothing_of_what_is_allowed(#[case] role: RoleTitle) {
    let scope = Scope::of_permissions([InvitePermission::ViewControls]).unwrap();
    let without = of_scope(scope);
    let with = AccessGranted { role_title: Some(role), ..without.clone() };
    let (with, without) = (replay(after(with, vec![accepted()])), replay(after(without, vec![accepted()])));
    for capability in Capability::ALL {
        for resource in Resource::ALL {
            let may = |grant: &AccessGrant| grant.permits(at(NOW), *capability, *resource, Item::List);
            assert_eq!(may(&with), may(&without), "{role} {capability} {resource}");
        }
    }
}

// rows: C38
#[test]
fn one_catalogue_has_the_types_of_all_systems() {
    let words = "access_entitlements access_reports audit_logs billing_history compliance_status controls drift evidence \
        exceptions findings incidents invoices packages policies requests risks security_config soa usage_reports user_activity vendors";
    assert_eq!(words_of(Resource::ALL).join(" "), words);
}
