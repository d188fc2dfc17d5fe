//! The pages of records.

use domain::member::Role;

use crate::app::start;
use crate::forms::File;
use crate::signed_in::{SignedIn, encoded};

const RECORDS: &str = "/orgs/acme/records";
const CSV: File<'static> = (
    "controls.csv",
    "text/csv",
    b"reference,title,status,owner,effective_on,risk tier\n\
      CC6.1,Access <i>is</i> reviewed,implemented,Security Team,2026-01-01,high\n\
      CC6.2,Leavers lose access,planned,People Team,,\n\
      CC 6.3,Broken,,,,\n",
);
/// What it says of one of them later.
const LATER: File<'static> =
    ("controls.csv", "text/csv", b"reference,title,status,risk tier\nCC6.1,Access is reviewed,operating,high\n");

#[tokio::test]
async fn a_list_is_looked_through_and_put_in_when_that_was_seen() {
    let app = start().await;
    let _follow = app.follow();
    let member = app.sign_in_as(&[Role::ComplianceOfficer]).await;
    let list = format!("{RECORDS}/controls");
    assert!(member.get(&list).await.page(200).contains("There are no records of this type yet"));
    member.get(&format!("{list}/import")).await.page(200);
    let size = app.size().await;
    let preview = member.post_file(&format!("{list}/import"), &[], Some(CSV)).await.page(200);
    for text in
        ["controls.csv", "has 3 rows", "Import 2 rows and pass over 1", "a reference is letters, digits and . _ : - /"]
    {
        assert!(preview.contains(text), "{text}: {preview}");
    }
    assert_eq!(app.size().await, size, "nothing was recorded");
    let fields = hidden(&preview, ["sha256", "bytes", "is_json", "seal"]);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = member.post_form(&format!("{list}/import/confirm"), &fields).await.arrives_at();
    assert_eq!(app.size().await, size + 2);
    let shown = member.get(&page).await.page(200);
    assert!(shown.contains("CC6.1") && shown.contains("Access &#60;i&#62;is&#60;/i&#62; reviewed"), "{shown}");
    let again = member.post_file(&format!("{list}/import"), &[], Some(CSV)).await.page(200);
    assert!(!again.contains("import/confirm"), "there is nothing to put in: {again}");
    let one = member.post_file(&format!("{list}/import"), &[], Some(LATER)).await.page(200);
    assert!(one.contains("has 1 row.") && one.contains(">Import 1 row</button>"), "{one}");
    assert!(member.get(RECORDS).await.page(200).contains("<td data-label=\"Records\" class=\"number\">2</td>"));
}

#[tokio::test]
async fn a_list_that_was_not_looked_through_in_this_session_is_not_put_in() {
    let app = start().await;
    let member = app.sign_in_as(&[Role::ComplianceOfficer]).await;
    let other = app.sign_in_as(&[Role::ComplianceOfficer]).await;
    let preview = member.post_file(&format!("{RECORDS}/controls/import"), &[], Some(CSV)).await.page(200);
    let fields = hidden(&preview, ["sha256", "bytes", "is_json", "seal"]);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let size = app.size().await;
    other.post_form(&format!("{RECORDS}/controls/import/confirm"), &fields).await.page(403);
    member.post_form(&format!("{RECORDS}/risks/import/confirm"), &fields).await.page(403);
    let mut another = fields.clone();
    another[0].1 = "5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e5e";
    member.post_form(&format!("{RECORDS}/controls/import/confirm"), &another).await.page(403);
    assert_eq!(app.size().await, size);
}

#[tokio::test]
async fn what_is_no_list_is_said_beside_the_file() {
    let app = start().await;
    let member = app.sign_in_as(&[Role::ComplianceOfficer]).await;
    let import = format!("{RECORDS}/controls/import");
    let refused = async |file| member.post_file(&import, &[], file).await.page(422);
    assert!(refused(None).await.contains("Choose a file"));
    let page = refused(Some(("a.csv", "text/csv", b"name\nx\n".as_slice()))).await;
    assert!(page.contains("Reference: is no column of the head, which has name"), "{page}");
    assert!(refused(Some(("a.json", "application/json", b"{".as_slice()))).await.contains("id=\"file-error\""));
}

#[tokio::test]
async fn records_are_searched_filtered_sorted_opened_and_withdrawn() {
    let app = start().await;
    let _follow = app.follow();
    let member = app.sign_in_as(&[Role::ComplianceOfficer]).await;
    let list = format!("{RECORDS}/controls");
    let preview = member.post_file(&format!("{list}/import"), &[], Some(CSV)).await.page(200);
    let fields = hidden(&preview, ["sha256", "bytes", "is_json", "seal"]);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let page = member.post_form(&format!("{list}/import/confirm"), &fields).await.arrives_at();
    member.get(&page).await.page(200);
    let found = async |query: &str| {
        let page = member.get(&format!("{list}?{query}")).await.page(200);
        ["CC6.1", "CC6.2"].map(|reference| page.find(&format!("record/{reference}")))
    };
    assert!(matches!(found("sort=-reference").await, [Some(first), Some(second)] if second < first));
    assert!(matches!(found("sort=title").await, [Some(first), Some(second)] if first < second));
    assert!(matches!(found("q=LEAVERS").await, [None, Some(_)]));
    assert!(matches!(found("status=implemented").await, [Some(_), None]));
    let record = format!("{list}/record/CC6.1");
    let shown = member.get(&record).await.page(200);
    for text in ["Risk tier", "high", "Effective on", "2026-01-01", "Added as", "implemented"] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let preview = member.post_file(&format!("{list}/import"), &[], Some(LATER)).await.page(200);
    let fields = hidden(&preview, ["sha256", "bytes", "is_json", "seal"]);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    member.get(&member.post_form(&format!("{list}/import/confirm"), &fields).await.arrives_at()).await.page(200);
    let after = app.size().await - 1;
    let shown = member.get(&format!("{record}?after={after}")).await.page(200);
    let changed = "Changed to “Access is reviewed”, operating. What is different: title, status, owner, effective on";
    assert!(shown.contains(changed), "{shown}");
    let page = member.post_form(&record, &[("note", "Merged")]).await.arrives_at();
    assert!(member.get(&page).await.page(200).contains("Withdrawn: Merged"));
    assert!(matches!(found("").await, [None, Some(_)]));
    assert!(matches!(found("state=withdrawn").await, [Some(_), None]));
}

#[tokio::test]
async fn a_long_list_goes_on_page_by_page() {
    let app = start().await;
    let _follow = app.follow();
    let member = app.sign_in_as(&[Role::ComplianceOfficer]).await;
    let rows: Vec<_> = (100..220).map(|number| format!("R-{number},Risk {number}")).collect();
    let csv = format!("reference,title\n{}", rows.join("\n"));
    let list = format!("{RECORDS}/risks");
    let preview = member
        .post_file(&format!("{list}/import"), &[], Some(("risks.csv", "text/csv", csv.as_bytes())))
        .await
        .page(200);
    let fields = hidden(&preview, ["sha256", "bytes", "is_json", "seal"]);
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let mut next = Some(member.post_form(&format!("{list}/import/confirm"), &fields).await.arrives_at());
    let mut seen = Vec::new();
    while let Some(address) = next {
        let page = member.get(&address).await.page(200);
        assert!(page.contains("role=\"status\">120</span>"), "{page}");
        seen.extend((100..220).filter(|number| page.contains(&format!("record/R-{number}\""))));
        let behind = page.split("rel=\"next\"").next().filter(|before| before.len() < page.len());
        next = behind
            .and_then(|before| before.rsplit("href=\"").next()?.split('"').next())
            .map(|href| href.replace("&#38;", "&"));
    }
    assert_eq!(seen, (100..220).collect::<Vec<_>>());
}

#[tokio::test]
async fn who_may_only_see_records_is_offered_nothing_else_and_what_is_not_there_is_not_found() {
    let app = start().await;
    let viewer = app.sign_in_as(&[Role::Viewer]).await;
    for path in [RECORDS.to_owned(), format!("{RECORDS}/controls")] {
        assert!(!viewer.get(&path).await.page(200).contains("/import"));
    }
    viewer.get(&format!("{RECORDS}/controls/import")).await.page(403);
    viewer.post_file(&format!("{RECORDS}/controls/import"), &[], Some(CSV)).await.page(403);
    for path in ["audit_logs", "evidence", "spells", "controls/record/A", "controls/record/..%2Fx"] {
        viewer.get(&format!("{RECORDS}/{path}")).await.page(404);
    }
    let hostile = encoded("\"><script>alert(1)</script>");
    let page = viewer.get(&format!("{RECORDS}/controls?q={hostile}&status={hostile}")).await.page(200);
    assert!(!page.contains("<script>alert"), "{page}");
}

#[tokio::test]
async fn a_record_is_added_and_edited_by_its_form_and_shows_what_happened() {
    let app = start().await;
    let _follow = app.follow();
    let member = app.sign_in_as(&[Role::ComplianceOfficer]).await;
    let list = format!("{RECORDS}/risks");
    assert!(member.get(&list).await.page(200).contains("/risks/new"));
    member.get(&format!("{list}/new")).await.page(200);
    let typed = [
        ("reference", "R-1"),
        ("title", "Leavers keep access"),
        ("status", "open"),
        ("owner", "People Team"),
        ("body", "Accounts stay."),
        ("date_name", "Due on"),
        ("date_value", "2026-03-31"),
        ("date_name", ""),
        ("date_value", ""),
        ("field_name", "risk tier"),
        ("field_value", "high"),
    ];
    let page = member.post_form(&format!("{list}/new"), &typed).await.arrives_at();
    let shown = member.get(&page).await.page(200);
    for text in
        ["Leavers keep access", "People Team", "Accounts stay.", "2026-03-31", "Risk tier", "Added as", "edit/R-1"]
    {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let size = app.size().await;
    let again = member.post_form(&format!("{list}/new"), &typed).await.page(422);
    assert!(again.contains("Reference: there is already a record of that type and reference"), "{again}");
    let edit = format!("{list}/edit/R-1");
    let form = member.get(&edit).await.page(200);
    assert!(form.contains("value=\"due_on\"") && form.contains("value=\"2026-03-31\""), "{form}");
    let version = hidden(&form, ["version"])[0].1.clone();
    let mut changed = typed;
    changed[2].1 = "treated";
    let changed: Vec<_> = changed.into_iter().chain([("version", version.as_str())]).collect();
    let page = member.post_form(&edit, &changed).await.arrives_at();
    assert_eq!(app.size().await, size + 1);
    assert!(member.get(&page).await.page(200).contains("treated. What is different: status"));
    assert_eq!(member.post_form(&edit, &changed).await.arrives_at(), format!("{list}/record/R-1"));
    assert_eq!(app.size().await, size + 1, "pressing the button twice changes it once");
}

#[tokio::test]
async fn who_was_slower_sees_what_the_record_says_by_now_and_keeps_what_they_typed() {
    let app = start().await;
    let member = app.sign_in_as(&[Role::ComplianceOfficer]).await;
    let other = app.sign_in_as(&[Role::ComplianceOfficer]).await;
    let (new, edit) = (format!("{RECORDS}/risks/new"), format!("{RECORDS}/risks/edit/R-1"));
    member.post_form(&new, &[("reference", "R-1"), ("title", "Leavers keep access")]).await.arrives_at();
    let version = hidden(&member.get(&edit).await.page(200), ["version"])[0].1.clone();
    let saying = |title: &'static str, version: &str| [("title", title.to_owned()), ("version", version.to_owned())];
    let send = async |by: &SignedIn<'_>, fields: [(&'static str, String); 2]| {
        let fields = fields.each_ref().map(|(name, value)| (*name, value.as_str()));
        by.post_form(&edit, &fields).await
    };
    send(&other, saying("Leavers keep their access", &version)).await.arrives_at();
    let size = app.size().await;
    let refused = send(&member, saying("Those who left keep access", &version)).await.page(409);
    for text in ["the record was changed meanwhile", "Leavers keep their access", "Those who left keep access"] {
        assert!(refused.contains(text), "{text}: {refused}");
    }
    assert_eq!(app.size().await, size, "nothing was saved");
    let newer = hidden(&refused, ["version"])[0].1.clone();
    send(&member, saying("Those who left keep access", &newer)).await.arrives_at();
    assert_eq!(app.size().await, size + 1);
}

#[tokio::test]
async fn what_is_wrong_in_the_form_of_a_record_is_said_at_its_place_and_who_may_only_see_gets_none() {
    let app = start().await;
    let member = app.sign_in_as(&[Role::ComplianceOfficer]).await;
    let viewer = app.sign_in_as(&[Role::Viewer]).await;
    let (new, size) = (format!("{RECORDS}/risks/new"), app.size().await);
    let wrong = [
        ("reference", "R 1"),
        ("title", ""),
        ("date_name", "due_on"),
        ("date_value", "soon"),
        ("field_name", "engagement"),
        ("field_value", "none"),
    ];
    let page = member.post_form(&new, &wrong).await.page(422);
    for at in ["reference-error", "title-error", "dates-error", "fields-error", "value=\"R 1\""] {
        assert!(page.contains(at), "{at}: {page}");
    }
    let nowhere = [
        ("reference", "R-1"),
        ("title", "Leavers"),
        ("field_name", "engagement"),
        ("field_value", "018f3b7e-0000-7000-8000-00000000e001"),
    ];
    assert!(member.post_form(&new, &nowhere).await.page(422).contains("there is no such engagement"));
    viewer.get(&new).await.page(403);
    viewer.post_form(&new, &nowhere).await.page(403);
    member.get(&format!("{RECORDS}/risks/edit/R-1")).await.page(404);
    assert_eq!(app.size().await, size, "nothing was recorded");
}

/// The values of hidden fields of a page.
pub(crate) fn hidden<const N: usize>(page: &str, names: [&'static str; N]) -> [(&'static str, String); N] {
    names.map(|name| {
        let after = page.split(&format!("name=\"{name}\" value=\"")).nth(1).unwrap_or_else(|| panic!("{name}: {page}"));
        (name, after.split('"').next().unwrap().to_owned())
    })
}
