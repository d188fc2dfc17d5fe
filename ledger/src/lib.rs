//! The ledger format: bytes, proofs and the one checker. No I/O.

pub mod checkpoint;
pub mod cosignature;
pub mod draft;
pub mod entry;
pub mod export;
pub mod hash;
pub mod history;
pub mod id;
pub mod json;
pub mod key;
pub mod multiproof;
pub mod name;
pub mod note;
pub mod policy;
pub mod proof;
pub mod receipt;
pub mod sealed;
pub mod signature;
pub mod source;
pub mod tile;
pub mod time;
pub mod tree;
pub mod verify;
pub mod vocabulary;
pub mod zip;
