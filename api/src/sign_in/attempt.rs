//! An attempt with a password and a second factor. Whatever is wrong with it, it costs the same and is answered the same.

use domain::credential::{CredentialRefusal, Method};
use domain::member::Profile;
use domain::name::PersonId;
use domain::person::Email;
use store::append::LogId;
use zeroize::Zeroizing;

use super::enter;
use super::password;
use super::totp::{SealedFor, TotpSecret};
use crate::access::member_login::{self, AddressMac, Login};
use crate::access::recovery_code::{self, RecoveryCode};
use crate::app::App;
use crate::error::Result;

/// What whoever is not believed is told, whatever the reason.
pub const REFUSED: &str = "The address, the password or the code is not right, or it was tried too often. After ten \
    attempts that fail, none is looked at for 15 minutes.";

/// What somebody typed.
pub struct Typed {
    /// The password.
    pub password: Zeroizing<String>,
    /// A one-time code, or a recovery code.
    pub code: Zeroizing<String>,
}

/// Why somebody was not believed, and who they said they were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotBelieved {
    /// The member whose address it is, if it is one's.
    pub member: Option<PersonId>,
    /// By what they tried.
    pub method: Method,
    /// Why.
    pub refusal: CredentialRefusal,
}

impl Typed {
    /// By what it is tried: a recovery code has another form than a one-time code.
    pub fn method(&self) -> Method {
        match RecoveryCode::parse(&self.code) {
            Some(_) => Method::PasswordRecoveryCode,
            None => Method::PasswordTotp,
        }
    }
}

/// Whether somebody is the member with this address.
///
/// # Errors
/// Outside, what keeps it from being found out; inside, why they are not believed.
pub async fn by_address(
    app: &App,
    log: LogId,
    email: &Email,
    typed: Typed,
) -> Result<Result<(Profile, Method), NotBelieved>> {
    let address = AddressMac::of(app.access_secret(), log, email);
    let login = {
        let mut tx = app.db(log).await?;
        let login = member_login::by_address(&mut tx, log, address).await?;
        tx.commit().await?;
        login
    };
    judge(app, log, address, login, typed).await
}

/// The same for a member who is known already.
///
/// # Errors
/// As [`by_address`].
pub async fn by_member(
    app: &App,
    log: LogId,
    member: &PersonId,
    typed: Typed,
) -> Result<Result<(Profile, Method), NotBelieved>> {
    let mut tx = app.db(log).await?;
    let login = member_login::by_member(&mut tx, log, member).await?;
    tx.commit().await?;
    match login {
        Some(login) => judge(app, log, login.address, Some(login), typed).await,
        None => Ok(Err(NotBelieved {
            member: Some(member.clone()),
            method: typed.method(),
            refusal: CredentialRefusal::Removed,
        })),
    }
}

async fn judge(
    app: &App,
    log: LogId,
    address: AddressMac,
    login: Option<Login>,
    typed: Typed,
) -> Result<Result<(Profile, Method), NotBelieved>> {
    let method = typed.method();
    let allowed = {
        let mut tx = app.db(log).await?;
        let allowed = member_login::begin_attempt(&mut tx, log, address).await?;
        tx.commit().await?;
        allowed
    };
    let kept = login.as_ref().and_then(|login| login.password_hash.clone());
    let password_holds = password::holds(typed.password, kept).await?;
    let member = login.as_ref().map(|login| login.member.clone());
    let refused = |refusal| Ok(Err(NotBelieved { member, method, refusal }));
    let Some(login) = login else { return refused(CredentialRefusal::UnknownMember) };
    if !allowed {
        return refused(CredentialRefusal::Locked);
    }
    if !password_holds {
        return refused(CredentialRefusal::WrongPassword);
    }
    // From here on somebody knows the password: a code is used up only for them.
    if let Err(refusal) = take_code(app, log, &login, &typed.code).await? {
        return refused(refusal);
    }
    match enter::active(app, log, &login.member).await? {
        Ok(profile) => Ok(Ok((profile, method))),
        Err(refusal) => refused(refusal),
    }
}

/// Uses up a code of the member's, and with it ends the count of attempts.
async fn take_code(app: &App, log: LogId, login: &Login, code: &str) -> Result<Result<(), CredentialRefusal>> {
    let (secret, member) = (app.access_secret(), &login.member);
    let mut tx = app.db(log).await?;
    let (taken, refusal) = if let Some(code) = RecoveryCode::parse(code) {
        let taken = recovery_code::take(&mut tx, secret, log, member, &code).await?;
        (taken, CredentialRefusal::WrongRecoveryCode)
    } else if let Some(step) = step_of(app, log, login, code)? {
        (member_login::take_totp_step(&mut tx, log, member, step).await?, CredentialRefusal::WrongCode)
    } else {
        (false, CredentialRefusal::WrongCode)
    };
    if taken {
        member_login::forget_attempts(&mut tx, log, login.address).await?;
    }
    tx.commit().await?;
    Ok(if taken { Ok(()) } else { Err(refusal) })
}

fn step_of(app: &App, log: LogId, login: &Login, code: &str) -> Result<Option<i64>> {
    let Some(sealed) = &login.totp_secret else { return Ok(None) };
    let totp = TotpSecret::open(app.access_secret(), SealedFor::Login(log, &login.member), sealed)?;
    Ok(totp.step_of(code, store::clock::now()))
}
