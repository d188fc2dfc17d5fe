//! To whom and to what a record belongs: what the filters of a grant go by.

use super::content::Content;
use super::reference::Reference;
use crate::access_grant::{Facts, Item, Resource};
use crate::name::EngagementId;

/// The field that names the vendor that a record is about, by the reference of the vendor's own record.
pub const VENDOR: &str = "vendor";
/// The field that names the engagement that a record was made for, by its id.
pub const ENGAGEMENT: &str = "engagement";

/// What a record belongs to, by two fields that every type of record can have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Belonging {
    /// To these, where they are named.
    To {
        /// The vendor; a vendor's own record belongs to that vendor.
        vendor: Option<Reference>,
        /// The engagement.
        engagement: Option<EngagementId>,
    },
    /// It names an engagement in a way that none is named: no grant that is limited reaches it.
    Unknown,
}

impl Belonging {
    /// Of a record with that content.
    pub fn of(resource: Resource, reference: &Reference, content: &Content) -> Self {
        let field = |name: &str| {
            let fields = content.parts().fields.iter();
            fields.filter(|(field, _)| field.as_str() == name).map(|(_, text)| text.as_str()).next()
        };
        let engagement = match field(ENGAGEMENT).map(EngagementId::parse) {
            Some(Err(_)) => return Belonging::Unknown,
            Some(Ok(engagement)) => Some(engagement),
            None => None,
        };
        let vendor = match resource {
            Resource::Vendors => Some(reference.clone()),
            _ => field(VENDOR).and_then(|vendor| Reference::parse(vendor).ok()),
        };
        Belonging::To { vendor, engagement }
    }

    /// As a grant is asked about it.
    pub fn item(&self) -> Item<'_> {
        match self {
            Belonging::To { vendor, engagement } => {
                Item::One(Facts { vendor: vendor.as_ref(), engagement: engagement.as_ref(), effective_on: None })
            }
            Belonging::Unknown => Item::Unknown,
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;
    use crate::record::{FieldName, Parts};

    const ID: &str = "018f3b7e-0000-7000-8000-00000000d001";

    #[rstest]
    #[case::nothing(Resource::Risks, &[], Some((None, None)))]
    #[case::both(Resource::Risks, &[("vendor", "V-7"), ("engagement", ID)], Some((Some("V-7"), Some(ID))))]
    #[case::a_vendor_itself(Resource::Vendors, &[("vendor", "V-7")], Some((Some("R-1"), None)))]
    #[case::no_reference(Resource::Risks, &[("vendor", "two words")], Some((None, None)))]
    #[case::no_id(Resource::Risks, &[("vendor", "V-7"), ("engagement", "the audit")], None)]
    fn a_record_belongs_to_what_its_fields_name(
        #[case] resource: Resource,
        #[case] fields: &[(&str, &str)],
        #[case] expected: Option<(Option<&str>, Option<&str>)>,
    ) {
        let field =
            |(name, text): &(&str, &str)| (FieldName::parse(name).unwrap(), text.to_string().try_into().unwrap());
        let parts = Parts {
            body: None,
            dates: std::collections::BTreeMap::new(),
            fields: fields.iter().map(field).collect(),
            owner: None,
            status: None,
            title: "A risk".to_owned().try_into().unwrap(),
        };
        let belonging = Belonging::of(resource, &Reference::parse("R-1").unwrap(), &Content::new(parts).unwrap());
        let expected = expected.map_or(Belonging::Unknown, |(vendor, engagement)| Belonging::To {
            vendor: vendor.map(|vendor| Reference::parse(vendor).unwrap()),
            engagement: engagement.map(|engagement| EngagementId::parse(engagement).unwrap()),
        });
        assert_eq!(belonging, expected);
    }
}
