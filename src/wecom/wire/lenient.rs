//! Values that WeCom writes in different types.

use std::fmt;

use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};
use serde_json::value::RawValue;

/// A number that may be written as text, for lists.
#[derive(Clone, Copy)]
pub(in crate::wecom) struct Number(pub(in crate::wecom) i64);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;
        impl Visitor<'_> for Either {
            type Value = Number;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a whole number, bare or in quotes")
            }

            fn visit_i64<E: de::Error>(self, number: i64) -> Result<Number, E> {
                Ok(Number(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Number, E> {
                i64::try_from(number).map(Number).map_err(E::custom)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Number, E> {
                text.trim().parse().map(Number).map_err(E::custom)
            }
        }
        deserializer.deserialize_any(Either)
    }
}

pub(super) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    Number::deserialize(deserializer).map(|number| number.0)
}

pub(super) fn number_or_nothing<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(Option::<Number>::deserialize(deserializer)?.map(|number| number.0))
}

/// `null` counts as missing.
pub(super) fn or_default<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

/// A name that may be written as a number of any length.
pub(in crate::wecom) struct Text(pub(in crate::wecom) String);

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Read as text: a float would lose the last digits of a long number.
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let written = raw.get();
        match written.as_bytes().first() {
            Some(b'"') => serde_json::from_str(written).map(Self).map_err(de::Error::custom),
            Some(b'0'..=b'9' | b'-') => Ok(Self(written.to_owned())),
            Some(b'n') => Ok(Self(String::new())),
            _ => Err(de::Error::custom("neither a text nor a number")),
        }
    }
}

/// A name; empty if it is missing or unreadable.
pub(super) fn text<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(readable::<D, Text>(deserializer)?.map(|text| text.0).unwrap_or_default())
}

/// An optional value: an unexpected type counts as missing.
pub(super) fn readable<'de, D: Deserializer<'de>, T: de::DeserializeOwned>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    let raw = Box::<RawValue>::deserialize(deserializer)?;
    Ok(serde_json::from_str::<Option<T>>(raw.get()).ok().flatten())
}

pub(super) fn readable_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    Ok(readable::<D, Number>(deserializer)?.map(|number| number.0))
}

pub(super) fn readable_or_default<'de, D: Deserializer<'de>, T: Default + de::DeserializeOwned>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(readable(deserializer)?.unwrap_or_default())
}

/// The readable items of a list.
pub(super) fn readable_items<'de, D: Deserializer<'de>, T: de::DeserializeOwned>(
    deserializer: D,
) -> Result<Vec<T>, D::Error> {
    let items: Vec<Box<RawValue>> = readable_or_default(deserializer)?;
    Ok(items.iter().filter_map(|item| serde_json::from_str(item.get()).ok()).collect())
}
