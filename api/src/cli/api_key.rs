//! `countersign api-key`.

use std::time::Duration;

use anyhow::Context as _;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Subcommand};
use serde_json::json;
use store::logs::LogInfo;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::session::{self, Act, Session};
use crate::access::api_key::{self, Listed, Scope, Token};
use crate::access::column;
use crate::config::Settings;

/// Keys with which programs write and read over HTTP.
#[derive(Debug, Args)]
pub struct ApiKey {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Create(Create),
    List(List),
    Revoke(Revoke),
}

/// Make a key. It is shown once; what is kept does not give it back.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  countersign api-key create --org acme --name billing \\\n    --scope events:write --expires-in-days 365"
)]
struct Create {
    /// The organisation's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// What to call it, 1 to 100 characters.
    #[arg(long)]
    name: String,
    /// What it is for. May be repeated. Access is given and read by members alone, with keys of their own.
    #[arg(long, required = true, value_parser = scopes())]
    scope: Vec<Scope>,
    /// After how many days it is good no more. Without, it is good until it is revoked.
    #[arg(long, value_name = "DAYS", value_parser = clap::value_parser!(u32).range(1..=3650))]
    expires_in_days: Option<u32>,
    /// Print the key and nothing else, for scripts.
    #[arg(long)]
    quiet: bool,
}

/// List an organisation's keys, good or not.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign api-key list --org acme")]
struct List {
    /// The organisation's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
}

/// Take a key back, from the next request on.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign api-key revoke --org acme k3v9xq2m")]
struct Revoke {
    /// The organisation's slug.
    #[arg(long, value_name = "SLUG")]
    org: String,
    /// The 8 characters after `cs_`.
    id: String,
}

impl ApiKey {
    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        session::with(settings, |session| async move {
            match self.command {
                Command::Create(command) => command.run(&session).await,
                Command::List(command) => command.run(&session).await,
                Command::Revoke(command) => command.run(&session).await,
            }
        })
        .await
    }
}

impl Create {
    async fn run(self, session: &Session) -> anyhow::Result<()> {
        let organisation = session.organisation(&self.org).await?;
        let token = create(session, &organisation, &self.name, &self.scope, self.expires_in_days).await?;
        if self.quiet {
            println!("{}", token.reveal());
            return Ok(());
        }
        println!("{}", token.reveal());
        eprintln!("This is the only time that the key is shown.");
        Ok(())
    }
}

/// Makes a key and records that. The row comes first, so that no entry names a key that never was; where the entry
/// cannot be recorded, the key is taken back and not shown.
pub(super) async fn create(
    session: &Session,
    organisation: &LogInfo,
    name: &str,
    scopes: &[Scope],
    expires_in_days: Option<u32>,
) -> anyhow::Result<Token> {
    anyhow::ensure!((1..=100).contains(&name.chars().count()), "a key's name has 1 to 100 characters");
    let mut scopes = scopes.to_vec();
    scopes.sort_by_key(|scope| scope.as_str());
    scopes.dedup();
    let expires_at = expires_in_days.map(after_days);
    let token = Token::random();
    let mut tx = session.requests.of(organisation.log).await?;
    api_key::insert(&mut tx, organisation.log, &token, name, &scopes, expires_at).await?;
    tx.commit().await?;
    let names: Vec<&str> = scopes.iter().map(|scope| scope.as_str()).collect();
    let mut detail = json!({ "name": name, "scopes": names });
    if let Some(expires_at) = expires_at {
        detail["expires_at"] = json!(expires_at.format(&Rfc3339)?);
    }
    let act = Act {
        event_type: "credential.api_key.created",
        subject: format!("api_key/{}", token.id()),
        detail,
        once: None,
    };
    if let Err(error) = session.record(organisation, act).await {
        let mut tx = session.requests.of(organisation.log).await?;
        api_key::revoke(&mut tx, token.id()).await?;
        tx.commit().await?;
        return Err(error.context("the key was not made, because its entry could not be recorded"));
    }
    Ok(token)
}

impl List {
    async fn run(self, session: &Session) -> anyhow::Result<()> {
        let organisation = session.organisation(&self.org).await?;
        let mut tx = session.requests.of(organisation.log).await?;
        let keys = api_key::list(&mut tx).await?;
        tx.commit().await?;
        println!("ID        STATE    LAST USED             EXPIRES               SCOPES                     NAME");
        for key in keys {
            let last_used = minute(key.last_used_at);
            let expires = minute(key.expires_at);
            println!(
                "{}  {:7}  {last_used:20}  {expires:20}  {:25}  {}",
                key.id,
                state(&key),
                key.scopes.join(","),
                key.name
            );
        }
        Ok(())
    }
}

impl Revoke {
    async fn run(self, session: &Session) -> anyhow::Result<()> {
        let organisation = session.organisation(&self.org).await?;
        let mut tx = session.requests.of(organisation.log).await?;
        let revoked = api_key::revoke(&mut tx, &self.id).await;
        let name = revoked.with_context(|| format!("{} has no key {}", self.org, self.id))?;
        tx.commit().await?;
        // It is good no more, whatever follows. Where its entry fails, the same command records it.
        let act = Act {
            event_type: "credential.api_key.revoked",
            subject: format!("api_key/{}", self.id),
            detail: json!({ "name": name }),
            once: Some(format!("api_key_revoked:{}", self.id)),
        };
        session
            .record(&organisation, act)
            .await
            .context("the key is revoked, but that is not recorded yet: run this again")?;
        println!("Key {} ({name}) is revoked.", self.id);
        Ok(())
    }
}

fn state(key: &Listed) -> &'static str {
    match (key.revoked_at, key.expires_at) {
        (Some(_), _) => "revoked",
        (None, Some(expires_at)) if expires_at <= now() => "expired",
        _ => "good",
    }
}

fn minute(time: Option<OffsetDateTime>) -> String {
    time.and_then(|time| time.replace_second(0).ok()?.replace_nanosecond(0).ok()?.format(&Rfc3339).ok())
        .unwrap_or_else(|| "-".to_owned())
}

fn after_days(days: u32) -> OffsetDateTime {
    let later = now() + Duration::from_hours(24 * u64::from(days));
    later.replace_nanosecond(0).unwrap_or(later)
}

fn now() -> OffsetDateTime {
    column::time(store::clock::now())
}

/// Shown with the help. Access is given and read by members, whose keys are made on their account page.
fn scopes() -> impl TypedValueParser<Value = Scope> {
    let of_programs = Scope::ALL.into_iter().filter(|scope| !matches!(scope, Scope::GrantsWrite | Scope::GrantsRead));
    PossibleValuesParser::new(of_programs.map(Scope::as_str)).try_map(|word| word.parse::<Scope>())
}
