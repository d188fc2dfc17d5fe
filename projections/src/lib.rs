//! What people see: read models and the relay, derived from the feed.
//!
//! Everything here can be thrown away and made again from the entries. Read models are rows in the schema `read`, kept
//! by one [`runner`]; the [`relay`] copies entries to NATS JetStream, where [`consumer`] reads them. Authority is not a
//! read model: whether a grant is good is asked of its own stream, never here.

mod column;
pub mod consumer;
pub mod documents;
mod happened;
mod lease;
pub mod list;
pub mod position;
pub mod projection;
pub mod reactor;
pub mod read_models;
pub mod rebuild;
pub mod relay;
pub mod runner;
pub mod wait;

use domain::access_grant::AccessGrant;
use domain::engagement::Engagement;
use domain::evidence::Evidence;
use domain::member::Member;
use domain::organisation::Organisation;
use domain::record::Record;

use documents::Documents;
pub use projection::Projection;
pub use reactor::Reactor;
pub use runner::run;

/// All read models that the service keeps: lists by their names, then documents by theirs.
pub static ALL: &[&dyn Projection] = &[
    &read_models::engagements::Engagements,
    &read_models::entries::Entries,
    &read_models::evidence::Evidence,
    &read_models::grants::Grants,
    &read_models::members::Members,
    &read_models::records::Records,
    &Documents::<AccessGrant>::new(),
    &Documents::<Engagement>::new(),
    &Documents::<Evidence>::new(),
    &Documents::<Member>::new(),
    &Documents::<Organisation>::new(),
    &Documents::<Record>::new(),
];
