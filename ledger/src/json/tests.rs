//! Every rejection, and agreement with two other implementations.
