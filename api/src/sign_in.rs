//! Signing in, joining, and getting back in: what people do before they have a session, and how they confirm who they are
//! within one.
//!
//! [`entrance`] asks for the organisation, [`page`] signs in to it, [`recover`] sends a recovery link, [`join`]
//! takes it or an invitation, [`link`] takes a link made on the command line, [`confirm`] is the step-up, [`sign_out`] ends
//! it. Below them: [`attempt`] judges a password with a code and [`ceremony`] a passkey, [`enter`] opens the session,
//! [`opened`] judges a link, [`refused`] records who was not believed, [`set_up`] sets what a member signs in by. Pages work
//! without scripts, but for passkeys, which do not.

pub mod attempt;
pub mod ceremony;
pub mod confirm;
pub mod device;
pub mod door;
pub mod enter;
pub mod entrance;
pub mod join;
pub mod link;
pub mod opened;
pub mod page;
pub mod password;
pub mod qr;
pub mod recover;
pub mod refused;
pub mod set_up;
pub mod sign_out;
pub mod totp;

use axum::Router;
use axum::routing::{get, post};

use self::join::{Invitation, Recovery};
use crate::app::App;

/// The routes of these pages, and of what their forms and scripts send.
pub fn routes() -> Router<App> {
    Router::new()
        .route("/", get(entrance::get))
        .route("/sign-in", get(entrance::get))
        .route("/sign-in/{token}", get(link::get).post(link::post))
        .route("/join/{token}", get(join::get::<Invitation>).post(join::by_password::<Invitation>))
        .route("/join/{token}/passkey", post(join::by_passkey::<Invitation>))
        .route("/join/{token}/passkey/start", post(join::ask::<Invitation>))
        .route("/recover", get(recover::get).post(recover::post))
        .route("/recover/{token}", get(join::get::<Recovery>).post(join::by_password::<Recovery>))
        .route("/recover/{token}/passkey", post(join::by_passkey::<Recovery>))
        .route("/recover/{token}/passkey/start", post(join::ask::<Recovery>))
        .route("/orgs/{org}/sign-in", get(page::get).post(page::by_password))
        .route("/orgs/{org}/sign-in/passkey", post(page::by_passkey))
        .route("/orgs/{org}/sign-in/passkey/start", post(page::ask))
        .route("/orgs/{org}/confirm", get(confirm::get).post(confirm::by_password))
        .route("/orgs/{org}/confirm/passkey", post(confirm::by_passkey))
        .route("/orgs/{org}/confirm/passkey/start", post(confirm::ask))
        .route("/orgs/{org}/sign-out", post(sign_out::post))
}
