//! Labels and help that many rules share.

use std::fmt::Display;

use crate::invocation::command;
use crate::text::Text;

/// The label of a place that the headline describes in full.
pub(super) fn here() -> Text {
    text!(en: "here", zh: "在这里")
}

/// The help that quotes the text to write.
pub(super) fn write(correct: impl Display) -> Text {
    text!(en: "write `{correct}`", zh: "请写 `{correct}`")
}

/// The headline of a placeholder for a date.
pub(super) fn date_not_written() -> Text {
    text!(en: "a date is not written yet", zh: "日期还没有写")
}

pub(super) fn remove_it() -> Text {
    text!(en: "remove it", zh: "请把它删掉")
}

/// The help that asks about the nearest known word.
pub(super) fn did_you_mean(near: impl Display) -> Text {
    text!(en: "did you mean `{near}`?", zh: "是不是想写 `{near}`？")
}

/// Words of a file in a list: `` `from`, `to` ``.
pub(super) fn code_list<W: Display>(words: impl IntoIterator<Item = W>) -> Text {
    let quoted: Vec<Text> = words.into_iter().map(|word| text!(en: "`{word}`", zh: "`{word}`")).collect();
    Text::join(&quoted, &text!(en: ", ", zh: "、"))
}

pub(super) fn pull_again() -> Text {
    text!(en: "run `{directory}` again", zh: "请运行 `{directory}` 更新名录", directory = command("directory pull"))
}

pub(super) fn if_new_pull() -> Text {
    text!(
        en: "if it is new at WeCom, run `{directory}` again",
        zh: "如果是刚在企业微信里添加的，请运行 `{directory}` 更新名录", directory = command("directory pull"))
}

/// The help that suggests the nearest entry of the directory, already in backticks; `otherwise` is the action if it is
/// not meant.
pub(super) fn nearest_entry(near: &str, otherwise: &Text) -> Text {
    text!(
        en: "did you mean {near}? {otherwise}",
        zh: "是不是想写 {near}？{otherwise}",
        near = name_and_id(near),
        otherwise = otherwise
    )
}

/// An entry of the directory, `` `VIP客户` (etVIP) ``, with Chinese parentheses in Chinese.
pub(super) fn name_and_id(entry: &str) -> Text {
    let parts = entry.strip_suffix(')').and_then(|it| it.rsplit_once("` ("));
    let chinese = parts.map_or_else(|| entry.to_owned(), |(name, id)| format!("{name}`（ID {id}）"));
    Text::of(entry.to_owned(), chinese)
}

/// The help that names the right key.
pub(super) fn the_key_is(key: &str) -> Text {
    text!(en: "the key is `{key}`", zh: "键名是 `{key}`")
}

/// The help that lists the keys of a table.
pub(super) fn the_keys_are<W: Display>(keys: impl IntoIterator<Item = W>) -> Text {
    let keys = code_list(keys);
    text!(en: "the keys here are {keys}", zh: "这里可以写：{keys}", keys = keys)
}
