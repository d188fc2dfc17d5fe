//! Addresses of pages, as letters carry them.

use std::fmt;

use thiserror::Error;

use crate::config::PublicUrl;

/// Longest path with its query: a token of 96 characters and room around it.
const PATH_BYTES_MAX: usize = 512;

/// The address of one of our own pages. Its `Debug` form does not show it: whoever has an invite's link gets in by it.
#[derive(Clone, PartialEq, Eq)]
pub struct Link {
    site: String,
    path: String,
}

/// Why a text is no path of ours. It does not repeat the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a path begins with one slash and has at most {PATH_BYTES_MAX} letters, digits and -._~/?=&%")]
pub struct LinkError;

impl Link {
    /// A page of this service by its path and query, at most 512 bytes.
    ///
    /// # Errors
    /// [`LinkError`]: another character than a path of ours has, or a path that leads to another host.
    pub fn new(site: &PublicUrl, path: &str) -> Result<Self, LinkError> {
        let ours = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/?=&%".contains(&byte);
        let leads_here = path.starts_with('/') && !path.starts_with("//");
        if !leads_here || PATH_BYTES_MAX < path.len() || !path.bytes().all(ours) {
            return Err(LinkError);
        }
        Ok(Self { site: site.to_string(), path: path.to_owned() })
    }

    /// Scheme, host and port alone: what a reader compares.
    pub fn site(&self) -> &str {
        &self.site
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.site, self.path)
    }
}

impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Link(..)")
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[test]
    fn a_link_is_the_site_and_the_path() {
        let link = Link::new(&PublicUrl::localhost(8080), "/auditor/0a1b?again=1&from=mail").unwrap();
        assert_eq!(link.to_string(), "http://localhost:8080/auditor/0a1b?again=1&from=mail");
        assert_eq!(link.site(), "http://localhost:8080");
        assert_eq!(format!("{link:?}"), "Link(..)");
    }

    #[rstest]
    #[case("")]
    #[case("auditor")]
    #[case("//evil.example/")]
    #[case("/a b")]
    #[case("/a\"onclick=")]
    #[case("/a\r\nBcc: x")]
    #[case("/\u{202e}")]
    #[case("/a@b")]
    fn a_path_that_could_lead_elsewhere_is_none(#[case] path: &str) {
        assert_eq!(Link::new(&PublicUrl::localhost(8080), path), Err(LinkError));
    }
}
