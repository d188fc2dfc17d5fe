//! Passkeys: what an authenticator is asked, and whether its answer holds.

use domain::credential::{CredentialRefusal, Method};
use domain::member::Profile;
use domain::name::PersonId;
use domain::person::{Email, PersonName};
use ledger::vocabulary::Personal;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sqlx::PgConnection;
use store::append::LogId;
use store::logs::LogInfo;
use webauthn_rs::prelude::{
    DiscoverableAuthentication, Passkey, PasskeyAuthentication, PasskeyRegistration, PublicKeyCredential,
    RegisterPublicKeyCredential, Url, Webauthn, WebauthnBuilder,
};

use super::attempt::NotBelieved;
use super::enter;
use crate::access::challenge::{self, Challenge, ChallengePurpose};
use crate::access::passkey;
use crate::access::{person, person_uuid};
use crate::app::App;
use crate::error::{Error, Result};

/// What a script hands to the browser. Its `Debug` form is of no use to anybody else: it is answered once.
#[derive(Debug, Serialize)]
pub struct Question {
    /// By which the answer finds what was asked.
    pub challenge: String,
    /// The options of `navigator.credentials`, with bytes in base64url.
    #[serde(rename = "publicKey")]
    pub public_key: Value,
}

/// What a script puts into the form: the browser's answer.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Answer {
    /// The name of what was asked.
    #[serde(default)]
    pub challenge: String,
    /// The credential as JSON, with bytes in base64url.
    #[serde(default)]
    pub credential: String,
}

/// Asks whoever is there for any passkey of this organisation.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn ask_to_sign_in(app: &App, info: &LogInfo) -> Result<Question> {
    let (options, state) = relying_party(app, info)?.start_discoverable_authentication().map_err(Error::internal)?;
    // Asked by a button, and not beside a field.
    let options = json!({ "publicKey": options.public_key });
    keep(app, info.log, ChallengePurpose::SignIn, None, &state, &options).await
}

/// Whose passkey the answer is, if it holds.
///
/// # Errors
/// Outside, what keeps it from being found out; inside, why they are not believed.
pub async fn signed_in(app: &App, info: &LogInfo, answer: &Answer) -> Result<Result<Profile, NotBelieved>> {
    let refused = |member, refusal| Ok(Err(NotBelieved { member, method: Method::Passkey, refusal }));
    let Some((credential, asked)) =
        answered::<PublicKeyCredential>(app, info, ChallengePurpose::SignIn, answer).await?
    else {
        return refused(None, CredentialRefusal::UnknownMember);
    };
    let party = relying_party(app, info)?;
    let Ok((user, id)) = party.identify_discoverable_authentication(&credential) else {
        return refused(None, CredentialRefusal::UnknownMember);
    };
    let member = person(user);
    let mut tx = app.db(info.log).await?;
    let known = passkey::of_member(&mut tx, info.log, &member).await?.into_iter();
    let Some(mut known) = known.into_iter().find(|known| known.passkey.cred_id().as_slice() == id) else {
        return refused(None, CredentialRefusal::UnknownMember);
    };
    let state: DiscoverableAuthentication = serde_json::from_str(&asked.state).map_err(Error::internal)?;
    match party.finish_discoverable_authentication_v2(&credential, state, &known.passkey) {
        Ok(result) => {
            known.passkey.update_credential(&result);
            passkey::note_use(&mut tx, info.log, &known).await?;
            tx.commit().await?;
        }
        Err(error) => {
            tracing::info!(%error, "a passkey was not believed");
            return refused(Some(member), CredentialRefusal::WrongPasskey);
        }
    }
    match enter::active(app, info.log, &member).await? {
        Ok(profile) => Ok(Ok(profile)),
        Err(refusal) => refused(Some(member), refusal),
    }
}

/// Asks a member for one of their passkeys.
///
/// # Errors
/// [`Error::Conflict`] where they have none, [`Error::Unavailable`].
pub async fn ask_to_confirm(app: &App, info: &LogInfo, member: &PersonId) -> Result<Question> {
    let mut tx = app.db(info.log).await?;
    let known: Vec<Passkey> =
        passkey::of_member(&mut tx, info.log, member).await?.into_iter().map(|known| known.passkey).collect();
    tx.commit().await?;
    if known.is_empty() {
        return Err(Error::Conflict("there is no passkey to confirm with".to_owned()));
    }
    let (options, state) = relying_party(app, info)?.start_passkey_authentication(&known).map_err(Error::internal)?;
    let options = json!({ "publicKey": options.public_key });
    keep(app, info.log, ChallengePurpose::Confirm, Some(member), &state, &options).await
}

/// Whether the answer is one of the member's passkeys.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn confirmed(app: &App, info: &LogInfo, member: &PersonId, answer: &Answer) -> Result<bool> {
    let answered = answered::<PublicKeyCredential>(app, info, ChallengePurpose::Confirm, answer).await?;
    let Some((credential, asked)) = answered.filter(|(_, asked)| asked.member.as_ref() == Some(member)) else {
        return Ok(false);
    };
    let state: PasskeyAuthentication = serde_json::from_str(&asked.state).map_err(Error::internal)?;
    let result = match relying_party(app, info)?.finish_passkey_authentication(&credential, &state) {
        Ok(result) => result,
        Err(error) => {
            tracing::info!(%error, "a passkey was not believed");
            return Ok(false);
        }
    };
    let mut tx = app.db(info.log).await?;
    // One that was removed since it was asked for confirms nothing any more.
    let known = passkey::of_member(&mut tx, info.log, member).await?.into_iter();
    let Some(mut known) = known.into_iter().find(|known| known.passkey.cred_id() == result.cred_id()) else {
        return Ok(false);
    };
    known.passkey.update_credential(&result);
    passkey::note_use(&mut tx, info.log, &known).await?;
    tx.commit().await?;
    Ok(true)
}

/// Asks a member's authenticator for a new passkey, which signs in without an address being typed.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn ask_to_register(app: &App, info: &LogInfo, profile: &Profile) -> Result<Question> {
    let mut tx = app.db(info.log).await?;
    let known = passkey::of_member(&mut tx, info.log, &profile.member).await?;
    tx.commit().await?;
    let known: Vec<_> = known.iter().map(|known| known.passkey.cred_id().clone()).collect();
    let address = profile.email.known().map_or("erased", Email::as_str);
    let name = profile.name.as_ref().and_then(Personal::known).map_or(address, PersonName::as_str);
    let started =
        relying_party(app, info)?.start_passkey_registration(person_uuid(&profile.member), address, name, Some(known));
    let (options, state) = started.map_err(Error::internal)?;
    let mut options = serde_json::to_value(options).map_err(Error::internal)?;
    // The authenticator keeps whose it is.
    options["publicKey"]["authenticatorSelection"]["residentKey"] = json!("required");
    options["publicKey"]["authenticatorSelection"]["requireResidentKey"] = json!(true);
    keep(app, info.log, ChallengePurpose::Register, Some(&profile.member), &state, &options).await
}

/// The new passkey, if the answer holds.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn registered(app: &App, info: &LogInfo, member: &PersonId, answer: &Answer) -> Result<Option<Passkey>> {
    let answered = answered::<RegisterPublicKeyCredential>(app, info, ChallengePurpose::Register, answer).await?;
    let Some((credential, asked)) = answered.filter(|(_, asked)| asked.member.as_ref() == Some(member)) else {
        return Ok(None);
    };
    let state: PasskeyRegistration = serde_json::from_str(&asked.state).map_err(Error::internal)?;
    match relying_party(app, info)?.finish_passkey_registration(&credential, &state) {
        Ok(passkey) => Ok(Some(passkey)),
        Err(error) => {
            tracing::info!(%error, "a new passkey was not believed");
            Ok(None)
        }
    }
}

/// Passkeys belong to the host of the public URL.
fn relying_party(app: &App, info: &LogInfo) -> Result<Webauthn> {
    let url = Url::parse(&app.public_url().to_string()).map_err(Error::internal)?;
    let host = app.public_url().host();
    let builder = WebauthnBuilder::new(host, &url).map_err(Error::internal)?;
    // A forwarded port is another one.
    let builder = builder.rp_name(&info.name).allow_any_port(host == "localhost");
    builder.build().map_err(Error::internal)
}

async fn keep(
    app: &App,
    log: LogId,
    purpose: ChallengePurpose,
    member: Option<&PersonId>,
    state: &impl Serialize,
    options: &Value,
) -> Result<Question> {
    let state = serde_json::to_string(state).map_err(Error::internal)?;
    let mut tx = app.db(log).await?;
    let challenge = challenge::insert(&mut tx, log, purpose, member, &state).await?;
    tx.commit().await?;
    Ok(Question { challenge, public_key: options["publicKey"].clone() })
}

/// The answer with what was asked, which is answered once; nothing where either is not there.
async fn answered<T: serde::de::DeserializeOwned>(
    app: &App,
    info: &LogInfo,
    purpose: ChallengePurpose,
    answer: &Answer,
) -> Result<Option<(T, Challenge)>> {
    let Ok(credential) = serde_json::from_str::<T>(&answer.credential) else { return Ok(None) };
    let mut tx = app.db(info.log).await?;
    let asked = take(&mut tx, info.log, purpose, answer).await?;
    tx.commit().await?;
    Ok(asked.map(|asked| (credential, asked)))
}

async fn take(
    conn: &mut PgConnection,
    log: LogId,
    purpose: ChallengePurpose,
    answer: &Answer,
) -> Result<Option<Challenge>> {
    challenge::take(conn, log, purpose, &answer.challenge).await
}
