//! Everything about one run, for `show`.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthStr as _;

use super::cells::{local_at, nominal, reason};
use crate::escape;
use crate::post::{Media, Names};
use crate::report::holds;
use crate::run::{Run, State};
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

/// Everything about one run.
///
/// `hold` is the hold that kept it back; `names` are those of the run's corp.
pub fn whole(run: &Run, log: &[LogLine], origin: &Origin, hold: Option<&Hold>, names: &Names, lang: Lang) -> String {
    let mut card = Card { out: String::new(), lang };
    card.text(text!(en: "run", zh: "发表记录"), Some(Text::quoted(run.id().to_string())));
    card.text(text!(en: "corp", zh: "企业"), Some(Text::quoted(run.corp.to_string())));
    card.text(
        text!(en: "due", zh: "应发时间"),
        Some(text!(
            en: "{due}, as all times here in {zone}",
            zh: "{due}（下面的时间都是{zone}）",
            due = nominal(run),
            zone = when::zone(&run.zone)
        )),
    );
    card.text(text!(en: "latest", zh: "最晚发表"), Some(Text::quoted(local_at(run.latest, &run.zone))));
    card.text(text!(en: "state", zh: "状态"), Some(state_and_code(run.state)));
    card.words(text!(en: "why", zh: "原因"), reason(run, lang));
    card.words(text!(en: "moment id", zh: "朋友圈 ID"), run.moment_id.clone());
    card.words(text!(en: "job id", zh: "任务 ID"), run.jobid.clone());
    card.words(text!(en: "errcode", zh: "错误码"), run.errcode.map(|code| code.to_string()));
    card.words(text!(en: "errmsg", zh: "错误信息"), run.errmsg.clone());
    card.words(text!(en: "not taken", zh: "没有接受"), Some(not_taken(run, names, lang)));
    card.words(text!(en: "attempts", zh: "提交次数"), Some(run.attempts.to_string()));
    card.text(text!(en: "held by", zh: "暂停原因"), hold.map(|hold| holds::in_words(hold, &run.zone)));
    card.words(text!(en: "commit", zh: "版本"), run.commit.clone());
    card.text(Text::default(), origin.commit.clone());
    card.text(text!(en: "file", zh: "文件"), origin.file.clone());
    card.words(text!(en: "content no.", zh: "第几条内容"), run.content.map(|number| number.to_string()));
    card.words(text!(en: "content", zh: "内容指纹"), run.content_sha256.map(|digest| digest.to_string()));
    card.text(text!(en: "post", zh: "内容"), run.lacks_post().then(post_unreadable));
    if let Some(post) = &run.post {
        let media: Vec<Text> = post.media().iter().map(Media::text).collect();
        card.text(text!(en: "audience", zh: "发表范围"), Some(post.audience.in_words(names)));
        card.words(text!(en: "text", zh: "文字"), post.text.clone());
        card.text(text!(en: "media", zh: "素材"), Some(Text::join(&media, &text!(en: ", ", zh: "、"))));
    }
    let mut out = card.out;
    let _ = writeln!(out, "\n{}", text!(en: "what happened", zh: "经过").get(lang));
    for line in log {
        let to = state_name(&line.to);
        let moved = match &line.from {
            Some(from) => text!(en: "{from} → {to}", zh: "{from} → {to}", from = state_name(from), to = to),
            None => to,
        };
        let code = line.errcode.map(|code| format!(" {code}")).unwrap_or_default();
        let why = line.reason.as_ref().map(|why| format!("  {}", why.text(&run.id()).get(lang))).unwrap_or_default();
        let _ = writeln!(out, "  {}  {}{code}{why}", local_at(line.at, &run.zone), moved.get(lang));
    }
    escape::terminal_lines(&out)
}

/// Lines of a label and a value.
struct Card {
    out: String,
    lang: Lang,
}

impl Card {
    /// Adds a line if there is a value.
    fn text(&mut self, label: Text, value: Option<Text>) {
        self.words(label, value.map(|value| value.into_lang(self.lang)));
    }

    fn words(&mut self, label: Text, value: Option<String>) {
        const LABEL_WIDTH: usize = 12;
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let label = label.get(self.lang);
            let space = " ".repeat(LABEL_WIDTH.saturating_sub(label.width()));
            let _ = writeln!(self.out, "{label}{space} {value}");
        }
    }
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

fn not_taken(run: &Run, names: &Names, lang: Lang) -> String {
    let departments = run.invalid.departments.iter().map(|id| names.department(*id));
    let tags = run.invalid.tags.iter().map(|id| names.tag(id));
    let all: Vec<String> = run.invalid.users.iter().cloned().chain(departments).chain(tags).collect();
    all.join(text!(en: ", ", zh: "、").get(lang))
}
