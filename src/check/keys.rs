//! The keys of a campaign file: the table of each, and Chinese words for them.

use std::borrow::Cow;

/// Each table with its keys. If several tables have a key, the first counts.
pub(super) const KEYS_BY_TABLE: &[(&str, &[&str])] = &[
    ("", &["id", "title", "owner", "allow", "content", "rotation", "visible_range", "schedule"]),
    ("content", &["text", "images", "video", "link", "on"]),
    ("rotation", &["order", "after_last"]),
    ("content.link", &["title", "url", "cover"]),
    ("visible_range", &["sender_list", "external_contact_list", "audience", "all"]),
    ("visible_range.sender_list", &["user_list", "department_list"]),
    ("visible_range.external_contact_list", &["tag_list"]),
    (
        "schedule",
        &[
            "cron",
            "day_match",
            "at",
            "lunar",
            "timezone",
            "start",
            "end",
            "skip",
            "days",
            "on_day_off",
            "every",
            "max_runs",
            "max_lateness",
        ],
    ),
];

/// A path of the parse_errors without the number of a content, which the headline names: `content.link` for `content[2].link`.
pub(super) fn without_number(path: &str) -> Cow<'_, str> {
    match path.strip_prefix("content[").and_then(|rest| rest.split_once(']')) {
        Some((_, rest)) => Cow::Owned(format!("content{rest}")),
        None => Cow::Borrowed(path),
    }
}

/// The table of a key, if it was written in another one.
pub(super) fn home(key: &str, table: &str) -> Option<&'static str> {
    if !KEYS_BY_TABLE.iter().any(|(name, _)| *name == table) {
        return None;
    }
    KEYS_BY_TABLE.iter().find(|(name, keys)| *name != table && keys.contains(&key)).map(|(name, _)| *name)
}

/// The key for a Chinese word.
pub(super) fn in_chinese(word: &str) -> Option<&'static str> {
    Some(match word.trim_matches(['"', '\'']) {
        "编号" | "标识" | "活动编号" => "id",
        "标题" | "名称" | "活动名称" => "title",
        "负责人" | "所有者" => "owner",
        "允许" => "allow",
        "内容" => "content",
        "文字" | "文本" | "正文" | "文案" => "text",
        "图片" => "images",
        "视频" => "video",
        "链接" => "link",
        "网址" => "url",
        "封面" => "cover",
        "可见范围" => "visible_range",
        "受众" | "人群" => "audience",
        "成员" | "员工" => "user_list",
        "部门" => "department_list",
        "标签" => "tag_list",
        "全部" | "所有人" => "all",
        "计划" | "排期" => "schedule",
        "时间" | "发送时间" | "发布时间" => "at",
        "农历" => "lunar",
        "时区" => "timezone",
        "开始" | "开始时间" | "开始日期" => "start",
        "结束" | "结束时间" | "结束日期" => "end",
        "跳过" => "skip",
        "间隔" | "每隔" => "every",
        "轮换" | "轮播" | "轮流" => "rotation",
        "顺序" => "order",
        _ => return None,
    })
}

/// Corrects a key by its value: a text that is not a date belongs to `cron`, not to `at`.
pub(super) fn by_value(key: &'static str, value: &str) -> &'static str {
    let value = value.trim();
    let is_text = value.starts_with(['"', '\'', '“', '”']);
    let bare = value.trim_start_matches(['"', '\'', '“', '”']);
    let has_year = bare.chars().take_while(char::is_ascii_digit).count() == 4;
    if key == "at" && is_text && !has_year { "cron" } else { key }
}

/// The key for an English synonym, among a table's keys.
pub(super) fn by_synonym(word: &str, known: &[&'static str]) -> Option<&'static str> {
    let meant: &[&str] = match word.to_ascii_lowercase().as_str() {
        "until" | "till" | "through" | "end" | "last" | "end_date" | "stop" => &["to", "end"],
        "since" | "start" | "begin" | "first" | "start_date" | "start_time" => &["from", "start"],
        "tags" | "tag" | "labels" => &["tag_list"],
        "users" | "user" | "members" | "member" | "senders" | "staff" | "userid" => &["user_list", "sender_list"],
        "departments" | "department" | "depts" | "dept" => &["department_list", "sender_list"],
        "customers" | "contacts" | "external_contacts" => &["external_contact_list"],
        "image" | "picture" | "pictures" | "photos" | "photo" | "pics" => &["images"],
        "body" | "message" | "msg" | "copy" => &["text"],
        "when" | "time" | "times" | "date" | "dates" | "datetime" => &["at"],
        "tz" | "zone" | "time_zone" => &["timezone"],
        "exclude" | "except" | "exceptions" | "skip_dates" => &["skip"],
        "interval" | "frequency" | "repeat" | "every_weeks" => &["every"],
        "name" => &["title"],
        _ => return None,
    };
    meant.iter().find_map(|key| known.iter().copied().find(|known| known == key))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::book::{ParseError, SourceFile, read_campaign};

    /// The known keys in the reader's report of an unknown key.
    fn known(table: &str) -> Vec<&'static str> {
        let key = if table.is_empty() { "not_a_key".to_owned() } else { format!("{table}.not_a_key") };
        let parsed = read_campaign(&Arc::new(SourceFile::new("a.toml", &format!("{key} = 1\n"))));
        let known = parsed.parse_errors.into_iter().find_map(|error| match error {
            ParseError::UnknownKey { known, .. } => Some(known),
            _ => None,
        });
        known.unwrap_or_default()
    }

    #[test]
    fn keys_by_table_match_the_reader() {
        for (table, keys) in KEYS_BY_TABLE {
            let (mut known, mut keys) = (known(table), keys.to_vec());
            known.sort_unstable();
            keys.sort_unstable();
            assert_eq!(known, keys, "[{table}]");
        }
    }

    #[test]
    fn chinese_words_mean_keys() {
        let all: Vec<&str> = KEYS_BY_TABLE.iter().flat_map(|(_, keys)| keys.iter().copied()).collect();
        for word in ["编号", "标题", "负责人", "允许", "内容", "正文", "图片", "视频", "链接", "跳过", "部门", "标签"]
        {
            assert!(in_chinese(word).is_some_and(|key| all.contains(&key)), "{word}");
        }
    }
}
