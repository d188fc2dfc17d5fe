//! Rejections one by one, and random entries.
