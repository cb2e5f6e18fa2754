//! Words that people write in place of the words that a key takes, in Chinese and English.

use crate::check::phrases::{code_list, did_you_mean};
use crate::nearest::nearest;
use crate::text::Text;

/// The help for a word that a key does not take, and the value that is probably meant.
pub(super) fn word_help(key: &str, written: &str, takes: &[&'static str]) -> (Text, Option<&'static str>) {
    if let Some(value) = meant(key, written) {
        return (text!(en: "write `{key} = \"{value}\"`", zh: "请写 `{key} = \"{value}\"`"), Some(value));
    }
    match nearest(written, takes.iter().copied()) {
        Some(near) => (did_you_mean(near), Some(near)),
        None => {
            let all = code_list(takes);
            (text!(en: "write one of {all}", zh: "只能写其中一个：{all}", all = all), None)
        }
    }
}

/// The value of a key that a word means; `None` if the word has several meanings or is unknown.
fn meant(key: &str, written: &str) -> Option<&'static str> {
    let written = written.trim().to_lowercase();
    let rows = VALUES.iter().filter(|(of, ..)| *of == key);
    rows.flat_map(|(_, value, words)| words.iter().map(move |word| (*word, *value)))
        .find(|(word, _)| *word == written)
        .map(|(_, value)| value)
}

/// Key, value, and the words that mean it.
const VALUES: &[(&str, &str, &[&str])] = &[
    (
        "on_day_off",
        "after",
        &[
            "顺延",
            "往后顺延",
            "延后",
            "推后",
            "推迟",
            "延迟",
            "往后",
            "之后",
            "后",
            "后一天",
            "下一个工作日",
            "后一个工作日",
            "next",
            "later",
            "postpone",
            "next workday",
        ],
    ),
    (
        "on_day_off",
        "before",
        &[
            "提前",
            "往前",
            "之前",
            "前",
            "前一天",
            "上一个工作日",
            "前一个工作日",
            "previous",
            "earlier",
            "previous workday",
        ],
    ),
    ("on_day_off", "skip", &["跳过", "不发", "不发表", "取消", "none", "omit"]),
    (
        "days",
        "workday",
        &[
            "工作日",
            "每个工作日",
            "上班日",
            "上班的日子",
            "上班",
            "weekday",
            "weekdays",
            "workdays",
            "working days",
            "business days",
        ],
    ),
    (
        "days",
        "holiday",
        &[
            "节假日",
            "法定节假日",
            "法定假日",
            "假日",
            "节日",
            "放假",
            "假期",
            "holidays",
            "public holiday",
            "public holidays",
        ],
    ),
    ("days", "weekend", &["周末", "双休日", "双休", "星期六星期日", "周六周日", "weekends"]),
    (
        "days",
        "any",
        &["每天", "天天", "每一天", "任何一天", "任意", "不限", "全部", "所有", "all", "every day", "daily"],
    ),
    ("day_match", "any", &["任一", "任意", "任意一个", "满足一个", "其中一个", "或", "或者", "or", "either", "one"]),
    ("day_match", "all", &["都", "都满足", "全部", "全部满足", "同时", "同时满足", "且", "并且", "和", "and", "both"]),
    ("order", "listed", &["顺序", "按顺序", "依次", "轮流", "in order", "sequential", "list"]),
    ("order", "shuffled", &["随机", "乱序", "打乱", "random", "shuffle"]),
    ("after_last", "repeat", &["重复", "循环", "从头", "从头再来", "继续", "loop", "restart"]),
    ("after_last", "stop", &["停止", "停", "结束", "不再发", "end"]),
];

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_word_of_a_key_means_one_value() {
        for (key, value, words) in VALUES {
            for word in *words {
                assert_eq!(meant(key, word), Some(*value), "{key} = {word}");
            }
        }
        let all = VALUES.iter().flat_map(|(key, _, words)| words.iter().map(move |word| (key, word)));
        let mut seen = HashSet::new();
        assert_eq!(all.filter(|entry| !seen.insert(*entry)).collect::<Vec<_>>(), []);
    }

    #[test]
    fn an_ambiguous_word_means_nothing() {
        assert_eq!(meant("days", "休息日"), None);
        assert_eq!(meant("days", "顺延"), None);
    }
}
