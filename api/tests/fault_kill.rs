//! Kills and cut connections at length: `make fault`.

mod survival;

use survival::{cut_off, kill};

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: make fault"]
async fn a_service_that_is_killed_under_load_20_times_loses_and_doubles_nothing() {
    kill::the_service(20, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: make fault"]
async fn a_database_that_is_killed_under_load_20_times_comes_back_and_has_lost_nothing() {
    kill::the_cluster(20, 2).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes minutes: make fault"]
async fn of_5000_requests_cut_off_by_their_clients_none_leaves_a_transaction_open_or_is_lost_or_doubled() {
    cut_off::clients(5_000, 2).await;
}
