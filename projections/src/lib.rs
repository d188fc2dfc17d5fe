//! What people see: read models and the relay, derived from the feed.
