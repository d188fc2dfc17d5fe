//! Keys that come, go and fall into wrong hands.
