//! What a reviewer must know about a change, in the words that all formats share.

use super::cells::{Dates, content_in_short, id_and_title, list_and_more, notes_in_parentheses, size};
use crate::campaign::Campaign;
use crate::plan::{
    AudienceChange, CampaignChange, CampaignField, Changes, ContentChange, Kind, MediaChange, Moved, NamedAudience,
    Planned, SecondPost, VISIBLE_RANGE,
};
use crate::post::{Media, PastResult};
use crate::text::{Text, when};

/// Campaigns named with an audience.
const MAX_CAMPAIGNS: usize = 10;

/// The changes that are shown one by one, without those that the change of a named audience covers.
pub(crate) fn shown(changes: &Changes) -> impl Iterator<Item = &CampaignChange> {
    changes.campaigns.iter().filter(|change| !change.is_only_named_audience())
}

/// The campaign after the change; for a removed one, before it.
pub(crate) fn campaign_of(change: &CampaignChange) -> Option<&Campaign> {
    change.after.as_ref().or(change.before.as_ref()).map(AsRef::as_ref)
}

/// The name of a change with the campaign's title.
pub(crate) fn name_of(change: &CampaignChange) -> String {
    match campaign_of(change).and_then(|it| it.title.as_deref()) {
        Some(title) => format!("{} · {title}", change.name),
        None => change.name.clone(),
    }
}

/// The lists of occurrences of a change, each with its label.
pub(crate) fn lists(change: &CampaignChange) -> [(Text, &[Planned]); 4] {
    [
        (text!(en: "gained", zh: "新增发表"), &change.gained),
        (text!(en: "lost", zh: "取消发表"), &change.lost),
        (text!(en: "now held", zh: "转为暂停"), &change.held),
        (text!(en: "no longer held", zh: "不再暂停"), &change.released),
    ]
}

/// The label of occurrences that moved.
pub(crate) fn moved() -> Text {
    text!(en: "moved", zh: "改期")
}

/// An occurrence that moved: when it was and will be due, with the zones that differ and the notes of the new time.
pub(crate) fn move_in_words(moved: &Moved, dates: Dates) -> Text {
    let [from, to] = dates.zones_of(moved);
    text!(
        en: "{before}{from} → {after}{to}{notes}",
        zh: "{before}{from} → {after}{to}{notes}",
        before = dates.when(&moved.before),
        from = from,
        after = dates.when(&moved.after),
        to = to,
        notes = notes_in_parentheses(&moved.after)
    )
}

/// An occurrence of a list, with its zone and notes.
pub(crate) fn occurrence(planned: &Planned, dates: Dates) -> Text {
    super::cells::joined([dates.when_and_zone(planned), notes_in_parentheses(planned)])
}

/// The changed parts of a campaign, without those that the change of a named audience covers.
pub(crate) fn shown_fields(change: &CampaignChange) -> impl Iterator<Item = &CampaignField> {
    let is_covered = change.named_audience().is_some();
    change.fields.iter().filter(move |field| !(is_covered && field.key() == VISIBLE_RANGE))
}

/// The name of a part of a campaign; in English, its key.
pub(crate) fn label(key: &str) -> Text {
    if let Some((number, rest)) = key.strip_prefix("content[").and_then(|rest| rest.split_once(']')) {
        let of_content =
            |label: Text| text!(en: "{label} of content {number}", zh: "第 {number} 条的{label}", label = label);
        return match rest.strip_prefix('.') {
            Some(part) => of_content(label(part)),
            None => text!(en: "content {number}", zh: "第 {number} 条内容"),
        };
    }
    let chinese = match key {
        "content" => "内容",
        "on" => "指定日期",
        "rotation.order" => "轮换顺序",
        "rotation.after_last" => "发完最后一条以后",
        "file" => "文件",
        "title" => "标题",
        "owner" => "负责人",
        VISIBLE_RANGE => "发表范围",
        "cron" | "at" => "发表时间",
        "day_match" => "两个日期条件怎么算",
        "timezone" => "时区",
        "start" => "开始",
        "end" => "结束",
        "skip" => "跳过",
        "days" => "只在哪些日子",
        "max_runs" => "最多发表次数",
        "max_lateness" => "最长延迟",
        "link.title" => "链接标题",
        "link.url" => "链接地址",
        "kind of attachment" => "附件类型",
        "text" => "文字",
        "attachments" => "附件",
        key => key,
    };
    Text::of(key.to_owned(), chinese.to_owned())
}

/// The name of a changed part, with the number of its content where there are several.
pub(crate) fn numbered_label(key: &str, content: Option<u32>) -> Text {
    let label = label(key);
    match content {
        Some(number) => text!(en: "{label} of content {number}", zh: "第 {number} 条的{label}", label = label),
        None => label,
    }
}

/// The label of occurrences that post something else.
pub(super) fn other_content() -> Text {
    text!(en: "other content", zh: "换内容")
}

/// An occurrence that posts something else, without its label.
pub(super) fn content_change(it: &ContentChange, dates: Dates) -> Text {
    const MAX_CHARS: usize = 24;
    text!(
        en: "{when}: {before} → {after}",
        zh: "{when}：{before} → {after}",
        when = dates.when_and_zone(&it.after),
        before = content_in_short(&it.before, MAX_CHARS),
        after = content_in_short(&it.after, MAX_CHARS)
    )
}

/// Whether a change is shown first, outside of folds.
pub(crate) fn is_prominent(change: &CampaignChange) -> bool {
    // The change of a named audience is a line of its own.
    let is_wider = change.is_wider() && change.named_audience().is_none();
    is_wider
        || !change.second.is_empty()
        || !change.again.is_empty()
        || change.is_new_to_everyone()
        || change.is_over
        || change.shifted().next().is_some()
        || matches!(change.kind, Kind::Invalid(_) | Kind::IdChanged { .. } | Kind::Removed)
}

/// What a reviewer must know about a change, the most important first.
pub(crate) fn remarks(change: &CampaignChange, dates: Dates) -> Vec<Text> {
    let to_everybody = change.is_new_to_everyone().then(|| {
        text!(
            en: "TO EVERYBODY: every member in the app's scope, all their customers",
            zh: "发给所有人：应用可见范围内的所有成员，他们的所有客户"
        )
    });
    let over = change.is_over.then(|| {
        text!(
            en: "it is already over: nothing of it will be posted any more",
            zh: "活动已经结束，不会再发表"
        )
    });
    [
        second_posts(&change.second, dates),
        wider(change),
        reach(change),
        to_everybody,
        shifted(change, dates),
        of_kind(change, dates),
        over,
        again(change, dates),
        unknown(change),
        past(change, dates),
        past_results(change),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Turns of contents that moved.
fn shifted(change: &CampaignChange, dates: Dates) -> Option<Text> {
    let first = change.shifted().next()?;
    let count = change.shifted().count();
    let posts = if count == 1 { "1 post gets" } else { &format!("{count} posts get") };
    Some(text!(
        en: "ROTATION SHIFTED: {posts} another content than planned before, the first on {when}",
        zh: "轮换顺序变了：有 {count} 次要发的内容和原来排的不一样，第一次是{when}",
        when = dates.when_and_zone(&first.after)
    ))
}

/// Posts that come shortly after others.
fn second_posts(second: &[SecondPost], dates: Dates) -> Option<Text> {
    let SecondPost { first, again, is_today } = second.first()?;
    let more = match second.len() - 1 {
        0 => Text::default(),
        1 => text!(en: " and 1 more time", zh: "，另有 1 次"),
        more => text!(en: " and {more} more times", zh: "，另有 {more} 次"),
    };
    Some(if *is_today {
        let time = |it: &Planned| super::cells::joined([Text::quoted(when::clock(minutes(it))), dates.zone_note(it)]);
        text!(
            en: "SECOND POST: today's {first} may have gone out already; this edit posts again today ({day}) at \
                 {again}{more}",
            zh: "重复发表：今天 {first} 的一条可能已经发出，这次改动会在今天（{day}）{again} 再发一条{more}",
            first = time(first),
            again = time(again),
            day = dates.day(first.local_time().date()),
            more = more
        )
    } else {
        text!(
            en: "SECOND POST: the post of {first} may have gone out already; this edit posts again on {again}{more}",
            zh: "重复发表：{first} 的一条可能已经发出，这次改动会在{again} 再发一条{more}",
            first = dates.when_and_zone(first),
            again = dates.when_and_zone(again),
            more = more
        )
    })
}

fn minutes(planned: &Planned) -> chrono::NaiveTime {
    use chrono::Timelike as _;
    let time = planned.local_time().time();
    time.with_second(0).unwrap_or(time)
}

fn wider(change: &CampaignChange) -> Option<Text> {
    if change.named_audience().is_some() {
        return None;
    }
    match change.audience {
        AudienceChange::Wider => Some(text!(
            en: "WIDER AUDIENCE: it reaches people whom it did not reach before",
            zh: "发表范围扩大：会发给原来看不到的人"
        )),
        AudienceChange::Mixed => Some(text!(
            en: "OTHER AUDIENCE: it reaches people whom it may not have reached before",
            zh: "发表范围改变：可能会发给原来看不到的人"
        )),
        AudienceChange::Narrower => Some(text!(en: "narrower audience", zh: "发表范围缩小")),
        AudienceChange::Same => None,
    }
}

/// How the last posts of an edited campaign went.
fn past_results(change: &CampaignChange) -> Option<Text> {
    PastResult::all_in_words(change.past_results())
}

/// What a changed audience means in customers, where both were counted.
fn reach(change: &CampaignChange) -> Option<Text> {
    let (before, after) = (change.before.as_ref()?.reach?, change.after.as_ref()?.reach?);
    let is_told = change.audience != AudienceChange::Same && change.named_audience().is_none();
    (is_told && before.count != after.count).then(|| {
        text!(
            en: "customers: {before} before, {after}",
            zh: "客户数：原来{before}，现在{after}",
            before = before.customers_in_words(),
            after = after.text()
        )
    })
}

fn of_kind(change: &CampaignChange, dates: Dates) -> Option<Text> {
    match &change.kind {
        Kind::Invalid(reason) => Some(text!(
            en: "it cannot be posted, and would be held: {reason}",
            zh: "现在不能发表，到时间会被暂停：{reason}",
            reason = reason
        )),
        Kind::IdChanged { was } => Some(text!(
            en: "it posts the same as `{was}`, under a new id: to the service a new campaign, without a past",
            zh: "内容和 `{was}` 相同，只是换了 id：对服务来说是一个没有发表记录的新活动"
        )),
        Kind::Fixed => Some(text!(en: "it could not be posted before", zh: "原来不能发表，现在可以了")),
        Kind::Removed => Some(match &change.lost[..] {
            [] => text!(
                en: "it is removed; nothing of it is due in this time",
                zh: "活动已删除；这段时间里本来就没有要发表的"
            ),
            [only] => text!(
                en: "it is removed: the post of {when} is not made",
                zh: "活动已删除：{when} 的这次发表取消",
                when = dates.when_and_zone(only)
            ),
            [next, ..] => {
                let posts = change.lost.len();
                text!(
                    en: "it is removed: {posts} posts are not made, the next on {when}",
                    zh: "活动已删除：{posts} 次发表取消，最近的一次是{when}",
                    when = dates.when_and_zone(next)
                )
            }
        }),
        Kind::Added | Kind::Changed => None,
    }
}

/// Local times that occur again in the new zone.
fn again(change: &CampaignChange, dates: Dates) -> Option<Text> {
    let first = change.again.first()?;
    let count = change.again.len();
    let comes = if count == 1 { "1 time comes" } else { &format!("{count} times come") };
    let is = if count == 1 { "is" } else { "are" };
    Some(text!(
        en: "{comes} again in the new time zone and {is} not posted twice: {first}",
        zh: "换时区以后，有 {count} 次的当地时间会再来一遍，不会重复发表：{first}",
        first = dates.when_and_zone(first)
    ))
}

/// From when on the calendar does not say which days count.
fn unknown(change: &CampaignChange) -> Option<Text> {
    let unknown = change.first_unknown.as_ref()?;
    let doubt = unknown.doubt.as_ref()?;
    Some(text!(
        en: "posts from {date} on are held: {doubt}",
        zh: "从{date}起的发表会被暂停：{doubt}",
        date = when::plain_date(change.first_unknown_date()?),
        doubt = doubt.text()
    ))
}

/// Times that have already passed.
fn past(change: &CampaignChange, dates: Dates) -> Option<Text> {
    let past = &change.past_named;
    let last = past.last().filter(|_| change.kind != Kind::Removed)?;
    let count = past.len();
    let what = match (count, &change.before) {
        (1, Some(_)) => text!(
            en: "1 time that this edit adds or takes away is already past, which has no effect",
            zh: "这次改动增减的时间里有 1 个已经过去，不起作用"
        ),
        (_, Some(_)) => text!(
            en: "{count} times that this edit adds or takes away are already past, which has no effect",
            zh: "这次改动增减的时间里有 {count} 个已经过去，不起作用"
        ),
        (1, None) => text!(
            en: "1 of its times is already past and will not be posted",
            zh: "有 1 个时间已经过去，不会补发"
        ),
        (_, None) => text!(
            en: "{count} of its times are already past and will not be posted",
            zh: "有 {count} 个时间已经过去，不会补发"
        ),
    };
    let last = dates.when_and_zone(last);
    Some(text!(en: "{what}: the last was {last}", zh: "{what}：最后一个是{last}", what = what, last = last))
}

/// How an audience of the policy changed.
pub(crate) fn audience_in_words(it: &NamedAudience) -> Text {
    let how = match it.change {
        AudienceChange::Wider => text!(en: "WIDER AUDIENCE", zh: "预设范围扩大"),
        AudienceChange::Mixed => text!(en: "OTHER AUDIENCE", zh: "预设范围改变"),
        AudienceChange::Narrower => text!(en: "narrower audience", zh: "预设范围缩小"),
        AudienceChange::Same => text!(en: "audience", zh: "预设范围"),
    };
    let names: Vec<Text> =
        it.campaigns.iter().take(MAX_CAMPAIGNS).map(|campaign| Text::quoted(id_and_title(campaign))).collect();
    let name = &it.name;
    text!(
        en: "{how} `{name}`: {before} → {after}; in {names}",
        zh: "{how} `{name}`：{before} → {after}；用到它的活动：{names}",
        how = how,
        before = it.before,
        after = it.after,
        names = list_and_more(&names, it.campaigns.len() - names.len())
    )
}

/// How a picture or video changed.
pub(crate) fn media_change(change: &MediaChange, unfetched: &[String]) -> Text {
    match change {
        MediaChange::Added(media) => {
            text!(en: "added {file}", zh: "新增 {file}", file = medium_and_hash(media, unfetched))
        }
        MediaChange::Removed(media) => {
            text!(en: "removed {file}", zh: "删除 {file}", file = medium_and_hash(media, &[]))
        }
        MediaChange::Replaced { before, after } => text!(
            en: "replaced {before} by {after}",
            zh: "{before} 换成 {after}",
            before = medium_and_hash(before, &[]),
            after = medium_and_hash(after, unfetched)
        ),
        MediaChange::Renamed { before, after } => text!(
            en: "renamed {before} to {after}",
            zh: "{before} 改名为 {after}",
            before = before.text(),
            after = medium_and_hash(after, unfetched)
        ),
        MediaChange::Reordered => text!(en: "the same in another order", zh: "内容不变，顺序变了"),
    }
}

/// A file with its size and the beginning of its hash, enough to tell files apart.
fn medium_and_hash(media: &Media, unfetched: &[String]) -> Text {
    match media {
        Media::File { path, bytes, sha256, .. } => {
            let unchecked = if unfetched.contains(path) {
                text!(en: ", in Git LFS and not checked", zh: "，在 Git LFS 里，没有检查内容")
            } else {
                Text::default()
            };
            let (size, sha256) = (size(*bytes), sha256.to_string());
            text!(
                en: "{path} ({size}, sha256 {sha256:.12}{unchecked})",
                zh: "{path}（{size}，sha256 {sha256:.12}{unchecked}）",
                unchecked = unchecked
            )
        }
        Media::Id(_) => media.text(),
    }
}
