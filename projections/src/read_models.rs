//! One file per question that somebody asks: its table's row, its arms, its queries.

pub mod engagements;
pub mod entries;
pub mod evidence;
pub mod grants;
pub mod members;
pub mod records;
