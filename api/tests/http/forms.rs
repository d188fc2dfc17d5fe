//! Forms with files, as browsers send them.

use axum::body::Body;
use axum::http::{Method, header};

use crate::app::Answer;
use crate::signed_in::SignedIn;

/// A file as a form has it: its name, its media type, its bytes.
pub(crate) type File<'a> = (&'a str, &'a str, &'a [u8]);

/// A body of `multipart/form-data`.
pub(crate) fn multipart(boundary: &str, texts: &[(&str, &str)], file: Option<File<'_>>) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, text) in texts {
        let part = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n");
        body.extend_from_slice(part.as_bytes());
    }
    if let Some((name, media, bytes)) = file {
        let head = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\nContent-Type: {media}\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    body
}

impl SignedIn<'_> {
    /// A form with a file of a page of this session.
    pub(crate) async fn post_file(&self, path: &str, fields: &[(&str, &str)], file: Option<File<'_>>) -> Answer {
        let token = [("form_token", self.form_token.as_str())];
        self.post_parts(path, &[&token, fields].concat(), file).await
    }

    /// The same without what shows where it comes from.
    pub(crate) async fn post_parts(&self, path: &str, fields: &[(&str, &str)], file: Option<File<'_>>) -> Answer {
        let request = self
            .request(Method::POST, path)
            .header(header::CONTENT_TYPE, "multipart/form-data; boundary=boundary")
            .header("Sec-Fetch-Site", "same-origin");
        self.app.send(request.body(Body::from(multipart("boundary", fields, file))).unwrap()).await
    }
}

impl Answer {
    /// The page, as text.
    #[track_caller]
    pub(crate) fn page(&self, status: u16) -> String {
        let text = String::from_utf8(self.body.clone()).unwrap();
        assert_eq!(self.status.as_u16(), status, "{text}");
        assert_eq!(self.header("content-type"), "text/html; charset=utf-8");
        text
    }

    /// Where an act leads.
    #[track_caller]
    pub(crate) fn arrives_at(&self) -> String {
        assert_eq!(self.status.as_u16(), 303, "{}", String::from_utf8_lossy(&self.body));
        self.header("location").to_owned()
    }
}

/// Where a page of a list leads to the page beside it: `prev` or `next`.
pub(crate) fn beside(page: &str, rel: &str) -> Option<String> {
    let (before, _) = page.split_once(&format!("\" rel=\"{rel}\""))?;
    Some(before.rsplit("href=\"").next()?.replace("&#38;", "&"))
}
