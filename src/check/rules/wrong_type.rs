use crate::book::{self, Fault, SourceFile};
use crate::check::dates::{self, Meant};
use crate::check::{Found, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule =
    Rule { code: "wrong-type", level: Level::Error, page: include_str!("wrong_type.md"), run: Run::File(run) };

fn run(file: &SourceFile, faults: &[Fault], found: &mut Found<'_>) {
    for fault in faults {
        let Fault::WrongType { span, key, wanted, got } = fault else { continue };
        let written = file.text().get(span.clone()).unwrap_or_default();
        if wanted.contains("date")
            && !wanted.starts_with("a list")
            && *got == "a text"
            && let Some(meant) = dates::meant_for(key, written.trim_matches(['"', '\'']))
        {
            let finding = found.at(span, "a date in another form", format!("`{key}` takes {wanted}"));
            match meant {
                Meant::Certain(range) if range.starts_with('{') => {
                    finding.help(format!("write {range}")).replace(span, range)
                }
                Meant::Certain(date) => finding.help(format!("write {date}, without quotes")).replace(span, date),
                Meant::WithoutTime(time) => {
                    finding.help(format!("write {time}, without quotes and with the time that is meant"))
                }
            };
            continue;
        }
        if wanted.contains("date") && dates::is_impossible(written.trim_matches(['"', '\''])) {
            found
                .at(span, "no clock or calendar has this", format!("`{key}` takes {wanted}"))
                .help("write a date that exists, in the form 2026-12-01 or 2026-12-01T09:00:00");
            continue;
        }
        let finding = found.at(span, format!("this is {got}"), format!("`{key}` takes {wanted}, not {got}"));
        match instead(wanted, got, written) {
            Some(text) => finding.help(format!("write {text}")).replace(span, text),
            None => finding.help(format!("write {wanted}")),
        };
    }
}

/// The value in the type that is wanted, where one comes to the other.
fn instead(wanted: &str, got: &str, written: &str) -> Option<String> {
    const LONGEST: usize = 200;
    let bare = written.trim_matches(['"', '\'']);
    if written.len() > LONGEST {
        return None;
    }
    match (wanted, got) {
        ("a text in quotes", "a whole number" | "a number with a point" | "a date or time") => book::quoted(written),
        ("a list of texts", "a text") => several(bare),
        ("a list of pictures", "a text") | ("a list of departments", "a whole number") => Some(format!("[{written}]")),
        ("a list of dates", "a table") if written.starts_with('{') => Some(format!("[{written}]")),
        (wanted, "a list") if wanted.contains("from =") => {
            let (from, to) = written.strip_prefix('[')?.strip_suffix(']')?.split_once(',')?;
            match dates::meant_for("skip", &format!("{} to {}", date_of(from), date_of(to)))? {
                Meant::Certain(range) => Some(range),
                Meant::WithoutTime(_) => None,
            }
        }
        ("a list of dates", "a date or time") => Some(format!("[{written}]")),
        ("a list of dates", "a text") => match dates::meant_for("skip", bare)? {
            Meant::Certain(date) | Meant::WithoutTime(date) => Some(format!("[{date}]")),
        },
        ("true or false", "a text") => match bare.to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" => Some("true".to_owned()),
            "false" | "no" | "off" => Some("false".to_owned()),
            _ => None,
        },
        ("a whole number", "a text") => bare.parse::<i64>().ok().map(|number| number.to_string()),
        _ => None,
    }
}

/// A date without what stands around it.
fn date_of(text: &str) -> &str {
    text.trim().trim_matches(['"', '\''])
}

/// A list of texts for one text that has several in it: `zhangshan|lisi`.
fn several(text: &str) -> Option<String> {
    let parts = text.split(['|', ',', '，', '、', ';', '；']).map(str::trim).filter(|part| !part.is_empty());
    let quoted = parts.map(book::quoted).collect::<Option<Vec<_>>>()?;
    (!quoted.is_empty()).then(|| format!("[{}]", quoted.join(", ")))
}
