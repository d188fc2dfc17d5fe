//! An organisation in which something of everything is, so that pages show more than that there is nothing.

use serde_json::{Value, json};

use crate::site::{Api, Site};

/// The organisation's address.
pub(crate) const HOME: &str = "/orgs/larkfield";
/// What the file of the access review says in its newest revision.
pub(crate) const REPORT: &str = "Access review, third quarter of 2026. 41 of 41 accounts confirmed.\n";

/// A service with an organisation that has nothing yet.
pub(crate) async fn empty() -> Site {
    let site = Site::start().await;
    site.countersign(&["org", "create", "larkfield", "--name", "Larkfield Clinic", "--authority", "l.example.com"]);
    site
}

/// The same with an engagement, evidence, and records of most types.
pub(crate) async fn larkfield() -> Site {
    let site = empty().await;
    furnish(&site);
    site
}

/// Brings in all that auditors see.
pub(crate) fn furnish(site: &Site) {
    let scopes = ["--scope", "engagements:write", "--scope", "evidence:write", "--scope", "records:write"];
    let key = ["api-key", "create", "--org", "larkfield", "--name", "load", "--quiet"];
    let key = site.countersign(&[key.as_slice(), &scopes].concat());
    let api = site.api(key.trim(), "larkfield");
    let engagements = [
        ("SOC 2 Type II, 2026", "SOC 2", "2026-01-01", "2026-12-31"),
        ("ISO 27001 surveillance, 2027", "ISO/IEC 27001:2022", "2027-01-01", "2027-03-31"),
    ];
    for (name, framework, starts_on, ends_on) in engagements {
        let plan = json!({ "name": name, "framework": framework, "starts_on": starts_on, "ends_on": ends_on });
        api.post("engagements", &plan);
    }
    evidence(&api);
    for (kind, records) in records() {
        let report = api.post(&format!("records/{kind}"), &records);
        assert_eq!(report["refused"], 0, "{report}");
    }
}

fn evidence(api: &Api) {
    let review = json!({
        "title": "Access review", "effective_on": "2026-09-30", "owner": "Security", "controls": ["AC-2", "CC6.2"],
        "description": "Every account of staff and suppliers, with who confirmed it and when.",
        "reviewed_on": "2026-10-12",
    });
    let id = api.add_file(&review, "review-draft.txt", "Access review, third quarter of 2026. Draft.\n");
    api.revise(&id, "review.txt", REPORT);
    let test = json!({
        "title": "Penetration test of the patient portal, with the retest of the two findings of high severity",
        "effective_on": "2026-06-18", "owner": "Platform", "controls": ["CC7.1"], "vendor": "V-2",
    });
    api.add_file(&test, "Penetration test 2026 (final, with retest) Larkfield.txt", "No finding is open.\n");
    let planned = json!({ "title": "Restore test", "effective_on": "2026-11-02", "owner": "Operations" });
    api.post("evidence", &planned);
}

/// A few records of most types; of usage reports there are none.
fn records() -> Vec<(&'static str, Value)> {
    let row = |reference: &str, title: &str, status: &str, owner: &str| json!({ "reference": reference, "title": title, "status": status, "owner": owner });
    let policy = json!({
        "reference": "P-1", "title": "Access policy", "status": "published", "owner": "Security",
        "body": "Access is given by role, for a reason, and until a date.\n\nWho leaves loses it the same day.",
    });
    vec![
        (
            "controls",
            json!([
                row("AC-2", "Account management", "implemented", "Security"),
                row("AC-6", "Least privilege", "implemented", "Security"),
                row("CC7.1", "Detection of changes to configuration", "partly implemented", "Platform"),
            ]),
        ),
        ("policies", json!([policy, row("P-2", "Incident policy", "in review", "Operations")])),
        ("incidents", json!([row("I-2026-04", "Mail sent to the wrong clinic", "closed", "Privacy")])),
        ("risks", json!([row("R-7", "Loss of the only person who knows the interface engine", "treated", "IT")])),
        ("vendors", json!([row("V-2", "Ostrava Security Testing", "approved", "Procurement")])),
        ("soa", json!([row("A.5.15", "Access control", "applicable", "Security")])),
        ("access_reports", json!([row("AR-2026-09", "Accounts in September", "final", "IT")])),
        ("user_activity", json!([row("UA-2026-09", "Sign-ins in September", "final", "IT")])),
        ("security_config", json!([row("SC-TLS", "TLS 1.3 on every endpoint", "in force", "Platform")])),
        ("compliance_status", json!([row("CC6.1", "Logical access", "met", "Compliance")])),
        ("billing_history", json!([row("B-2026-09", "September 2026", "paid", "Finance")])),
        ("invoices", json!([row("INV-1041", "Annual licence", "paid", "Finance")])),
    ]
}
