//! For people: each finding with its source lines, carets under them and the next action.
//!
//! The result is coloured; the caller strips the colours if they are not wanted.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Origin, Renderer, Snippet};

use super::Report;
use crate::finding::{Finding, Level, Lines};
use crate::text::Lang;

/// Places of one file that are further apart, in lines, get separate drawings.
const MAX_LINES_BETWEEN: usize = 60;
/// Longer lines are not drawn: the part that fits on a screen says nothing.
const MAX_LINE_BYTES: usize = 2_000;

/// The levels in Chinese; the renderer has the English names.
const ERROR_ZH: &str = "错误";
const WARNING_ZH: &str = "警告";
const HELP_ZH: &str = "帮助";

/// Writes the findings and the number of each level.
pub fn write(report: &Report<'_>) -> String {
    let renderer = Renderer::styled();
    let mut out = String::new();
    for finding in &report.findings {
        out.push_str(&renderer.render(&[group(report, finding)]));
        out.push_str("\n\n");
    }
    out.push_str(&report.sum());
    out.push('\n');
    out
}

fn group<'a>(report: &'a Report<'_>, finding: &'a Finding) -> Group<'a> {
    let (level, name) = match finding.level {
        Level::Error => (annotate_snippets::Level::ERROR, ERROR_ZH),
        Level::Warning => (annotate_snippets::Level::WARNING, WARNING_ZH),
    };
    let (level, help_level) = match report.lang {
        Lang::En => (level, annotate_snippets::Level::HELP),
        Lang::Zh => (level.with_name(name), annotate_snippets::Level::HELP.with_name(HELP_ZH)),
    };
    let mut group =
        level.primary_title(report.say(&finding.message)).id(finding.code).elements(drawings(report, finding));
    if let Some(help) = &finding.help {
        group = group.element(help_level.message(report.say(help)));
    }
    group
}

/// The places of a finding; places near each other share a drawing.
fn drawings<'a>(report: &'a Report<'_>, finding: &'a Finding) -> Vec<Element<'a>> {
    let mut drawings: Vec<Drawing<'a>> = Vec::new();
    let places = std::iter::once((AnnotationKind::Primary, &finding.place));
    for (kind, place) in places.chain(finding.related.iter().map(|place| (AnnotationKind::Context, place))) {
        let path = report.path(&place.file);
        let Some((lines, span)) = report.lines.get(&*place.file).zip(place.span.as_ref()) else {
            drawings.push(Drawing { path, excerpt: None });
            continue;
        };
        let line = lines.line(span.start);
        let mark = Mark { kind, span, words: place.words.get(report.lang) };
        let mut excerpts = drawings.iter_mut().filter_map(|drawing| drawing.excerpt.as_mut());
        match excerpts.find(|excerpt| excerpt.takes(&place.file, line)) {
            Some(near) => near.add(mark, line),
            None => {
                let text = report.text(&place.file);
                let excerpt = Excerpt { file: &place.file, text, lines, from: line, to: line, marks: vec![mark] };
                drawings.push(Drawing { path, excerpt: Some(excerpt) });
            }
        }
    }
    drawings.into_iter().map(Drawing::element).collect()
}

/// What is drawn of one file.
struct Drawing<'a> {
    path: String,
    /// `None` draws no line: the file as a whole, or one without a text.
    excerpt: Option<Excerpt<'a>>,
}

/// Lines of a file with marks under them.
struct Excerpt<'a> {
    file: &'a str,
    text: &'a str,
    lines: &'a Lines<'a>,
    /// The first and last marked line, from 1.
    from: usize,
    to: usize,
    marks: Vec<Mark<'a>>,
}

/// Carets with their words.
struct Mark<'a> {
    kind: AnnotationKind,
    span: &'a Range<usize>,
    words: &'a str,
}

impl<'a> Drawing<'a> {
    fn element(self) -> Element<'a> {
        let Some(excerpt) = self.excerpt else { return Origin::path(self.path).into() };
        let Excerpt { lines, text, from, to, marks, .. } = excerpt;
        let window = lines.start_of(from.saturating_sub(1).max(1))..lines.start_of(to + 2);
        let window = window.start..text[window.clone()].trim_end_matches(['\r', '\n']).len() + window.start;
        let shown = &text[window.clone()];
        if shown.lines().any(|line| line.len() > MAX_LINE_BYTES) {
            let (line, column) = lines.line_and_column(marks[0].span.start);
            return Origin::path(self.path).line(line).char_column(column).into();
        }
        let first = lines.line(window.start);
        let annotations = marks.iter().map(|mark| mark.annotation(&window, shown));
        Snippet::source(shown).line_start(first).path(self.path).annotations(annotations.collect::<Vec<_>>()).into()
    }
}

impl<'a> Excerpt<'a> {
    /// Whether a line is near enough to be drawn here.
    fn takes(&self, file: &str, line: usize) -> bool {
        self.file == file && self.from.min(line).abs_diff(self.to.max(line)) <= MAX_LINES_BETWEEN
    }

    fn add(&mut self, mark: Mark<'a>, line: usize) {
        (self.from, self.to) = (self.from.min(line), self.to.max(line));
        self.marks.push(mark);
    }
}

impl<'a> Mark<'a> {
    /// The carets in the shown window. Of several lines they are on the first one.
    fn annotation(&self, window: &Range<usize>, shown: &str) -> Annotation<'a> {
        let within = |at: usize| at.clamp(window.start, window.end) - window.start;
        let start = within(self.span.start);
        let line_end = shown[start..].find(['\r', '\n']).map_or(shown.len(), |end| start + end);
        let end = within(self.span.end).min(line_end).max(start);
        self.kind.span(start..end).label(self.words)
    }
}
