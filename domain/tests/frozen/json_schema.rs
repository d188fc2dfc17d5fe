//! As much of JSON Schema 2020-12 as the schemas of our events use. A keyword that it does not know is a panic, so
//! that no rule of a schema goes unchecked; against a general validator it saves eighty crates.

use regex::Regex;
use serde_json::Value;

/// The first rule of `schema` that `value` breaks.
pub(crate) fn check(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    for (keyword, rule) in schema.as_object().expect("a schema is an object") {
        if !holds(keyword, rule, schema, value, at)? {
            return Err(format!("{at}: {keyword} {rule} does not hold for {value}"));
        }
    }
    Ok(())
}

fn holds(keyword: &str, rule: &Value, schema: &Value, value: &Value, at: &str) -> Result<bool, String> {
    Ok(match keyword {
        "$schema" | "title" | "description" | "examples" => true,
        "type" => is_type(rule.as_str().expect("one type"), value),
        "enum" => rule.as_array().expect("an array").contains(value),
        "format" => is_format(rule.as_str().expect("one format"), text(value)),
        "pattern" => Regex::new(rule.as_str().expect("a pattern")).expect("a pattern").is_match(text(value)),
        "minLength" => number(rule) <= length(text(value).chars().count()),
        "maxLength" => length(text(value).chars().count()) <= number(rule),
        "minimum" => value.as_i64().is_none_or(|value| number(rule) <= value),
        "maximum" => value.as_i64().is_none_or(|value| value <= number(rule)),
        "minItems" => number(rule) <= length(items(value).len()),
        "maxItems" => length(items(value).len()) <= number(rule),
        "maxProperties" => length(members(value).count()) <= number(rule),
        "uniqueItems" => items(value).iter().enumerate().all(|(i, item)| !items(value)[..i].contains(item)),
        "items" => {
            items(value).iter().try_for_each(|item| check(rule, item, &format!("{at}[]")))?;
            true
        }
        "required" => strings(rule).all(|name| value.get(name).is_some()),
        "dependentRequired" => dependent(rule, value),
        "propertyNames" => {
            members(value).try_for_each(|name| check(rule, &Value::from(name.as_str()), &format!("{at} {name}")))?;
            true
        }
        "additionalProperties" if *rule == false => others(schema, value).next().is_none(),
        "additionalProperties" => {
            others(schema, value).try_for_each(|name| check(rule, &value[name], &format!("{at}.{name}")))?;
            true
        }
        "properties" => {
            for (name, rule) in rule.as_object().expect("an object") {
                value.get(name).map_or(Ok(()), |value| check(rule, value, &format!("{at}.{name}")))?;
            }
            true
        }
        unknown => panic!("{at}: the keyword {unknown} is not checked here"),
    })
}

fn is_type(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "integer" => value.is_i64() || value.is_u64(),
        unknown => panic!("the type {unknown} is not checked here"),
    }
}

fn is_format(name: &str, text: &str) -> bool {
    match name {
        "date" => domain::date::Date::parse(text).is_ok(),
        "uuid" => domain::name::GrantId::parse(text).is_ok(),
        "date-time" => ledger::vocabulary::Timestamp::parse(text).is_ok(),
        unknown => panic!("the format {unknown} is not checked here"),
    }
}

fn dependent(rule: &Value, value: &Value) -> bool {
    let rules = rule.as_object().expect("an object");
    rules
        .iter()
        .all(|(name, others)| value.get(name).is_none() || strings(others).all(|other| value.get(other).is_some()))
}

fn strings(rule: &Value) -> impl Iterator<Item = &str> {
    rule.as_array().expect("an array").iter().map(|name| name.as_str().expect("a text"))
}

fn members(value: &Value) -> impl Iterator<Item = &String> {
    value.as_object().into_iter().flat_map(|members| members.keys())
}

/// The members that the schema does not name.
fn others<'a>(schema: &'a Value, value: &'a Value) -> impl Iterator<Item = &'a String> {
    members(value).filter(|name| schema["properties"].get(*name).is_none())
}

fn items(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(rule: &Value) -> i64 {
    rule.as_i64().expect("an integer")
}

fn length(count: usize) -> i64 {
    i64::try_from(count).expect("a length")
}
