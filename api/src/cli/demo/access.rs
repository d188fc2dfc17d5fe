//! Access in the demo, over HTTP: given, taken up, used, taken back, refused.

use anyhow::Context as _;
use serde_json::{Value, json};

use super::owner::Owner;
use super::visitor::Visitor;
use super::{SLUG, Show, post};

const FIRM: &str = "Northgate Assurance";
const AUDITOR: &str = "ada.hallstrom@northgate.example";
const AUDITOR_NAME: &str = "Ada Hallström";
/// Whose invitation is left for whoever looks at the demo.
pub(super) const SECOND_AUDITOR: &str = "ben.okoye@northgate.example";

impl Show<'_> {
    /// Access is given, used and taken back.
    pub(super) async fn access(&mut self, owner: &mut Owner) -> anyhow::Result<()> {
        let visitor = &mut owner.visitor;
        self.end_what_is_left(visitor).await?;
        let granted = visitor.post(&grants(""), &asked(AUDITOR, AUDITOR_NAME)).await?;
        self.say(&format!("The owner gave {AUDITOR_NAME} of {FIRM} access for 30 days: entry {}.", index(&granted)?));
        let mut auditor = self.come_in().await?;
        self.work(&mut auditor).await?;
        let revoke = grants(&format!("/{}/revoke", granted["grant"].as_str().context("a grant has an id")?));
        let revoked = visitor.post(&revoke, &json!({ "note": "The audit is done." })).await?;
        self.say(&format!("The owner took the access back: entry {}.", index(&revoked)?));
        let refused = auditor.get("/auditor/portal/controls").await?;
        anyhow::ensure!(refused.has_ended(), "a view after the revocation was not refused");
        self.say("The auditor's next click was refused.");
        Ok(())
    }

    /// An invitation that whoever looks at the demo may take up.
    pub(super) async fn second_invitation(&mut self, owner: &mut Owner) -> anyhow::Result<()> {
        owner.visitor.post(&grants(""), &asked(SECOND_AUDITOR, "Ben Okoye")).await?;
        Ok(())
    }

    /// One access per auditor and purpose: what an earlier run has left open makes room.
    async fn end_what_is_left(&mut self, visitor: &mut Visitor) -> anyhow::Result<()> {
        for state in ["pending", "active"] {
            let listed = visitor.get(&format!("{}?state={state}&firm=Northgate", grants(""))).await?.json()?;
            for grant in listed["grants"].as_array().into_iter().flatten() {
                let grant = grant["grant"].as_str().context("a grant has an id")?;
                visitor
                    .post(&grants(&format!("/{grant}/revoke")), &json!({ "note": "Left by an earlier run." }))
                    .await?;
            }
        }
        Ok(())
    }

    /// The auditor opens the link in the mail, types the code that it sends, and accepts the terms.
    async fn come_in(&mut self) -> anyhow::Result<Visitor> {
        let origin = self.origin();
        let mut auditor = Visitor::new(&origin);
        let link = post::link(&self.post.next("invite", AUDITOR).await?, &origin)?;
        auditor.get(&link).await?.page()?;
        auditor.submit(&link, &[]).await?.leads_to()?;
        let code = post::code(&self.post.next("code", AUDITOR).await?)?;
        auditor.submit("/auditor/code", &[("code", &code)]).await?.leads_to()?;
        let version = auditor.get("/auditor/toe").await?.field("version")?;
        let fields = [("version", version.as_str()), ("acknowledged", "yes"), ("signed_name", AUDITOR_NAME)];
        auditor.submit("/auditor/toe", &fields).await?.leads_to()?;
        let entry = newest(&mut auditor).await?;
        self.say(&format!(
            "The auditor opened the link, typed the code sent by mail and accepted the terms: entry {entry}."
        ));
        Ok(auditor)
    }

    async fn work(&mut self, auditor: &mut Visitor) -> anyhow::Result<()> {
        auditor.get("/auditor/portal/controls").await?.page()?;
        let entry = newest(auditor).await?;
        self.say(&format!("The auditor viewed the controls: entry {entry}, recorded before they were shown."));
        let listed = auditor.get("/api/auditor/evidence").await?.json()?;
        let file = listed.pointer("/rows/0/revisions/0/download").and_then(Value::as_str);
        let bytes = auditor.get(file.context("a file is listed")?).await?.page()?.len();
        let entry = newest(auditor).await?;
        self.say(&format!("The auditor downloaded a file of {bytes} bytes: entry {entry}, with its SHA-256."));
        Ok(())
    }
}

fn grants(rest: &str) -> String {
    format!("/v1/orgs/{SLUG}/grants{rest}")
}

fn asked(email: &str, name: &str) -> Value {
    json!({
        "email": email,
        "name": name,
        "firm": FIRM,
        "capabilities": ["view", "download", "export"],
        "resources": ["audit_logs", "compliance_status", "controls", "evidence", "incidents", "policies"],
        "days": 30,
        "delivery": "email",
    })
}

fn index(answer: &Value) -> anyhow::Result<u64> {
    let index = answer.pointer("/entries/0/index").and_then(Value::as_u64);
    index.with_context(|| format!("no entry is in {answer}"))
}

/// The entry of what the auditor did last.
async fn newest(auditor: &mut Visitor) -> anyhow::Result<u64> {
    let listed = auditor.get("/api/auditor/activity").await?.json()?;
    listed.pointer("/acts/0/index").and_then(Value::as_u64).with_context(|| format!("no act is in {listed}"))
}
