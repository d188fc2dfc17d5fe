//! All routes, in one list.

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, head, post};
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, ContactBuilder, InfoBuilder, OpenApi, OpenApiBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::app::App;
use crate::auth::auditor::SESSION_COOKIE;
use crate::error::Error;
use crate::export::head as no_head;
use crate::mail::Transport;
use crate::portal;
use crate::v1::{
    docs, engagements, entries, entry, events, evidence, grants, health, idempotency, logs, proof, receipt, records,
    schemas,
};
use crate::web::{assets, cross_site, errors};
use crate::{
    account, auditors, cron, grants as access, headers, mailbox, members, organisation, sign_in, telemetry, wf006,
};

/// Every route with its description.
fn described() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(description())
        .routes(routes!(events::post))
        .routes(routes!(entries::get))
        .routes(routes!(entry::get))
        .routes(routes!(receipt::get))
        .routes(routes!(proof::get))
        .routes(routes!(idempotency::get))
        .routes(routes!(grants::list::get, grants::grant::post))
        .routes(routes!(grants::show::get, grants::change::patch))
        .routes(routes!(grants::resend::post))
        .routes(routes!(grants::clear_terms::post))
        .routes(routes!(grants::revoke::post))
        .routes(routes!(engagements::list::get, engagements::open::post))
        .routes(routes!(engagements::show::get, engagements::change::put))
        .routes(routes!(engagements::close::post))
        .routes(routes!(evidence::list::get, evidence::add::post))
        .routes(routes!(evidence::show::get, evidence::change::put))
        .routes(routes!(evidence::revise::post))
        .routes(routes!(evidence::file::get))
        .routes(routes!(evidence::withdraw::post))
        .routes(routes!(records::list::get, records::import::post))
        .routes(routes!(records::show::get, records::put::put, records::withdraw::delete))
        .routes(routes!(cron::get))
        .routes(routes!(wf006::post))
        .routes(routes!(auditors::list::get, auditors::create::post))
        .routes(routes!(auditors::show::get, auditors::change::patch, auditors::remove::delete))
        .routes(routes!(auditors::resend::post))
        .routes(routes!(schemas::get))
        .routes(routes!(logs::checkpoint))
        .routes(routes!(logs::tile))
        .routes(routes!(logs::handover))
        .routes(routes!(portal::session::get))
        .routes(routes!(portal::json::activity::get))
        .routes(routes!(portal::json::list::get))
        .routes(routes!(portal::json::item::get))
        .routes(routes!(portal::json::download::get))
        .routes(routes!(health::live))
        .routes(routes!(health::ready))
}

/// The pages of access.
fn access_pages() -> Router<App> {
    Router::new()
        .route("/orgs/{org}/grants", get(access::list::get))
        .route("/orgs/{org}/grants/new", get(access::new::get).post(access::new::post))
        .route("/orgs/{org}/grants/{grant}", get(access::detail::get))
        .route("/orgs/{org}/grants/{grant}/preview", get(access::preview::overview))
        .route("/orgs/{org}/grants/{grant}/preview/{resource}", get(access::preview::list))
        .route("/orgs/{org}/grants/{grant}/preview/{resource}/{*id}", get(access::preview::item))
        .route("/orgs/{org}/grants/{grant}/change", get(access::change::get).post(access::change::post))
        .route("/orgs/{org}/grants/{grant}/resend", post(access::resend::post))
        .route("/orgs/{org}/grants/{grant}/revoke", post(access::revoke::post))
}

/// The service.
pub fn router(app: App) -> Router {
    let (router, description) = described().split_for_parts();
    // Where mail goes out, nobody reads it here.
    let mailbox = if let Transport::Kept(_) = app.mail() { mailbox::routes() } else { Router::new() };
    router
        .merge(docs::routes(named_plainly(description)))
        .merge(mailbox)
        .merge(assets::routes())
        .merge(organisation::routes())
        .merge(access_pages())
        .merge(auditor_pages())
        .merge(sign_in::routes())
        .merge(account::routes())
        .merge(members::routes())
        .merge(of_what_is_audited())
        .fallback(|| async { Error::NotFound })
        .method_not_allowed_fallback(|| async { Error::MethodNotAllowed })
        .layer(from_fn_with_state(app.clone(), detached))
        .layer(from_fn_with_state(app.clone(), cross_site::refuse))
        .layer(from_fn(errors::as_pages))
        .layer(from_fn_with_state(app.clone(), headers::guard))
        .layer(from_fn(telemetry::observe))
        .with_state(app)
}

/// The auditor's pages.
fn auditor_pages() -> Router<App> {
    use portal::{
        accept, activity, code, download, export, help, item, list, log, overview, sessions, sign_out, terms,
    };
    Router::new()
        .route("/api/auditor/evidence/{id}/download", head(no_head))
        .route("/auditor/{token}", get(accept::get).post(accept::post))
        .route("/auditor/accept", get(accept::get_asked).post(accept::post_asked))
        .route("/auditor/code", get(code::get).post(code::post))
        .route("/auditor/toe", get(terms::get).post(terms::post))
        .route("/auditor/portal", get(overview::get))
        .route("/auditor/portal/{resource}", get(list::get))
        .route("/auditor/portal/{resource}/export", get(export::get).head(no_head))
        .route("/auditor/portal/{resource}/{*id}", get(item::get))
        .route("/auditor/portal/evidence/{id}/download", get(download::get).head(no_head))
        .route("/auditor/activity", get(activity::get))
        .route("/auditor/portal/audit_logs/{index}/receipt", get(log::papers::receipt))
        .route("/auditor/portal/audit_logs/{index}/proof", get(log::papers::proof))
        .route("/auditor/portal/audit_logs/{index}/entry", get(log::papers::entry))
        .route("/auditor/activity/receipts", get(activity::papers::receipts).head(no_head))
        .route("/auditor/activity/{index}/receipt", get(activity::papers::receipt))
        .route("/auditor/activity/{index}/proof", get(activity::papers::proof))
        .route("/auditor/activity/{index}/entry", get(activity::papers::entry))
        .route("/auditor/sessions", get(sessions::get).post(sessions::post))
        .route("/auditor/help", get(help::get))
        .route("/auditor/sign-out", post(sign_out::post))
}

/// The pages of an organisation's engagements, evidence and records.
fn of_what_is_audited() -> Router<App> {
    use crate::{engagements, evidence, records};
    Router::new()
        .route("/v1/orgs/{org}/evidence/{evidence}/revisions/{revision}/file", head(no_head))
        .route("/orgs/{org}/engagements", get(engagements::list::get))
        .route("/orgs/{org}/engagements/new", get(engagements::new::get).post(engagements::new::post))
        .route("/orgs/{org}/engagements/{engagement}", get(engagements::show::get))
        .route("/orgs/{org}/engagements/{engagement}/edit", get(engagements::show::edit).post(engagements::show::post))
        .route("/orgs/{org}/engagements/{engagement}/close", post(engagements::close::post))
        .route("/orgs/{org}/engagements/{engagement}/invites", get(engagements::invites::get))
        .route("/orgs/{org}/evidence", get(evidence::list::get))
        .route("/orgs/{org}/evidence/new", get(evidence::new::get).post(evidence::new::post))
        .route("/orgs/{org}/evidence/{evidence}", get(evidence::show::get))
        .route("/orgs/{org}/evidence/{evidence}/edit", get(evidence::acts::edit).post(evidence::acts::change))
        .route("/orgs/{org}/evidence/{evidence}/revisions", post(evidence::acts::revise))
        .route("/orgs/{org}/evidence/{evidence}/revisions/{revision}/file", get(evidence::show::file).head(no_head))
        .route("/orgs/{org}/evidence/{evidence}/withdraw", post(evidence::acts::withdraw))
        .route("/orgs/{org}/records", get(records::types::get))
        .route("/orgs/{org}/records/{type}", get(records::list::get))
        .route("/orgs/{org}/records/{type}/new", get(records::new::get).post(records::new::post))
        .route("/orgs/{org}/records/{type}/edit/{*reference}", get(records::edit::get).post(records::edit::post))
        .route("/orgs/{org}/records/{type}/import", get(records::import::get).post(records::import::post))
        .route("/orgs/{org}/records/{type}/import/confirm", post(records::import::confirm))
        .route("/orgs/{org}/records/{type}/record/{*reference}", get(records::show::get).post(records::show::withdraw))
}

/// The description of the interface, OpenAPI 3.1.
pub fn openapi() -> OpenApi {
    named_plainly(described().split_for_parts().1)
}

/// A parameter that takes the rest of a path has a star in the router's language, but not in that of OpenAPI.
fn named_plainly(mut description: OpenApi) -> OpenApi {
    let paths = std::mem::take(&mut description.paths.paths);
    description.paths.paths = paths.into_iter().map(|(path, item)| (path.replace("{*", "{"), item)).collect();
    description
}

/// Runs a request in a task of its own, which a stop waits for: a client that goes away does not cut off what was begun,
/// and no connection goes back to its pool with a transaction half open.
async fn detached(State(app): State<App>, request: Request, next: Next) -> Response {
    use tracing::Instrument as _;
    match app.tasks().spawn(next.run(request).in_current_span()).await {
        Ok(response) => response,
        Err(error) => Error::Internal(format!("a request's task failed: {error}")).into_response(),
    }
}

fn description() -> OpenApi {
    let about = "An audit ledger that outsiders can check without trusting its operator. \
        Times are RFC 3339 in UTC with microseconds. Errors are problem documents by RFC 9457. \
        Every POST takes an Idempotency-Key.";
    let info = InfoBuilder::new()
        .title("Countersign")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(about))
        .contact(Some(ContactBuilder::new().name(Some("The operator of this service")).build()));
    let key = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .description(Some("An API key, cs_…, made by `countersign api-key create`, or by a member for their own use"))
        .build();
    let member = ApiKeyValue::with_description(
        "__Host-cs-{org}",
        "A member's session. What is not a GET also sends the header X-Form-Token of a page of it",
    );
    let cron = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).description(Some("The setting cron_secret"));
    let session =
        ApiKeyValue::with_description(SESSION_COOKIE, "An auditor's session, opened by the link of an invitation");
    let components = ComponentsBuilder::new()
        .security_scheme("api_key", SecurityScheme::Http(key))
        .security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(member)))
        .security_scheme("auditor_session", SecurityScheme::ApiKey(ApiKey::Cookie(session)))
        .security_scheme("cron_secret", SecurityScheme::Http(cron.build()));
    OpenApiBuilder::new().info(info.build()).components(Some(components.build())).build()
}
