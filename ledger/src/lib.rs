//! The ledger format: bytes, proofs and the one checker. No I/O.

pub mod tree;
pub mod tile;
pub mod multiproof;
pub mod zip;
