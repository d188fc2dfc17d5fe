//! Grants of access in our own form: what members do, over HTTP. What auditors do under a grant they do themselves.

mod asked;
pub mod change;
pub mod clear_terms;
pub mod grant;
pub mod list;
pub mod resend;
pub mod revoke;
pub mod show;
mod wf006;

use axum::http::StatusCode;
use axum::response::Response;
use domain::name::GrantId;
use serde::Serialize;
use store::append::Appended;
use utoipa::ToSchema;

use crate::auth::Acting;
use crate::v1::recorded::{self, AcceptedEntry};

/// A change of a grant that was recorded.
#[derive(Debug, Serialize, ToSchema)]
pub struct Changed {
    /// The grant.
    pub grant: String,
    /// What was recorded.
    pub entries: Vec<AcceptedEntry>,
}

fn changed(acting: &Acting, grant: &GrantId, appended: &Appended) -> Response {
    let entries = recorded::accepted(&acting.info.origin, appended);
    let answer = Changed { grant: grant.to_string(), entries };
    recorded::answered(StatusCode::OK, None, appended.replayed, &answer)
}
