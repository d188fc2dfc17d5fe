//! `countersign demo`: the product's main job from beginning to end, each step said in a line.

mod access;
mod material;
mod owner;
mod post;
mod verdict;
mod visitor;

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use clap::Args;
use domain::context::Ctx;
use ledger::entry::{Actor, ActorType};
use ledger::export::Extras;
use ledger::policy::Policy;
use store::export::{ExportRequest, Query, export_log};
use store::logs::{self, LogInfo};
use tokio_util::sync::CancellationToken;

use self::owner::WayIn;
use self::post::Post;
use super::session::Session;
use super::{api_key, serve, trust};
use crate::access::api_key::Scope;
use crate::config::{Came, Settings};
use crate::import::progress::Progress;
use crate::import::{self, Format, Target};
use crate::key_history;
use crate::mail::Mailbox;
use crate::service::Service;

/// Audit records of an invented organisation, written for this.
const SAMPLE: &str = include_str!("../../samples/cloudtrail.json");
const SLUG: &str = "larkfield";
const NAME: &str = "Larkfield Clinic";
/// Enough for an hour of looking around, in a line.
const CODES_SHOWN: usize = 4;
/// A name that is nobody's (RFC 2606).
const AUTHORITY: &str = "demo.countersign.example";

/// Show what Countersign does, with an invented organisation and sample records.
///
/// Starts the service, imports audit records, gives an auditor access over HTTP and takes it back, exports the log, verifies
/// the export, changes one byte of it and verifies again. Mail stays in a mailbox of the service, whatever is set.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  countersign demo --once --out demo")]
pub struct Demo {
    /// End when everything was shown, with status 0 if the export verified and the changed one did not.
    #[arg(long)]
    once: bool,
    /// Where log.zip and trust.policy are written.
    #[arg(long, value_name = "DIR", default_value = "countersign-demo")]
    out: PathBuf,
}

impl Demo {
    /// The settings that the demo runs under.
    pub(super) fn adapt(&self, settings: &mut Settings) {
        // The demo speaks to its own service, whatever name it will have one day.
        settings.public_url = None;
        if self.once {
            settings.listen.set_port(0);
            settings.metrics_listen = None;
        }
        // Between the steps, lines about single requests would be in the way.
        if settings.values.iter().any(|value| value.key == "log_filter" && value.came == Came::Default) {
            "warn".clone_into(&mut settings.log_filter);
        }
    }

    pub(super) async fn run(self, settings: &Settings) -> anyhow::Result<()> {
        let stop = serve::stop_on_signal()?;
        println!("Countersign keeps audit logs that outsiders can check without trusting whoever runs them. Watch:");
        println!();
        let mailbox = Mailbox::default();
        let service = Service::start_with(settings, Some(mailbox.clone()), stop.clone()).await?;
        let post = Post::new(mailbox);
        let shown = Show { settings, service: &service, out: &self.out, post, step: 0 }.run().await;
        if self.once || shown.is_err() {
            stop.cancel();
        }
        finish(service, stop, shown).await
    }
}

async fn finish(service: Service, stop: CancellationToken, shown: anyhow::Result<Left>) -> anyhow::Result<()> {
    if let (Ok(left), false) = (&shown, stop.is_cancelled()) {
        left.print(&service.public_url().to_string());
    }
    service.finished().await?;
    shown.map(|_| ())
}

/// What is there for whoever looks around.
struct Left {
    /// An API key.
    token: String,
    way_in: WayIn,
}

impl Left {
    fn print(&self, url: &str) {
        let WayIn { link, password, codes } = &self.way_in;
        println!();
        println!("The service goes on; Ctrl-C ends it. Look around:");
        println!();
        println!("  As the owner ({}): open this link, within 10 minutes and once.", owner::EMAIL);
        println!("    {link}");
        println!("    Where a page asks to confirm that it is you: the password {password}");
        println!(
            "    and one of these codes, each once: {}",
            codes.iter().take(CODES_SHOWN).cloned().collect::<Vec<_>>().join("  ")
        );
        println!("    The organisation's pages: {url}/orgs/{SLUG}");
        println!();
        println!("  As an auditor ({}): open the newest invitation in the mailbox.", access::SECOND_AUDITOR);
        println!("    {url}/demo/mailbox   everything that would have been mailed, codes too");
        println!();
        println!("  As a program, or from outside:");
        println!("    {url}/docs   everything that can be asked of the service");
        println!("    {url}/logs/{SLUG}/checkpoint   the newest signed checkpoint");
        println!("    curl -H 'Authorization: Bearer {}' {url}/v1/orgs/{SLUG}/entries", self.token);
    }
}

/// The demo under way.
struct Show<'a> {
    settings: &'a Settings,
    service: &'a Service,
    out: &'a Path,
    post: Post,
    step: u32,
}

impl Show<'_> {
    /// All steps, and what they leave.
    async fn run(mut self) -> anyhow::Result<Left> {
        fs::create_dir_all(self.out).with_context(|| format!("{} cannot be made", self.out.display()))?;
        let organisation = self.organisation().await?;
        self.import(&organisation).await?;
        let token = self.api_key(&organisation).await?;
        self.material(&organisation, &token).await?;
        let mut owner = self.owner(&organisation).await?;
        self.access(&mut owner).await?;
        let policy = self.trust(&organisation).await?;
        let export = self.export(&organisation).await?;
        self.verify(export, policy).await?;
        self.second_invitation(&mut owner).await?;
        let way_in = self.way_in(&organisation, owner).await?;
        Ok(Left { token, way_in })
    }

    /// How the service is reached.
    fn origin(&self) -> String {
        self.service.public_url().to_string()
    }

    fn say(&mut self, what: &str) {
        self.step += 1;
        println!("{:2}. {what}", self.step);
    }

    async fn organisation(&mut self) -> anyhow::Result<LogInfo> {
        let ledger = self.service.app().ledger();
        if let Some(found) = logs::find(ledger.reader(), SLUG).await? {
            self.say(&format!("The organisation \"{NAME}\" is here from an earlier run; its log goes on."));
            return Ok(found);
        }
        let opened = logs::open(ledger, SLUG, NAME, AUTHORITY).await?;
        self.say(&format!(
            "Made the organisation \"{NAME}\". Its log is {}, signed with three keys",
            opened.info.origin
        ));
        println!("    that only this machine has.");
        Ok(opened.info)
    }

    async fn import(&mut self, organisation: &LogInfo) -> anyhow::Result<()> {
        let directory = tempdir(&self.settings.data_dir)?;
        let sample = directory.join("cloudtrail.json");
        fs::write(&sample, SAMPLE)?;
        let ledger = self.service.app().ledger().clone();
        let target = Target { ledger, log: organisation.log, origin: organisation.origin.clone() };
        let summary = import::run(&target, Format::Cloudtrail, &[sample], &mut Progress::hidden()).await;
        fs::remove_dir_all(&directory)?;
        self.say(&format!("Imported AWS CloudTrail records, an entry each: {}.", summary?));
        println!(
            "    Each entry holds the hash of the one before it. Names and addresses in them are sealed, not in the clear."
        );
        Ok(())
    }

    async fn api_key(&mut self, organisation: &LogInfo) -> anyhow::Result<String> {
        let app = self.service.app();
        let session = Session::of_service(app, &self.settings.data_dir);
        let token = api_key::create(&session, organisation, "demo", &Scope::ALL, Some(1)).await?;
        self.say("Made an API key, good for a day; that a key was made is an entry too.");
        Ok(token.reveal().to_string())
    }

    /// What outsiders need beforehand: the key that the log began with.
    async fn trust(&mut self, organisation: &LogInfo) -> anyhow::Result<Policy> {
        let history = key_history::load(self.service.app().ledger(), organisation.log).await?;
        let policy = trust::policy(&history);
        let path = self.out.join("trust.policy");
        fs::write(&path, &policy)?;
        self.say(&format!("Wrote {}: the key by which others know this log.", path.display()));
        Ok(Policy::parse(policy.as_bytes())?)
    }

    async fn export(&mut self, organisation: &LogInfo) -> anyhow::Result<Vec<u8>> {
        let path = self.out.join("log.zip");
        let unfinished = self.out.join(".log.zip.unfinished");
        let request = ExportRequest {
            ctx: Ctx::of(Actor { kind: ActorType::System, id: "demo".to_owned(), role: None }, store::clock::now()),
            query: Query::All,
            extras: Extras::for_people(),
            progress: None,
            threads_max: None,
        };
        let app = self.service.app();
        let out = File::options().read(true).write(true).create(true).truncate(true).open(&unfinished)?;
        let exported = export_log(app.ledger(), app.seals(), organisation.log, out, request).await?;
        fs::rename(&unfinished, &path)?;
        let entries = exported.manifest.entries;
        self.say(&format!("Sealed all {entries} entries under one signed checkpoint and wrote {}.", path.display()));
        Ok(fs::read(&path)?)
    }

    async fn verify(&mut self, export: Vec<u8>, policy: Policy) -> anyhow::Result<()> {
        self.say("An outsider verifies the file, with nothing but the file and that key:");
        let (place, before, after) = verdict::one_byte(&export)?;
        let mut changed = export.clone();
        changed[place] = after;
        let [good, bad] =
            tokio::task::spawn_blocking(move || [export, changed].map(|file| verdict::of(&file, &policy))).await?;
        let good = good?;
        verdict::print(&good);
        anyhow::ensure!(good.exit_status(&[]) == 0, "the export does not verify");
        let (before, after) = (char::from(before), char::from(after));
        self.say(&format!(
            "Somebody changes one byte of it, byte {place}, from {before:?} to {after:?}. The verifier now says:"
        ));
        let bad = bad?;
        verdict::print(&bad);
        anyhow::ensure!(bad.exit_status(&[]) == 1, "the changed export was not refused");
        self.say("Whoever holds the file can do the same on a machine of their own, without this service:");
        let out = self.out.display();
        println!("      countersign-verify {out}/log.zip --trust {out}/trust.policy");
        Ok(())
    }
}

/// A directory of this process alone.
fn tempdir(data_dir: &Path) -> anyhow::Result<PathBuf> {
    let directory = data_dir.join(format!("demo-{}", std::process::id()));
    fs::create_dir_all(&directory).with_context(|| format!("{} cannot be made", directory.display()))?;
    Ok(directory)
}
