//! Compares the JSON Schemas with the reader: both have the same keys with the same types.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use drumbeat::book::{ParseError, SourceFile, read_campaign, read_policy};
use drumbeat::report::schema;
use drumbeat::source::Source;
use drumbeat::text::Lang;
use serde_json::Value;

#[derive(Clone, Copy)]
enum Kind {
    Campaign,
    Policy,
}

impl Kind {
    fn schema(self) -> Value {
        self.schema_in(Lang::En)
    }

    fn schema_in(self, lang: Lang) -> Value {
        serde_json::from_str(&match self {
            Self::Campaign => schema::campaign(lang),
            Self::Policy => schema::policy(lang),
        })
        .unwrap()
    }

    fn parse_errors(self, toml: &str) -> Vec<ParseError> {
        let file = Arc::new(SourceFile::new("a.toml", toml));
        match self {
            Self::Campaign => read_campaign(&file).parse_errors,
            Self::Policy => read_policy(&file).parse_errors,
        }
    }

    /// The keys that the reader knows in a table, from its report of an unknown key.
    fn known(self, path: &[String]) -> BTreeSet<String> {
        let toml = toml(path, "not_a_key = 1");
        let known = self.parse_errors(&toml).into_iter().find_map(|error| match error {
            ParseError::UnknownKey { key, known, .. } if key == "not_a_key" => Some(known),
            _ => None,
        });
        known.unwrap_or_else(|| panic!("{toml}")).into_iter().map(str::to_owned).collect()
    }
}

/// One key inside a table, which may be in lists of tables.
fn toml(path: &[String], inner: &str) -> String {
    path.iter().rev().fold(inner.to_owned(), |inner, key| match key.strip_suffix("[]") {
        Some(key) => format!("{key} = [{{ {inner} }}]"),
        None => format!("{key} = {{ {inner} }}"),
    })
}

fn resolved<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    match schema.get("$ref").and_then(Value::as_str) {
        Some(path) => root.pointer(path.trim_start_matches('#')).unwrap(),
        None => schema,
    }
}

/// Walks every table of a schema with its path.
fn walk(root: &Value, schema: &Value, path: Vec<String>, visit: &mut impl FnMut(&Value, &[String])) {
    let schema = resolved(root, schema);
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        visit(schema, &path);
        for (key, property) in properties {
            let property = resolved(root, property);
            walk(root, property, [&path[..], std::slice::from_ref(key)].concat(), visit);
            let either = |value: &Value| -> Vec<Value> {
                let value = resolved(root, value);
                value.get("oneOf").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![value.clone()])
            };
            for one in either(property).iter().filter(|one| *one != property) {
                walk(root, one, [&path[..], std::slice::from_ref(key)].concat(), visit);
            }
            for items in property.get("items").iter().flat_map(|items| either(items)) {
                walk(root, &items, [&path[..], &[format!("{key}[]")]].concat(), visit);
            }
            if let Some(names) = property.get("additionalProperties").filter(|names| names.is_object()) {
                walk(root, names, [&path[..], &[key.clone(), "any-name".to_owned()]].concat(), visit);
            }
        }
    }
}

#[track_caller]
fn agrees(kind: Kind) {
    let root = kind.schema();
    let mut tables = 0;
    walk(&root, &root, Vec::new(), &mut |schema, path| {
        tables += 1;
        let keys: BTreeSet<String> = schema["properties"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(keys, kind.known(path), "{path:?}");
        assert_eq!(schema["additionalProperties"], false, "{path:?}");
        for (key, property) in schema["properties"].as_object().unwrap() {
            types_agree(kind, resolved(&root, property), path, key);
            let described = property.get("description").or_else(|| resolved(&root, property).get("description"));
            assert!(described.is_some(), "{path:?}.{key} has no description");
        }
    });
    assert!(tables > 5);
}

/// For each type, the reader rejects a value exactly if the schema does.
fn types_agree(kind: Kind, property: &Value, path: &[String], key: &str) {
    let values = [("string", "\"x\""), ("integer", "3"), ("boolean", "true"), ("array", "[]"), ("object", "{}")];
    for (name, value) in values {
        let toml = toml(path, &format!("{key} = {value}"));
        let full = path.iter().map(|part| part.trim_end_matches("[]")).chain([key]).collect::<Vec<_>>().join(".");
        let refused = kind.parse_errors(&toml).iter().any(|error| match error {
            ParseError::WrongType { key, .. } => key.replace("[0]", "") == full,
            _ => false,
        });
        // For a JSON Schema, dates and times are texts.
        let is_date = refused && name == "string" && has_type(property, "string");
        assert_eq!(refused && !is_date, !has_type(property, name), "{toml}");
        // So is an entry of a list. Lists of tables are walked separately.
        let is_plain = |items: &&Value| items.get("properties").is_none() && items.get("$ref").is_none();
        if let Some(items) = property.get("items").filter(is_plain) {
            let toml = self::toml(path, &format!("{key} = [{value}]"));
            let refused = kind.parse_errors(&toml).iter().any(|it| matches!(it, ParseError::WrongType { .. }));
            let is_date = name == "string" && key == "skip";
            assert_eq!(refused && !is_date, !has_type(items, name), "{toml}");
        }
    }
}

/// Whether a property takes a type.
fn has_type(property: &Value, name: &str) -> bool {
    let is = |one: &Value| one["type"] == name || (one["enum"].is_array() && name == "string");
    let any = property["oneOf"].as_array().is_some_and(|all| all.iter().any(is));
    any || is(property)
}

#[test]
fn campaigns() {
    agrees(Kind::Campaign);
}

#[test]
fn policies() {
    agrees(Kind::Policy);
}

#[test]
fn what_must_be_there() {
    let media = "content = { images = [{}], video = {}, link = { cover = {} } }\nschedule.skip = [{}]";
    for (kind, files) in [
        (Kind::Campaign, ["", media]),
        (Kind::Policy, ["", "calendar.blackout = [{}]\nwording.refuse = [{}]\ncalendar.quiet_hours = {}"]),
    ] {
        let missing: BTreeSet<(String, String)> = files
            .into_iter()
            .flat_map(|toml| kind.parse_errors(toml))
            .filter_map(|error| match error {
                ParseError::MissingKey { key, table, .. } => Some((table.replace("[0]", ""), key.to_owned())),
                _ => None,
            })
            .collect();
        let root = kind.schema();
        let mut required = BTreeSet::new();
        walk(&root, &root, Vec::new(), &mut |schema, path| {
            let table = path.join(".").replace("[]", "");
            let keys = schema["required"].as_array().into_iter().flatten();
            required.extend(keys.map(|key| (table.clone(), key.as_str().unwrap().to_owned())));
        });
        // Rules, not the reader, require the parts of a link.
        required.retain(|(table, _)| table != "content.link");
        assert_eq!(missing, required);
    }
}

#[test]
fn the_example_book_keeps_to_the_schemas() {
    let book = Path::new(env!("CARGO_MANIFEST_DIR")).join("campaigns");
    let files = Source::directory(&book).unwrap().read().unwrap();
    let as_json = |file: &SourceFile| -> Value {
        let table: toml::Table = toml::from_str(file.text()).unwrap();
        plain(toml::Value::Table(table))
    };
    assert!(files.campaigns.len() >= 8);
    for file in &files.campaigns {
        super::json_schema::holds(&Kind::Campaign.schema(), &as_json(file));
    }
    super::json_schema::holds(&Kind::Policy.schema(), &as_json(&files.policy.unwrap()));
}

/// TOML as editors pass it to a schema: dates are texts.
fn plain(value: toml::Value) -> Value {
    match value {
        toml::Value::Datetime(it) => it.to_string().into(),
        toml::Value::Array(list) => list.into_iter().map(plain).collect(),
        toml::Value::Table(table) => table.into_iter().map(|(key, value)| (key, plain(value))).collect(),
        other => serde_json::to_value(other).unwrap(),
    }
}

#[test]
fn what_the_schema_refuses_the_checker_refuses_too() {
    let slips = [
        ("id = \"spring-launch\"", "id = 5"),
        ("content.text", "contents.text"),
        ("[\"zhangshan\"]", "[]"),
        ("user_list = [\"zhangshan\"]", "department_list = [0]"),
        ("user_list = [\"zhangshan\"]", "department_list = [\"3\"]"),
        ("cron = ", "corn = "),
    ];
    let sound = "id = \"spring-launch\"\ncontent.text = \"春季新品\"\nvisible_range.sender_list.user_list = [\"zhangshan\"]\nschedule.cron = \"0 9 * * MON\"\n";
    let schema = Kind::Campaign.schema();
    let refuses = |toml: &str| {
        let table: toml::Table = toml::from_str(toml).unwrap();
        super::json_schema::check(&schema, &schema, &plain(toml::Value::Table(table)), "").is_err()
    };
    assert!(!refuses(sound));
    for (from, to) in slips {
        let toml = sound.replace(from, to);
        assert!(refuses(&toml), "{toml}");
    }
}

/// A schema without titles and descriptions, and these alone.
fn without_descriptions(schema: &Value) -> (Value, Vec<String>) {
    let mut said = Vec::new();
    let bare = match schema {
        Value::Object(table) => {
            let mut bare = serde_json::Map::new();
            for (key, value) in table {
                match value {
                    Value::String(text) if key == "title" || key == "description" => said.push(text.clone()),
                    value => {
                        let (value, inner) = without_descriptions(value);
                        bare.insert(key.clone(), value);
                        said.extend(inner);
                    }
                }
            }
            Value::Object(bare)
        }
        Value::Array(list) => {
            let (list, inner): (Vec<Value>, Vec<_>) = list.iter().map(without_descriptions).unzip();
            said.extend(inner.into_iter().flatten());
            Value::Array(list)
        }
        other => other.clone(),
    };
    (bare, said)
}

#[test]
fn languages_differ_in_descriptions_only() {
    for kind in [Kind::Campaign, Kind::Policy] {
        let (english, chinese) = (kind.schema_in(Lang::En), kind.schema_in(Lang::Zh));
        let ((english, said_in_english), (chinese, said_in_chinese)) =
            (without_descriptions(&english), without_descriptions(&chinese));
        assert_eq!(english, chinese);
        assert_eq!(said_in_english.len(), said_in_chinese.len());
        for (english, chinese) in said_in_english.iter().zip(&said_in_chinese) {
            assert!(chinese.chars().any(is_chinese), "{chinese}");
            let without_examples: String = english.split('"').step_by(2).collect();
            assert!(!without_examples.chars().any(is_chinese), "{english}");
        }
    }
}

fn is_chinese(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}')
}

/// The keys in a section of the book's page, with their paths.
fn documented(section: &str) -> BTreeSet<String> {
    let page = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/book.md")).unwrap();
    let (_, rest) = page.split_once(&format!("\n## {section}\n")).unwrap();
    let section = rest.split("\n## ").next().unwrap();
    let keys = section.lines().filter_map(|line| line.strip_prefix("| `")).filter_map(|line| line.split_once('`'));
    keys.map(|(key, _)| key.to_owned()).collect()
}

/// The keys of a schema, with their paths.
fn keys_of(kind: Kind) -> BTreeSet<String> {
    let root = kind.schema();
    let mut keys = BTreeSet::new();
    walk(&root, &root, Vec::new(), &mut |schema, path| {
        let of = schema["properties"].as_object().unwrap().keys();
        keys.extend(of.map(|key| [path, std::slice::from_ref(key)].concat().join(".").replace("any-name", "NAME")));
        // Texts whose keys are names.
        let named = schema["properties"].as_object().unwrap().iter();
        let named = named.filter(|(_, property)| property["additionalProperties"]["type"] == "string");
        keys.extend(named.map(|(key, _)| [path, &[key.clone(), "NAME".to_owned()]].concat().join(".")));
    });
    // A table with free key names is a key too, although it has no keys of its own.
    keys.extend(
        keys.clone().iter().filter_map(|key| key.strip_suffix(".NAME.all")).map(|table| format!("{table}.NAME")),
    );
    keys
}

#[test]
fn every_key_is_documented() {
    assert_eq!(documented("A campaign file"), keys_of(Kind::Campaign));
    assert_eq!(documented("`policy.toml`"), keys_of(Kind::Policy));
}

#[test]
fn every_key_of_a_calendar_is_documented() {
    let known = |toml: &str, table: &str| -> Vec<String> {
        let parse_errors = drumbeat::schedule::Calendar::china().amend(toml).unwrap_err();
        let unknown = parse_errors[0].unknown.as_ref().unwrap();
        unknown.known.iter().map(|key| format!("{table}{key}")).collect()
    };
    let mut keys: BTreeSet<String> = known("not_a_key = 1", "").into_iter().collect();
    keys.extend(known("[years.2027]\nnot_a_key = 1", "years.YEAR."));
    keys.extend(known("holidays = [{ name = \"司庆\", on = 2027-01-04, not_a_key = 1 }]", "holidays[]."));
    assert_eq!(documented("A calendar file"), keys);
}
