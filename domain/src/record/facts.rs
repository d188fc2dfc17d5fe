//! What the filters of a grant go by, as a record says it.

use super::content::{Content, FieldName, FieldText};
use super::reference::Reference;
use crate::access_grant::{Facts, Resource};
use crate::name::EngagementId;

/// The field of a record that names the vendor it belongs to, by the reference of the vendor's own record.
pub const VENDOR_FIELD: &str = "vendor";
/// The field of a record that names the engagement it was made for, by its id.
pub const ENGAGEMENT_FIELD: &str = "engagement";

/// Which vendor and engagement a record belongs to. A field that holds something else names none: whoever takes records
/// in refuses such a one first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RecordFacts {
    /// The vendor: of a vendor's record, itself.
    pub vendor: Option<Reference>,
    /// The engagement.
    pub engagement: Option<EngagementId>,
}

impl RecordFacts {
    /// The facts of a record of that type and reference.
    pub fn of(resource: Resource, reference: &Reference, content: &Content) -> Self {
        let field = |name: &str| {
            let name = FieldName::parse(name).expect("a name of ours");
            content.parts().fields.get(&name).map(FieldText::as_str)
        };
        let named = || field(VENDOR_FIELD).and_then(|text| Reference::parse(text).ok());
        let vendor = if resource == Resource::Vendors { Some(reference.clone()) } else { named() };
        let engagement = field(ENGAGEMENT_FIELD).and_then(|text| EngagementId::parse(text).ok());
        Self { vendor, engagement }
    }

    /// As filters take them. The dates of a record are no window's: that is for evidence.
    pub fn facts(&self) -> Facts<'_> {
        Facts { vendor: self.vendor.as_ref(), engagement: self.engagement.as_ref(), effective_on: None }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::content::Parts;
    use super::*;
    use crate::text::Title;

    const ENGAGEMENT: &str = "018f3b7e-0000-7000-8000-00000000e001";

    #[test]
    fn a_record_belongs_to_the_vendor_and_the_engagement_that_its_fields_name() {
        let facts = facts(Resource::Risks, &[("vendor", "V-7"), ("engagement", ENGAGEMENT)]);
        assert_eq!(facts.vendor, Some(Reference::parse("V-7").unwrap()));
        assert_eq!(facts.engagement, Some(EngagementId::parse(ENGAGEMENT).unwrap()));
        assert_eq!(facts.facts().vendor.map(Reference::as_str), Some("V-7"));
    }

    #[test]
    fn a_vendor_s_record_belongs_to_that_vendor_whatever_its_fields_say() {
        let facts = facts(Resource::Vendors, &[("vendor", "V-7")]);
        assert_eq!(facts.vendor, Some(Reference::parse("R-1").unwrap()));
    }

    #[test]
    fn what_is_no_reference_and_no_id_names_nothing() {
        let facts = facts(Resource::Risks, &[("vendor", "Acme Ltd"), ("engagement", "2026")]);
        assert_eq!(facts, RecordFacts::default());
    }

    fn facts(resource: Resource, fields: &[(&str, &str)]) -> RecordFacts {
        let field = |(name, text): &(&str, &str)| (FieldName::parse(name).unwrap(), FieldText::parse(text).unwrap());
        let parts = Parts {
            body: None,
            dates: BTreeMap::new(),
            fields: fields.iter().map(field).collect(),
            owner: None,
            status: None,
            title: Title::parse("A risk").unwrap(),
        };
        let content = Content::new(parts).unwrap();
        RecordFacts::of(resource, &Reference::parse("R-1").unwrap(), &content)
    }
}
