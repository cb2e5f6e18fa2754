use crate::book::{ParseError, SourceFile};
use crate::check::phrases::here;
use crate::check::{Blocks, FindingSink, MAX_FINDINGS, Rule, RuleFn, Subject, keys};
use crate::finding::Level;
use crate::nearest::nearest;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "missing-key",
    level: Level::Error,
    summary: StaticText {
        en: "A missing key: `id`, `content`, `visible_range` or `schedule` of a campaign, or a required key in a part of `policy.toml`.",
        zh: "少了必须写的一项：活动文件里要有 `id`、`content`、`visible_range` 和 `schedule`；公共设置（`policy.toml`）里的某些部分也有必须写的项。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::File,
    pages: StaticText { en: include_str!("missing_key.md"), zh: include_str!("missing_key.zh.md") },
    run: RuleFn::File(run),
};

fn run(_: &SourceFile, parse_errors: &[ParseError], findings: &mut FindingSink<'_>) {
    for error in parse_errors {
        let ParseError::MissingKey { span, key, table } = error else { continue };
        // A misspelt key is reported once, as an unknown key.
        let is_misspelt = parse_errors.iter().take(MAX_FINDINGS).any(|other| {
            matches!(other, ParseError::UnknownKey { key: written, table: place, .. }
                if place == table && (nearest(written, [*key]).is_some() || keys::by_synonym(written, &[*key]).is_some()))
        });
        if is_misspelt {
            continue;
        }
        let in_list = table.contains('[');
        let table = keys::without_number(table);
        let message = if table.is_empty() {
            text!(en: "{key} is missing", zh: "没有写{key}", key = name_and_key(key))
        } else {
            text!(en: "`{key}` is missing in `{table}`", zh: "`{table}` 里没有写 `{key}`")
        };
        let finding = match span {
            Some(span) => findings.at(span, here(), message),
            None => findings.of_file(message),
        };
        finding.help(match *key {
            "from" if in_list => text!(
                en: "add `from`, the first date or time of the range",
                zh: "请加上 `from`，写这段时间从哪天（或几点）开始"
            ),
            "to" if in_list => text!(
                en: "add `to`, the last date or time of the range, which is included",
                zh: "请加上 `to`，写这段时间到哪天（或几点）为止，当天也算在内"
            ),
            key => what_to_add(key),
        });
    }
}

/// A key of the campaign file, in Chinese with what it stands for.
fn name_and_key(key: &str) -> Text {
    let chinese = match key {
        "content" => format!("内容（`{key}`）"),
        "visible_range" => format!("发表范围（`{key}`）"),
        "schedule" => format!("发表时间（`{key}`）"),
        key => format!(" `{key}`"),
    };
    Text::of(format!("`{key}`"), chinese)
}

/// The help for a key of the campaign file.
fn what_to_add(key: &str) -> Text {
    match key {
        "id" => text!(
            en: "give the campaign its own id, such as `id = \"spring-launch\"`; renaming the file later changes nothing",
            zh: "请给活动起一个 id，例如 `id = \"spring-launch\"`；以后改文件名不受影响"
        ),
        "content" => text!(
            en: "add what to post, such as `content.text = \"…\"`",
            zh: "请写要发表的内容，例如 `content.text = \"…\"`"
        ),
        "visible_range" => text!(
            en: "add who is asked to post: senders, customer tags, a named audience, or `all = true` for everyone",
            zh: "请写由谁发、哪些客户能看到：可以写成员、部门、客户标签，或事先定好的预设范围；发给所有成员写 `all = true`"
        ),
        "schedule" => text!(
            en: "add when to post: `schedule.cron = \"0 9 * * MON\"`, or `schedule.at = \"YYYY-MM-DD 09:00\"` with the date that is meant",
            zh: "请写什么时候发表：`schedule.cron = \"0 9 * * MON\"`（每周一 9:00），或者 `schedule.at = \"YYYY-MM-DD 09:00\"`（换成具体日期）"
        ),
        key => text!(en: "add `{key}`", zh: "请加上 `{key}`"),
    }
}
