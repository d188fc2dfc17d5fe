//! Whatever a vocabulary accepts fits an entry, with the longest surroundings that this service gives one (spec §2).

#![expect(clippy::unwrap_used, reason = "a failed step is a failed test")]

use std::collections::BTreeMap;
use std::net::IpAddr;

use domain::access_grant::Resource;
use domain::date::Date;
use domain::evidence::{
    CONTROLS_MAX, Controls, DESCRIPTION_CHARS_MAX, Evidence, EvidenceDescription, EvidenceEvent, Metadata,
};
use domain::name::{EngagementId, EvidenceId};
use domain::record::{
    BODY_CHARS_MAX, Body, CONTENT_BYTES_MAX, Content, ContentError, DATES_MAX, FIELD_CHARS_MAX, FIELD_NAME_CHARS_MAX,
    FIELDS_MAX, FieldName, FieldText, Parts, REFERENCE_CHARS_MAX, Record, RecordEvent, Reference,
};
use domain::text::{LABEL_CHARS_MAX, Label, TITLE_CHARS_MAX, Title};
use ledger::draft::{self, Draft, DraftParts};
use ledger::entry::{Actor, ActorType, Context, ENTRY_BYTES_MAX};
use ledger::name::{EventType, Origin};
use ledger::sealed::DataKey;
use ledger::vocabulary::{Of, Recorded, Subject};

/// Longest text that an id, a role or a name of a request has, in characters; as the vault has it for persons.
const ID_CHARS_MAX: usize = 255;
/// Longest user agent kept, in characters.
const USER_AGENT_CHARS_MAX: usize = 512;
/// The character that takes the most bytes in an entry: four. What JSON escapes takes two.
const WIDEST: &str = "𝄞";

#[test]
fn the_longest_content_of_a_record_fits_with_the_longest_surroundings() {
    let content = fullest();
    let detail = RecordEvent::RecordAdded(content).detail();
    assert!(CONTENT_BYTES_MAX - 10 < detail.to_string().len(), "there is hardly room for another character");
    let stream = Record::stream(longest_type(), &longest_reference(0));
    let bytes = entry_bytes(&RecordEvent::RecordAdded(fullest()), &stream);
    assert!(CONTENT_BYTES_MAX < bytes && bytes <= ENTRY_BYTES_MAX, "{bytes}");
}

#[test]
fn a_record_with_everything_at_its_longest_is_refused_before_it_is_an_entry() {
    let everything = parts(FIELDS_MAX, FIELD_CHARS_MAX);
    assert!(matches!(Content::new(everything), Err(ContentError::TooLarge { .. })));
}

#[test]
fn the_longest_metadata_of_evidence_fits_with_the_longest_surroundings() {
    let id = EvidenceId::parse("018f3b7e-0000-7000-8000-00000000f001").unwrap();
    let metadata = Metadata {
        controls: Controls::new((0..CONTROLS_MAX).map(longest_reference)).unwrap(),
        description: Some(EvidenceDescription::parse(&WIDEST.repeat(DESCRIPTION_CHARS_MAX)).unwrap()),
        effective_on: date(),
        engagement: Some(EngagementId::parse("018f3b7e-0000-7000-8000-00000000e001").unwrap()),
        owner: Some(label()),
        reviewed_on: Some(date()),
        title: title(),
        vendor: Some(longest_reference(0)),
    };
    let bytes = entry_bytes(&EvidenceEvent::EvidenceAdded(metadata), &Evidence::stream(&id));
    assert!(bytes <= ENTRY_BYTES_MAX, "{bytes}");
}

#[test]
fn the_length_that_is_bounded_is_the_length_that_an_entry_has() {
    // Every character that JSON escapes, and some that it does not.
    let text = "\"\\/\n\t<>&'\u{2028}\u{7ff}é監𝄞";
    let parts = |text| Parts { body: Some(Body::parse(text).unwrap()), ..parts(1, 1) };
    let drafted = |text| {
        let event = RecordEvent::RecordAdded(Content::new(parts(text)).unwrap());
        let stream = Record::stream(Resource::Risks, &longest_reference(0));
        (event.detail().to_string().len(), entry_bytes(&event, &stream))
    };
    let ((one, entry_one), (other, entry_other)) = (drafted("x"), drafted(text));
    assert_eq!(entry_other - entry_one, other - one);
}

/// A content to which hardly a character can be added.
fn fullest() -> Content {
    let lengths: Vec<usize> = (1..=FIELD_CHARS_MAX).collect();
    // As many as fit, for the first has one character.
    let chars = lengths.partition_point(|chars| Content::new(parts(FIELDS_MAX, *chars)).is_ok());
    let mut fullest = parts(FIELDS_MAX, chars);
    for name in fullest.fields.keys().cloned().collect::<Vec<_>>() {
        let longer = format!("{}{WIDEST}", fullest.fields[&name]);
        let with = |text: &str| {
            let mut parts = fullest.clone();
            parts.fields.insert(name.clone(), FieldText::parse(text).unwrap());
            parts
        };
        if Content::new(with(&longer)).is_ok() {
            fullest = with(&longer);
        }
    }
    Content::new(fullest).unwrap()
}

/// Everything at its longest but the fields, which have so many characters, and the body, which leaves room for them.
fn parts(fields: usize, field_chars: usize) -> Parts {
    let name = |number: usize| FieldName::parse(&format!("{number:n>FIELD_NAME_CHARS_MAX$}")).unwrap();
    let value = FieldText::parse(&WIDEST.repeat(field_chars)).unwrap();
    Parts {
        body: Some(Body::parse(&"x".repeat(BODY_CHARS_MAX)).unwrap()),
        dates: (0..DATES_MAX).map(|number| (name(number), date())).collect::<BTreeMap<_, _>>(),
        fields: (0..fields).map(|number| (name(number), value.clone())).collect::<BTreeMap<_, _>>(),
        owner: Some(label()),
        status: Some(label()),
        title: title(),
    }
}

fn entry_bytes<E: Recorded>(event: &E, stream: &Subject) -> usize {
    let origin = Origin::parse(&format!("example.com/{}", "o".repeat(Origin::CHARACTERS_MAX - 12))).unwrap();
    let long = || Some(WIDEST.repeat(ID_CHARS_MAX));
    let ip: IpAddr = "2001:0db8:1111:2222:3333:4444:5555:6666".parse().unwrap();
    let parts = DraftParts {
        event_type: EventType::parse(event.kind().name).unwrap(),
        version: u32::MAX,
        subject: event.subject(stream),
        stream: Some(stream.clone()),
        actor: Actor { kind: ActorType::Auditor, id: WIDEST.repeat(ID_CHARS_MAX), role: long() },
        outcome: event.outcome(),
        context: Context {
            request_id: long(),
            session: Some(WIDEST.repeat(Context::SESSION_CHARACTERS)),
            service: long(),
            ip: None,
            user_agent: None,
        },
        detail: event.detail(),
        personal: vec![
            personal("ip", ip.to_string(), 1),
            personal("user_agent", WIDEST.repeat(USER_AGENT_CHARS_MAX), 2),
        ],
    };
    Draft::new(&origin, parts).unwrap().bytes_max()
}

fn personal(field: &str, plaintext: String, nonce: u8) -> draft::Personal {
    let (key, kid) = (DataKey::from_bytes([7; 32]), "018f3b7e-0000-4000-8000-00000000d001".to_owned());
    draft::Personal { field: field.to_owned(), of: Of::Actor, kid, key, nonce: [nonce; 24], plaintext }
}

fn longest_type() -> Resource {
    *Resource::ALL.iter().max_by_key(|resource| resource.as_str().len()).unwrap()
}

fn longest_reference(number: usize) -> Reference {
    Reference::parse(&format!("{number:x>REFERENCE_CHARS_MAX$}")).unwrap()
}

fn date() -> Date {
    Date::parse("2026-12-31").unwrap()
}

fn label() -> Label {
    Label::parse(&WIDEST.repeat(LABEL_CHARS_MAX)).unwrap()
}

fn title() -> Title {
    Title::parse(&WIDEST.repeat(TITLE_CHARS_MAX)).unwrap()
}
