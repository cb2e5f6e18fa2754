//! For people: each finding with its source lines, carets under them and the next action.
//!
//! The result is coloured; the caller strips the colours if they are not wanted.

use std::ops::Range;

use annotate_snippets::{Annotation, AnnotationKind, Element, Group, Origin, Renderer, Snippet};

use super::{Report, is_whole};
use crate::diag::{Diag, Level, Lines, Place};
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

fn group<'a>(report: &'a Report<'_>, finding: &'a Diag) -> Group<'a> {
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
fn drawings<'a>(report: &'a Report<'_>, finding: &'a Diag) -> Vec<Element<'a>> {
    let mut drawings: Vec<Drawing<'a>> = Vec::new();
    let places = std::iter::once((AnnotationKind::Primary, &finding.place));
    for (kind, place) in places.chain(finding.related.iter().map(|place| (AnnotationKind::Context, place))) {
        let lines = report.lines.get(&*place.file).filter(|_| !is_whole(&place.span));
        let near = drawings.iter_mut().find(|drawing| drawing.takes(place, lines));
        match near {
            Some(drawing) => drawing.add(kind, place),
            None => drawings.push(Drawing::new(report, kind, place, lines)),
        }
    }
    drawings.into_iter().map(Drawing::element).collect()
}

/// Some places of one file.
struct Drawing<'a> {
    path: String,
    file: &'a str,
    text: &'a str,
    lines: Option<&'a Lines<'a>>,
    /// The first and last line that is drawn, from 1.
    from: usize,
    to: usize,
    lang: Lang,
    annotations: Vec<(AnnotationKind, &'a Place)>,
}

impl<'a> Drawing<'a> {
    fn new(report: &'a Report<'_>, kind: AnnotationKind, place: &'a Place, lines: Option<&'a Lines<'a>>) -> Self {
        let (from, to) = lines.map_or((0, 0), |lines| (lines.line(place.span.start), lines.line(place.span.start)));
        Self {
            path: report.path(&place.file),
            file: &place.file,
            text: report.text(&place.file),
            lines,
            from,
            to,
            lang: report.lang,
            annotations: vec![(kind, place)],
        }
    }

    fn takes(&self, place: &Place, lines: Option<&Lines<'_>>) -> bool {
        let (Some(lines), true) = (lines, self.file == &*place.file && self.lines.is_some()) else { return false };
        let line = lines.line(place.span.start);
        self.from.min(line).abs_diff(self.to.max(line)) <= MAX_LINES_BETWEEN
    }

    fn add(&mut self, kind: AnnotationKind, place: &'a Place) {
        let line = self.lines.map_or(0, |lines| lines.line(place.span.start));
        (self.from, self.to) = (self.from.min(line), self.to.max(line));
        self.annotations.push((kind, place));
    }

    fn element(self) -> Element<'a> {
        let Some(lines) = self.lines else { return Origin::path(self.path).into() };
        let window = lines.start_of(self.from.saturating_sub(1).max(1))..lines.start_of(self.to + 2);
        let window = window.start..self.text[window.clone()].trim_end_matches(['\r', '\n']).len() + window.start;
        let shown = &self.text[window.clone()];
        if shown.lines().any(|line| line.len() > MAX_LINE_BYTES) {
            let (line, column) = lines.line_and_column(self.annotations[0].1.span.start);
            return Origin::path(self.path).line(line).char_column(column).into();
        }
        let first = lines.line(window.start);
        let annotations =
            self.annotations.iter().map(|(kind, place)| annotation(*kind, place, self.lang, &window, shown));
        Snippet::source(shown).line_start(first).path(self.path).annotations(annotations.collect::<Vec<_>>()).into()
    }
}

/// The carets of a place. For a place of several lines they are on its first line.
fn annotation<'a>(
    kind: AnnotationKind,
    place: &'a Place,
    lang: Lang,
    window: &Range<usize>,
    shown: &str,
) -> Annotation<'a> {
    let within = |at: usize| at.clamp(window.start, window.end) - window.start;
    let start = within(place.span.start);
    let line_end = shown[start..].find(['\r', '\n']).map_or(shown.len(), |end| start + end);
    let end = within(place.span.end).min(line_end).max(start);
    kind.span(start..end).label(place.words.get(lang))
}
