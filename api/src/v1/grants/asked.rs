//! What a body says of access: to what and until when, in our own words.

use std::collections::BTreeSet;

use domain::access_grant::{Bundle, Filters, InvitePermission, Level, Resource, Scope, Window};
use domain::date::Date;
use domain::name::{EngagementId, VendorId};
use serde_json::Value;

use crate::acts::access::term::Term;
use crate::error::{Error, Result};
use crate::json::Members;
use crate::v1::instant;

/// The members by one of which a scope is named.
const WAYS: [&str; 4] = ["bundle", "level", "permissions", "capabilities"];

/// Takes a scope out of a body, if one is there: by `bundle`; by `level` with `resources`; by `permissions`; or by
/// `capabilities` with `resources`. `vendors`, `engagement` and `window` limit it.
pub(super) fn take_scope(body: &mut Members) -> Result<Option<Scope>> {
    let named: Vec<_> = WAYS.into_iter().filter(|name| body.has(name)).collect();
    let scope = match named.as_slice() {
        [] => {
            let stray = ["resources", "vendors", "engagement", "window"].into_iter().find(|name| body.has(name));
            return match stray {
                Some(name) => Err(body.refuse(name, format!("stands only with one of {}", WAYS.join(", ")))),
                None => Ok(None),
            };
        }
        [way] => by(way, body)?,
        [_, second, ..] => return Err(body.refuse(second, "a scope is named in one way")),
    };
    let filters = take_filters(body)?;
    scope.limited_to(filters).map(Some).map_err(|error| body.refuse("vendors", error.to_string()))
}

fn by(way: &str, body: &mut Members) -> Result<Scope> {
    let scope = match way {
        "bundle" => Scope::of_bundle(body.parsed("bundle", Bundle::parse)?),
        "level" => {
            Scope::of_level(body.parsed("level", Level::parse)?, words(body, "resources", Resource::parse_alias)?)
        }
        "permissions" => Scope::of_permissions(words(body, "permissions", InvitePermission::parse)?),
        _ => {
            let capabilities = words(body, "capabilities", |word| Ok::<_, Error>(word.to_owned()))?;
            let resources = words(body, "resources", |word| Ok::<_, Error>(word.to_owned()))?;
            Scope::custom(capabilities.iter().map(String::as_str), resources.iter().map(String::as_str))
        }
    };
    scope.map_err(|error| body.refuse(way, error.to_string()))
}

fn take_filters(body: &mut Members) -> Result<Filters> {
    let window = body.optional_object("window")?.map(take_window).transpose()?;
    Ok(Filters {
        vendors: words(body, "vendors", VendorId::parse)?,
        engagement: body.optional_parsed("engagement", EngagementId::parse)?,
        window,
    })
}

fn take_window(mut window: Members) -> Result<Window> {
    let from = window.optional_parsed("from", Date::parse)?;
    let until = window.optional_parsed("until", Date::parse)?;
    let made = Window::new(from, until).map_err(|error| window.refuse("until", error.to_string()))?;
    window.finish()?;
    Ok(made)
}

/// Takes the end out of a body, if one is there: `expires_at`, an instant; `expires_on`, the last date that is in; or
/// `days`.
pub(super) fn take_term(body: &mut Members) -> Result<Option<Term>> {
    let at = body.optional_parsed("expires_at", instant::parse)?.map(Term::At);
    let on = body.optional_parsed("expires_on", Date::parse)?.map(Term::Through);
    let days = body.optional_number("days")?;
    let days = days.map(|days| Term::days(i64::try_from(days).unwrap_or(i64::MAX)));
    let days = days.transpose().map_err(|error| body.refuse("days", error.to_string()))?;
    match (at, on, days) {
        (Some(_), Some(_), _) => Err(body.refuse("expires_on", "stands only where there is no expires_at")),
        (Some(_), _, Some(_)) | (_, Some(_), Some(_)) => {
            Err(body.refuse("days", "stands only where neither expires_at nor expires_on does"))
        }
        (at, on, days) => Ok(at.or(on).or(days)),
    }
}

/// The member that names an end, as a JSON pointer.
pub(super) const fn term_at(term: Term) -> &'static str {
    match term {
        Term::Days(_) => "/days",
        Term::Through(_) => "/expires_on",
        Term::Default | Term::At(_) => "/expires_at",
    }
}

fn words<T: Ord, E: std::fmt::Display>(
    body: &mut Members,
    name: &str,
    parse: impl Fn(&str) -> Result<T, E>,
) -> Result<BTreeSet<T>> {
    let word = |(at, value): (String, Value)| match value {
        Value::String(word) => parse(&word).map_err(|error| Error::invalid(at, error.to_string())),
        _ => Err(Error::invalid(at, "must be a text")),
    };
    body.elements(name)?.into_iter().map(word).collect()
}
