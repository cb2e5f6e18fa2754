//! SARIF 2.1.0, for GitHub's code scanning and other tools.

use std::collections::HashMap;

use serde::Serialize;
use serde_json::{Value, json};

use super::gitlab::fingerprints;
use super::{Report, Spot, message_and_help};
use crate::check::{Rule, rules};
use crate::finding::{Finding, Place};
use crate::text::Lang;

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

#[derive(Serialize)]
struct Result<'a> {
    #[serde(rename = "ruleId")]
    rule_id: &'a str,
    #[serde(rename = "ruleIndex")]
    rule_index: usize,
    level: &'a str,
    message: Value,
    locations: Vec<Value>,
    #[serde(rename = "relatedLocations", skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Value>,
    #[serde(rename = "partialFingerprints")]
    partial_fingerprints: Value,
}

/// # Errors
///
/// The report cannot be serialized.
pub fn write(report: &Report<'_>) -> serde_json::Result<String> {
    let index: HashMap<&str, usize> = rules::ALL.iter().enumerate().map(|(n, rule)| (rule.code, n)).collect();
    let fingerprints = fingerprints(report);
    let result = |(finding, fingerprint): (&&Finding, String)| Result {
        rule_id: finding.code,
        rule_index: index.get(finding.code).copied().unwrap_or_default(),
        level: finding.level.name(),
        message: json!({ "text": message_and_help(report, finding) }),
        locations: vec![json!({ "physicalLocation": physical(report.spot(&finding.place)) })],
        related_locations: finding.related.iter().map(|place| related(report, place)).collect(),
        partial_fingerprints: json!({ "drumbeat/v1": fingerprint }),
    };
    let sarif = json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "drumbeat",
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules::ALL.iter().map(|rule| descriptor(rule, report.lang)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": report.findings.iter().zip(fingerprints).map(result).collect::<Vec<_>>(),
        }],
    });
    serde_json::to_string_pretty(&sarif).map(|text| text + "\n")
}

fn descriptor(rule: &Rule, lang: Lang) -> Value {
    let page = rule.page(lang);
    json!({
        "id": rule.code,
        "shortDescription": { "text": rule.summary.get(lang) },
        "help": { "text": page, "markdown": page },
        "defaultConfiguration": { "level": rule.level.name() },
        "properties": { "tags": [rule.concerns.name()] },
    })
}

fn related(report: &Report<'_>, place: &Place) -> Value {
    json!({ "message": { "text": report.say(&place.words) }, "physicalLocation": physical(report.spot(place)) })
}

fn physical(spot: Spot) -> Value {
    let mut physical = json!({ "artifactLocation": { "uri": uri(&spot.file), "uriBaseId": "%SRCROOT%" } });
    if let Some(area) = spot.area {
        physical["region"] = json!({
            "startLine": area.line,
            "startColumn": area.column,
            "endLine": area.end_line,
            "endColumn": area.end_column,
        });
    }
    physical
}

/// A path as a relative reference (RFC 3986).
fn uri(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}
