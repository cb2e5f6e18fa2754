//! The notification of the posts of the next day.

use chrono::{DateTime, Days, NaiveDate, Utc};

use super::messages::general;
use crate::campaign::Campaign;
use crate::limits::BEIJING;
use crate::load::ActiveBook;
use crate::notify::{Notification, Severity};
use crate::plan::{Note, Planned, Window, plan_campaigns};
use crate::schedule::civil;
use crate::store::Hold;
use crate::text::{Text, shortened, when};

/// Posts that are listed; others are counted. More would not fit into one message.
const MAX_POSTS: usize = 20;
/// Most of a text, in characters.
const MAX_WORDS: usize = 20;
/// Most of an audience, in characters.
const MAX_AUDIENCE: usize = 40;

/// What a book posts on the day after `at`, in Beijing time. `holds`: the active holds.
pub fn daily_plan(book: &ActiveBook, holds: &[Hold], at: DateTime<Utc>) -> Notification {
    let date = civil::to_local(BEIJING, at).date() + Days::new(1);
    let window = Window { from: midnight(date), to: midnight(date + Days::new(1)) };
    let plan = plan_campaigns(&book.campaigns, &book.posting_blocks, BEIJING, window);
    let posts: Vec<&Planned> = plan.occurrences.iter().filter(|it| !it.is_repeated()).collect();
    let (count, day) = (posts.len(), when::date(date));
    let headline = match count {
        0 => text!(en: "nothing is posted tomorrow, {day}", zh: "明天（{day}）没有要发表的", day = day),
        1 => text!(en: "1 post tomorrow, {day}", zh: "明天（{day}）要发表 1 条", day = day),
        _ => text!(en: "{count} posts tomorrow, {day}", zh: "明天（{day}）要发表 {count} 条", day = day),
    };
    let mut lines: Vec<Text> = posts.iter().take(MAX_POSTS).map(|planned| line(planned, holds)).collect();
    if let more @ 1.. = count.saturating_sub(MAX_POSTS) {
        lines.push(text!(en: "and {more} more", zh: "还有 {more} 条"));
    }
    let broken = book.invalid_files.len();
    if broken > 0 {
        lines.push(text!(
            en: "files with an error, which post nothing: {broken}",
            zh: "另有 {broken} 个文件有错误，里面的活动不会发表"
        ));
    }
    let detail = (!lines.is_empty()).then(|| Text::join(&lines, &Text::quoted("\n")));
    let severity = if broken == 0 { Severity::Good } else { Severity::Notice };
    general("daily_plan", severity, headline, detail, at)
}

fn midnight(date: NaiveDate) -> DateTime<Utc> {
    civil::reached(BEIJING, date.and_time(chrono::NaiveTime::MIN))
}

/// Time, title, audience and first words of a post, and the reason why it will not be posted, if any.
fn line(planned: &Planned, holds: &[Hold]) -> Text {
    let Planned { campaign, content, .. } = planned;
    let (clock, title) = (when::clock(civil::to_local(BEIJING, planned.occurrence.at)), title(campaign));
    let audience = campaign.audience().map(|words| shortened(&words, MAX_AUDIENCE));
    let mut parts =
        vec![text!(en: "{clock} {title}: {audience}", zh: "{clock} {title}：{audience}", audience = audience)];
    if let Some(text) = &content.post.text {
        let words = shortened(text, MAX_WORDS);
        parts.push(text!(en: "“{words}”", zh: "“{words}”"));
    }
    let on_hold = holds.iter().any(|hold| match &hold.scope {
        crate::run::Scope::Campaign(id) => *id == campaign.id,
        crate::run::Scope::Everything | crate::run::Scope::Corp(_) => true,
    });
    if on_hold {
        parts.push(text!(en: "on hold", zh: "暂停中，不会发"));
    }
    parts.extend(planned.notes.iter().filter(|note| matches!(note, Note::Held(_))).map(Note::text));
    Text::join(&parts, &text!(en: ", ", zh: "，"))
}

fn title(campaign: &Campaign) -> &str {
    campaign.title.as_deref().unwrap_or(campaign.id.as_str())
}
