//! Compares the code with the map of modules: dependencies only point downwards.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// The modules, lowest layer first. A module may use lower layers and, in its own layer, the modules of its entry.
const LAYERS: &[(&str, &[Module])] = &[
    (
        "ground",
        &[
            ("limits", &[]),
            ("low_priority", &[]),
            ("parallel", &[]),
            ("plural", &[]),
            ("ids", &["text"]),
            ("duration", &["text"]),
            ("secret", &[]),
            ("clock", &[]),
            ("background", &["clock", "duration", "error_chain", "invocation", "text"]),
            ("text", &["error_chain", "limits"]),
            ("finding", &["text"]),
            ("error_chain", &[]),
            ("escape", &[]),
            ("invocation", &["ids"]),
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
            ("book", &["post"]),
            ("campaign", &["post", "schedule"]),
            ("check", &["book", "campaign", "schedule", "post", "media_index"]),
            ("import", &["check", "book", "campaign", "media_index", "post"]),
            ("plan", &["check", "book", "campaign", "schedule", "post"]),
            ("run", &["call_error", "check", "post", "schedule"]),
        ],
    ),
    (
        "edges",
        &[
            ("git", &[]),
            ("http", &[]),
            ("source", &["git"]),
            ("media", &[]),
            ("sheet", &[]),
            ("thumbnail", &[]),
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
            ("importer", &["load"]),
            ("book_watcher", &["engine", "load"]),
            ("sandbox", &[]),
            ("engine", &["load"]),
            ("ops", &["book_watcher", "engine", "load"]),
            ("notifier", &["engine", "load"]),
            ("web", &["engine"]),
            ("doctor", &["book_watcher", "load"]),
            ("ack_poller", &["engine"]),
            ("audience_counter", &[]),
            ("results_poller", &["engine"]),
            ("nudger", &["engine", "load", "ops"]),
            ("archive", &[]),
            ("supervisor", &["web"]),
            ("suite_callbacks", &["archive", "web"]),
            ("tenant", &["ack_poller", "book_watcher", "engine", "load", "notifier", "nudger", "results_poller"]),
        ],
    ),
    ("shell", &[("report", &[]), ("page", &["report"]), ("cli", &["page", "report"])]),
];

/// A module, and the modules of its layer that it may use.
type Module = (&'static str, &'static [&'static str]);

#[test]
fn dependencies_point_downwards_only() {
    let mut wrong = Vec::new();
    for (height, (layer, modules)) in LAYERS.iter().enumerate() {
        let below: BTreeSet<&str> =
            LAYERS[..height].iter().flat_map(|(_, modules)| modules.iter().map(|(name, _)| *name)).collect();
        for (module, beside) in *modules {
            for (file, text) in files_of(&src(), module) {
                for used in uses(&text) {
                    let fine = used == *module || below.contains(used.as_str()) || beside.contains(&used.as_str());
                    if !fine {
                        wrong.push(format!("{} ({layer}) uses `{used}`", file.display()));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "dependencies that do not point downwards:\n  {}", wrong.join("\n  "));
}

#[test]
fn no_dependency_is_allowed_and_unused() {
    let mut unused = Vec::new();
    for (module, beside) in LAYERS.iter().flat_map(|(_, modules)| *modules) {
        let used: BTreeSet<String> = files_of(&src(), module).iter().flat_map(|(_, text)| uses(text)).collect();
        let allowed = beside.iter().filter(|allowed| !used.contains(**allowed));
        unused.extend(allowed.map(|allowed| format!("{module} → {allowed}")));
    }
    assert!(unused.is_empty(), "remove these from the map: {unused:?}");
}

/// Files of one directory depend on each other in one direction only. A `mod.rs` and the files beside it may use each
/// other.
#[test]
fn files_of_a_directory_form_no_circle() {
    let dirs = walkdir::WalkDir::new(src()).into_iter().filter_map(Result::ok).filter(|it| it.file_type().is_dir());
    let circles: Vec<String> = dirs.filter_map(|dir| circle_in(dir.path())).collect();
    assert!(circles.is_empty(), "{circles:#?}");
}

/// A circle among the modules of a directory, as a path.
fn circle_in(dir: &Path) -> Option<String> {
    let entries = fs::read_dir(dir).expect("it was just listed").filter_map(Result::ok).map(|entry| entry.path());
    let names = entries.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned()));
    let names: BTreeSet<String> = names.filter(|name| !["mod", "main", "lib"].contains(&name.as_str())).collect();
    let edges: BTreeMap<&str, BTreeSet<&str>> =
        names.iter().map(|name| (name.as_str(), siblings_used(dir, name, &names))).collect();
    let mut open: BTreeSet<&str> = edges.keys().copied().collect();
    // A module that uses no open one is not part of a circle. Those that remain are.
    while let Some(free) = open.iter().copied().find(|name| edges[name].is_disjoint(&open)) {
        open.remove(free);
    }
    let first = *open.first()?;
    let mut path = vec![first];
    loop {
        let next = *edges[path.last()?].intersection(&open).next()?;
        if let Some(start) = path.iter().position(|name| *name == next) {
            path.drain(..start);
            path.push(next);
            return Some(format!("{}: {}", dir.display(), path.join(" → ")));
        }
        path.push(next);
    }
}

/// The siblings that the files of a module name.
fn siblings_used<'n>(dir: &Path, name: &str, names: &'n BTreeSet<String>) -> BTreeSet<&'n str> {
    let inside = dir.strip_prefix(src()).expect("it is below src");
    let parent: Vec<&str> = inside.iter().filter_map(|part| part.to_str()).collect();
    let path = format!("crate::{}", parent.iter().map(|part| format!("{part}::")).collect::<String>());
    let mut used = BTreeSet::new();
    for (file, text) in files_of(dir, name) {
        let code = code_of(&text);
        let below = file.parent().expect("a file has one").strip_prefix(dir).expect("it is below").iter().count();
        // In a file of this directory, one `super` is the directory. A `mod.rs` needs one `super` less than its depth.
        let is_mod = usize::from(file.file_name().is_some_and(|it| it == "mod.rs"));
        let supers = "super::".repeat((below + 1).saturating_sub(is_mod));
        for start in [path.as_str(), supers.as_str()] {
            used.extend(
                names.iter().map(String::as_str).filter(|other| *other != name && names_after(&code, start, other)),
            );
        }
    }
    used
}

/// The lines of a source without comments and without the tests at its end.
fn code_of(text: &str) -> String {
    let code = text.split("#[cfg(test)]").next().unwrap_or_default();
    let lines = code.lines().map(str::trim_start).filter(|line| !line.starts_with("//"));
    lines.collect::<Vec<_>>().join(" ")
}

/// Whether code names a module after a path, alone or in a list.
fn names_after(code: &str, path: &str, module: &str) -> bool {
    let begins = |rest: &str| {
        let rest = rest.strip_prefix(module);
        rest.is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '_'))
    };
    code.match_indices(path).filter(|(at, _)| !code[..*at].ends_with("::")).any(|(at, _)| {
        let rest = &code[at + path.len()..];
        match rest.strip_prefix('{') {
            Some(list) => list.split('}').next().unwrap_or_default().split(',').any(|item| begins(item.trim())),
            None => begins(rest),
        }
    })
}

#[test]
fn every_module_has_a_layer() {
    let on_the_map: BTreeSet<&str> =
        LAYERS.iter().flat_map(|(_, modules)| modules.iter().map(|(name, _)| *name)).collect();
    let text = fs::read_to_string(src().join("lib.rs")).expect("the crate has a lib.rs");
    let declared = text.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
    let missing: Vec<&str> = declared.filter(|module| !on_the_map.contains(module)).collect();
    assert!(missing.is_empty(), "modules without a layer: {missing:?}");
}

/// Code that is only allowed in the named files.
const ONE_HOME: &[(&str, &[&str])] = &[
    ("Utc::now(", &["clock.rs"]),
    ("std::env::var(", &["settings.rs"]),
    ("println!(", &[]),
    ("eprintln!(", &[]),
    ("api.weixin", &["limits.rs"]),
    ("Command::new(", &["git.rs", "token_command.rs"]),
    ("Client::builder(", &["http.rs"]),
    ("strsim::", &["nearest.rs"]),
];

#[test]
fn each_restricted_call_is_in_one_module() {
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
    ("nobody", "no customer, no member, no process"),
    ("whoever", "the caller, the person who"),
    ("lies on", "applies to, is on"),
    ("goes round", "makes a round, repeats"),
    ("must look", "is needed, must decide"),
    ("anew", "again"),
    ("whence", "from which"),
    ("thereof", "of it"),
    ("herald", "notifier"),
    ("courier", "delivery queue"),
    ("shelf", "index, store"),
    ("house", "book, service"),
    ("door", "address, client"),
    ("road", "transport"),
    ("wish", "what the user wants"),
    ("wishes", "what the user wants"),
    ("in force", "active"),
    ("steer", "operate, control"),
    ("steering", "operations"),
    ("made up for", "posted later"),
    ("what became of", "the result of"),
    ("by its own word", "as declared"),
    ("gives leave", "permits"),
    ("stays unposted", "is not posted"),
];

/// Sentences in which such a word is right.
const PLAIN: &[&str] = &["so posts reach nobody"];

#[test]
fn texts_keep_to_plain_words() {
    let top = Path::new(env!("CARGO_MANIFEST_DIR"));
    let is_text = |path: &Path| path.extension().is_some_and(|end| end == "rs" || end == "md");
    let walk = ["src", "docs", "README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
        .into_iter()
        .flat_map(|dir| walkdir::WalkDir::new(top.join(dir)));
    let mut wrong = Vec::new();
    for path in walk.filter_map(Result::ok).map(walkdir::DirEntry::into_path).filter(|path| is_text(path)) {
        let text = fs::read_to_string(&path).expect("it was just listed");
        let text = PLAIN.iter().fold(text, |text, sentence| text.replace(sentence, ""));
        let has = |phrase: &str| {
            let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphabetic() || c == '_');
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

/// The files of a module in a directory, with their texts.
fn files_of(dir: &Path, module: &str) -> Vec<(PathBuf, String)> {
    let mut files = rust_files(&dir.join(module));
    let file = dir.join(format!("{module}.rs"));
    if let Ok(text) = fs::read_to_string(&file) {
        files.push((file, text));
    }
    files
}

fn rust_files(dir: &Path) -> Vec<(PathBuf, String)> {
    let entries = walkdir::WalkDir::new(dir).into_iter().filter_map(Result::ok);
    let rust = entries.map(walkdir::DirEntry::into_path).filter(|path| path.extension().is_some_and(|end| end == "rs"));
    rust.map(|path| (path.clone(), fs::read_to_string(&path).expect("sources are UTF-8"))).collect()
}

/// The top modules of the crate that a source names outside of its tests.
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
