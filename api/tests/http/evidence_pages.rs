//! The pages of evidence.

use domain::member::Role;
use rstest::rstest;

use crate::app::start;

const LIST: &str = "/orgs/acme/evidence";
const FIELDS: [(&str, &str); 6] = [
    ("title", "Access review, first quarter"),
    ("effective_on", "2026-03-31"),
    ("description", "Who has access,\r\nand who should"),
    ("controls", "CC6.1, CC6.2"),
    ("owner", "Security Team"),
    ("reviewed_on", "2026-04-02"),
];
const PDF: (&str, &str, &[u8]) = ("review.pdf", "application/pdf", b"%PDF-1.7 an access review");

// rows: S5-08, S5-37
#[tokio::test]
async fn evidence_is_added_revised_changed_and_withdrawn_on_its_pages() {
    let app = start().await;
    let _follow = app.follow();
    let member = app.sign_in_as(&[Role::Contributor]).await;
    assert!(member.get(LIST).await.page(200).contains("There is no evidence yet"));
    member.get(&format!("{LIST}/new")).await.page(200);
    let page = member.post_file(&format!("{LIST}/new"), &FIELDS, Some(PDF)).await.arrives_at();
    let shown = member.get(&page).await.page(200);
    for text in [
        "Security Team",
        "2026-04-02",
        "2026-03-31",
        "CC6.1, CC6.2",
        "review.pdf",
        "Revision 1 attached: review.pdf",
        "Recorded as",
    ] {
        assert!(shown.contains(text), "{text}: {shown}");
    }
    let address = page.split('?').next().unwrap().to_owned();
    let file = member.get(&format!("{address}/revisions/1/file")).await;
    assert_eq!(
        (file.body.as_slice(), file.header("content-disposition")),
        (PDF.2, "attachment; filename=\"review.pdf\"")
    );

    let revisions = format!("{address}/revisions");
    let again = member.post_file(&revisions, &[], Some(PDF)).await.page(422);
    assert!(again.contains("The evidence is already like that"), "{again}");
    let page = member.post_file(&revisions, &[], Some(("two.pdf", "application/pdf", b"two"))).await.arrives_at();
    assert!(member.get(&page).await.page(200).contains("Revision 2 attached: two.pdf"));

    assert!(member.get(&format!("{address}/edit")).await.page(200).contains("value=\"CC6.1, CC6.2\""));
    let mut changed = FIELDS;
    changed[0].1 = "Access review, revised";
    let page = member.post_form(&format!("{address}/edit"), &changed).await.arrives_at();
    assert!(member.get(&page).await.page(200).contains("Access review, revised"));

    let withdraw = format!("{address}/withdraw");
    assert!(member.post_form(&withdraw, &[("typed", "")]).await.page(422).contains("Type withdraw to confirm"));
    let page = member.post_form(&withdraw, &[("typed", "withdraw"), ("note", "Wrong quarter")]).await.arrives_at();
    assert!(member.get(&page).await.page(200).contains("Withdrawn: Wrong quarter"));
    member.get(&format!("{address}/revisions/1/file")).await.page(404);
    assert!(member.get(&format!("{LIST}?state=withdrawn")).await.page(200).contains("Access review, revised"));
    assert!(!member.get(LIST).await.page(200).contains("Access review, revised"));
}

#[tokio::test]
async fn the_library_is_searched_filtered_and_sorted() {
    let app = start().await;
    let _follow = app.follow();
    let member = app.sign_in_as(&[Role::Contributor]).await;
    let mut last = String::new();
    for (title, day, controls, file) in [
        ("Alpha", "2026-01-01", "CC6.1", Some(PDF)),
        ("Beta", "2026-02-01", "CC6.2", None),
        ("Gamma <b>", "2026-03-01", "CC6.2", None),
    ] {
        let fields = [("title", title), ("effective_on", day), ("controls", controls)];
        last = member.post_file(&format!("{LIST}/new"), &fields, file).await.arrives_at();
    }
    member.get(&last).await.page(200);
    let titles = |page: &str| -> Vec<&'static str> {
        let mut places: Vec<_> = ["Alpha", "Beta", "Gamma"]
            .into_iter()
            .filter_map(|title| Some((page.find(&format!("\">{title}"))?, title)))
            .collect();
        places.sort_unstable();
        places.into_iter().map(|(_, title)| title).collect()
    };
    let found = async |query: &str| titles(&member.get(&format!("{LIST}{query}")).await.page(200));
    assert_eq!(found("").await, ["Gamma", "Beta", "Alpha"], "the latest day first");
    assert_eq!(found("?sort=title").await, ["Alpha", "Beta", "Gamma"]);
    assert_eq!(found("?q=ALP").await, ["Alpha"]);
    assert_eq!(found("?control=CC6.2&sort=-title").await, ["Gamma", "Beta"]);
    assert_eq!(found("?file=yes").await, ["Alpha"]);
    assert_eq!(found("?q=nothing").await, [""; 0]);
    let page = member.get(LIST).await.page(200);
    assert!(page.contains("No evidence attached") && page.contains("Gamma &#60;b&#62;"), "{page}");
}

#[rstest]
#[case("title", "", "title")]
#[case("effective_on", "31.3.2026", "effective_on")]
#[case("controls", "CC6.1, CC(6)", "controls")]
#[case("vendor", "Acme Ltd", "vendor")]
#[case("engagement", "018f3b7e-0000-7000-8000-00000000e0ff", "engagement")]
#[tokio::test]
async fn a_form_comes_back_with_what_is_wrong_and_asks_for_the_file_again(
    #[case] field: &str,
    #[case] value: &str,
    #[case] at: &str,
) {
    let app = start().await;
    let member = app.sign_in_as(&[Role::Contributor]).await;
    let mut fields: Vec<_> = FIELDS.into_iter().filter(|(name, _)| *name != field).collect();
    fields.push((field, value));
    let size = app.size().await;
    let page = member.post_file(&format!("{LIST}/new"), &fields, Some(PDF)).await.page(422);
    assert!(page.contains(&format!("href=\"#{at}\"")), "{page}");
    assert_eq!(app.size().await, size, "a file alone is no evidence");
}

#[tokio::test]
async fn a_form_from_elsewhere_or_without_the_permission_records_nothing() {
    let app = start().await;
    let member = app.sign_in_as(&[Role::Contributor]).await;
    let viewer = app.sign_in_as(&[Role::Viewer]).await;
    let size = app.size().await;
    member.post_parts(&format!("{LIST}/new"), &FIELDS, Some(PDF)).await.page(403);
    let forged = [&[("form_token", viewer.form_token.as_str())], FIELDS.as_slice()].concat();
    member.post_parts(&format!("{LIST}/new"), &forged, Some(PDF)).await.page(403);
    viewer.post_file(&format!("{LIST}/new"), &FIELDS, Some(PDF)).await.page(403);
    assert!(!viewer.get(LIST).await.page(200).contains("Add evidence"));
    assert_eq!(app.size().await, size);
}
