//! Reads a JSON body like WeCom: drops values of a wrong type, uses the rest, and warns in `errmsg`.

use serde_json::{Map, Value};

use super::answer::{Refusal, refuse};
use crate::wecom::{Body, Request};

const WARNING: &str = "ok. Warning: wrong json format.";

/// The fields of a body, and whether one was dropped.
pub(super) struct Fields {
    fields: Map<String, Value>,
    dropped: bool,
}

/// One object in a body.
#[derive(Clone, Copy)]
pub(super) struct Object<'a>(&'a Map<String, Value>);

impl Fields {
    pub(super) fn of(request: &Request) -> Result<Self, Refusal> {
        let bytes: &[u8] = match &request.body {
            Body::Json(bytes) => bytes,
            Body::None => b"{}",
            Body::Multipart(_) => return Err(refuse(40058, "invalid Request Parameter, not JSON")),
        };
        if has_unicode_escape(bytes) {
            return Err(refuse(40033, "invalid charset. not allowed \\uxxxx"));
        }
        match serde_json::from_slice(bytes) {
            Ok(Value::Object(fields)) => Ok(Self { fields, dropped: false }),
            _ => Err(refuse(40058, "invalid Request Parameter, not a JSON object")),
        }
    }

    /// `errmsg` on success.
    pub(super) fn errmsg(&self) -> &'static str {
        if self.dropped { WARNING } else { "ok" }
    }

    /// Reads the whole body with `reader`, which marks dropped values.
    pub(super) fn read<T>(&mut self, reader: impl FnOnce(Object<'_>, &mut bool) -> T) -> T {
        reader(Object(&self.fields), &mut self.dropped)
    }
}

impl<'a> Object<'a> {
    pub(super) fn text(self, key: &str, dropped: &mut bool) -> Option<&'a str> {
        self.typed(key, dropped, Value::as_str)
    }

    pub(super) fn number(self, key: &str, dropped: &mut bool) -> Option<i64> {
        self.typed(key, dropped, Value::as_i64)
    }

    pub(super) fn object(self, key: &str, dropped: &mut bool) -> Option<Object<'a>> {
        self.typed(key, dropped, Value::as_object).map(Object)
    }

    /// The objects of a list; `None` if there is no list.
    pub(super) fn objects(self, key: &str, dropped: &mut bool) -> Option<Vec<Object<'a>>> {
        self.list(key, dropped, |value| value.as_object().map(Object))
    }

    pub(super) fn texts(self, key: &str, dropped: &mut bool) -> Option<Vec<String>> {
        self.list(key, dropped, |value| value.as_str().map(str::to_owned))
    }

    pub(super) fn numbers(self, key: &str, dropped: &mut bool) -> Option<Vec<u64>> {
        self.list(key, dropped, Value::as_u64)
    }

    fn list<T>(self, key: &str, dropped: &mut bool, read: impl Fn(&'a Value) -> Option<T>) -> Option<Vec<T>> {
        let values = self.typed(key, dropped, Value::as_array)?;
        let list: Vec<T> = values.iter().filter_map(read).collect();
        *dropped |= list.len() < values.len();
        Some(list)
    }

    fn typed<T>(self, key: &str, dropped: &mut bool, read: impl Fn(&'a Value) -> Option<T>) -> Option<T> {
        let value = self.0.get(key)?;
        let read = read(value);
        *dropped |= read.is_none();
        read
    }
}

fn has_unicode_escape(bytes: &[u8]) -> bool {
    let mut escaped = false;
    for byte in bytes {
        if escaped && *byte == b'u' {
            return true;
        }
        escaped = !escaped && *byte == b'\\';
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unicode_escape_differs_from_escaped_backslash() {
        assert!(has_unicode_escape(br#"{"a":"\u0041"}"#));
        assert!(has_unicode_escape(br#"{"a":"\\\u0041"}"#));
        assert!(!has_unicode_escape(br#"{"a":"C:\\users"}"#));
        assert!(!has_unicode_escape("{\"a\":\"你好 u\"}".as_bytes()));
    }
}
