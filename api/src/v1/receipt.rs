//! `GET /v1/orgs/{org}/entries/{index}/receipt`
