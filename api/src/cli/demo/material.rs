//! What an auditor looks at: records and evidence of an invented organisation, written for this.

use std::time::Duration;

use anyhow::Context as _;
use axum::http::Request;
use projections::Projection as _;
use projections::read_models::evidence::Evidence as Listed;
use projections::wait;
use serde_json::{Value, json};
use store::logs::LogInfo;

use super::visitor::Visitor;
use super::{SLUG, Show};

/// Registers, each as `POST /v1/orgs/{org}/records/{type}` takes it.
const RECORDS: [(&str, &str); 10] = [
    ("access_reports", include_str!("../../../samples/records/access_reports.csv")),
    ("billing_history", include_str!("../../../samples/records/billing_history.csv")),
    ("compliance_status", include_str!("../../../samples/records/compliance_status.csv")),
    ("controls", include_str!("../../../samples/records/controls.csv")),
    ("incidents", include_str!("../../../samples/records/incidents.csv")),
    ("invoices", include_str!("../../../samples/records/invoices.csv")),
    ("policies", include_str!("../../../samples/records/policies.csv")),
    ("security_config", include_str!("../../../samples/records/security_config.csv")),
    ("usage_reports", include_str!("../../../samples/records/usage_reports.csv")),
    ("user_activity", include_str!("../../../samples/records/user_activity.csv")),
];

/// A piece of evidence.
struct Evidence {
    title: &'static str,
    effective_on: &'static str,
    file_name: &'static str,
    content: &'static str,
}

const EVIDENCE: [Evidence; 2] = [
    Evidence {
        title: "Access review, third quarter of 2026",
        effective_on: "2026-09-30",
        file_name: "access-review-2026-q3.csv",
        content: include_str!("../../../samples/evidence/access-review-2026-q3.csv"),
    },
    Evidence {
        title: "Restore of the patient database",
        effective_on: "2026-10-05",
        file_name: "restore-2026-10.txt",
        content: include_str!("../../../samples/evidence/restore-2026-10.txt"),
    },
];
/// For the lists to show what was loaded.
const LISTED_WITHIN: Duration = Duration::from_secs(20);
/// Stands in none of the files.
const BOUNDARY: &str = "countersign-demo";

impl Show<'_> {
    /// Loads them, as another system of the organisation would; a second time it changes nothing.
    pub(super) async fn material(&mut self, organisation: &LogInfo, key: &str) -> anyhow::Result<()> {
        let mut program = Visitor::with_key(&self.origin(), key);
        let (mut rows, mut newest) = (0, 0);
        for (kind, csv) in RECORDS {
            let request = Request::post(program.url(&format!("/v1/orgs/{SLUG}/records/{kind}")));
            let report = program.send_as(request, "text/csv", csv.into()).await?;
            anyhow::ensure!(report["refused"].as_array().is_none_or(Vec::is_empty), "{kind}: {report}");
            rows += csv.lines().count() - 1;
        }
        for evidence in &EVIDENCE {
            let request = Request::post(program.url(&format!("/v1/orgs/{SLUG}/evidence")));
            let request = request.header("Idempotency-Key", evidence.file_name);
            let media_type = format!("multipart/form-data; boundary={BOUNDARY}");
            let added = program.send_as(request, &media_type, evidence.form()).await?;
            newest = added.pointer("/entries/0/index").and_then(Value::as_u64).context("what is added is an entry")?;
        }
        let ledger = self.service.app().ledger();
        let shown = wait::until(ledger, Listed.name(), organisation.log, newest, LISTED_WITHIN).await?;
        anyhow::ensure!(shown, "the list of evidence does not follow the log");
        let (types, files) = (RECORDS.len(), EVIDENCE.len());
        self.say(&format!(
            "Loaded {rows} compliance records of {types} types and {files} files of evidence over HTTP."
        ));
        Ok(())
    }
}

impl Evidence {
    fn form(&self) -> Vec<u8> {
        let metadata = json!({ "title": self.title, "effective_on": self.effective_on, "owner": "Security" });
        let part = |head: String, body: &str| {
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; {head}\r\n\r\n{body}\r\n")
        };
        let file = format!("name=\"file\"; filename=\"{}\"\r\nContent-Type: text/plain", self.file_name);
        let parts = [part("name=\"metadata\"".to_owned(), &metadata.to_string()), part(file, self.content)];
        format!("{}--{BOUNDARY}--\r\n", parts.concat()).into_bytes()
    }
}
