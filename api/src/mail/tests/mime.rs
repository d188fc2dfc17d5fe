//! Reads messages as a mail program does, with code of its own.

use base64::Engine as _;

/// A message or a part of one.
pub(crate) struct Part {
    /// Names and values, unfolded and not decoded.
    pub(crate) headers: Vec<(String, String)>,
    /// As it was sent.
    body: String,
}

impl Part {
    pub(crate) fn parse(bytes: &[u8]) -> Self {
        let text = std::str::from_utf8(bytes).expect("ASCII");
        assert!(text.is_ascii(), "not every server takes more");
        let (head, body) = text.split_once("\r\n\r\n").expect("an empty line ends the headers");
        let unfolded = head.replace("\r\n ", " ").replace("\r\n\t", " ");
        assert!(!unfolded.replace("\r\n", "").contains(['\r', '\n']), "lines end with CRLF alone");
        let headers = unfolded.split("\r\n").map(|line| line.split_once(": ").expect("a name and a value"));
        Self {
            headers: headers.map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            body: body.to_owned(),
        }
    }

    /// The parts of a multipart.
    pub(crate) fn parts(&self) -> Vec<Part> {
        let kind = header(self, "Content-Type");
        let (_, boundary) = kind.split_once("boundary=\"").expect("a multipart has a boundary");
        let line = format!("--{}", boundary.trim_end_matches('"'));
        let (inside, _) = self.body.split_once(&format!("\r\n{line}--")).expect("an end");
        let inside = format!("\r\n{inside}");
        inside.split(&format!("\r\n{line}\r\n")).skip(1).map(|part| Part::parse(part.as_bytes())).collect()
    }

    /// What was written, with its encoding undone and lines ended by LF, or byte by byte from base64.
    pub(crate) fn content(&self) -> String {
        match header(self, "Content-Transfer-Encoding") {
            "7bit" => self.body.replace("\r\n", "\n"),
            "quoted-printable" => quoted_printable(&self.body).replace("\r\n", "\n"),
            "base64" => {
                let digits: String = self.body.split_whitespace().collect();
                let bytes = base64::engine::general_purpose::STANDARD.decode(digits).expect("base64");
                String::from_utf8(bytes).expect("UTF-8")
            }
            other => panic!("another encoding: {other}"),
        }
    }
}

/// The value of a header that is there.
pub(crate) fn header<'a>(part: &'a Part, name: &str) -> &'a str {
    let found = part.headers.iter().find(|(found, _)| found.eq_ignore_ascii_case(name));
    &found.unwrap_or_else(|| panic!("no header {name}")).1
}

fn quoted_printable(text: &str) -> String {
    let text = text.replace("=\r\n", "");
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        rest = after;
        if byte == b'=' {
            bytes.extend(hex::decode(&rest[..2]).expect("two digits"));
            rest = &rest[2..];
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).expect("UTF-8")
}
