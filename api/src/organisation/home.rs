//! `GET /orgs/{org}`: where somebody arrives who came in. It leads to the first page of their navigation.

use axum::extract::State;
use axum::response::Redirect;

use crate::app::App;
use crate::auth::{AnyMember, Member};
use crate::web::Nav;

/// Leads on: to who has access, for everybody who may see that; without any part to see, to one's own account.
pub async fn get(member: Member<AnyMember>, State(app): State<App>) -> Redirect {
    let world = member.shell(&app, Nav::Account).world;
    match world.items.first() {
        Some(item) => Redirect::to(&item.href),
        None => Redirect::to(&format!("{}/account", world.home)),
    }
}
