//! Vectors, oracles and properties of tiles.
