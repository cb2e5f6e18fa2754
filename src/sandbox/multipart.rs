//! Reads the body of an upload as strictly as WeCom: one part, and a plain ASCII file name.

use crate::wecom::Part;

/// The first part of a body; `None` if WeCom would see none.
pub(super) fn read(content_type: &str, body: &[u8]) -> Option<Part> {
    let boundary = content_type.strip_prefix("multipart/form-data;")?.trim().strip_prefix("boundary=")?;
    // A parameter after the boundary is read as part of it, and then nothing matches.
    if boundary.is_empty() || boundary.contains([';', '"', ' ']) {
        return None;
    }
    let rest = body.strip_prefix(format!("--{boundary}\r\n").as_bytes())?;
    let head_end = find(rest, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&rest[..head_end]).ok()?;
    let content = &rest[head_end + 4..];
    // Searched from the end: the file may contain any bytes.
    let content = content.strip_suffix(format!("\r\n--{boundary}--\r\n").as_bytes())?;
    if find(content, format!("\r\n--{boundary}\r\n").as_bytes()).is_some() {
        return None;
    }
    let mut part =
        Part { name: String::new(), file_name: String::new(), content_type: String::new(), bytes: content.to_vec() };
    for line in head.split("\r\n") {
        let (key, value) = line.split_once(':')?;
        match key.to_ascii_lowercase().as_str() {
            "content-disposition" => {
                let mut words = value.split(';').map(str::trim);
                if words.next() != Some("form-data") {
                    return None;
                }
                for (key, value) in words.filter_map(|word| word.split_once('=')) {
                    let value = value.trim_matches('"').to_owned();
                    match key {
                        "name" => part.name = value,
                        "filename" => part.file_name = value,
                        "filelength" if value.parse() != Ok(content.len()) => return None,
                        // For example `filename*=`, which WeCom does not understand.
                        _ => {}
                    }
                }
            }
            "content-type" => part.content_type = value.trim().to_owned(),
            _ => {}
        }
    }
    Some(part)
}

fn find(hay: &[u8], needle: &[u8]) -> Option<usize> {
    hay.windows(needle.len()).position(|window| window == needle)
}
