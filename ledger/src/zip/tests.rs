//! Containers: vectors, boundaries, and every byte that must not differ.
