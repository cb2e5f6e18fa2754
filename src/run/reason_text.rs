//! The words of each reason, in both languages.

use chrono::TimeDelta;

use super::id::RunId;
use super::reader::Reader;
use super::reason::{MediaProblem, Posted, Reason, UnknownBecause};
use super::state::State;
use crate::call_error::Answer;
use crate::check::rules;
use crate::duration;
use crate::invocation::command;
use crate::text::{Lang, Text, UserError as _};

impl Reason {
    /// The reason in words; the commands in it name `run`.
    pub fn text(&self, run: &RunId) -> Text {
        self.text_for(Reader::Terminal, run)
    }

    /// The same with the next act of the place where it is read.
    pub fn text_for(&self, reader: Reader, run: &RunId) -> Text {
        self.sentence(About { run: run.as_str(), reader })
    }

    /// The reason in words, for no particular run.
    pub fn general_text(&self) -> Text {
        self.sentence(About { run: "RUN", reader: Reader::Terminal })
    }

    fn sentence(&self, about: About<'_>) -> Text {
        match self {
            Self::Edited => text!(
                en: "the campaign was changed before this could be posted; times before a change are not posted",
                zh: "发表前活动改过；改动之前的时间不补发"
            ),
            Self::Removed => text!(
                en: "withdrawn: the campaign was removed before this could be posted; nothing was sent",
                zh: "已取消：发表之前活动已被删除，没有发出任何内容；不用处理"
            ),
            Self::TimeRemoved => text!(
                en: "withdrawn: the campaign's schedule does not have this time any more; nothing was sent",
                zh: "已取消：活动的发表时间里已经没有这一次，没有发出任何内容；不用处理"
            ),
            Self::OtherVersion => text!(
                en: "withdrawn: the service has another version of this campaign than the one that was to be posted, and \
                     nothing was sent; let the service load the new version (its log says \"book loaded\"), then post \
                     again",
                zh: "已取消：Drumbeat 里的活动和这次要发的不是同一版，没有发出任何内容。请等它加载新版（日志里出现 `book loaded`），再重新发表"
            ),
            Self::NotInBook => text!(
                en: "withdrawn: the service's book does not have this campaign, and nothing was sent; let the service load \
                     it (its log says \"book loaded\"), then post again",
                zh: "已取消：Drumbeat 读到的活动目录里没有这个活动，没有发出任何内容。请等它加载这个活动（日志里出现 `book loaded`），再重新发表"
            ),
            Self::PastWhenFirstSeen => text!(
                en: "its time was already past when the campaign was first seen",
                zh: "第一次读到这个活动时，应发时间已经过了"
            ),
            Self::NewerDue => text!(
                en: "when the service could post again, a newer occurrence was already due",
                zh: "Drumbeat 能发表时，下一次也到时间了，这一次不再发表"
            ),
            Self::TooLate { seconds } => text!(
                en: "found due {late} late, past its max_lateness",
                zh: "发现时已经晚了 {late}，超过最长延迟（`max_lateness`）",
                late = length(*seconds)
            ),
            Self::GivenUp { last: Some(last) } => text!(
                en: "max_lateness passed before it could be sent; the last failure was: {last}",
                zh: "超过最长延迟（`max_lateness`）仍没有提交成功，不再发表；还要发，请给活动另定时间。最后一次失败的原因：{last}",
                last = last.sentence(about)
            ),
            Self::GivenUp { last: None } => text!(
                en: "max_lateness passed before it could be sent",
                zh: "超过最长延迟（`max_lateness`）仍没有提交成功，不再发表；还要发，请给活动另定时间"
            ),
            Self::OnHold { scope, cause: Some(cause), .. } => text!(
                en: "Drumbeat put {scope} on hold: {why}",
                zh: "Drumbeat 暂停了{scope}：{why}",
                scope = scope.text(),
                why = cause.text_for(about.reader)
            ),
            Self::OnHold { scope, by, why, cause: None } => text!(
                en: "{scope} was put on hold by {by}: {why}",
                zh: "{by} 暂停了{scope}：{why}",
                scope = scope.text()
            ),
            Self::InvalidFile { file, why, rule } => text!(
                en: "its file {file} has an error: {why}",
                zh: "活动文件 `{file}` 有错误：{why}",
                why = first_error(why, rule.as_deref())
            ),
            Self::KeptBack(why) => why.text(),
            Self::WithdrawnBy { by } => text!(
                en: "withdrawn by {by}; nothing was sent",
                zh: "已由 {by} 取消，没有发出任何内容"
            ),
            Self::PostStopped => text!(
                en: "withdrawn: `{post}` was stopped (Ctrl-C) before anything was sent",
                zh: "已取消：`{post}` 在提交前被中断（Ctrl-C），没有发出任何内容", post = command("post")),
            Self::PostedByHand { by } => text!(en: "posted by hand by {by}", zh: "由 {by} 手动发表"),
            Self::NewerVersion { before, now } => {
                let (before, now) = (before.to_string(), now.to_string());
                text!(
                    en: "the campaign was changed before this was sent: the current version (content {now:.12}) replaces \
                         the former one ({before:.12})",
                    zh: "提交前活动改过：改发当前版本（内容 {now:.12}），不发原来的版本（{before:.12}）"
                )
            }
            Self::LatenessChanged => text!(
                en: "the campaign's max_lateness was changed before this was sent",
                zh: "提交前活动的最长延迟（`max_lateness`）改过"
            ),
            Self::CaughtUp => text!(
                en: "the campaign was resumed with --catch-up, and this occurrence is posted late",
                zh: "活动已恢复，补发这一次"
            ),
            Self::WaitingForQuota { per_minute } => text!(
                en: "waiting in the queue: WeCom takes {per_minute} creations a minute",
                zh: "正在排队：企业微信每分钟最多创建 {per_minute} 次"
            ),
            Self::StillUploading => text!(
                en: "its media were still being uploaded",
                zh: "素材还没有上传完"
            ),
            Self::MediaChanged { path } => text!(
                en: "{path} was changed after the book was loaded, and only the content that was loaded may go out: put the \
                     former file back, or let the service load the change",
                zh: "`{path}` 后来被改动过，和读取活动目录时的不是同一份，不能发表；请换回原来的文件，或者等 Drumbeat 读到改动"
            ),
            Self::MediaUnreadable { path, problem } => text!(
                en: "{path} cannot be read: {problem}",
                zh: "读不了 `{path}`：{problem}",
                problem = problem.text()
            ),
            Self::NoWitness { why } => text!(
                en: "the store did not confirm the send, and without that nothing is sent: {why}",
                zh: "记录库没有确认这次提交，所以什么都不提交：{why}"
            ),
            Self::Call(error) => text!(
                en: "{error}; {help}",
                zh: "{error}；{help}",
                error = error.text(),
                help = error.help()
            ),
            Self::DamagedPost { campaign } => text!(
                en: "the post in the store is not the one that was recorded: its digest differs, so nothing was sent; check \
                     the disk and read \"A damaged store\" in docs/running.md, then post it from the book with \
                     `{post}`",
                zh: "记录库里的内容和当初记下的不一致（指纹不同），所以没有提交；请检查磁盘，看 `docs/zh/运维入门.md` 的“记录库损坏”一节，\
                     再用 `{post}` 从活动目录重新发表", post = command(format_args!("post {campaign}"))),
            Self::PartiallyParsed => text!(
                en: "WeCom did not understand all of the request and acted on the rest: look at the post in its console at \
                     once, its audience may be wider than requested",
                zh: "企业微信只看懂了请求的一部分，并照着做了：请马上到管理后台查看这条朋友圈，它的发表范围可能比要求的大"
            ),
            Self::Rejected { users, departments, tags } => rejected(users, departments, tags),
            Self::JobRefused { errcode, errmsg } => text!(
                en: "WeCom's job ended with {answer}",
                zh: "企业微信没有建好这条朋友圈（{answer}）",
                answer = answer(*errcode, errmsg)
            ),
            Self::JobUnclear { errcode, errmsg } => text!(
                en: "WeCom's job ended with {answer}, which does not say whether the post exists; Drumbeat looks for it in \
                     WeCom's list",
                zh: "企业微信处理创建任务时报错（{answer}），看不出这条朋友圈有没有建好；不用处理：Drumbeat 正在企业微信的列表里核实",
                answer = answer(*errcode, errmsg)
            ),
            Self::CodeBesideId { errcode, errmsg, moment_id } => text!(
                en: "WeCom's job ended with {answer} and names the moment {moment_id}: look at it in WeCom's console, \
                     {settle}",
                zh: "企业微信处理创建任务时报错（{answer}），可是又给出了朋友圈 {moment_id}：请到管理后台查看。{settle}",
                answer = answer(*errcode, errmsg),
                settle = settle(about, moment_id)
            ),
            Self::OwnedByOther { moment_id, run: owner } => search_help(
                about,
                &text!(
                    en: "WeCom names the moment {moment_id}, which run {owner} owns already",
                    zh: "企业微信给出的朋友圈 {moment_id} 已经属于另一条发表记录 {owner}"
                ),
            ),
            Self::JobOfOther { jobid, run: other } => search_help(
                about,
                &text!(
                    en: "WeCom answered with the job {jobid}, which run {other} has already",
                    zh: "企业微信给出的任务 {jobid} 已经属于另一条发表记录 {other}"
                ),
            ),
            Self::NoMomentId => text!(
                en: "WeCom reports the job as done without a moment id; Drumbeat looks for the post in WeCom's list",
                zh: "企业微信说任务已完成，却没有给出朋友圈 ID；Drumbeat 正在企业微信的列表里核实"
            ),
            Self::UnknownJob => text!(
                en: "WeCom took the request and does not know its job any more; Drumbeat looks for the post in WeCom's list",
                zh: "企业微信受理了请求，现在却查不到这个任务；Drumbeat 正在企业微信的列表里核实"
            ),
            Self::NoJobId => text!(
                en: "the store has no job id for it",
                zh: "记录库里没有它的任务 ID"
            ),
            Self::Expired => text!(
                en: "WeCom did not finish the job within a day, and its list does not have it",
                zh: "企业微信一天之内没有完成任务，列表里也没有这条朋友圈"
            ),
            Self::StoppedWhileSending => text!(
                en: "the service stopped while the request was under way; it looks for the post at WeCom",
                zh: "创建请求发出时 Drumbeat 停了；不用处理：正在企业微信核实"
            ),
            Self::Forgotten => text!(
                en: "this machine's list of sends says that this was about to be sent, and the store has lost its record: look \
                     for it at WeCom, {settle}",
                zh: "本机的提交清单显示这一次正要提交，记录库里却没有记录：请到企业微信管理后台查找。{settle}",
                settle = settle_by_hand(about)
            ),
            Self::NotListedYet => text!(
                en: "not in WeCom's list yet; Drumbeat will search again",
                zh: "企业微信的列表里还没有；稍后再核实"
            ),
            Self::TwinOpen => text!(
                en: "another run with the same content is not settled yet, so a moment found at WeCom could belong to either run; \
                     Drumbeat will search again",
                zh: "另一条内容相同的发表记录也还没有核实，找到了也分不清是哪一条；稍后再核实"
            ),
            Self::ListUnreadable(error) => text!(
                en: "WeCom's list cannot be read: {error}; {help}",
                zh: "读不到企业微信的朋友圈列表：{error}；{help}",
                error = error.text(),
                help = error.help()
            ),
            // Help that promises another lookup no longer applies.
            Self::LookedInVain(error) => search_help(
                about,
                &text!(
                    en: "WeCom's list cannot be read: {error}",
                    zh: "读不到企业微信的朋友圈列表：{error}",
                    error = error.text()
                ),
            ),
            Self::FoundInList => text!(
                en: "the answer was lost; the post was found in WeCom's list",
                zh: "没有收到企业微信的答复；已在企业微信的列表里找到"
            ),
            Self::InListAlready => text!(
                en: "it was due before this start, and WeCom's list has a post like it that no run owns: the store may have \
                     lost its record",
                zh: "这一次在 Drumbeat 启动前就该发了；企业微信的列表里有一条相同的，不属于任何发表记录：记录库可能丢了它的记录"
            ),
            Self::Several => text!(
                en: "several posts at WeCom match it: look at them there, {settle}",
                zh: "企业微信里有几条朋友圈都像是这一条：请到管理后台查看。{settle}",
                settle = settle_by_hand(about)
            ),
            Self::Candidate { moment_id, is_exact, seconds_after } => text!(
                en: "WeCom has the moment {moment_id} with {like}, created {late} this was sent: look at it in WeCom's \
                     console, {settle}",
                zh: "企业微信里有一条朋友圈 {moment_id}，内容{like}，创建时间比提交时{late}：请到管理后台查看。{settle}",
                like = if *is_exact {
                    text!(en: "the same content", zh: "相同")
                } else {
                    text!(en: "nearly the same content", zh: "几乎相同")
                },
                late = before_or_after(*seconds_after),
                settle = settle(about, moment_id)
            ),
            Self::FormerVersion { moment_id, seconds_after } => text!(
                en: "it was due before this start, and its campaign was changed since it was claimed. WeCom has the moment \
                     {moment_id}, created {late} that time, which no run owns: it may be this post as it was before the \
                     change. Look at it in WeCom's console, {settle}",
                zh: "这一次在 Drumbeat 启动前就该发了，活动后来又改过。企业微信里有一条朋友圈 {moment_id}，创建时间比应发时间{late}，不属于\
                     任何发表记录：它可能是改动之前的这一条。请到管理后台查看。{settle}",
                late = before_or_after(*seconds_after),
                settle = settle(about, moment_id)
            ),
            Self::SentUnknown => search_help(
                about,
                &text!(
                    en: "the store does not have what was sent, or it was changed on the disk",
                    zh: "记录库里没有当时提交的内容，或者这份内容后来在磁盘上被改过，所以无法自动核实"
                ),
            ),
            Self::TakenAndNotListed => text!(
                en: "WeCom took the request, and its list does not show the post: look in WeCom's console, {settle}",
                zh: "企业微信受理了请求，列表里却没有这条朋友圈：请到管理后台查看。{settle}",
                settle = settle_by_hand(about)
            ),
            Self::Absent => text!(
                en: "the answer was lost, and WeCom's list does not have it: look in WeCom's admin console before posting it again",
                zh: "没有收到企业微信的答复，它的列表里也没有：补发之前，请先到管理后台看一看"
            ),
            Self::SentAgain => text!(
                en: "the answer was lost and WeCom's list does not have it: it is sent once more",
                zh: "没有收到企业微信的答复，它的列表里也没有：再提交一次"
            ),
            Self::AbsentAgain => text!(
                en: "it was sent once more and its answer was lost again; WeCom's list has neither of the two: it is not \
                     sent a third time",
                zh: "再次提交后又没有收到企业微信的答复，它的列表里两次都没有：不再提交第三次"
            ),
            Self::Settled { by, from, exists, why } => {
                let said = settled(by, *from, *exists);
                match why {
                    Some(why) => text!(en: "{said}: {why}", zh: "{said}：{why}", said = said),
                    None => said,
                }
            }
            Self::Cancelled { by, posted } => text!(
                en: "cancelled by {by}; {posted}",
                zh: "{by} 已停止发表；{posted}",
                posted = posted.text()
            ),
            Self::Other(words) => {
                Text::quoted(words.replace("drumbeat settle RUN ", &format!("drumbeat settle {} ", about.run)))
            }
        }
    }
}

/// The run that a reason is about, and where the reason is read.
#[derive(Clone, Copy)]
struct About<'r> {
    run: &'r str,
    reader: Reader,
}

impl MediaProblem {
    fn text(&self) -> Text {
        match self {
            Self::Missing => text!(en: "not found", zh: "文件不存在"),
            Self::OutsideBook => text!(en: "it leads out of the book", zh: "它在活动目录之外"),
            Self::NotAFile => text!(en: "it is not a file", zh: "它不是文件"),
            Self::IsAnId => text!(en: "it is an id", zh: "它是素材 ID，不是文件"),
            Self::Io(why) => Text::quoted(why),
        }
    }
}

impl Posted {
    pub fn text(&self) -> Text {
        match self {
            Self::Counted { posted, members } => text!(
                en: "{posted} of {members} members had posted it already",
                zh: "停止前 {members} 名成员中已有 {posted} 名发表"
            ),
            Self::Unknown { why } => text!(
                en: "how many members had posted it already is not known ({why})",
                zh: "停止前有多少成员已经发表，没能查到（{why}）",
                why = why.text()
            ),
        }
    }
}

impl UnknownBecause {
    fn text(&self) -> Text {
        match self {
            Self::Call(error) => error.text(),
            Self::Other(words) => Text::quoted(words),
        }
    }
}

/// The first error of a file. The error is stored in English; in Chinese, the summary of its rule replaces it.
fn first_error(why: &str, rule: Option<&str>) -> Text {
    match rule.and_then(rules::find) {
        Some(rule) => {
            let (code, summary) = (rule.code, rule.summary.zh.trim_end_matches('。'));
            text!(en: "{why}", zh: "{summary}（`{code}`）")
        }
        None => Text::quoted(why),
    }
}

/// One of WeCom's codes with its meaning.
fn answer(errcode: i64, errmsg: &str) -> Text {
    let answer = Answer { errcode, errmsg: errmsg.to_owned() };
    text!(en: "{answer}", zh: "{answer}", answer = answer)
}

fn rejected(users: &[String], departments: &[String], tags: &[String]) -> Text {
    let list = |ids: &[String]| {
        let chinese = ids.iter().map(|id| name_before_id(id)).collect::<Vec<_>>().join("、");
        let space = if chinese.starts_with('“') { "" } else { " " };
        Text::of(ids.join(", "), format!("{space}{chinese}"))
    };
    let mut parts = Vec::new();
    if !users.is_empty() {
        parts.push(text!(en: "senders {ids}", zh: "成员{ids}", ids = list(users)));
    }
    if !departments.is_empty() {
        parts.push(text!(en: "departments {ids}", zh: "部门{ids}", ids = list(departments)));
    }
    if !tags.is_empty() {
        parts.push(text!(en: "tags {ids}", zh: "客户标签{ids}", ids = list(tags)));
    }
    let parts = Text::join(&parts, &text!(en: "; ", zh: "；"));
    text!(en: "WeCom did not take {parts}; check that the app may see them", zh: "企业微信没有接受：{parts}。请检查他们是否在应用可见范围内", parts = parts)
}

/// The Chinese form of `仓储物流 (6)`, as a run stores it.
fn name_before_id(stored: &str) -> String {
    match stored.strip_suffix(')').and_then(|it| it.rsplit_once(" (")) {
        Some((name, id)) => format!("“{name}”（ID {id}）"),
        None => stored.to_owned(),
    }
}

fn settled(by: &str, from: State, exists: bool) -> Text {
    match (from, exists) {
        (State::Submitted | State::InDoubt, true) => text!(
            en: "the answer was lost; {by} found it at WeCom",
            zh: "没有收到企业微信的答复；{by} 已在企业微信找到"
        ),
        (State::Submitted | State::InDoubt, false) => text!(
            en: "the answer was lost; {by} looked and WeCom does not have it",
            zh: "没有收到企业微信的答复；{by} 查过，企业微信里没有"
        ),
        (from, true) => text!(
            en: "{by} corrected `{from}`: it exists at WeCom",
            zh: "{by} 更正了“{from}”：企业微信里有这条朋友圈",
            from = from.text()
        ),
        (from, false) => text!(
            en: "{by} corrected `{from}`: it does not exist at WeCom",
            zh: "{by} 更正了“{from}”：企业微信里没有这条朋友圈",
            from = from.text()
        ),
    }
}

/// What a person does after a look at WeCom's console.
fn settle(about: About<'_>, moment_id: &str) -> Text {
    let run = match about.reader {
        Reader::Terminal => about.run,
        Reader::Page => {
            return text!(
                en: "then settle it as created or as absent",
                zh: "看清楚以后再核定：已经创建，或者没有创建"
            );
        }
    };
    text!(
        en: "then run `{created}`; if WeCom does not have it: `{absent}`",
        zh: "如果有这一条，请运行 `{created}`；如果没有，请运行 `{absent}`",
        created = command(format_args!("settle {run} --created {moment_id}")),
        absent = command(format_args!("settle {run} --absent"))
    )
}

/// The same if a person must also find the moment's id: WeCom's console does not show it, its API does.
fn settle_by_hand(about: About<'_>) -> Text {
    let run = match about.reader {
        Reader::Terminal => about,
        Reader::Page => {
            return text!(
                en: "then settle it: the form lists what WeCom has",
                zh: "再点“核定”，表单会列出企业微信里的朋友圈"
            );
        }
    };
    text!(
        en: "{settle} (WeCom's `get_moment_list` returns the moment id, which begins with `mom`)",
        zh: "{settle}（“朋友圈ID”以 `mom` 开头，请运维用企业微信的 `get_moment_list` 接口查询）",
        settle = Text::of(
            settle(run, "MOMENT_ID").into_lang(Lang::En),
            settle(run, "朋友圈ID").into_lang(Lang::Zh),
        )
    )
}

fn search_help(about: About<'_>, what: &Text) -> Text {
    text!(
        en: "{what}: look for this post in WeCom's console, {settle}",
        zh: "{what}：请到企业微信管理后台查找这条朋友圈。{settle}",
        what = what,
        settle = settle_by_hand(about)
    )
}

fn before_or_after(seconds: i64) -> Text {
    let length = length(seconds.abs());
    if seconds < 0 {
        text!(en: "{length} before", zh: "早 {length}", length = length)
    } else {
        text!(en: "{length} after", zh: "晚 {length}", length = length)
    }
}

fn length(seconds: i64) -> Text {
    duration::text(TimeDelta::seconds(seconds).to_std().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn reads(reason: &Reason, en: &str, zh: &str) {
        let run = "a@2026-03-02T09:00".parse().expect("a run's name");
        assert_eq!(Lang::ALL.map(|lang| reason.text(&run).into_lang(lang)), [en, zh]);
    }

    #[test]
    fn a_sentence_of_an_earlier_version_names_its_run() {
        let text = "an older sentence: `drumbeat settle RUN --absent`";
        let named = "an older sentence: `drumbeat settle a@2026-03-02T09:00 --absent`";
        reads(&Reason::Other(text.to_owned()), named, named);
    }

    #[test]
    fn lateness_in_each_language() {
        reads(
            &Reason::TooLate { seconds: 5_430 },
            "found due 1h30m30s late, past its max_lateness",
            "发现时已经晚了 1 小时 30 分钟 30 秒，超过最长延迟（`max_lateness`）",
        );
    }

    #[test]
    fn an_invalid_file_with_and_without_its_rule() {
        let invalid = |rule: Option<&str>| Reason::InvalidFile {
            file: "a.toml".to_owned(),
            why: "unknown key `tite`".to_owned(),
            rule: rule.map(str::to_owned),
        };
        let en = "its file a.toml has an error: unknown key `tite`";
        reads(&invalid(None), en, "活动文件 `a.toml` 有错误：unknown key `tite`");
        assert!(invalid(Some("unknown-key")).general_text().get(Lang::Zh).ends_with("（`unknown-key`）"));
    }
}
