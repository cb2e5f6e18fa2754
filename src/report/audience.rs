//! How many customers the campaigns of a book reach: the file `audience.toml`, a table, JSON. Counts only.

use std::collections::HashMap;
use std::fmt::Write as _;

use serde::Serialize;

use super::parts::lines;
use crate::audience_counter::Counted;
use crate::book::{CountsFile, Spanned};
use crate::campaign::Campaign;
use crate::post::{Audience, Count, grouped};
use crate::text::{Lang, StaticText, Text};

/// In both languages, because colleagues of both read the file.
const HEAD: &str = "# 由 `drumbeat audience` 统计：只有人数，没有客户信息；请重新统计，不要手工修改。\n\
    # Counted by `drumbeat audience`: numbers only, no customers; count again instead of editing.";

/// Names on one line at most; the others are counted.
const MAX_NAMES: usize = 10;

/// The text of `audience.toml`, a line for each count, so that a difference can be read.
///
/// `before`: the file as it was, if it is of this corp. Its numbers stay beside the new ones, so that a jump is noticed;
/// those of the same day are replaced.
pub fn toml(corp: &str, counted: &Counted, before: Option<&CountsFile>) -> String {
    let before = before.filter(|it| it.head.corp.as_ref().is_some_and(|of| of.value == corp));
    let (formerly_on, former) = before.map_or((None, HashMap::new()), |it| former(it, &counted.counted_on.to_string()));
    let formerly = |audience: &Audience| {
        former.get(audience).map(|customers| format!(", former = {customers}")).unwrap_or_default()
    };
    let quoted = |text: &str| toml::Value::from(text).to_string();
    let list = |ids: &[String]| ids.iter().map(|id| quoted(id)).collect::<Vec<_>>().join(", ");
    let mut out = format!("{HEAD}\nversion = 1\ncorp = {}\ncounted_on = \"{}\"\n", quoted(corp), counted.counted_on);
    if let Some(date) = formerly_on {
        let _ = writeln!(out, "formerly_on = {}", quoted(&date));
    }
    let _ = writeln!(out, "total = {{ {}{} }}", numbers(&counted.total), formerly(&Audience::Everyone));
    let rows = counted.departments.iter().map(|(id, count)| format!("id = {id}, {}", numbers(count)));
    write_rows(&mut out, "departments", rows);
    let rows = counted.tags.iter().map(|(id, count)| format!("id = {}, {}", quoted(id), numbers(count)));
    write_rows(&mut out, "tags", rows);
    let mut audiences: Vec<String> = counted
        .audiences
        .iter()
        .filter_map(|(audience, count)| {
            let Audience::Lists { users, departments, tags } = audience else { return None };
            let departments: Vec<String> = departments.iter().map(u64::to_string).collect();
            let (users, departments, tags) = (list(users), departments.join(", "), list(tags));
            let (numbers, before) = (numbers(count), formerly(audience));
            Some(format!("users = [{users}], departments = [{departments}], tags = [{tags}], {numbers}{before}"))
        })
        .collect();
    audiences.sort_unstable();
    audiences.dedup();
    write_rows(&mut out, "audiences", audiences.into_iter());
    out
}

/// The date and the customers of the last count before `today`.
fn former(before: &CountsFile, today: &str) -> (Option<String>, HashMap<Audience, u64>) {
    let date = |date: &Option<Spanned<String>>| date.as_ref().map(|date| date.value.clone());
    let counted_on = date(&before.head.counted_on);
    if counted_on.as_deref() == Some(today) {
        return (date(&before.formerly_on), before.former.iter().cloned().collect());
    }
    let total = before.total.iter().map(|count| (Audience::Everyone, count.customers));
    let audiences = before.audiences.iter().map(|(audience, count)| (audience.clone(), count.customers));
    (counted_on, total.chain(audiences).collect())
}

fn write_rows(out: &mut String, key: &str, rows: impl Iterator<Item = String>) {
    let rows: String = rows.map(|row| format!("    {{ {row} }},\n")).collect();
    let _ = if rows.is_empty() { writeln!(out, "{key} = []") } else { writeln!(out, "{key} = [\n{rows}]") };
}

fn numbers(count: &Count) -> String {
    let Count { members, customers, pairs, uncounted } = count;
    let without = if *uncounted == 0 { String::new() } else { format!(", uncounted = {uncounted}") };
    format!("members = {members}, customers = {customers}, pairs = {pairs}{without}")
}

/// Names for one line.
pub fn names(all: &[String]) -> Text {
    let mut shown: Vec<Text> = all.iter().take(MAX_NAMES).map(Text::quoted).collect();
    if let more @ 1.. = all.len().saturating_sub(MAX_NAMES) {
        shown.push(text!(en: "and {more} more", zh: "还有 {more} 人"));
    }
    Text::join(&shown, &text!(en: ", ", zh: "、"))
}

const COLUMNS: [StaticText; 4] = [
    StaticText { en: "campaign", zh: "活动" },
    StaticText { en: "members", zh: "成员" },
    StaticText { en: "customers", zh: "客户" },
    StaticText { en: "pairs of both", zh: "好友关系" },
];

/// A table for people. `width` is the terminal's, in columns; `None` without a terminal.
pub fn human(counted: &Counted, campaigns: &[&Campaign], width: Option<u16>, lang: Lang) -> String {
    let row = |name: String, count: Option<Count>| {
        let cell = |of: fn(&Count) -> u64| count.as_ref().map_or("-".to_owned(), |count| grouped(of(count)));
        [name, cell(|it| it.members), cell(|it| it.customers), cell(|it| it.pairs)]
    };
    let all = text!(en: "all members in scope", zh: "应用可见范围内的所有成员").into_lang(lang);
    let rows = campaigns.iter().map(|it| row(it.id.to_string(), counted.of(it)));
    let rows: Vec<_> = rows.chain([row(all, Some(counted.total))]).collect();
    let mut out = lines(COLUMNS.map(|title| title.get(lang)), 1, rows.into_iter(), width);
    let note = text!(
        en: "customers are distinct, and at most so many will see a post: members have to confirm it first\n",
        zh: "客户不重复计算；这是上限：成员确认发表后客户才能看到\n"
    );
    out.push_str(note.get(lang));
    out
}

/// The stable JSON format (additions only).
#[derive(Serialize)]
struct Document<'a> {
    version: u32,
    counted_on: String,
    total: Row<'a>,
    campaigns: Vec<Row<'a>>,
    unlicensed: &'a [String],
    gone: &'a [String],
    hidden_departments: &'a [u64],
    calls: u64,
}

/// All numbers are missing if WeCom does not show a department of the audience.
#[derive(Serialize)]
struct Row<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    campaign: Option<&'a str>,
    members: Option<u64>,
    customers: Option<u64>,
    pairs: Option<u64>,
    uncounted: Option<u64>,
}

/// For programs.
///
/// # Errors
///
/// The counts cannot be serialized.
pub fn json(counted: &Counted, campaigns: &[&Campaign]) -> serde_json::Result<String> {
    let row = |campaign, count: Option<Count>| Row {
        campaign,
        members: count.map(|it| it.members),
        customers: count.map(|it| it.customers),
        pairs: count.map(|it| it.pairs),
        uncounted: count.map(|it| it.uncounted),
    };
    let document = Document {
        version: 1,
        counted_on: counted.counted_on.to_string(),
        total: row(None, Some(counted.total)),
        campaigns: campaigns.iter().map(|it| row(Some(it.id.as_str()), counted.of(it))).collect(),
        unlicensed: &counted.unlicensed,
        gone: &counted.gone,
        hidden_departments: &counted.hidden,
        calls: counted.calls,
    };
    serde_json::to_string_pretty(&document).map(|text| text + "\n")
}

impl Counted {
    /// The count of a campaign's audience; `None` if WeCom does not show a part of it.
    fn of(&self, campaign: &Campaign) -> Option<Count> {
        match campaign.contents.audience() {
            Audience::Everyone => Some(self.total),
            audience => {
                let audience = audience.sorted();
                self.audiences.iter().find(|(it, _)| *it == audience).map(|(_, count)| *count)
            }
        }
    }
}
