//! What S5 says of access, read into ours: level, scopes, vendors, end.

use std::collections::BTreeSet;

use domain::access_grant::{Filters, Level, Resource, Scope};
use domain::date::Date;
use domain::name::VendorId;
use ledger::vocabulary::Timestamp;
use serde_json::Value;

use crate::acts::access::term::Term;
use crate::error::{Error, Result};
use crate::json::Members;
use crate::v1::instant;

/// Where a body names the end.
pub(super) const TERM_AT: &str = "/expiresAt";

/// A level by its name in S5.
pub(super) const fn level_name(level: Level) -> &'static str {
    match level {
        Level::ReadOnly => "READ_ONLY",
        Level::Comment => "COMMENT",
        Level::FullAccess => "FULL",
    }
}

/// The level that a grant was given by, if it was by one.
pub(super) fn level(scope: &Scope) -> Option<Level> {
    Level::ALL.iter().copied().find(|level| scope.bundles().contains(&level.bundle()))
}

/// A type of resource by its name in S5 (S5-03), or by ours where S5 has none.
pub(super) fn scope_name(resource: Resource) -> String {
    match resource {
        Resource::Evidence => "Evidence".to_owned(),
        Resource::Controls => "Controls".to_owned(),
        Resource::Policies => "Policies".to_owned(),
        Resource::Incidents => "Incidents".to_owned(),
        Resource::Risks => "Risks".to_owned(),
        Resource::Soa => "SOA".to_owned(),
        other => other.to_string(),
    }
}

/// The parts of access that are named in a body.
#[derive(Debug, Default)]
pub(super) struct Parts {
    pub(super) level: Option<Level>,
    /// Nothing where they are not named; an empty list is evidence only (S5-82).
    pub(super) resources: Option<BTreeSet<Resource>>,
    /// Nothing where they are not named; an empty list is all vendors (S5-19).
    pub(super) vendors: Option<BTreeSet<VendorId>>,
    pub(super) term: Option<Term>,
}

impl Parts {
    /// Takes `accessLevel`, `scopes`, `vendorIds` and `expiresAt` out of a body.
    pub(super) fn take(body: &mut Members) -> Result<Self> {
        let level = body.optional_parsed("accessLevel", parse_level)?;
        let resources = take_list(body, "scopes", |word| Resource::parse_alias(&word.to_lowercase()))?;
        let vendors = take_list(body, "vendorIds", VendorId::parse)?;
        Ok(Self { level, resources, vendors, term: take_term(body)? })
    }

    /// Whether any part of the scope is named.
    pub(super) fn names_scope(&self) -> bool {
        self.level.is_some() || self.resources.is_some() || self.vendors.is_some()
    }

    /// The scope of a new grant: read-only where no level is named, evidence where no scope is.
    pub(super) fn scope(&self) -> Result<Scope> {
        let resources = self.resources.clone().unwrap_or_default();
        let vendors = self.vendors.clone().unwrap_or_default();
        scope(self.level.unwrap_or(Level::ReadOnly), resources, Filters { vendors, ..Filters::default() })
    }

    /// The scope of a grant with these parts replaced. A level is kept where none is named; a grant that has none keeps
    /// what it may do.
    pub(super) fn scope_after(&self, before: &Scope) -> Result<Scope> {
        let resources = self.resources.clone().unwrap_or_else(|| before.resources().clone());
        let vendors = self.vendors.clone().unwrap_or_else(|| before.vendors().clone());
        let filters = Filters { vendors, ..before.filters().clone() };
        match self.level.or_else(|| level(before)) {
            Some(level) => scope(level, resources, filters),
            None => custom(before, &resources, filters),
        }
    }
}

fn scope(level: Level, resources: BTreeSet<Resource>, filters: Filters) -> Result<Scope> {
    let scope = Scope::of_level(level, resources).map_err(|error| Error::invalid("/scopes", error.to_string()))?;
    scope.limited_to(filters).map_err(|error| Error::invalid("/vendorIds", error.to_string()))
}

fn custom(before: &Scope, resources: &BTreeSet<Resource>, filters: Filters) -> Result<Scope> {
    let capabilities = before.capabilities().iter().map(|capability| capability.as_str());
    let scope = Scope::custom(capabilities, resources.iter().map(|resource| resource.as_str()));
    let scope = scope.map_err(|error| Error::invalid("/scopes", error.to_string()))?;
    scope.limited_to(filters).map_err(|error| Error::invalid("/vendorIds", error.to_string()))
}

fn parse_level(text: &str) -> Result<Level, String> {
    let named = Level::ALL.iter().copied().find(|level| level_name(*level).eq_ignore_ascii_case(text));
    let ours = || Level::parse(text).ok();
    named.or_else(ours).ok_or_else(|| "READ_ONLY, COMMENT or FULL".to_owned())
}

fn take_list<T: Ord, E: std::fmt::Display>(
    body: &mut Members,
    name: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<Option<BTreeSet<T>>> {
    if !body.has(name) {
        return Ok(None);
    }
    let read = |(at, value): (String, Value)| match value {
        Value::String(word) => parse(&word).map_err(|error| Error::invalid(at, error.to_string())),
        _ => Err(Error::invalid(at, "must be a text")),
    };
    body.elements(name)?.into_iter().map(read).collect::<Result<_>>().map(Some)
}

/// An instant, or a date that is still in. A blank one is the policy's default (S5-20).
fn take_term(body: &mut Members) -> Result<Option<Term>> {
    match body.take("expiresAt") {
        None => Ok(None),
        Some(Value::Null) => Ok(Some(Term::Default)),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(Some(Term::Default)),
        Some(Value::String(text)) => match parse_term(&text) {
            Some(term) => Ok(Some(term)),
            None => Err(body.refuse("expiresAt", "must be an RFC 3339 instant or a date YYYY-MM-DD")),
        },
        Some(_) => Err(body.refuse("expiresAt", "must be a text")),
    }
}

fn parse_term(text: &str) -> Option<Term> {
    let instant = || instant::parse(text).ok().map(|at: Timestamp| Term::At(at));
    Date::parse(text).ok().map(Term::Through).or_else(instant)
}

#[cfg(test)]
mod tests {
    use domain::access_grant::Bundle;
    use serde_json::json;

    use super::*;

    fn parts(body: Value) -> Result<Parts> {
        let mut members = Members::of("", body).unwrap();
        let parts = Parts::take(&mut members)?;
        members.finish()?;
        Ok(parts)
    }

    // rows: S5-02, S5-03, S5-18, S5-82
    #[test]
    fn access_without_scopes_is_to_evidence_only_and_read_only() {
        for body in [json!({}), json!({ "scopes": [] }), json!({ "scopes": ["Evidence"], "accessLevel": "READ_ONLY" })]
        {
            let scope = parts(body).unwrap().scope().unwrap();
            assert_eq!(scope.resources().iter().map(|one| scope_name(*one)).collect::<Vec<_>>(), ["Evidence"]);
            assert_eq!(level(&scope).map(level_name), Some("READ_ONLY"));
        }
        let all = json!({ "accessLevel": "FULL",
            "scopes": ["Evidence", "Controls", "Policies", "Incidents", "Risks", "SOA"] });
        let scope = parts(all).unwrap().scope().unwrap();
        assert_eq!(scope.resources().len(), 6);
        assert_eq!(scope.bundles().iter().copied().collect::<Vec<_>>(), [Bundle::FullAccess]);
        assert_eq!(level_name(Level::Comment), "COMMENT");
    }

    #[test]
    fn what_is_not_named_stays() {
        let before = parts(json!({ "accessLevel": "FULL", "scopes": ["Evidence", "Risks"], "vendorIds": ["v-1"] }));
        let before = before.unwrap().scope().unwrap();
        let after = parts(json!({ "accessLevel": "COMMENT" })).unwrap().scope_after(&before).unwrap();
        assert_eq!((after.resources(), after.vendors()), (before.resources(), before.vendors()));
        assert_eq!(level(&after), Some(Level::Comment));
        let narrowed = parts(json!({ "scopes": ["Risks"] })).unwrap().scope_after(&before).unwrap();
        assert_eq!(level(&narrowed), Some(Level::FullAccess));
        assert_eq!(narrowed.resources().len(), 1);
    }

    #[test]
    fn a_refusal_names_the_field() {
        let at = |body| parts(body).map(drop).unwrap_err().to_string();
        assert_eq!(at(json!({ "accessLevel": "ROOT" })), "/accessLevel: READ_ONLY, COMMENT or FULL");
        assert!(at(json!({ "scopes": ["Evidence", "Everything"] })).starts_with("/scopes/1: "));
        assert!(at(json!({ "expiresAt": "tomorrow" })).starts_with("/expiresAt: "));
        let vendors = parts(json!({ "scopes": ["Controls"], "vendorIds": ["v-1"] })).unwrap().scope();
        assert!(vendors.unwrap_err().to_string().starts_with("/vendorIds: "));
    }

    // rows: S5-20
    #[test]
    fn a_blank_end_is_the_policys_default() {
        assert_eq!(parts(json!({ "expiresAt": "" })).unwrap().term, Some(Term::Default));
        assert_eq!(parts(json!({ "expiresAt": null })).unwrap().term, Some(Term::Default));
        assert_eq!(
            parts(json!({ "expiresAt": "2027-01-31" })).unwrap().term,
            Some(Term::Through(Date::parse("2027-01-31").unwrap()))
        );
    }
}
