//! What came of posted moments, in plots and tables.

use axum::extract::State;
use axum::response::Response;
use maud::{Markup, html};

use super::{Console, Result, Visit, parts};
use crate::ids::CampaignId;
use crate::page::frame::Page;
use crate::page::plot::{self, Column};
use crate::page::with_code;
use crate::post::{Names, grouped};
use crate::report::results::{By, Entry, Group, groups};
use crate::run::{Run, State as RunState};
use crate::store::{PageKey, RunFilter};
use crate::text::{Lang, Text};

/// Runs that are looked at.
const MAX_RUNS: usize = 200;
/// Columns of the plot over time.
const MAX_COLUMNS: usize = 30;
/// Contents that are plotted.
const MAX_CONTENTS: usize = 12;
/// Results beside the next times of a campaign.
const MAX_LAST: usize = 3;

pub(super) async fn page(State(console): State<Console>, visit: Visit) -> Response {
    let made = make(&console, &visit).await;
    console.answer(&visit, made)
}

async fn make(console: &Console, visit: &Visit) -> Result<Page> {
    let (lang, entries) = (visit.lang, entries(console, None, MAX_RUNS).await?);
    Ok(console.render(move || made(&entries, lang)).await)
}

/// The newest posted runs, of one campaign or of all, oldest first.
async fn entries(console: &Console, campaign: Option<&CampaignId>, most: usize) -> Result<Vec<Entry>> {
    let mut runs = Vec::<Run>::new();
    for state in [RunState::Created, RunState::Partial] {
        let wanted = RunFilter { state: Some(state), campaign: campaign.cloned(), ..RunFilter::default() };
        runs.extend(console.store().newest_runs(console.corp(), &wanted, PageKey::NEWEST, most).await?.runs);
    }
    runs.sort_by_key(|run| std::cmp::Reverse(run.due));
    runs.truncate(most);
    let mut entries = Vec::with_capacity(runs.len());
    for run in runs.into_iter().rev() {
        let sweeps = console.store().sweeps(&run).await?;
        entries.push(Entry { run, sweeps });
    }
    Ok(entries)
}

/// The last results of a campaign, for the page with its next times; nothing before the first post.
pub(super) async fn of_campaign(console: &Console, id: &CampaignId, lang: Lang) -> Result<Markup> {
    let entries = entries(console, Some(id), MAX_LAST).await?;
    let last = groups(&entries, By::Run, &Names::default());
    Ok(html! {
        @if !last.is_empty() {
            h2 { (text!(en: "How the last posts went", zh: "最近几次的效果").get(lang)) }
            (table(&text!(en: "Last results", zh: "最近的效果"), &last, lang))
        }
    })
}

fn made(entries: &[Entry], lang: Lang) -> Page {
    let of = |by| groups(entries, by, &Names::default());
    let (weekdays, hours, mut contents) = (of(By::Weekday), of(By::Hour), of(By::Content));
    let newest = &entries[entries.len().saturating_sub(MAX_COLUMNS)..];
    let over_time: Vec<Column> = newest.iter().filter_map(reach_of).collect();
    contents.sort_by_key(|group| std::cmp::Reverse(group.customers));
    contents.truncate(MAX_CONTENTS);
    let reach = text!(en: "Customers reached", zh: "可见客户");
    let body = html! {
        p.sum { (text!(
            en: "Customers who can see the posts, and their likes and comments, as last counted: 1, 3 and 7 days after a post unless set otherwise.",
            zh: "能看到朋友圈的客户，以及他们的点赞和评论，以最近一次统计为准；默认在发表后 1、3、7 天统计。"
        ).get(lang)) }
        @if entries.is_empty() {
            p.empty { (text!(en: "No moment was created yet.", zh: "还没有创建过朋友圈。").get(lang)) }
        } @else {
            h2 { (text!(en: "Over time", zh: "按时间").get(lang)) }
            (plot::columns(reach.get(lang), &over_time))
            (table(&text!(en: "By campaign", zh: "按活动"), &of(By::Campaign), lang))
            h2 { (text!(en: "By weekday", zh: "按星期").get(lang)) }
            (engagement(&text!(en: "by weekday", zh: "按星期"), &weekdays, lang))
            (table(&text!(en: "By weekday", zh: "按星期"), &weekdays, lang))
            h2 { (text!(en: "By hour", zh: "按钟点").get(lang)) }
            (engagement(&text!(en: "by hour", zh: "按钟点"), &hours, lang))
            (table(&text!(en: "By hour", zh: "按钟点"), &hours, lang))
            h2 { (text!(en: "By content", zh: "按内容").get(lang)) }
            (engagement(&text!(en: "by content", zh: "按内容"), &contents, lang))
            (table(&text!(en: "By content", zh: "按内容"), &contents, lang))
            p.hint { (with_code(text!(
                en: "What is missing is not in the numbers. The command `drumbeat report --by` has more groups and formats.",
                zh: "“缺少”一列里的没有算进数字。命令 `drumbeat report --by` 有更多分组和格式。"
            ).get(lang))) }
        }
    };
    Page { title: text!(en: "Results", zh: "效果"), body }
}

/// The column of a run; none before it was counted.
fn reach_of(entry: &Entry) -> Option<Column> {
    let group = groups(std::slice::from_ref(entry), By::Run, &Names::default()).pop()?;
    let due = entry.run.due.with_timezone(&crate::limits::BEIJING);
    (group.runs > 0).then(|| Column {
        label: due.format("%m-%d").to_string(),
        value: group.customers as f64,
        text: grouped(group.customers),
    })
}

/// Likes and comments for each 100 customers: groups of different size can be compared.
fn engagement(by: &Text, groups: &[Group], lang: Lang) -> Markup {
    let title = text!(
        en: "Likes and comments per 100 customers, {by}",
        zh: "每 100 位客户的点赞和评论，{by}",
        by = by
    );
    let column = |group: &Group| {
        let value = (group.likes + group.comments) as f64 * 100.0 / group.customers as f64;
        Column { label: group.name.get(lang).to_owned(), value, text: format!("{value:.1}") }
    };
    let columns: Vec<Column> = groups.iter().filter(|it| it.customers > 0).map(column).collect();
    plot::columns(title.get(lang), &columns)
}

fn table(label: &Text, groups: &[Group], lang: Lang) -> Markup {
    let head = [
        label.clone(),
        text!(en: "runs", zh: "发表次数"),
        text!(en: "members", zh: "已发表的成员"),
        text!(en: "customers", zh: "可见客户"),
        text!(en: "likes", zh: "点赞"),
        text!(en: "comments", zh: "评论"),
        text!(en: "missing", zh: "缺少"),
    ];
    let rows = html! {
        @for group in groups {
            tr {
                td.when { (group.name.get(lang)) }
                @for number in [group.runs, group.posted, group.customers, group.likes, group.comments] {
                    td { (grouped(number)) }
                }
                td.why { (group.missing.text().get(lang)) }
            }
        }
    };
    parts::scrolling_table(label, &head, &rows, lang)
}
