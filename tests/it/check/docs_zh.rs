//! The Chinese pages for people: their examples pass `check`, and their links have targets.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::block::verdict;

/// The parts that an example may omit, by table.
const PARTS: [(&str, &str); 3] = [
    ("content", "content.text = \"春季新品上架，前三天九折。\"\n"),
    ("visible_range", "visible_range.sender_list.user_list = [\"zhangshan\"]\n"),
    ("schedule", "schedule.cron = \"0 9 * * MON\"\n"),
];

/// The first line of an example of another file than a campaign, and the file's name.
const FILES: [(&str, &str); 3] = [
    ("# 公共设置 policy.toml\n", "policy.toml"),
    ("# 名录 directory.toml\n", "directory.toml"),
    ("# 放假日历 calendar.toml\n", "calendar.toml"),
];

fn top() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn pages() -> BTreeMap<PathBuf, String> {
    let zh = fs::read_dir(top().join("docs/zh")).unwrap().map(|page| page.unwrap().path());
    let pages = zh.chain(["README.md", "README.zh-CN.md"].map(|page| top().join(page)));
    pages.map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

fn blocks(page: &str) -> impl Iterator<Item = &str> {
    page.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap())
}

/// An example with its omitted parts.
fn completed(example: &str) -> String {
    if FILES.iter().any(|(head, _)| example.starts_with(head)) {
        return example.to_owned();
    }
    let has = |part: &str| example.contains(&format!("[{part}]")) || example.contains(&format!("{part}."));
    let id = if example.lines().any(|line| line.starts_with("id = ")) { "" } else { "id = \"spring-launch\"\n" };
    let missing = PARTS.iter().filter(|(part, _)| !has(part)).map(|(_, text)| *text);
    [id].into_iter().chain(missing).chain([example]).collect()
}

#[test]
fn examples_pass_check() {
    let mut count = 0;
    for (path, page) in pages().into_iter().filter(|(path, _)| !path.ends_with("README.md")) {
        // The latest version of each other file that the page has shown so far.
        let mut others: BTreeMap<&str, String> = BTreeMap::new();
        for example in blocks(&page) {
            count += 1;
            let other = FILES.iter().find(|(head, _)| example.starts_with(head));
            if let Some((_, name)) = other {
                others.insert(name, format!("# file: {name}\n{example}"));
            }
            let campaign = other.is_none().then(|| completed(example));
            let book: Vec<&str> = others.values().chain(&campaign).map(String::as_str).collect();
            let found = verdict(&book).findings;
            let bad: Vec<_> =
                found.iter().filter(|it| !["unused-audience", "unused-variable"].contains(&it.code)).collect();
            assert!(bad.is_empty(), "{}:\n{example}\n{bad:#?}", path.display());
        }
    }
    assert!(count >= 25, "{count}");
}

#[test]
fn links_lead_to_files() {
    let mut count = 0;
    for (path, page) in pages() {
        let targets = page.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        for target in targets.filter(|target| !target.starts_with("https://")) {
            count += 1;
            let (file, _) = target.split_once('#').unwrap_or((target, ""));
            assert!(path.parent().unwrap().join(file).exists(), "{}: {target}", path.display());
        }
    }
    assert!(count > 30, "{count}");
}

#[test]
fn pages_are_all_linked_from_the_readme() {
    let readme = fs::read_to_string(top().join("README.zh-CN.md")).unwrap();
    for path in pages().into_keys().filter(|path| path.starts_with(top().join("docs/zh"))) {
        let name = path.strip_prefix(top()).unwrap().to_str().unwrap().to_owned();
        assert!(readme.contains(&format!("({name})")), "{name}");
    }
}

/// The book of 快速上手: its campaign, its policy, and the pictures that it names.
fn book_of_quick_start(dir: &Path) {
    let page = fs::read_to_string(top().join("docs/zh/快速上手.md")).unwrap();
    fs::create_dir_all(dir.join("campaigns/media")).unwrap();
    for example in blocks(&page) {
        let policy = FILES.iter().any(|(head, _)| example.starts_with(head));
        let name = if policy { "policy.toml" } else { "spring-launch.toml" };
        fs::write(dir.join("campaigns").join(name), example).unwrap();
    }
    let pictures = fs::read_dir(top().join("campaigns/media/new-arrivals")).unwrap();
    for (at, picture) in pictures.take(2).enumerate() {
        fs::copy(picture.unwrap().path(), dir.join(format!("campaigns/media/{}.jpg", at + 1))).unwrap();
    }
}

/// What a command writes about that book.
fn written(dir: &Path, command: &str) -> String {
    let mut drumbeat = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
    let args: Vec<&str> = command.split_whitespace().skip(1).collect();
    let output = drumbeat.current_dir(dir).env("DRUMBEAT_LANG", "zh").args(args).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// The samples of a page, each with the command before it.
fn samples(page: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = page.split("```").collect();
    let mut command = "";
    let mut samples = Vec::new();
    for block in parts.iter().skip(1).step_by(2) {
        if let Some(commands) = block.strip_prefix("sh\n") {
            let last = commands.trim_end().lines().last().unwrap_or_default();
            command = last.split(" #").next().unwrap_or_default().trim();
        } else if let Some(sample) = block.strip_prefix("text\n") {
            samples.push((command, sample));
        }
    }
    samples
}

#[test]
fn samples_are_what_commands_write() {
    let dir = tempfile::tempdir().unwrap();
    book_of_quick_start(dir.path());
    let campaign = dir.path().join("campaigns/spring-launch.toml");
    let good = fs::read_to_string(&campaign).unwrap();
    let mut count = 0;
    for name in ["快速上手.md", "怎么看计划.md"] {
        let page = fs::read_to_string(top().join("docs/zh").join(name)).unwrap();
        for (command, sample) in samples(&page) {
            count += 1;
            // The page shows what `check` finds in a mistake that its text describes.
            let is_mistake = command == "drumbeat check";
            fs::write(&campaign, if is_mistake { good.replace("0 9 ", "0 25 ") } else { good.clone() }).unwrap();
            let written = written(dir.path(), command);
            let mut lines = written.lines();
            for line in sample.lines() {
                assert!(lines.any(|it| it == line), "{name}: `{command}` does not write\n{line}\nbut\n{written}");
            }
        }
    }
    assert!(count >= 6, "{count}");
}

/// The commands that a page names: in its `sh` blocks, and in code within a sentence.
fn commands(page: &str) -> BTreeSet<Vec<&str>> {
    let blocks = page.split("```sh\n").skip(1).flat_map(|block| block.split("```").next().unwrap().lines());
    let prose = page.split("```").step_by(2).flat_map(|prose| prose.split('`').skip(1).step_by(2));
    let words = |line| str::split_whitespace(line).take_while(|word| !matches!(*word, ">" | "#" | "…"));
    let commands = blocks.chain(prose).map(|line| words(line).collect::<Vec<_>>());
    commands.filter(|words| words.len() > 1 && words[0] == "drumbeat").collect()
}

#[test]
fn commands_are_known() {
    let mut count = 0;
    for (path, page) in pages() {
        for command in commands(&page) {
            count += 1;
            let mut drumbeat = Command::new(env!("CARGO_BIN_EXE_drumbeat"));
            let output = drumbeat.env("DRUMBEAT_LANG", "en").args(&command[1..]).arg("--help").output().unwrap();
            let said = String::from_utf8_lossy(&output.stderr);
            // A placeholder for an id may not be a valid id.
            let is_known = output.status.success() || said.contains("invalid value");
            assert!(is_known, "{}: {command:?}: {said}", path.display());
        }
    }
    assert!(count > 40, "{count}");
}
