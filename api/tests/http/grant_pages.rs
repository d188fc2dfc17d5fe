//! The pages of access.

use domain::member::Role;
use rstest::rstest;

use crate::app::{TestApp, start};
use crate::signed_in::SignedIn;

const NEW: &str = "/orgs/acme/grants/new";
const ASKED: [(&str, &str); 6] = [
    ("email", "ada@auditors.example"),
    ("firm", "Lovelace Audit"),
    ("by", "level"),
    ("level", "read_only"),
    ("resources", "evidence"),
    ("delivery", "email"),
];

/// The page of access that was given by the form.
async fn given(owner: &SignedIn<'_>) -> String {
    let page = owner.post_form(NEW, &ASKED).await.arrives_at();
    page.split('?').next().unwrap().to_owned()
}

async fn owner(app: &TestApp) -> SignedIn<'_> {
    app.sign_in_as(&[Role::Owner]).await
}

#[rstest]
#[case::too_short("2020-01-31", "Choose a later day: access is given for at least 1 day of 24 hours here.")]
#[case::too_long("2099-01-31", "Choose an earlier day: access is given for at most 90 days of 24 hours here.")]
#[case::no_date("31.1.2027", "")]
#[tokio::test]
async fn what_is_wrong_with_the_end_stands_at_the_end_and_nowhere_else(#[case] day: &str, #[case] sentence: &str) {
    let app = start().await;
    let owner = owner(&app).await;
    let change = format!("{}/change", given(&owner).await);
    for form in [NEW, change.as_str()] {
        let fields = [&ASKED[1..], &[("email", "bob@auditors.example"), ("expires_on", day)]].concat();
        let page = owner.post_form(form, &fields).await.page(422);
        assert!(page.contains(r##"<a href="#expires_on">"##), "{form}: {page}");
        assert!(page.contains(sentence), "{form}: {page}");
        assert!(!page.contains(r#"role="alert"><svg"#), "{form} says it above the form too: {page}");
    }
}

#[tokio::test]
async fn an_auditor_who_has_access_is_not_given_it_twice_and_the_page_leads_to_what_there_is() {
    let app = start().await;
    let owner = owner(&app).await;
    let there_is = given(&owner).await;
    let before = app.size().await;
    let page = owner.post_form(NEW, &ASKED).await.page(422);
    assert!(page.contains("This auditor already has active access. Nothing was given"), "{page}");
    assert!(page.contains(&format!(r#"<a href="{there_is}">The access that there is</a>"#)), "{page}");
    assert!(!page.contains(r##"href="#expires_on""##), "it is not the date: {page}");
    assert_eq!(app.size().await, before, "nothing is recorded");
}
