//! Selections that prove and changes that do not.
