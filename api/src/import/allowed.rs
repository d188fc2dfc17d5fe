//! The members of a `CloudTrail` record that are copied into the clear, and the form that each must have. What is not
//! listed here, or has another form, stays in the sealed record alone.
//!
//! The rule for a new line: its value is chosen by AWS or is a number or a switch; nobody can put a name, an address or
//! a text of their own there.

use serde_json::{Map, Value};

use super::reader::is_number;

/// The form of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// 12 digits
    Account,
    /// A word of some list of AWS: letters, digits, `.`, `_`, `-`, at most 64
    Word,
    /// Such words joined by `:`, at most 128: event names, error codes, times
    Words,
    /// `ec2.amazonaws.com`
    Host,
    /// `ec2`
    Service,
    /// `AWS::S3::Bucket`
    ResourceType,
    /// A UUID, or the capitals and digits that S3 gives
    RequestId,
    /// `8-4-4-4-12` hex
    Uuid,
    /// `vpce-` and hex
    VpcEndpoint,
    /// `true`, `false`, also as text
    Switch,
    /// An integer, or the digits of any number
    Number,
}

impl Form {
    /// Whether a text has the form.
    pub(super) fn fits(self, text: &str) -> bool {
        let all = |allowed: fn(&u8) -> bool| text.bytes().all(|byte| allowed(&byte));
        let length = |least: usize, most: usize| (least..=most).contains(&text.len());
        match self {
            Self::Account => text.len() == 12 && all(u8::is_ascii_digit),
            Self::Word => length(1, 64) && all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte)),
            Self::Words => length(1, 128) && all(|byte| byte.is_ascii_alphanumeric() || b"._:-".contains(byte)),
            Self::Host => Self::host(text),
            Self::Service => {
                length(1, 63) && all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(byte))
            }
            Self::ResourceType => {
                text.starts_with("AWS::") && length(6, 128) && all(|byte| byte.is_ascii_alphanumeric() || *byte == b':')
            }
            Self::RequestId => {
                Self::Uuid.fits(text)
                    || (length(12, 32) && all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()))
            }
            Self::Uuid => text.len() == 36 && uuid::Uuid::try_parse(text).is_ok(),
            Self::VpcEndpoint => {
                let id = text.strip_prefix("vpce-").unwrap_or_default();
                (8..=17).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit())
            }
            Self::Switch => matches!(text, "true" | "false" | "Yes" | "No"),
            Self::Number => length(1, 40) && is_number(text),
        }
    }

    fn host(text: &str) -> bool {
        let service = text.strip_suffix(".amazonaws.com").or_else(|| text.strip_suffix(".amazonaws.com.cn"));
        service.is_some_and(|service| Self::Service.fits(service))
    }

    /// The value, if it has the form.
    fn filter(self, value: &Value) -> Option<Value> {
        let fits = match value {
            Value::String(text) => self.fits(text),
            Value::Bool(_) => self == Self::Switch,
            Value::Number(_) => self == Self::Number,
            _ => false,
        };
        fits.then(|| value.clone())
    }
}

/// Pointer into the record, name in `detail`, form.
const MEMBERS: [(&str, &str, Form); 20] = [
    ("/awsRegion", "region", Form::Word),
    ("/eventName", "event_name", Form::Words),
    ("/eventSource", "event_source", Form::Host),
    ("/eventType", "event_type", Form::Word),
    ("/eventCategory", "event_category", Form::Word),
    ("/eventVersion", "event_version", Form::Word),
    ("/apiVersion", "api_version", Form::Word),
    ("/readOnly", "read_only", Form::Switch),
    ("/managementEvent", "management_event", Form::Switch),
    ("/errorCode", "error_code", Form::Words),
    ("/sharedEventID", "shared_event_id", Form::Uuid),
    ("/vpcEndpointId", "vpc_endpoint_id", Form::VpcEndpoint),
    ("/sessionCredentialFromConsole", "session_from_console", Form::Switch),
    ("/userIdentity/type", "identity_type", Form::Word),
    ("/userIdentity/invokedBy", "invoked_by", Form::Host),
    ("/userIdentity/sessionContext/attributes/mfaAuthenticated", "mfa_authenticated", Form::Switch),
    ("/userIdentity/sessionContext/attributes/creationDate", "session_created", Form::Words),
    ("/resources/0/type", "resource_type", Form::ResourceType),
    ("/tlsDetails/tlsVersion", "tls_version", Form::Word),
    ("/tlsDetails/cipherSuite", "cipher_suite", Form::Word),
];

/// What a parameter may hold.
#[derive(Clone, Copy, Debug)]
pub(super) enum Kept {
    /// A value of this form.
    Value(Form),
    /// An object, of which the listed members are kept.
    Group(&'static [(&'static str, Kept)]),
}

const RANGE: &[(&str, Kept)] = &[("FromTime", Kept::Value(Form::Number)), ("ToTime", Kept::Value(Form::Number))];

/// Of `requestParameters`: counts, periods, switches, and kinds of things from lists of AWS.
pub(super) const REQUEST: &[(&str, Kept)] = &[
    ("EndTimeRange", Kept::Group(RANGE)),
    ("Granularity", Kept::Value(Form::Word)),
    ("MaxResults", Kept::Value(Form::Number)),
    ("Metric", Kept::Value(Form::Word)),
    ("StartTimeRange", Kept::Group(RANGE)),
    ("allRegions", Kept::Value(Form::Switch)),
    ("allocatedStorage", Kept::Value(Form::Number)),
    ("architecture", Kept::Value(Form::Word)),
    ("dBInstanceClass", Kept::Value(Form::Word)),
    ("deleteAutomatedBackups", Kept::Value(Form::Switch)),
    ("disableApiTermination", Kept::Value(Form::Switch)),
    ("dryRun", Kept::Value(Form::Switch)),
    ("duration", Kept::Value(Form::Number)),
    ("durationSeconds", Kept::Value(Form::Number)),
    ("enableLogFileValidation", Kept::Value(Form::Switch)),
    ("encryptionAlgorithm", Kept::Value(Form::Word)),
    ("engine", Kept::Value(Form::Word)),
    ("engineVersion", Kept::Value(Form::Word)),
    ("eventCategory", Kept::Value(Form::Word)),
    ("force", Kept::Value(Form::Switch)),
    ("forceDeleteWithoutRecovery", Kept::Value(Form::Switch)),
    ("fromPort", Kept::Value(Form::Number)),
    ("includeAllInstances", Kept::Value(Form::Switch)),
    ("includeDeprecated", Kept::Value(Form::Switch)),
    ("includeGlobalServiceEvents", Kept::Value(Form::Switch)),
    ("includePublic", Kept::Value(Form::Switch)),
    ("includeShadowTrails", Kept::Value(Form::Switch)),
    ("includeShared", Kept::Value(Form::Switch)),
    ("instanceTenancy", Kept::Value(Form::Word)),
    ("instanceType", Kept::Value(Form::Word)),
    ("ipProtocol", Kept::Value(Form::Word)),
    ("isMultiRegionTrail", Kept::Value(Form::Switch)),
    ("keySpec", Kept::Value(Form::Word)),
    ("keyUsage", Kept::Value(Form::Word)),
    ("maxItems", Kept::Value(Form::Number)),
    ("maxRecords", Kept::Value(Form::Number)),
    ("maxResults", Kept::Value(Form::Number)),
    ("maxSessionDuration", Kept::Value(Form::Number)),
    ("memorySize", Kept::Value(Form::Number)),
    ("multiAZ", Kept::Value(Form::Switch)),
    ("overwrite", Kept::Value(Form::Switch)),
    ("packageType", Kept::Value(Form::Word)),
    ("pageSize", Kept::Value(Form::Number)),
    ("passwordResetRequired", Kept::Value(Form::Switch)),
    ("pendingWindowInDays", Kept::Value(Form::Number)),
    ("publish", Kept::Value(Form::Switch)),
    ("publiclyAccessible", Kept::Value(Form::Switch)),
    ("recoveryWindowInDays", Kept::Value(Form::Number)),
    ("runtime", Kept::Value(Form::Word)),
    ("size", Kept::Value(Form::Number)),
    ("skipFinalSnapshot", Kept::Value(Form::Switch)),
    ("storageEncrypted", Kept::Value(Form::Switch)),
    ("timeout", Kept::Value(Form::Number)),
    ("toPort", Kept::Value(Form::Number)),
    ("volumeType", Kept::Value(Form::Word)),
    ("withDecryption", Kept::Value(Form::Switch)),
    ("x-amz-acl", Kept::Value(Form::Word)),
];

/// Of `additionalEventData`: how much went over the line, how it was signed, and whether with a second factor.
pub(super) const ADDITIONAL: &[(&str, Kept)] = &[
    ("AuthenticationMethod", Kept::Value(Form::Word)),
    ("MFAUsed", Kept::Value(Form::Switch)),
    ("MobileVersion", Kept::Value(Form::Switch)),
    ("SignatureVersion", Kept::Value(Form::Word)),
    ("bytesTransferredIn", Kept::Value(Form::Number)),
    ("bytesTransferredOut", Kept::Value(Form::Number)),
];

/// The members of a record that are kept, under the names that they have in `detail`.
pub(super) fn members(record: &Value) -> Map<String, Value> {
    let kept = MEMBERS.iter().filter_map(|(pointer, name, form)| {
        let value = form.filter(record.pointer(pointer)?)?;
        Some(((*name).to_owned(), value))
    });
    kept.collect()
}

/// The parameters of a list that are kept, under their own names.
pub(super) fn parameters(group: &Value, list: &[(&str, Kept)]) -> Map<String, Value> {
    let kept = list.iter().filter_map(|(name, kept)| {
        let value = group.get(name)?;
        let value = match kept {
            Kept::Value(form) => form.filter(value)?,
            Kept::Group(list) => Value::Object(Some(parameters(value, list)).filter(|kept| !kept.is_empty())?),
        };
        Some(((*name).to_owned(), value))
    });
    kept.collect()
}
