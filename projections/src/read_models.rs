//! One file per question that somebody asks: its table's row, its arms, its queries.

pub mod entries;
pub mod grants;
pub mod members;
