//! The map of the house, held against the code: arrows run downwards only.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules from the ground up. A module may use what stands in a lower layer and, in its own, what its entry names.
const LAYERS: &[(&str, &[Module])] = &[
    (
        "ground",
        &[
            ("limits", &[]),
            ("parallel", &[]),
            ("plural", &[]),
            ("ids", &[]),
            ("duration", &[]),
            ("secret", &[]),
            ("clock", &[]),
            ("text", &[]),
            ("diag", &["text"]),
            ("error_chain", &[]),
            ("escape", &[]),
            ("nearest", &[]),
        ],
    ),
    (
        "middle",
        &[
            ("call_error", &[]),
            ("schedule", &[]),
            ("post", &[]),
            ("media_index", &["post"]),
            ("book", &["media_index", "post", "schedule"]),
            ("check", &["book", "schedule", "post", "media_index"]),
            ("plan", &["check", "book", "schedule", "post", "media_index"]),
            ("run", &["call_error", "post", "schedule"]),
        ],
    ),
    (
        "edges",
        &[
            ("git", &[]),
            ("http", &[]),
            ("source", &["git"]),
            ("media", &[]),
            ("wecom", &["http"]),
            ("store", &[]),
            ("notify", &["http"]),
            ("settings", &["store", "git"]),
        ],
    ),
    (
        "service",
        &[
            ("load", &[]),
            ("book_watcher", &["load"]),
            ("sandbox", &[]),
            ("engine", &["load"]),
            ("ops", &["load"]),
            ("notifier", &["engine", "load"]),
            ("web", &["engine", "load"]),
            ("doctor", &["book_watcher"]),
            ("ack_poller", &["engine"]),
            ("archive", &[]),
        ],
    ),
    ("shell", &[("report", &[]), ("cli", &["report"])]),
];

/// A module, and what it may use beside it.
type Module = (&'static str, &'static [&'static str]);

#[test]
fn arrows_run_downwards_only() {
    let mut wrong = Vec::new();
    for (floor, (layer, modules)) in LAYERS.iter().enumerate() {
        let below: BTreeSet<&str> =
            LAYERS[..floor].iter().flat_map(|(_, modules)| modules.iter().map(|(name, _)| *name)).collect();
        for (module, beside) in *modules {
            for (file, text) in files_of(module) {
                for used in uses(&text) {
                    let fine = used == *module || below.contains(used.as_str()) || beside.contains(&used.as_str());
                    if !fine {
                        wrong.push(format!("{} ({layer}) uses `{used}`", file.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that do not run downwards:\n  {}", wrong.join("\n  "));
}

#[test]
fn every_module_has_its_floor() {
    let on_the_map: BTreeSet<&str> =
        LAYERS.iter().flat_map(|(_, modules)| modules.iter().map(|(name, _)| *name)).collect();
    let text = fs::read_to_string(src().join("lib.rs")).expect("the crate has a lib.rs");
    let declared = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let missing: Vec<&str> = declared.filter(|module| !on_the_map.contains(module)).collect();
    assert!(missing.is_empty(), "modules without a floor: {missing:?}");
}

/// What only one place may do, as text that must not stand elsewhere.
const ONE_HOME: &[(&str, &[&str])] = &[
    ("Utc::now(", &["clock.rs"]),
    ("std::env::var(", &["settings.rs"]),
    ("println!(", &[]),
    ("eprintln!(", &[]),
    ("api.weixin", &["limits.rs"]),
    ("Command::new(", &["git.rs"]),
    ("Client::builder(", &["http.rs"]),
    ("strsim::", &["nearest.rs"]),
];

#[test]
fn one_home_for_everything() {
    let mut wrong = Vec::new();
    for (file, text) in rust_files(&src()) {
        for (pattern, homes) in ONE_HOME {
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            if code.clone().any(|line| line.contains(pattern)) && !homes.iter().any(|home| file.ends_with(home)) {
                wrong.push(format!("{} has `{pattern}`", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Words that a reader of English as a second language has to look up, each with the plain one.
const ARCHAIC: &[(&str, &str)] = &[
    ("mend", "correct, repair"),
    ("mends", "corrects, repairs"),
    ("be had", "be loaded, be read"),
    ("for ever", "endlessly, without limit"),
    ("is no length", "is not a duration"),
    ("nobody is there", "there is no terminal"),
];

#[test]
fn texts_keep_to_plain_words() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_text = |path: &Path| path.extension().is_some_and(|end| end == "rs" || end == "md");
    let walk = ["src", "docs"].into_iter().flat_map(|dir| walkdir::WalkDir::new(top.join(dir)));
    let mut wrong = Vec::new();
    for path in walk.filter_map(Result::ok).map(walkdir::DirEntry::into_path).filter(|path| is_text(path)) {
        let text = fs::read_to_string(&path).expect("it was just listed");
        let has = |phrase: &str| {
            let is_letter = |c: Option<char>| c.is_some_and(char::is_alphabetic);
            text.match_indices(phrase).any(|(at, _)| {
                !is_letter(text[..at].chars().next_back()) && !is_letter(text[at + phrase.len()..].chars().next())
            })
        };
        let found = ARCHAIC.iter().filter(|(phrase, _)| has(phrase));
        wrong.extend(found.map(|(phrase, plain)| format!("{}: `{phrase}`; say: {plain}", path.display())));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}

fn files_of(module: &str) -> Vec<(PathBuf, String)> {
    let file = src().join(format!("{module}.rs"));
    let mut files = rust_files(&src().join(module));
    if file.is_file() {
        let text = fs::read_to_string(&file).expect("it was just seen");
        files.push((file, text));
    }
    files
}

fn rust_files(dir: &Path) -> Vec<(PathBuf, String)> {
    let entries = walkdir::WalkDir::new(dir).into_iter().filter_map(Result::ok);
    let rust = entries.map(walkdir::DirEntry::into_path).filter(|path| path.extension().is_some_and(|end| end == "rs"));
    rust.map(|path| (path.clone(), fs::read_to_string(&path).expect("sources are UTF-8"))).collect()
}

/// The top modules of the crate that a source text names, tests inside it left out.
fn uses(text: &str) -> BTreeSet<String> {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines
        .flat_map(|line| line.split("crate::").skip(1).map(str::to_owned).collect::<Vec<_>>())
        .flat_map(|rest| match rest.strip_prefix('{') {
            Some(list) => {
                list.split(['}']).next().unwrap_or_default().split(',').map(|it| it.trim().to_owned()).collect()
            }
            None => vec![rest],
        })
        .map(|rest| rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect::<String>())
        .filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_lowercase() || c == '_'))
        .collect()
}
