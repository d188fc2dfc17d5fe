//! Rejections line by line, quorums, and files read back.
