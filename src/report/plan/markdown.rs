//! For a comment in a pull request: what it does first, everything else folded, never longer than a comment may be.
//!
//! The text is safe to post whatever the book holds: see `escape`.

use super::changes::{is_loud, lists, remarks, shown_fields};
use super::{
    View, attachments_in_short, audience_in_words, campaign_of, counts, errors, facts, idle, media_change, notes_of,
    notices, quota, renamed, rules, shortened, sum, text_and_weight, told, visibility, when, zone_note, zones_of,
};
use chrono_tz::Tz;

use crate::campaign::Campaign;
use crate::escape::{code, markdown, markdown_lines};
use crate::plan::text_diff::{self, Piece};
use crate::plan::{Change, Changes, DayOfPlan, Field, Moved, Plan, Planned, VISIBLE_RANGE};
use crate::report::parts::count;

/// Longest comment that GitHub takes, in characters; counted here in UTF-16, of which there are never fewer.
const MAX_COMMENT_CHARS: usize = 65_536;
/// Kept free for what says how much was left out.
const END: usize = 400;
/// Most of what is said of the campaigns that want a look first, outside of any fold.
const FIRST: usize = 10;
/// Most rows of a list within one change.
const MAX_ROWS: usize = 12;
/// Most of one text, in UTF-16, once it is marked up.
const TEXT: usize = 8_000;
/// Most of one value, in characters.
const VALUE: usize = 300;
/// Most of what is said of an audience, in characters.
const AUDIENCE: usize = 900;
/// Most of one name in a long list, in characters.
const NAME: usize = 24;
/// Most of how a text begins, in characters.
const BEGIN: usize = 40;

/// Blocks that may be too long for what is left before a list ends.
const MISSED: usize = 20;

/// By which a robot finds its own comment again.
pub const MARK: &str = "<!-- drumbeat plan -->";

pub fn write(view: &View<'_>) -> String {
    let mut page = Page { text: String::new(), room: MAX_COMMENT_CHARS - END };
    page.put(&format!("{MARK}\n### Drumbeat plan\n\n"));
    for error in errors(view) {
        page.put(&format!("❌ {}\n\n", said(&error)));
    }
    for notice in notices(view) {
        page.put(&format!("⚠️ {}\n\n", said(&notice)));
    }
    if let Some(changes) = view.changes {
        summary(&mut page, view, changes);
    }
    page.put(&format!("{}.\n\n", markdown(&sum(view.plan))));
    if let Some(idle) = idle(view.plan) {
        page.put(&format!("{}.\n\n", markdown(&idle)));
    }
    broken(&mut page, view);
    if let Some(changes) = view.changes {
        let changes: Vec<&Change> = told(changes).collect();
        page.list(changes.iter().map(|it| change(it, view)), "campaign");
        page.put("\n");
    }
    // A table of days says most in least room.
    if !view.plan.occurrences.is_empty() {
        days(&mut page, view.plan);
        occurrences(&mut page, view.plan);
    }
    page.text
}

/// A page that takes blocks for as long as there is room.
struct Page {
    text: String,
    room: usize,
}

impl Page {
    /// Adds a whole block, or nothing of it.
    fn put(&mut self, block: &str) -> bool {
        let length = block.encode_utf16().count();
        let fits = length <= self.room;
        if fits {
            self.text.push_str(block);
            self.room -= length;
        }
        fits
    }

    /// Adds the blocks that there is room for, in order, and says how many are left out.
    fn list(&mut self, blocks: impl ExactSizeIterator<Item = String>, what: &str) {
        let total = blocks.len();
        let (mut shown, mut missed) = (0, 0);
        for block in blocks {
            if self.put(&block) {
                shown += 1;
            } else {
                missed += 1;
            }
            // One that is very long must not hide those after it; a page that is full is full.
            if missed > MISSED {
                break;
            }
        }
        if shown < total {
            let left = count(total - shown, what);
            self.text.push_str(&format!("\n{left} left out here: `drumbeat plan` shows all.\n\n"));
        }
    }

    /// Adds a folded table.
    fn table(&mut self, title: &str, head: &str, rows: impl ExactSizeIterator<Item = String>, what: &str) {
        const CLOSE: &str = "\n</details>\n\n";
        // What closes the fold has its room before the first row.
        let rule = "|---".repeat(head.matches('|').count() - 1);
        let open = format!("<details><summary>{title}</summary>\n\n{head}\n{rule}|\n");
        let needed = open.encode_utf16().count() + CLOSE.len() + END;
        if self.room < needed {
            self.text.push_str(&format!("{title}: left out here for want of room.\n\n"));
            self.room = 0;
            return;
        }
        self.put(&open);
        self.room -= CLOSE.len() + END;
        self.list(rows, what);
        self.room += END;
        self.text.push_str(CLOSE);
    }
}

fn summary(page: &mut Page, view: &View<'_>, changes: &Changes) {
    let base = view.base.map_or_else(|| "the other book".to_owned(), |base| code(&clipped(base)));
    page.put(&format!("Against {base}: **{}**.\n\n", counts(changes)));
    // What a reviewer must not overlook stands outside of every fold.
    let (twice, loud): (Vec<&Change>, Vec<&Change>) =
        told(changes).filter(|change| is_loud(change)).partition(|change| !change.second.is_empty());
    loud_lines(page, &twice, view.plan.zone);
    for line in rules(changes).into_iter().chain(renamed(changes)) {
        page.put(&format!("- ⚠️ {}\n", said(&line)));
    }
    for audience in &changes.audiences {
        let sign = if audience.reach.is_wider() { "⚠️" } else { "✏️" };
        page.put(&format!("- {sign} {}\n", markdown(&shortened(&audience_in_words(audience), AUDIENCE))));
    }
    loud_lines(page, &loud, view.plan.zone);
    page.put("\n| | before | after |\n|---|---|---|\n");
    let (before, after) = (quota(view.plan, &changes.before), quota(view.plan, &changes.after));
    for ((what, before), (_, after)) in before.into_iter().zip(after) {
        page.put(&format!("| {what} | {} | {} |\n", markdown(&before), markdown(&after)));
    }
    page.put("\n");
}

/// A line for each of the changes that want a look first.
fn loud_lines(page: &mut Page, loud: &[&Change], book: Tz) {
    let line = |change: &Change| {
        let said = remarks(change, book).iter().map(|line| said(line)).collect::<Vec<_>>().join(" · ");
        format!("- {} {}: {said}\n", sign(change), name(change))
    };
    let shown = loud.iter().take(FIRST).map(|change| line(change)).take_while(|line| page.put(line)).count();
    if loud.len() > shown {
        page.text.push_str(&format!("- ⚠️ {} more like these, below\n", loud.len() - shown));
    }
}

fn sign(change: &Change) -> &'static str {
    match change.kind.name() {
        "broken" => "❌",
        _ if change.is_wider() || change.is_new_to_everyone() || !change.second.is_empty() => "⚠️",
        "added" => "➕",
        "removed" => "➖",
        "mended" => "✅",
        _ => "✏️",
    }
}

fn broken(page: &mut Page, view: &View<'_>) {
    if view.broken.is_empty() {
        return;
    }
    let rows = view.broken.iter().map(|it| {
        let campaign = it.id.as_ref().map(|id| code(id.as_str())).unwrap_or_default();
        format!("| {campaign} | {} | {} |\n", code(&clipped(&it.file)), said(it.reason.get(crate::text::Lang::En)))
    });
    let title = format!("❌ {} cannot be posted as it stands", count(view.broken.len(), "file"));
    // Half of the room at most: a book that is broken throughout must still say what changed.
    let kept = page.room / 2;
    page.room -= kept;
    page.table(&title, "| campaign | file | first error |", rows, "file");
    page.room += kept;
}

fn change(change: &Change, view: &View<'_>) -> String {
    let book = view.plan.zone;
    let mut out = format!("<details><summary>{}</summary>\n\n", in_one_line(change));
    for line in remarks(change, book) {
        out.push_str(&format!("- {}\n", said(&line)));
    }
    // What is there on one side only is shown as it is.
    if let (Some(it), None) | (None, Some(it)) = (&change.after, &change.before)
        && let Some(text) = &it.post.text
    {
        out.push_str(&quote(&bounded(text.trim_end(), markdown_lines)));
    }
    fields(&mut out, change, view.unfetched);
    moves(&mut out, change, book);
    out.push_str("\n</details>\n");
    out
}

/// What a reviewer reads without unfolding anything: what became of which campaign; when, to whom and with which pictures
/// it is posted; how its text begins.
fn in_one_line(change: &Change) -> String {
    let mut line = format!("{} {} {}", sign(change), change.kind.name(), name(change));
    let effect = effect(change);
    if !effect.is_empty() {
        line.push_str(&format!(" ({effect})"));
    }
    if let Some(campaign) = campaign_of(change) {
        let begins = campaign.post.text.as_deref().map(|text| format!("“{}”", shortened(text, BEGIN)));
        let facts: Vec<String> = facts(campaign).chain(begins).map(|fact| people(&fact)).collect();
        line.push_str(&format!("<br>{}", facts.join(" · ")));
    }
    line
}

/// The title, where there is one, and the id.
fn name(change: &Change) -> String {
    titled(campaign_of(change).and_then(|it| it.title.as_deref()), &change.name)
}

fn titled(title: Option<&str>, id: &str) -> String {
    let title = title.map(|title| format!("<b>{}</b> ", said(title))).unwrap_or_default();
    format!("{title}{}", code(&clipped(id)))
}

/// What a change does, for the line that is seen folded.
fn effect(change: &Change) -> String {
    let counts = [
        (change.gained.len(), "gained"),
        (change.lost.len(), "lost"),
        (change.moved.len(), "moved"),
        (change.held.len(), "now held"),
        (change.released.len(), "no longer held"),
    ];
    let fields = shown_fields(change).map(|field| field.key().replace('_', " "));
    let counts = counts.into_iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}"));
    markdown(&fields.chain(counts).collect::<Vec<_>>().join(", "))
}

fn fields(out: &mut String, change: &Change, unfetched: &[String]) {
    let mut rows = String::new();
    for field in shown_fields(change) {
        match field {
            Field::Value { key, before, after } => {
                // Prose is text, and what stands in the file is code.
                let value = |it: &String| if key == VISIBLE_RANGE { people(it) } else { code(&clipped(it)) };
                let cell = |it: &Option<String>| it.as_ref().map(value).unwrap_or_default();
                rows.push_str(&format!("| {} | {} | {} |\n", markdown(key), cell(before), cell(after)));
            }
            Field::Media(media) => {
                for change in media.iter().take(MAX_ROWS) {
                    out.push_str(&format!("- attachments: {}\n", said(&media_change(change, unfetched))));
                }
            }
            Field::Text { .. } => {}
        }
    }
    if !rows.is_empty() {
        out.push_str(&format!("\n| | before | after |\n|---|---|---|\n{rows}"));
    }
    for field in &change.fields {
        if let Field::Text { before, after } = field {
            out.push_str(&quote(&text(before, after)));
        }
    }
}

/// A text of a post, as HTML: outside of code, where GitHub hides the ends of lines, and with no Markdown in it.
fn quote(html: &str) -> String {
    format!("\n<blockquote>{html}</blockquote>\n\n")
}

/// A text with what is gone struck out and what is new in bold. A line end alone is not seen: it has a sign.
fn text(before: &str, after: &str) -> String {
    let mut out = String::new();
    let mut used = 0;
    for piece in text_diff::words(before.trim_end(), after.trim_end()) {
        let marked = match &piece {
            Piece::Same(text) => markdown_lines(text),
            Piece::Removed(text) => format!("<del>{}</del>", markdown(&text.replace('\n', "↵"))),
            Piece::Added(text) => format!("<ins><b>{}</b></ins>", markdown_lines(text).replace("<br>", "↵<br>")),
        };
        used += marked.encode_utf16().count();
        if used > TEXT {
            out.push('…');
            break;
        }
        out.push_str(&marked);
    }
    out
}

fn moves(out: &mut String, change: &Change, book: Tz) {
    let moved = |it: &Moved| {
        let [from, to] = zones_of(it, book).map(|zone| markdown(&zone));
        format!("moved {}{from} → {}{to}{}", date(&it.before), date(&it.after), notes(&it.after))
    };
    let mut rows: Vec<String> = change.moved.iter().map(moved).collect();
    for (what, planned) in lists(change) {
        rows.extend(planned.iter().map(|it| format!("{what} {}", due(it, book))));
    }
    if !rows.is_empty() {
        out.push('\n');
    }
    for row in rows.iter().take(MAX_ROWS) {
        out.push_str(&format!("- {row}\n"));
    }
    if rows.len() > MAX_ROWS {
        out.push_str(&format!("- {} more\n", rows.len() - MAX_ROWS));
    }
}

fn days(page: &mut Page, plan: &Plan) {
    let most = plan.days.iter().map(|day| day.posts).max().unwrap_or(0).max(1);
    let rows = plan.days.iter().map(|day| day_row(day, most));
    // Half of the room at most, so that some occurrences are always seen.
    let kept = page.room / 2;
    page.room -= kept;
    page.table("Day by day", "| day | posts | | campaigns |", rows, "day");
    page.room += kept;
}

fn day_row(day: &DayOfPlan, most: usize) -> String {
    const BAR: usize = 16;
    const NAMED: usize = 5;
    let note = day.day_note().map(|note| format!(" {}", said(&note))).unwrap_or_default();
    let bar = "█".repeat((day.posts * BAR.min(most)).div_ceil(most));
    let mut names: Vec<String> = day.campaigns.iter().take(NAMED).map(|it| label(it)).collect();
    if day.campaigns.len() > NAMED {
        names.push(format!("{} more", day.campaigns.len() - NAMED));
    }
    let posts = if day.posts == 0 { "·".to_owned() } else { day.posts.to_string() };
    format!(
        "| {}{note} | {posts} | {bar} | {} |\n",
        unbroken(&day.date.format("%a %Y-%m-%d").to_string()),
        names.join(", ")
    )
}

fn occurrences(page: &mut Page, plan: &Plan) {
    let rows = plan.occurrences.iter().map(|planned| row(planned, plan.zone));
    let head = "| due | campaign | visible | audience | text | attachments |";
    page.table(&count(plan.occurrences.len(), "occurrence"), head, rows, "occurrence");
}

fn row(planned: &Planned, book: Tz) -> String {
    let (campaign, post) = (&planned.campaign, &planned.campaign.post);
    let (due, name) = (due(planned, book), label(campaign));
    let audience = people(&campaign.audience().into_lang(crate::text::Lang::En));
    let [text, media] = [text_and_weight(post, 40), attachments_in_short(post)].map(|cell| said(&cell));
    format!("| {due} | {name} | {} | {audience} | {text} | {media} |\n", visibility(post))
}

fn label(campaign: &Campaign) -> String {
    titled(campaign.title.as_deref(), campaign.id.as_str())
}

/// The time, its zone where it is not the book's, and what is peculiar about it.
fn due(planned: &Planned, book: Tz) -> String {
    format!("{}{}{}", date(planned), markdown(&zone_note(planned, book)), notes(planned))
}

/// What is peculiar about a time, with a blank before it.
fn notes(planned: &Planned) -> String {
    let notes = said(&notes_of(planned));
    if notes.is_empty() { notes } else { format!(" {notes}") }
}

fn date(planned: &Planned) -> String {
    unbroken(&when(planned))
}

/// A date that a narrow column does not break: browsers break lines after blanks and hyphens.
fn unbroken(date: &str) -> String {
    date.replace(' ', "&nbsp;").replace(':', "&#58;").replace('-', "-&#8288;")
}

/// Words on one line, not too long.
fn said(words: &str) -> String {
    markdown(&clipped(words))
}

/// Words that end with how many more there are: where they are too long, each name gets shorter, and the end stays.
fn people(words: &str) -> String {
    if words.chars().count() <= VALUE {
        return said(words);
    }
    let words: Vec<String> = words.split_whitespace().map(shortened_name).collect();
    markdown(&shortened(&words.join(" "), AUDIENCE))
}

/// A name with its comma or parenthesis.
fn shortened_name(word: &str) -> String {
    let name = word.trim_end_matches([',', ';', ')']);
    shortened(name, NAME) + &word[name.len()..]
}

fn clipped(text: &str) -> String {
    super::shortened(text, VALUE)
}

/// As much of a text as there is room for, marked up.
fn bounded(text: &str, mark_up: impl Fn(&str) -> String) -> String {
    let marked = mark_up(text);
    if marked.encode_utf16().count() <= TEXT {
        return marked;
    }
    // The longest that one character can become is the name of one that cannot be seen.
    let part: String = text.chars().take(TEXT / 48).collect();
    format!("{}…", mark_up(&part))
}
