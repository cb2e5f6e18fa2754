//! Encodes the body of an upload exactly as WeCom's page shows it.
//!
//! Written by hand, because WeCom is strict: the file name must be plain ASCII (`filename*=` is read as an empty file),
//! `filelength` must be present, and `boundary` must be the last parameter of the content type.

use super::Part;
use crate::ids::Sha256;

/// The value of the content type, and the body.
pub(super) fn encode(part: &Part) -> (String, Vec<u8>) {
    // Derived from the content: a boundary that the content does not contain needs no randomness.
    let boundary = format!("drumbeat-{:.32}", Sha256::of(&part.bytes).to_string());
    let head = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"{}\"; filename=\"{}\"; filelength={}\r\n\
         Content-Type: {}\r\n\r\n",
        part.name,
        part.file_name,
        part.bytes.len(),
        part.content_type,
    );
    let tail = format!("\r\n--{boundary}--\r\n");
    let body = [head.as_bytes(), &part.bytes, tail.as_bytes()].concat();
    (format!("multipart/form-data; boundary={boundary}"), body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_is_written_as_the_page_shows_it() {
        let part = Part {
            name: "media".to_owned(),
            file_name: "wework.txt".to_owned(),
            content_type: "application/octet-stream".to_owned(),
            bytes: b"mytext".to_vec(),
        };
        let (content_type, body) = encode(&part);
        let boundary = content_type.strip_prefix("multipart/form-data; boundary=").expect("boundary is the last word");
        let expected = format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"media\"; filename=\"wework.txt\"; filelength=6\r\n\
             Content-Type: application/octet-stream\r\n\r\nmytext\r\n--{boundary}--\r\n"
        );
        assert_eq!(String::from_utf8(body).expect("text"), expected);
        assert!(boundary.len() <= 70, "RFC 2046 allows 70 characters");
    }
}
