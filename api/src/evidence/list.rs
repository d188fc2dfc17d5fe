//! `GET /orgs/{org}/evidence`: the library.

use askama::Template;
use axum::extract::{Query, State};
use domain::access_grant::Filters;
use domain::member::Permission;
use domain::name::EngagementId;
use domain::record::Reference;
use projections::list::{Cursor, Direction};
use projections::read_models::evidence::{self, Evidence, EvidenceRow, Filter, Sort, SortBy};
use serde::Deserialize;

use crate::app::App;
use crate::auth::{EvidenceRead, Member};
use crate::error::Result;
use crate::web::components::{Chip, Choice, Head, Pager, grouped};
use crate::web::listing::{address, chips, choices, direction, head, pager};
use crate::web::moment::{Clock, Moment};
use crate::web::shell::OfOrganisation;
use crate::web::{After, Page, Shell};

/// What an address asks for; what it asks wrongly is passed over, as a list has no wrong question.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
    #[serde(default)]
    engagement: String,
    #[serde(default)]
    control: String,
    #[serde(default)]
    vendor: String,
    #[serde(default)]
    file: String,
    #[serde(default)]
    state: String,
    #[serde(default)]
    sort: String,
    #[serde(default)]
    from: String,
}

/// The page.
#[derive(Template)]
#[template(path = "evidence/list.html")]
pub struct List {
    shell: Shell<OfOrganisation>,
    page: String,
    asked: Asked,
    may_write: bool,
    rows: Vec<Row>,
    count: String,
    heads: Vec<Head>,
    engagements: Vec<Choice>,
    files: Vec<Choice>,
    states: Vec<Choice>,
    chips: Vec<Chip>,
    pager: Pager,
}

struct Row {
    href: String,
    title: String,
    controls: String,
    owner: String,
    effective_on: String,
    file: Option<String>,
    revision: u32,
    changed: Moment,
}

/// Shows the list.
///
/// # Errors
/// [`crate::error::Error::Unavailable`].
pub async fn get(
    member: Member<EvidenceRead>,
    State(app): State<App>,
    Query(asked): Query<Asked>,
    Query(after): Query<After>,
) -> Result<Page<List>> {
    let shell = super::frame(&app, &member, after, Evidence::NAME).await?;
    let page = format!("{}/evidence", shell.world.home);
    let sort = asked.sort();
    let engagements = super::open_engagements(&app, &member).await?;
    let mut tx = app.db(member.log).await?;
    let (filter, cursor) = (asked.filter(), Cursor::parse(&asked.from));
    let found = evidence::page(&mut tx, member.log, &Filters::default(), &filter, sort, cursor.as_ref()).await?;
    tx.commit().await?;
    Ok(Page::new(List {
        may_write: member.permits(Permission::EvidenceWrite),
        rows: found.rows.iter().map(|row| Row::of(row, &shell.clock, &page)).collect(),
        count: grouped(found.total),
        heads: asked.heads(&page, sort),
        engagements: super::engagement_choices(&engagements, &asked.engagement, "Any engagement"),
        files: choices(pairs(FILES), &asked.file, "With and without a file"),
        states: choices(pairs(STATES), &asked.state, "Shown"),
        chips: asked.chips(&page),
        pager: pager(&found, |from| asked.at(&page, &asked.sort, from)),
        page,
        asked,
        shell,
    }))
}

const FILES: [(&str, &str); 2] = [("yes", "With a file"), ("no", "No evidence attached")];
const STATES: [(&str, &str); 1] = [("withdrawn", "Withdrawn")];

fn pairs<const N: usize>(words: [(&str, &str); N]) -> [(String, String); N] {
    words.map(|(value, word)| (value.to_owned(), word.to_owned()))
}

impl Asked {
    fn filter(&self) -> Filter {
        Filter {
            title_contains: Some(self.q.trim().to_owned()).filter(|text| !text.is_empty()),
            engagement: EngagementId::parse(&self.engagement).ok(),
            vendor: Reference::parse(self.vendor.trim()).ok(),
            control: Reference::parse(self.control.trim()).ok(),
            has_file: match self.file.as_str() {
                "yes" => Some(true),
                "no" => Some(false),
                _ => None,
            },
            is_withdrawn: self.state == "withdrawn",
        }
    }

    fn sort(&self) -> Sort {
        let (word, direction) = direction(&self.sort);
        let by = match word {
            "title" => SortBy::Title,
            "effective" => SortBy::EffectiveOn,
            "changed" => SortBy::Changed,
            _ => return Sort::default(),
        };
        Sort { by, direction }
    }

    fn parameters(&self) -> [(&'static str, &str); 6] {
        [
            ("q", self.q.trim()),
            ("engagement", &self.engagement),
            ("control", self.control.trim()),
            ("vendor", self.vendor.trim()),
            ("file", &self.file),
            ("state", &self.state),
        ]
    }

    fn at(&self, page: &str, sort: &str, from: &str) -> String {
        let parameters = [self.parameters().as_slice(), &[("sort", sort), ("from", from)]].concat();
        address(page, &parameters)
    }

    fn heads(&self, page: &str, sort: Sort) -> Vec<Head> {
        let sorted = |word, name: &str, by: SortBy| {
            let now: Option<Direction> = (sort.by == by).then_some(sort.direction);
            head(word, name, now, |sort| self.at(page, sort, ""))
        };
        vec![
            sorted("Evidence", "title", SortBy::Title),
            Head::plain("Controls"),
            Head::plain("Owner"),
            sorted("Effective date", "effective", SortBy::EffectiveOn),
            Head::plain("File"),
            sorted("Changed", "changed", SortBy::Changed),
        ]
    }

    fn chips(&self, page: &str) -> Vec<Chip> {
        let file = FILES.iter().find(|(value, _)| *value == self.file).map_or("", |(_, word)| word);
        let words = [
            ("q", "Title has", self.q.trim().to_owned()),
            ("engagement", "Engagement", "the one chosen".to_owned()),
            ("control", "Control", self.control.trim().to_owned()),
            ("vendor", "Vendor", self.vendor.trim().to_owned()),
            ("file", "File", file.to_owned()),
            ("state", "State", self.state.clone()),
        ];
        chips(page, &self.parameters(), &words)
    }
}

impl Row {
    fn of(row: &EvidenceRow, clock: &Clock, page: &str) -> Self {
        let metadata = &row.metadata;
        let controls: Vec<_> = metadata.controls.iter().map(Reference::as_str).collect();
        Self {
            href: format!("{page}/{}", row.evidence),
            title: metadata.title.to_string(),
            controls: controls.join(", "),
            owner: metadata.owner.as_ref().map(ToString::to_string).unwrap_or_default(),
            effective_on: metadata.effective_on.to_string(),
            file: row.newest.as_ref().map(|(_, file)| file.name.to_string()),
            revision: row.newest.as_ref().map_or(0, |(revision, _)| revision.get()),
            changed: clock.ago(row.changed_at),
        }
    }
}
