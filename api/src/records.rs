//! The pages of records: the types, one type's list, one record, the form that adds or changes one, and the import of a
//! list.

pub mod edit;
mod form;
pub mod import;
pub mod list;
pub mod new;
pub mod show;
pub mod types;
mod words;

use domain::access_grant::Resource;

use crate::app::App;
use crate::auth::MemberSession;
use crate::error::{Error, Result};
use crate::record_set;
use crate::web::shell::OfOrganisation;
use crate::web::{After, Nav, Shell};

/// The type of a path.
fn resource(text: &str) -> Result<Resource> {
    let resource = Resource::parse(text).map_err(|_| Error::NotFound)?;
    if record_set::is_record_set(resource) { Ok(resource) } else { Err(Error::NotFound) }
}

/// The frame of a page that shows these lists or this document.
async fn frame(app: &App, member: &MemberSession, after: After, shows: &'static str) -> Result<Shell<OfOrganisation>> {
    let arrival = after.wait(app, member.log, shows).await?;
    Ok(member.shell(app, Nav::Records).following(arrival))
}
