//! Everything about one run, for `show` and for pages.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::cells::{local_at, nominal};
use crate::escape;
use crate::post::{Media, Names};
use crate::report::holds;
use crate::run::{Reader, Run, State};
use crate::store::{Hold, LogLine};
use crate::text::{Lang, Text, when};

/// What git knows about the campaign of a run.
#[derive(Clone, Debug, Default)]
pub struct Origin {
    /// The subject, author and date of the commit from which the run was made.
    pub commit: Option<Text>,
    /// The campaign's file, with the commit that last changed it.
    pub file: Option<Text>,
}

/// A label of a run with its value.
#[derive(Clone, Debug)]
pub struct Fact {
    pub label: Text,
    pub value: Text,
}

/// One line of a run's log.
#[derive(Clone, Debug)]
pub struct Step {
    /// In the zone of the run, to the second.
    pub at: String,
    /// The state before and the state after the transition.
    pub moved: Text,
    pub errcode: Option<i64>,
    pub why: Option<Text>,
}

/// Everything about one run, but its log.
///
/// `hold` is the hold that kept it back; `names` are those of the run's corp.
pub fn facts(run: &Run, origin: &Origin, hold: Option<&Hold>, names: &Names, reader: Reader) -> Vec<Fact> {
    let quoted = |words: Option<String>| words.map(Text::quoted);
    let due = text!(
        en: "{due}, as all times here in {zone}",
        zh: "{due}（下面的时间都是{zone}）",
        due = nominal(run),
        zone = when::zone(&run.zone)
    );
    let mut facts = vec![
        (text!(en: "run", zh: "发表记录"), quoted(Some(run.id().to_string()))),
        (text!(en: "corp", zh: "企业"), quoted(Some(run.corp.to_string()))),
        (text!(en: "due", zh: "应发时间"), Some(due)),
        (text!(en: "latest", zh: "最晚发表"), quoted(Some(local_at(run.deadline, &run.zone)))),
        (text!(en: "state", zh: "状态"), Some(state_and_code(run.state))),
        (text!(en: "why", zh: "原因"), run.reason_text_for(reader)),
        (text!(en: "moment id", zh: "朋友圈 ID"), quoted(run.moment_id.clone())),
        (text!(en: "job id", zh: "任务 ID"), quoted(run.jobid.clone())),
        (text!(en: "errcode", zh: "错误码"), quoted(run.errcode.map(|code| code.to_string()))),
        (text!(en: "errmsg", zh: "错误信息"), quoted(run.errmsg.clone())),
        (text!(en: "not taken", zh: "没有接受"), Some(not_taken(run, names))),
        (text!(en: "attempts", zh: "提交次数"), quoted(Some(run.attempts.to_string()))),
        (text!(en: "held by", zh: "暂停原因"), hold.map(|hold| holds::in_words_for(reader, hold, &run.zone))),
        (text!(en: "commit", zh: "版本"), commit(run)),
        (Text::default(), origin.commit.clone()),
        (text!(en: "file", zh: "文件"), origin.file.clone()),
        (text!(en: "content no.", zh: "第几条内容"), quoted(run.content.map(|number| number.to_string()))),
        (text!(en: "content", zh: "内容指纹"), quoted(run.content_sha256.map(|digest| digest.to_string()))),
        (text!(en: "post", zh: "内容"), run.lacks_post().then(post_unreadable)),
    ];
    if let Some(post) = &run.post {
        let media: Vec<Text> = post.media().iter().map(Media::text).collect();
        facts.push((text!(en: "audience", zh: "发表范围"), Some(post.audience.in_words(names))));
        facts.push((text!(en: "text", zh: "文字"), quoted(post.text.clone())));
        facts.push((text!(en: "media", zh: "素材"), Some(Text::join(&media, &text!(en: ", ", zh: "、")))));
    }
    let filled = facts.into_iter().filter_map(|(label, value)| Some(Fact { label, value: value? }));
    filled.filter(|fact| !fact.value.is_empty()).collect()
}

/// The log of a run.
pub fn steps(run: &Run, log: &[LogLine], reader: Reader) -> Vec<Step> {
    let step = |lines: &[LogLine]| {
        let line = lines.first()?;
        let why = line.reason.as_ref().map(|why| why.text_for(reader, &run.id()));
        let (at, moved) = (local_at(line.at, &run.zone), moved(lines, &run.zone));
        Some(Step { at, moved, errcode: line.errcode, why })
    };
    log.chunk_by(is_same_step).filter_map(step).collect()
}

/// Whether two lines of a log say the same of a state that stays.
fn is_same_step(one: &LogLine, other: &LogLine) -> bool {
    let stays = |line: &LogLine| line.from.as_ref() == Some(&line.to);
    stays(one) && stays(other) && (&one.to, one.errcode, &one.reason) == (&other.to, other.errcode, &other.reason)
}

/// The states of a line, or of several lines that say the same.
fn moved(lines: &[LogLine], zone: &str) -> Text {
    let [line, .., last] = lines else {
        return lines.first().map_or_else(Text::default, |line| {
            let to = state_name(&line.to);
            match &line.from {
                Some(from) if *from != line.to => {
                    text!(en: "{from} → {to}", zh: "{from} → {to}", from = state_name(from), to = to)
                }
                // The reason says more.
                Some(_) if line.reason.is_some() => to,
                Some(_) => text!(en: "{to}: no change yet", zh: "{to}：还没有变化", to = to),
                None => to,
            }
        });
    };
    let (times, until) = (lines.len(), local_at(last.at, zone));
    let to = state_name(&line.to);
    if line.reason.is_some() {
        return text!(en: "{to}, {times} times until {until}", zh: "{to}（到 {until} 为止共 {times} 次）", to = to);
    }
    text!(
        en: "{to}: asked {times} times until {until}, no change yet",
        zh: "{to}：到 {until} 为止查询了 {times} 次，还没有变化",
        to = to
    )
}

/// The commit, marked if it lacks the content of the run.
fn commit(run: &Run) -> Option<Text> {
    let commit = run.commit.as_ref()?;
    Some(if run.is_uncommitted() {
        text!(
            en: "{commit}: with changes that are not in this commit and may be unreviewed",
            zh: "{commit}：发表的内容有改动不在这个版本里（没有提交到 git），可能没有人审核过"
        )
    } else {
        Text::quoted(commit)
    })
}

/// Everything about one run, for a terminal: [`facts`] and [`steps`].
pub fn whole(run: &Run, log: &[LogLine], origin: &Origin, hold: Option<&Hold>, names: &Names, lang: Lang) -> String {
    const LABEL_WIDTH: usize = 12;
    let mut out = String::new();
    for fact in facts(run, origin, hold, names, Reader::Terminal) {
        let label = fact.label.get(lang);
        let space = " ".repeat(LABEL_WIDTH.saturating_sub(label.width()));
        let _ = writeln!(out, "{label}{space} {}", fact.value.get(lang));
    }
    let _ = writeln!(out, "\n{}", text!(en: "what happened", zh: "经过").get(lang));
    for Step { at, moved, errcode, why } in steps(run, log, Reader::Terminal) {
        let code = errcode.map(|code| format!(" {code}")).unwrap_or_default();
        let why = why.map(|why| format!("  {}", why.get(lang))).unwrap_or_default();
        let _ = writeln!(out, "  {at}  {}{code}{why}", moved.get(lang));
    }
    escape::terminal_lines(&out)
}

fn post_unreadable() -> Text {
    text!(
        en: "unreadable: the store lacks the post of this digest, or it was changed on the disk; read \"A damaged store\" \
             in docs/running.md",
        zh: "读不了：记录库里没有这个指纹的内容，或者它在磁盘上被改过；请看 `docs/zh/运维入门.md` 的“记录库损坏”一节"
    )
}

/// The state in words; in Chinese, with its code.
fn state_and_code(state: State) -> Text {
    let code = state.name();
    Text::of(code.to_owned(), format!("{}（`{code}`）", state.text().get(Lang::Zh)))
}

/// A state by its code in the log; unknown codes are quoted.
fn state_name(code: &str) -> Text {
    code.parse::<State>().map_or_else(|_| Text::quoted(code), State::text)
}

fn not_taken(run: &Run, names: &Names) -> Text {
    let departments = run.invalid.departments.iter().map(|id| names.department(*id));
    let tags = run.invalid.tags.iter().map(|id| names.tag(id));
    let all = run.invalid.users.iter().cloned().chain(departments).chain(tags);
    let all: Vec<Text> = all.map(Text::quoted).collect();
    Text::join(&all, &text!(en: ", ", zh: "、"))
}
