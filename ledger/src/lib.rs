//! The ledger format: bytes, proofs and the one checker. No I/O.

pub mod name;
pub mod time;
pub mod id;
pub mod json;
pub mod hash;
pub mod key;
pub mod signature;
pub mod sealed;
pub mod entry;
pub mod draft;
pub mod vocabulary;
pub mod note;
pub mod checkpoint;
pub mod cosignature;
pub mod policy;
pub mod receipt;
pub mod history;
pub mod tree;
pub mod tile;
pub mod proof;
pub mod multiproof;
pub mod zip;
pub mod source;
pub mod export;
pub mod verify;
