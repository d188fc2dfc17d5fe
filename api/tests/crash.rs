//! What `make fault` does at length (`fault_kill.rs`), once.

mod survival;

use survival::{cut_off, kill};

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_killed_under_load_loses_and_doubles_nothing() {
    kill::the_service(1, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_is_killed_under_load_comes_back_and_has_lost_nothing() {
    kill::the_cluster(1, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_cut_off_by_their_clients_leave_no_transaction_open_and_nothing_lost_or_doubled() {
    cut_off::clients(500, 1).await;
}
