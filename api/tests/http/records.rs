//! Records over HTTP.

use axum::body::Body;
use axum::http::{Method, StatusCode, header};
use domain::member::Role;
use ledger::entry::Entry;
use rstest::rstest;
use serde_json::{Value, json};

use crate::app::{Answer, TestApp, request, start};
use crate::engagements::{opened, put};

const CONTROLS: &str = "/v1/orgs/acme/records/controls";

#[tokio::test]
async fn a_record_is_put_and_a_version_is_made_only_when_it_says_something_else() {
    let app = start().await;
    let address = format!("{CONTROLS}/CC6.1");
    assert_eq!(put(&app, &address, &content("Access")).await.json()["change"], "added");
    assert_eq!(put(&app, &address, &content("Access")).await.json()["change"], "unchanged");
    let changed = put(&app, &address, &content("Logical access")).await.json();
    assert_eq!((changed["change"].as_str(), changed["entries"][0]["index"].as_u64()), (Some("changed"), Some(2)));
    assert_eq!(app.size().await, 3);
    let mut expected = content("Logical access");
    expected["type"] = json!("controls");
    expected["reference"] = json!("CC6.1");
    expected["state"] = json!("live");
    assert_eq!(app.get(&address).await.json(), expected);
}

#[tokio::test]
async fn a_withdrawn_record_comes_back_when_it_is_put_again() {
    let app = start().await;
    // A reference may have slashes.
    let address = format!("{CONTROLS}/2026/AC-2:a");
    put(&app, &address, &content("Access")).await;
    let withdrawn = delete(&app, &format!("{address}?note=Merged+with%20AC-1")).await;
    assert_eq!(withdrawn.json()["change"], "withdrawn");
    assert_eq!(entry(&app, 2).await.detail, json!({ "note": "Merged with AC-1" }));
    assert_eq!(app.get(&address).await.json()["state"], "withdrawn");
    delete(&app, &address).await.problem(409, "conflict");
    assert_eq!(put(&app, &address, &content("Access")).await.json()["change"], "added");
    assert_eq!(app.get(&address).await.json()["state"], "live");
}

#[rstest]
#[case("/title", json!(""))]
#[case("/status", json!(7))]
#[case("/dates/due_on", json!("soon"))]
#[case("/dates/Due", json!("2026-01-01"))]
#[case("/fields/vendor", json!("Acme Ltd"))]
#[case("/fields/engagement", json!("2026"))]
#[case("/fields/engagement", json!("018f3b7e-0000-7000-8000-00000000e001"))]
#[case("/fields/tier", json!(["high"]))]
#[case("/reference", json!("AC-2"))]
#[tokio::test]
async fn a_record_that_breaks_a_rule_is_refused_by_place(#[case] pointer: &str, #[case] value: Value) {
    let app = start().await;
    let mut content = content("Access");
    *pointer[1..].split('/').fold(&mut content, |place, name| &mut place[name]) = value;
    put(&app, &format!("{CONTROLS}/AC-1"), &content).await.invalid(pointer);
    assert_eq!(app.size().await, 1);
}

#[rstest]
#[case::the_log("audit_logs")]
#[case::has_events_of_its_own("evidence")]
#[case::no_type("spells")]
#[tokio::test]
async fn what_is_no_record_set_is_not_found(#[case] kind: &str) {
    let app = start().await;
    let address = format!("/v1/orgs/acme/records/{kind}");
    put(&app, &format!("{address}/A"), &content("A")).await.problem(404, "not-found");
    app.get(&format!("{address}/A")).await.problem(404, "not-found");
    app.post(&address, &json!([])).await.problem(404, "not-found");
}

// rows: S1-16, S1-17, S1-18, S1-19, C38
#[tokio::test]
async fn every_type_of_the_catalogue_without_data_of_its_own_is_a_record_set() {
    let app = start().await;
    let sets = [
        "access_reports",
        "billing_history",
        "compliance_status",
        "invoices",
        "security_config",
        "usage_reports",
        "user_activity",
        "controls",
        "policies",
        "incidents",
        "risks",
        "soa",
        "vendors",
        "access_entitlements",
        "drift",
        "exceptions",
        "findings",
    ];
    for kind in sets {
        let answer = put(&app, &format!("/v1/orgs/acme/records/{kind}/1"), &content("One")).await;
        assert_eq!(answer.json()["type"], kind);
    }
    put(&app, "/v1/orgs/acme/records/audit_logs/1", &content("One")).await.problem(404, "not-found");
    assert_eq!(app.get("/v1/orgs/acme/records/security_H.P.009-CONFIG/1").await.json()["type"], "security_config");
}

#[tokio::test]
async fn a_list_of_a_thousand_controls_is_imported_and_the_same_again_records_nothing() {
    let app = start().await;
    let rows = (1..=1_000).map(|number| format!("AC-{number},Control {number},implemented,Security Team,2026-01-01\n"));
    let csv = format!("reference,title,status,owner,effective_on\n{}", rows.collect::<String>());
    let dry = post_csv(&app, &format!("{CONTROLS}?dry_run=true"), &csv).await.json();
    assert_eq!((dry["added"].as_u64(), dry["rows"].as_u64()), (Some(1_000), Some(1_000)));
    assert_eq!(app.size().await, 1, "nothing was recorded");
    let report = post_csv(&app, CONTROLS, &csv).await.json();
    assert_eq!((report["added"].as_u64(), report["last_index"].as_u64()), (Some(1_000), Some(1_000)));
    let again = post_csv(&app, CONTROLS, &csv.replace("Control 7,", "Control seven,")).await.json();
    let counts = ["added", "changed", "unchanged", "refused"].map(|name| again[name].as_u64().unwrap());
    assert_eq!(counts, [0, 1, 999, 0]);
    assert_eq!(app.size().await, 1_002);
    assert_eq!(app.get(&format!("{CONTROLS}/AC-7")).await.json()["title"], "Control seven");
}

#[tokio::test]
async fn rows_that_break_rules_are_named_whole_and_the_others_go_in() {
    let app = start().await;
    let engagement = opened(&app).await;
    let list = json!([
        { "reference": "R-1", "title": "Keys are lost", "fields": { "engagement": engagement, "vendor": "V-1" } },
        { "reference": "R 2", "title": "", "dates": { "due_on": "2026-13-01" } },
        { "reference": "R-1", "title": "The same again" },
        { "reference": "R-4", "title": "Of no engagement", "fields": { "engagement": engagement.replace(|c: char| c.is_ascii_digit(), "0") } },
        "R-5",
        { "reference": "R-6", "title": "Fine" },
    ]);
    let report = app.post("/v1/orgs/acme/records/risks", &list).await.json();
    assert_eq!((report["added"].as_u64(), report["refused"].as_u64()), (Some(2), Some(4)));
    let errors: Vec<_> = report["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|error| {
            format!("{} {}: {}", error["row"], error["field"].as_str().unwrap(), error["rule"].as_str().unwrap())
        })
        .collect();
    assert_eq!(
        errors,
        [
            "2 /1/reference: a reference is letters, digits and . _ : - /",
            "2 /1/title: a text here has 1 to 200 characters, not 0",
            "2 /1/dates/due_on: there is no day 2026-13-01",
            "3 reference: row 1 has it already",
            "4 engagement: there is no such engagement",
            "5 /4: must be an object",
        ]
    );
    assert_eq!(app.get("/v1/orgs/acme/records/risks/R-1").await.json()["title"], "Keys are lost");
    app.get("/v1/orgs/acme/records/risks/R-4").await.problem(404, "not-found");
}

#[tokio::test]
async fn an_import_sent_again_with_its_key_records_nothing_twice() {
    let app = start().await;
    let list = json!({ "records": [{ "reference": "A", "title": "One" }, { "reference": "B", "title": "Two" }] });
    let first = app.post_once("list", CONTROLS, &list).await.json();
    put(&app, &format!("{CONTROLS}/A"), &json!({ "title": "Changed since" })).await;
    let again = app.post_once("list", CONTROLS, &list).await.json();
    assert_eq!(first, again);
    assert_eq!(app.get(&format!("{CONTROLS}/A")).await.json()["title"], "Changed since");
    app.post_once("list", CONTROLS, &json!([{ "reference": "A", "title": "X" }]))
        .await
        .problem(409, "idempotency-mismatch");
}

#[tokio::test]
async fn the_list_is_searched_filtered_sorted_and_goes_on_page_by_page() {
    let app = start().await;
    let _follow = app.follow();
    let rows: Vec<_> = (100..220).map(|number| format!("R-{number},Risk {number},{}", number % 2)).collect();
    let csv = format!("reference,title,status\n{}", rows.join("\n"));
    let risks = "/v1/orgs/acme/records/risks";
    let last = post_csv(&app, risks, &csv).await.json()["last_index"].as_u64().unwrap();
    let mut next = Some(format!("{risks}?sort=-reference&status=1&wait_for={last}"));
    let mut seen = Vec::new();
    while let Some(address) = next {
        let page = app.get(&address).await.json();
        assert_eq!((page["total"].as_u64(), page["updating"].as_bool()), (Some(60), Some(false)));
        seen.extend(
            page["records"].as_array().unwrap().iter().map(|row| row["reference"].as_str().unwrap().to_owned()),
        );
        next = page["next"].as_str().map(str::to_owned);
    }
    let expected: Vec<_> =
        (100..220).rev().filter(|number| number % 2 == 1).map(|number| format!("R-{number}")).collect();
    assert_eq!(seen, expected);
    assert_eq!(app.get(&format!("{risks}?q=risk%20107")).await.json()["records"][0]["reference"], "R-107");
    app.get(&format!("{risks}?sort=colour")).await.invalid("sort");
    app.get(&format!("{risks}?colour=red")).await.invalid("colour");
    app.get(&format!("{risks}?state=gone")).await.invalid("state");
    app.get(&format!("{risks}?after=17")).await.invalid("after");
    app.get("/v1/orgs/acme/records/audit_logs").await.problem(404, "not-found");
}

#[tokio::test]
async fn a_member_puts_records_by_their_session_and_a_viewer_does_not() {
    let app = start().await;
    let address = format!("{CONTROLS}/AC-1");
    let member = app.sign_in_as(&[Role::ResourceOwner]).await;
    let put = member.send_json(Method::PUT, &address, &content("Access")).await;
    assert_eq!(put.json()["change"], "added");
    let recorded = entry(&app, app.size().await as u64 - 1).await;
    assert_eq!(
        (recorded.actor.id.as_str(), recorded.actor.role.as_deref()),
        (member.member.as_str(), Some("resource_owner"))
    );
    assert!(recorded.context.session.is_some() && recorded.context.request_id.is_some());
    let viewer = app.sign_in_as(&[Role::Viewer]).await;
    viewer.send_json(Method::PUT, &address, &content("X")).await.problem(403, "permission-missing");
    assert_eq!(viewer.get(&address).await.json()["title"], "Access");
}

#[tokio::test]
async fn what_is_no_list_is_refused() {
    let app = start().await;
    app.post(CONTROLS, &json!({ "records": "A" })).await.invalid("/records");
    app.post(CONTROLS, &json!("A")).await.invalid("");
    app.post(&format!("{CONTROLS}?dry_run=perhaps"), &json!([])).await.invalid("dry_run");
    post_csv(&app, CONTROLS, "name\nx\n").await.invalid("reference");
    let text = request(Method::POST, CONTROLS, Some(&app.key)).header(header::CONTENT_TYPE, "text/plain");
    app.send(text.body(Body::from("A")).unwrap()).await.problem(415, "unsupported-media-type");
}

async fn post_csv(app: &TestApp, path: &str, csv: &str) -> Answer {
    let request = request(Method::POST, path, Some(&app.key)).header(header::CONTENT_TYPE, "text/csv; charset=utf-8");
    app.send(request.body(Body::from(csv.to_owned())).unwrap()).await
}

async fn delete(app: &TestApp, path: &str) -> Answer {
    let answer = app.send(request(Method::DELETE, path, Some(&app.key)).body(Body::empty()).unwrap()).await;
    assert_ne!(answer.status, StatusCode::METHOD_NOT_ALLOWED);
    answer
}

async fn entry(app: &TestApp, index: u64) -> Entry {
    Entry::parse(&app.get(&format!("/v1/orgs/acme/entries/{index}")).await.body).unwrap()
}

fn content(title: &str) -> Value {
    json!({
        "title": title, "status": "implemented", "owner": "Security Team", "body": "Line one\nline two",
        "dates": { "effective_on": "2026-01-01" }, "fields": { "vendor": "V-7", "tier": "high" },
    })
}
