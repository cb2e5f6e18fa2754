//! For a comment in a pull request: the summary first, everything else folded, never longer than a comment may be.
//!
//! The page is safe to post for any content of the book: see `escape`.

use super::View;
use super::cells::{
    Dates, Noun, attachments_in_short, facts, festival, notes_in_parentheses, numbered_text, shortened, texts,
    visibility_in_words,
};
use super::markdown_page::{Page, bounded, plain, quote, table_row, unbroken, utf16_len};
use super::notices::{errors, jumped, notices, renamed, rules};
use super::remarks::{
    audience_in_words, campaign_of, content_change, is_prominent, label, lists, media_change, moved, numbered_label,
    other_content, remarks, shown, shown_fields,
};
use super::summary::{counts, idle, quota, sum};
use crate::campaign::Campaign;
use crate::escape::{code, markdown, markdown_lines};
use crate::plan::text_diff::{self, Piece};
use crate::plan::{
    CampaignChange, CampaignField, Changes, ContentChange, DayOfPlan, Moved, Plan, Planned, VISIBLE_RANGE,
};
use crate::text::{Lang, Text};

/// Changes shown first, outside of folds.
const MAX_PROMINENT: usize = 10;
/// Rows per list within a change.
const MAX_ROWS: usize = 12;
/// The length of one text with its markup, in UTF-16 units.
const MAX_TEXT_LEN: usize = 8_000;
/// The least length of one of several texts.
const MIN_TEXT_LEN: usize = 400;
/// The length of one value, in characters.
const MAX_VALUE_CHARS: usize = 300;
/// The length of an audience in words, in characters.
const MAX_AUDIENCE_CHARS: usize = 900;
/// The length of one name in a long list, in characters.
const MAX_NAME_CHARS: usize = 24;
/// The length of the beginning of a text, in characters.
const MAX_BEGINNING_CHARS: usize = 40;
/// The longest bar in the table of days, in characters.
const MAX_BAR: usize = 16;
/// Campaigns named per day.
const MAX_CAMPAIGNS: usize = 5;

/// Identifies the comment, so that a robot can update it.
pub const MARK: &str = "<!-- drumbeat plan -->";

/// Writes a comment of at most the length that GitHub allows.
pub fn write(view: &View<'_>) -> String {
    let lang = view.lang;
    let mut page = Page::new(lang);
    page.put(&format!("{MARK}\n### {}\n\n", text!(en: "Drumbeat plan", zh: "Drumbeat 发表计划").get(lang)));
    for error in errors(view) {
        page.put(&format!("❌ {}\n\n", one_line(&error, lang)));
    }
    for notice in notices(view) {
        page.put(&format!("⚠️ {}\n\n", one_line(&notice, lang)));
    }
    if let Some(changes) = view.changes {
        summary(&mut page, view, changes);
    }
    for line in [Some(sum(view.plan)), idle(view.plan)].into_iter().flatten() {
        let stop = text!(en: ".", zh: "。");
        page.put(&format!("{}{}\n\n", plain(&line, lang), stop.get(lang)));
    }
    broken(&mut page, view);
    if let Some(changes) = view.changes {
        let changes: Vec<&CampaignChange> = shown(changes).collect();
        page.list(changes.iter().map(|it| change(it, view)), Noun::CAMPAIGN);
        page.put("\n");
    }
    // The table of days comes first because it is the most compact.
    if !view.plan.occurrences.is_empty() {
        days(&mut page, view.plan, lang);
        occurrences(&mut page, view.plan, lang);
    }
    page.into_text()
}

fn before_and_after(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "\n| | before | after |\n|---|---|---|\n",
        Lang::Zh => "\n| | 原来 | 现在 |\n|---|---|---|\n",
    }
}

fn summary(page: &mut Page, view: &View<'_>, changes: &Changes) {
    let (lang, dates) = (view.lang, Dates::of(view.plan));
    let base = match view.base {
        Some(base) => Text::quoted(code(&clipped(base))),
        None => text!(en: "the other book", zh: "另一个活动目录"),
    };
    let against = text!(en: "Against {base}: **{counts}**.", zh: "与 {base} 相比：**{counts}**。", base = base, counts = counts(changes));
    page.put(&format!("{}\n\n", against.get(lang)));
    // What a reviewer must not overlook is outside of folds.
    let (twice, prominent): (Vec<&CampaignChange>, Vec<&CampaignChange>) =
        shown(changes).filter(|change| is_prominent(change)).partition(|change| !change.second.is_empty());
    prominent_lines(page, &twice, dates, lang);
    for line in rules(changes).into_iter().chain(renamed(changes)).chain(jumped(changes)) {
        page.put(&format!("- ⚠️ {}\n", one_line(&line, lang)));
    }
    for audience in &changes.audiences {
        let sign = if audience.change.is_wider() { "⚠️" } else { "✏️" };
        let words = audience_in_words(audience).into_lang(lang);
        page.put(&format!("- {sign} {}\n", markdown(&shortened(&words, MAX_AUDIENCE_CHARS))));
    }
    prominent_lines(page, &prominent, dates, lang);
    page.put(before_and_after(lang));
    let (before, after) = (quota(view.plan, &changes.before), quota(view.plan, &changes.after));
    for ((what, before), (_, after)) in before.into_iter().zip(after) {
        page.put(&table_row([what.into_lang(lang), plain(&before, lang), plain(&after, lang)]));
    }
    page.put("\n");
}

/// A line for each change that a reviewer must see first.
fn prominent_lines(page: &mut Page, prominent: &[&CampaignChange], dates: Dates, lang: Lang) {
    let line = |change: &CampaignChange| {
        let remarks = remarks(change, dates).iter().map(|line| one_line(line, lang)).collect::<Vec<_>>().join(" · ");
        let colon = text!(en: ": ", zh: "：");
        format!("- {} {}{}{remarks}\n", sign(change), name(change), colon.get(lang))
    };
    let shown =
        prominent.iter().take(MAX_PROMINENT).map(|change| line(change)).take_while(|line| page.put(line)).count();
    if let more @ 1.. = prominent.len() - shown {
        page.put_in_reserve(
            &text!(en: "- ⚠️ {more} more like these, below\n", zh: "- ⚠️ 下面还有 {more} 个类似的活动\n"),
        );
    }
}

fn sign(change: &CampaignChange) -> &'static str {
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
    let lang = view.lang;
    if view.invalid_files.is_empty() {
        return;
    }
    let rows = view.invalid_files.iter().map(|it| {
        let campaign = it.id.as_ref().map(|id| code(id.as_str())).unwrap_or_default();
        table_row([campaign, code(&clipped(&it.file)), one_line(&it.reason, lang)])
    });
    let count = view.invalid_files.len();
    let they = if count == 1 { "it stands" } else { "they stand" };
    let title = text!(
        en: "❌ {files} cannot be posted as {they}",
        zh: "❌ {files}现在不能发表",
        files = Noun::FILE.count(count)
    );
    let head = match lang {
        Lang::En => ["campaign", "file", "first error"],
        Lang::Zh => ["活动", "文件", "第一个错误"],
    };
    // Half of the room stays free: even for a book of invalid files the changes are shown.
    page.table_in_half(&title, &head, rows, Noun::FILE);
}

fn change(change: &CampaignChange, view: &View<'_>) -> String {
    let (lang, dates) = (view.lang, Dates::of(view.plan));
    let mut out = format!("<details><summary>{}</summary>\n\n", in_one_line(change, lang));
    for line in remarks(change, dates) {
        out.push_str(&format!("- {}\n", one_line(&line, lang)));
    }
    // A campaign that only one book has is shown as it is.
    if let (Some(it), None) | (None, Some(it)) = (&change.after, &change.before) {
        let most = MAX_TEXT_LEN / it.contents.iter().len().max(1);
        for (number, text) in texts(it) {
            out.push_str(&head_of_text(number, lang));
            out.push_str(&quote(&bounded(text.trim_end(), most.max(MIN_TEXT_LEN), markdown_lines)));
        }
    }
    fields(&mut out, change, view.unfetched, lang);
    moves(&mut out, change, dates, lang);
    out.push_str("\n</details>\n");
    out
}

/// The summary of a change, read without unfolding: the kind of change and the campaign; when, to whom and with which
/// media it is posted; how its text begins.
fn in_one_line(change: &CampaignChange, lang: Lang) -> String {
    let mut line = format!("{} {} {}", sign(change), change.kind.text().get(lang), name(change));
    let effect = effect(change);
    if !effect.is_empty() {
        line.push_str(text!(en: " ({effect})", zh: "（{effect}）", effect = effect).get(lang));
    }
    if let Some(campaign) = campaign_of(change) {
        let begins = campaign
            .contents
            .first()
            .post()
            .text
            .as_deref()
            .map(|text| format!("“{}”", shortened(text, MAX_BEGINNING_CHARS)));
        let facts: Vec<String> =
            facts(campaign).chain(begins.map(Text::quoted)).map(|fact| with_short_names(fact.get(lang))).collect();
        line.push_str(&format!("<br>{}", facts.join(" · ")));
    }
    line
}

/// The title, if there is one, and the id.
fn name(change: &CampaignChange) -> String {
    titled(campaign_of(change).and_then(|it| it.title.as_deref()), &change.name)
}

fn titled(title: Option<&str>, id: &str) -> String {
    let title = title.map(|title| format!("<b>{}</b> ", markdown(&clipped(title)))).unwrap_or_default();
    format!("{title}{}", code(&clipped(id)))
}

/// The effect of a change, for the visible line of its fold.
fn effect(change: &CampaignChange) -> Text {
    let fields = shown_fields(change).map(|field| label(field.key()).map(|words| words.replace('_', " ")));
    let lists = lists(change).map(|(what, planned)| (what, planned.len()));
    let [gained, lost, held, released] = lists;
    let other = (other_content(), change.contents.len());
    let counts = [other, gained, lost, (moved(), change.moved.len()), held, released];
    let counts = counts
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(what, count)| text!(en: "{count} {what}", zh: "{what} {count} 次", what = what));
    let all: Vec<Text> = fields.chain(counts).collect();
    super::cells::list(&all).map(|words| markdown(&words))
}

fn fields(out: &mut String, change: &CampaignChange, unfetched: &[String], lang: Lang) {
    let mut rows = String::new();
    for field in shown_fields(change) {
        match field {
            CampaignField::Value { key, before, after } => {
                // Words are text, values of the file are code.
                let value = |it: &Text| {
                    let it = it.get(lang);
                    if key == VISIBLE_RANGE { with_short_names(it) } else { code(&clipped(it)) }
                };
                let cell = |it: &Option<Text>| it.as_ref().map(value).unwrap_or_default();
                rows.push_str(&table_row([plain(&label(key), lang), cell(before), cell(after)]));
            }
            CampaignField::Media { content, changes } => {
                let colon = text!(en: ": ", zh: "：");
                for change in changes.iter().take(MAX_ROWS) {
                    let label = numbered_label("attachments", *content);
                    let (label, words) = (label, one_line(&media_change(change, unfetched), lang));
                    out.push_str(&format!("- {}{}{words}\n", label.get(lang), colon.get(lang)));
                }
            }
            CampaignField::Text { .. } => {}
        }
    }
    if !rows.is_empty() {
        out.push_str(&format!("{}{rows}", before_and_after(lang)));
    }
    for field in &change.fields {
        if let CampaignField::Text { content, before, after } = field {
            out.push_str(&head_of_text(*content, lang));
            out.push_str(&quote(&text(before, after)));
        }
    }
}

/// The line above one of several texts.
fn head_of_text(number: Option<u32>, lang: Lang) -> String {
    let head = number.map(|number| text!(en: "content {number}:", zh: "第 {number} 条内容："));
    head.map(|head| format!("\n{}\n", head.get(lang))).unwrap_or_default()
}

/// A text with removed parts struck out and added parts in bold. A sign marks an added or removed end of a line, which
/// would be invisible.
fn text(before: &str, after: &str) -> String {
    let mut out = String::new();
    let mut used = 0;
    for piece in text_diff::words(before.trim_end(), after.trim_end()) {
        let marked = match &piece {
            Piece::Same(text) => markdown_lines(text),
            Piece::Removed(text) => format!("<del>{}</del>", markdown(&text.replace('\n', "↵"))),
            Piece::Added(text) => format!("<ins><b>{}</b></ins>", markdown_lines(text).replace("<br>", "↵<br>")),
        };
        used += utf16_len(&marked);
        if used > MAX_TEXT_LEN {
            out.push('…');
            break;
        }
        out.push_str(&marked);
    }
    out
}

fn moves(out: &mut String, change: &CampaignChange, dates: Dates, lang: Lang) {
    let moved_row = |it: &Moved| {
        let [from, to] = dates.zones_of(it).map(|zone| plain(&zone, lang));
        let (before, after) = (date(&it.before, dates, lang), date(&it.after, dates, lang));
        format!("{} {before}{from} → {after}{to}{}", moved().get(lang), notes(&it.after, lang))
    };
    let other_row =
        |it: &ContentChange| format!("{} {}", other_content().get(lang), one_line(&content_change(it, dates), lang));
    let mut rows: Vec<String> = change.contents.iter().map(other_row).collect();
    rows.extend(change.moved.iter().map(moved_row));
    for (what, planned) in lists(change) {
        rows.extend(planned.iter().map(|it| format!("{} {}", what.get(lang), due(it, dates, lang))));
    }
    if !rows.is_empty() {
        out.push('\n');
    }
    for row in rows.iter().take(MAX_ROWS) {
        out.push_str(&format!("- {row}\n"));
    }
    if let more @ 1.. = rows.len().saturating_sub(MAX_ROWS) {
        out.push_str(&format!("- {}\n", text!(en: "{more} more", zh: "还有 {more} 次").get(lang)));
    }
}

fn days(page: &mut Page, plan: &Plan, lang: Lang) {
    let dates = Dates::of(plan);
    let most = plan.days.iter().map(|day| day.posts).max().unwrap_or(0).max(1);
    let rows = plan.days.iter().map(|day| day_row(day, most, dates, lang));
    let head = match lang {
        Lang::En => ["day", "posts", "", "campaigns"],
        Lang::Zh => ["日期", "次数", "", "活动"],
    };
    // Half of the room stays free for other lists.
    page.table_in_half(&text!(en: "Day by day", zh: "逐日安排"), &head, rows, Noun::DAY);
}

fn day_row(day: &DayOfPlan, most: usize, dates: Dates, lang: Lang) -> String {
    let notes = day.day_note().into_iter().chain(festival(day.date, &day.day));
    let note: String = notes.map(|note| format!(" {}", one_line(&note, lang))).collect();
    let bar = "█".repeat((day.posts * MAX_BAR.min(most)).div_ceil(most));
    let mut names: Vec<String> = day.campaigns.iter().take(MAX_CAMPAIGNS).map(|it| title_and_id(it)).collect();
    if let more @ 1.. = day.campaigns.len().saturating_sub(MAX_CAMPAIGNS) {
        names.push(text!(en: "{more} more", zh: "还有 {more} 个").into_lang(lang));
    }
    let posts = if day.posts == 0 { "·".to_owned() } else { day.posts.to_string() };
    let date = unbroken(dates.day(day.date).get(lang));
    table_row([date + &note, posts, bar, names.join(super::cells::comma().get(lang))])
}

fn occurrences(page: &mut Page, plan: &Plan, lang: Lang) {
    let dates = Dates::of(plan);
    let rows = plan.occurrences.iter().map(|planned| row(planned, dates, lang));
    let head = match lang {
        Lang::En => ["due", "campaign", "visible", "audience", "text", "attachments"],
        Lang::Zh => ["应发时间", "活动", "可见范围", "发表范围", "文字", "附件"],
    };
    let title = Noun::OCCURRENCE.count(plan.occurrences.len());
    page.table(&title, &head, rows, Noun::OCCURRENCE);
}

fn row(planned: &Planned, dates: Dates, lang: Lang) -> String {
    let (campaign, post) = (&planned.campaign, &planned.content.post);
    table_row([
        due(planned, dates, lang),
        title_and_id(campaign),
        visibility_in_words(&post.audience).into_lang(lang),
        with_short_names(campaign.audience().get(lang)),
        one_line(&numbered_text(planned, MAX_BEGINNING_CHARS), lang),
        one_line(&attachments_in_short(post), lang),
    ])
}

fn title_and_id(campaign: &Campaign) -> String {
    titled(campaign.title.as_deref(), campaign.id.as_str())
}

/// The time, its zone if that is not the book's, and its notes.
fn due(planned: &Planned, dates: Dates, lang: Lang) -> String {
    format!("{}{}{}", date(planned, dates, lang), plain(&dates.zone_note(planned), lang), notes(planned, lang))
}

/// The notes of an occurrence, in parentheses.
fn notes(planned: &Planned, lang: Lang) -> String {
    let notes = notes_in_parentheses(planned);
    // `said` cuts the space before English parentheses.
    let space = if notes.get(lang).starts_with(' ') { " " } else { "" };
    format!("{space}{}", one_line(&notes, lang))
}

fn date(planned: &Planned, dates: Dates, lang: Lang) -> String {
    unbroken(dates.when(planned).get(lang))
}

/// Words on one line, cut to the maximum length.
fn one_line(words: &Text, lang: Lang) -> String {
    markdown(&clipped(words.get(lang)))
}

/// Words that end with a count of the others. If they are too long, each name is shortened and the end is kept.
fn with_short_names(words: &str) -> String {
    if words.chars().count() <= MAX_VALUE_CHARS {
        return markdown(&clipped(words));
    }
    let words: Vec<String> = words.split_whitespace().map(shortened_name).collect();
    markdown(&shortened(&words.join(" "), MAX_AUDIENCE_CHARS))
}

/// A name with its comma or parenthesis.
fn shortened_name(word: &str) -> String {
    let name = word.trim_end_matches([',', ';', ')']);
    shortened(name, MAX_NAME_CHARS) + &word[name.len()..]
}

fn clipped(text: &str) -> String {
    shortened(text, MAX_VALUE_CHARS)
}
