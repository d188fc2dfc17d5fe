//! `countersign rebuild`: read models are made anew while others go on being shown.

use crate::place::Place;

#[tokio::test(flavor = "multi_thread")]
async fn read_models_are_made_anew_one_by_one_or_all() {
    let place = Place::with_acme().await;
    let first = place.run("rebuild --org acme --read-model grants");
    assert_eq!(first.status, 0, "{}", first.stderr);
    assert!(first.stdout.starts_with("acme grants: build "), "{}", first.stdout);
    assert!(first.stdout.ends_with(" is shown\n"), "{}", first.stdout);
    assert!(first.stderr.contains("rebuilding: "), "{}", first.stderr);
    let second = place.run("rebuild --org acme --read-model grants");
    assert_ne!(first.stdout, second.stdout, "the next build has the next number");
    let all = place.run("rebuild");
    for name in ["entries", "members", "record_document"] {
        assert!(all.stdout.contains(&format!("acme {name}: build ")), "{}", all.stdout);
    }
    assert_eq!(place.run("rebuild --org nobody").status, 1);
    let unknown = place.run("rebuild --read-model nothing");
    assert_eq!(unknown.status, 2);
    assert!(unknown.stderr.contains("access_grant_document"), "it says which there are: {}", unknown.stderr);
}
