//! One record of AWS `CloudTrail` as an event of the log. Pure: the same record always gives the same event.
//!
//! A record says who did what to which resource, when and from where (S4-01 to S4-15), and much of it can name a
//! person: user names, ARNs, session names (often an e-mail address), addresses, request parameters. So nothing is
//! copied into the clear but what [`allowed`] lists, each value only in the form that AWS gives it; people and resources
//! get [`Pseudonyms`]; and the record itself is kept whole, as one sealed value.

use ledger::entry::{Actor, ActorType, Context, Outcome};
use ledger::name::{EventType, Reference};
use ledger::sealed::Of;
use serde_json::{Map, Value, json};
use thiserror::Error;

use super::allowed::{self, Form};
use super::pseudonym::Pseudonyms;
use super::snake::snake_case;
use crate::ingest::{AuditEvent, PersonalText, utc_time};

/// What `detail.ingest.source` says, and what the idempotency key of a record begins with.
pub const SOURCE: &str = "cloudtrail";
/// Longest reason; error codes of AWS have up to about 60 characters.
const REASON_CHARS_MAX: usize = 100;

/// Why a record gives no event.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Unmapped {
    /// It is a number, a text …
    #[error("a record must be an object")]
    NotAnObject,
    /// Without it there is no event.
    #[error("{field} is missing or no text")]
    Missing {
        /// The member.
        field: &'static str,
    },
    /// It has another form than `CloudTrail` gives it.
    #[error("{field} is not of the form that CloudTrail gives it")]
    Form {
        /// The member.
        field: &'static str,
    },
}

/// Maps one record; `text` is the record as it stands in the file, and is sealed.
///
/// # Errors
/// [`Unmapped`], when the record lacks what every `CloudTrail` record has.
pub fn map(record: &Value, text: String, pseudonyms: &Pseudonyms) -> Result<AuditEvent, Unmapped> {
    if !record.is_object() {
        return Err(Unmapped::NotAnObject);
    }
    let event_type = event_type(record)?;
    let account = account(record);
    let identity = Identity::of(record, &account, pseudonyms);
    Ok(AuditEvent {
        event_type,
        version: 1,
        subject: subject(record, &account, pseudonyms)?,
        outcome: outcome(record),
        context: context(record),
        detail: detail(record, &account)?,
        personal: personal(record, text, &identity.person),
        actor: identity.actor,
    })
}

/// The record's own id, which stays the same in every copy of it.
///
/// # Errors
/// [`Unmapped`], when it is missing or not of its form.
pub fn event_id(record: &Value) -> Result<&str, Unmapped> {
    let id = required(record, "eventID")?;
    let is_id = id.len() <= 128 && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    if is_id { Ok(id) } else { Err(Unmapped::Form { field: "eventID" }) }
}

/// `aws_<service>.<event name in snake case>` (S4-06, S4-16).
fn event_type(record: &Value) -> Result<EventType, Unmapped> {
    let source = required(record, "eventSource")?.to_ascii_lowercase();
    let service = service_name(&source);
    if service.is_empty() || !service.is_ascii() {
        return Err(Unmapped::Form { field: "eventSource" });
    }
    let service = service.replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
    let name = snake_case(required(record, "eventName")?);
    EventType::parse(&format!("aws_{service}.{name}")).map_err(|_| Unmapped::Form { field: "eventName" })
}

fn service_name(source: &str) -> &str {
    source.strip_suffix(".amazonaws.com").or_else(|| source.strip_suffix(".amazonaws.com.cn")).unwrap_or(source)
}

/// The account that the record was delivered to, else the one that acted; `unknown` where neither is an account id.
fn account(record: &Value) -> String {
    let accounts = [text(record, "/recipientAccountId"), text(record, "/userIdentity/accountId")];
    let account = accounts.into_iter().flatten().find(|account| Form::Account.fits(account));
    account.unwrap_or("unknown").to_owned()
}

/// The first resource under an opaque id, else the account (S4-09, S4-10).
fn subject(record: &Value, account: &str, pseudonyms: &Pseudonyms) -> Result<Reference, Unmapped> {
    let resources = record.get("resources").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let first = resources.iter().find_map(|resource| Some((resource, resource_name(resource)?)));
    let subject = match first {
        Some((resource, name)) => format!("{}/{}", resource_kind(resource, name), pseudonyms.thing(name)),
        None => format!("aws_account/{account}"),
    };
    Reference::parse(&subject).map_err(|_| Unmapped::Form { field: "resources" })
}

/// A resource by its full name, or all that begin with a prefix.
fn resource_name(resource: &Value) -> Option<&str> {
    text(resource, "/ARN").or_else(|| text(resource, "/ARNPrefix")).filter(|name| !name.is_empty())
}

/// `AWS::S3::Bucket` → `aws_s3_bucket`; without a type, the service that the ARN names.
fn resource_kind(resource: &Value, name: &str) -> String {
    if let Some(kind) = text(resource, "/type").filter(|kind| Form::ResourceType.fits(kind)) {
        return snake_case(kind);
    }
    match name.split(':').nth(2).filter(|service| name.starts_with("arn:") && Form::Service.fits(service)) {
        Some(service) => format!("aws_{}", service.replace(['-', '.'], "_")),
        None => "aws_resource".to_owned(),
    }
}

/// Who acted, and under whose data key what is personal in the record is sealed.
struct Identity {
    actor: Actor,
    person: String,
}

impl Identity {
    /// A person per (account, principal) (S4-02); a service where there is no principal. What a service's record holds
    /// is sealed for the account.
    fn of(record: &Value, account: &str, pseudonyms: &Pseudonyms) -> Self {
        let acting = text(record, "/userIdentity/accountId").unwrap_or(account);
        if let Some(principal) = principal(record) {
            let person = pseudonyms.person(acting, principal).to_string();
            let actor = Actor { kind: ActorType::User, id: person.clone(), role: role(record, pseudonyms) };
            return Self { actor, person };
        }
        let invoked_by = text(record, "/userIdentity/invokedBy").filter(|host| Form::Host.fits(host));
        let id = invoked_by.unwrap_or("aws").to_owned();
        let actor = Actor { kind: ActorType::Service, id, role: None };
        Self { actor, person: pseudonyms.person(acting, "").to_string() }
    }
}

/// `principalId` is unique and never reused; other members stand in for identities that have none.
fn principal(record: &Value) -> Option<&str> {
    let members = ["principalId", "arn", "onBehalfOf/userId", "userName"];
    let mut texts = members.iter().filter_map(|member| text(record, &format!("/userIdentity/{member}")));
    texts.find(|principal| !principal.is_empty())
}

/// The role at that time (S4-05): its name can be a person's, so an assumed role is named as it is as a subject.
fn role(record: &Value, pseudonyms: &Pseudonyms) -> Option<String> {
    if text(record, "/userIdentity/type") == Some("Root") {
        return Some("root".to_owned());
    }
    let issuer = text(record, "/userIdentity/sessionContext/sessionIssuer/arn")?;
    Some(format!("aws_iam_role/{}", pseudonyms.thing(issuer)))
}

/// S4-07, S4-08. Sign-ins fail without an error code: their answer says so.
fn outcome(record: &Value) -> Outcome {
    let reason = match text(record, "/errorCode") {
        Some(code) if Form::Words.fits(code) => snake_case(code),
        Some(_) => String::new(),
        None if sign_in_failed(record) => "sign_in_failed".to_owned(),
        None if text(record, "/errorMessage").is_some() => String::new(),
        None => return Outcome::Success,
    };
    let reason: String = reason.chars().take(REASON_CHARS_MAX).collect();
    Outcome::Failure { reason: if reason.is_empty() { "error".to_owned() } else { reason } }
}

fn sign_in_failed(record: &Value) -> bool {
    let name = text(record, "/eventName").unwrap_or_default();
    let answer = record.get("responseElements").and_then(|answer| answer.get(name));
    answer.and_then(Value::as_str) == Some("Failure")
}

/// S4-12, S4-14; the address and the user agent are sealed.
fn context(record: &Value) -> Context {
    let in_form = |pointer, form: Form| text(record, pointer).filter(|text| form.fits(text)).map(str::to_owned);
    Context {
        request_id: in_form("/requestID", Form::RequestId),
        service: in_form("/eventSource", Form::Host),
        ..Context::default()
    }
}

fn detail(record: &Value, account: &str) -> Result<Value, Unmapped> {
    let time = required(record, "eventTime")?;
    if utc_time(time).is_err() {
        return Err(Unmapped::Form { field: "eventTime" });
    }
    let mut detail = allowed::members(record);
    detail.insert("account".to_owned(), Value::from(account));
    detail.insert("ingest".to_owned(), json!({"source": SOURCE, "id": event_id(record)?, "time": time}));
    // What a refused request asked for need not be of any list of AWS.
    let request = record.get("requestParameters").filter(|_| outcome(record) == Outcome::Success);
    let groups = [
        ("request", request, allowed::REQUEST),
        ("additional", record.get("additionalEventData"), allowed::ADDITIONAL),
    ];
    for (name, group, list) in groups {
        let kept = group.map_or_else(Map::new, |group| allowed::parameters(group, list));
        if !kept.is_empty() {
            detail.insert(name.to_owned(), Value::Object(kept));
        }
    }
    Ok(Value::Object(detail))
}

/// The address (S4-04) and program that it came from, and the whole record.
fn personal(record: &Value, text_of_record: String, person: &str) -> Vec<PersonalText> {
    let fields = [
        ("ip", text(record, "/sourceIPAddress").map(str::to_owned)),
        ("user_agent", text(record, "/userAgent").map(str::to_owned)),
        ("record", Some(text_of_record)),
    ];
    let known = fields.into_iter().filter_map(|(field, text)| Some((field, text.filter(|text| !text.is_empty())?)));
    let sealed = known.map(|(field, plaintext)| PersonalText {
        field: field.to_owned(),
        of: Of::Actor,
        person: person.to_owned(),
        plaintext,
    });
    sealed.collect()
}

fn required<'a>(record: &'a Value, field: &'static str) -> Result<&'a str, Unmapped> {
    record.get(field).and_then(Value::as_str).filter(|text| !text.is_empty()).ok_or(Unmapped::Missing { field })
}

fn text<'a>(value: &'a Value, pointer: &str) -> Option<&'a str> {
    value.pointer(pointer)?.as_str()
}

#[cfg(test)]
mod tests;
