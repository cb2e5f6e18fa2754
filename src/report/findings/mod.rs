//! The findings of `check` in each output format, one file per format. None of them prints.

pub mod concise;
pub mod github;
pub mod gitlab;
pub mod human;
pub mod json;
pub mod junit;
pub mod sarif;

use std::collections::{HashMap, HashSet};

use crate::book::Book;
use crate::finding::{Finding, Level, Lines, Place};
use crate::report::parts::count;
use crate::text::{Lang, Text};

/// The findings to show, with the texts that they refer to.
pub struct Report<'a> {
    /// Sorted by file and by place in the file.
    findings: Vec<&'a Finding>,
    /// The requested files, by their paths from the book's top.
    files: Vec<&'a str>,
    texts: HashMap<&'a str, &'a str>,
    lines: HashMap<&'a str, Lines<'a>>,
    /// Prefix that turns a path from the book's top into one from the working directory: empty, or ends with `/`.
    top: String,
    lang: Lang,
}

/// A place for other programs.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Spot {
    file: String,
    /// `None` means the file as a whole.
    area: Option<Area>,
}

/// Lines and columns from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Area {
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

impl Area {
    /// The first character of a file: formats that need a place have it for the file as a whole.
    const FIRST: Self = Self { line: 1, column: 1, end_line: 1, end_column: 1 };
}

impl Spot {
    /// The area, for formats that need one.
    fn area_or_first(&self) -> Area {
        self.area.unwrap_or(Area::FIRST)
    }

    /// `:3:9`, or nothing for the file as a whole.
    fn line_and_column(&self) -> String {
        self.area.map(|area| format!(":{}:{}", area.line, area.column)).unwrap_or_default()
    }
}

impl<'a> Report<'a> {
    /// Reports the findings in those files of a book for which `shows` is true.
    pub fn new(book: &'a Book, findings: &'a [Finding], top: &str, lang: Lang, shows: impl Fn(&str) -> bool) -> Self {
        let findings: Vec<&Finding> = findings.iter().filter(|finding| shows(&finding.place.file)).collect();
        let files: Vec<&str> = book.files().map(|file| &*file.path).filter(|path| shows(path)).collect();
        let places = findings.iter().flat_map(|finding| std::iter::once(&finding.place).chain(&finding.related));
        let named: HashSet<&str> = places.map(|place| &*place.file).collect();
        let with_findings = book.files().filter(|file| named.contains(&*file.path));
        let texts: HashMap<&str, &str> = with_findings.map(|file| (&*file.path, file.text())).collect();
        let lines = texts.iter().map(|(path, text)| (*path, Lines::of(text))).collect();
        let top = if top.is_empty() || top.ends_with('/') { top.to_owned() } else { format!("{top}/") };
        Self { findings, files, texts, lines, top, lang }
    }

    /// A text in the reader's language.
    fn say<'t>(&self, text: &'t Text) -> &'t str {
        text.get(self.lang)
    }

    /// The number of shown findings of a level.
    pub fn count(&self, level: Level) -> usize {
        self.findings.iter().filter(|finding| finding.level == level).count()
    }

    /// A path from the book's top as a path from the working directory.
    fn path(&self, file: &str) -> String {
        format!("{}{file}", self.top)
    }

    fn text(&self, file: &str) -> &'a str {
        self.texts.get(file).copied().unwrap_or_default()
    }

    fn spot(&self, place: &Place) -> Spot {
        let file = self.path(&place.file);
        let area = self.lines.get(&*place.file).zip(place.span.as_ref()).map(|(lines, span)| {
            let (line, column) = lines.line_and_column(span.start);
            let (end_line, end_column) = lines.line_and_column(span.end.max(span.start));
            Area { line, column, end_line, end_column }
        });
        Spot { file, area }
    }

    /// `2 errors and 1 warning in 14 files`
    fn sum(&self) -> String {
        let (files, errors, warnings) = (self.files.len(), self.count(Level::Error), self.count(Level::Warning));
        let in_files = count(files, "file");
        let (some_errors, some_warnings) = (count(errors, "error"), count(warnings, "warning"));
        let text = match (errors, warnings) {
            (0, 0) => text!(en: "{in_files} checked, nothing found", zh: "检查了 {files} 个文件，没有发现问题"),
            (_, 0) => text!(en: "{some_errors} in {in_files}", zh: "{files} 个文件中有 {errors} 个错误"),
            (0, _) => text!(en: "{some_warnings} in {in_files}", zh: "{files} 个文件中有 {warnings} 个警告"),
            _ => text!(
                en: "{some_errors} and {some_warnings} in {in_files}",
                zh: "{files} 个文件中有 {errors} 个错误、{warnings} 个警告"
            ),
        };
        text.into_lang(self.lang)
    }
}

/// The headline, and the help on a line of its own.
fn message_and_help(report: &Report<'_>, finding: &Finding) -> String {
    match &finding.help {
        Some(help) => {
            let (message, help) = (&finding.message, help);
            text!(en: "{message}\nhelp: {help}", zh: "{message}\n帮助：{help}", message = message, help = help)
                .into_lang(report.lang)
        }
        None => report.say(&finding.message).to_owned(),
    }
}
