//! Vectors, oracles and properties of the tree.
