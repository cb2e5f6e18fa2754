//! Why a call got no answer that can be read, as data: a stored reason follows the reader's language.

use serde::{Deserialize, Serialize};

use crate::text::Text;

/// Why a call got no answer that can be read. No words of it hold a URL, token or secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallFailure {
    ConnectTimeout,
    /// With the operating system's error message.
    NoConnection(String),
    /// The HTTP client could not build the request. With its words.
    NotBuilt(String),
    AnswerTimeout,
    /// The connection ended before the whole answer was there. With the system's words.
    ConnectionBroken(String),
    AnswerTooLarge,
    /// The HTTP status of an answer without a code of WeCom's.
    Status(u16),
    /// The answer is not JSON of the expected form.
    Unreadable {
        status: u16,
        bytes: usize,
    },
    /// The answer lacks a part that the call needs.
    Incomplete,
    NoToken,
    NoMediaId,
    NoJobId,
    UnknownJobStatus(i64),
    /// A list whose pages repeat.
    ListRepeats,
    ListEndless,
    /// A sentence that an earlier version stored.
    #[serde(untagged)]
    Other(String),
}

/// The words of the system about a connection, with a Chinese translation of the usual ones.
fn system_words(words: &str) -> Text {
    const USUAL: [(&str, &str); 6] = [
        ("Connection refused", "连接被拒绝"),
        ("Connection reset", "连接被对方中断"),
        ("No route to host", "没有到对方的线路"),
        ("Network is unreachable", "网络不通"),
        ("failed to lookup address", "域名解析失败"),
        ("dns error", "域名解析失败"),
    ];
    let chinese = USUAL.iter().find(|(english, _)| words.contains(english)).map_or(words, |(_, chinese)| *chinese);
    Text::of(words.to_owned(), chinese.to_owned())
}

impl CallFailure {
    pub fn text(&self) -> Text {
        match self {
            Self::ConnectTimeout => text!(en: "connecting timed out", zh: "连接超时"),
            Self::NoConnection(words) => {
                text!(en: "failed to connect: {words}", zh: "连不上：{words}", words = system_words(words))
            }
            Self::NotBuilt(words) => text!(en: "failed to build the request: {words}", zh: "请求不成立：{words}"),
            Self::AnswerTimeout => text!(en: "the answer timed out", zh: "等待答复超时"),
            Self::ConnectionBroken(words) => {
                text!(en: "the connection broke: {words}", zh: "连接断了：{words}", words = system_words(words))
            }
            Self::AnswerTooLarge => text!(en: "the answer is larger than 16 MiB", zh: "答复超过 16 MiB"),
            Self::Status(status) => text!(en: "HTTP status {status}", zh: "HTTP 状态 {status}"),
            Self::Unreadable { status, bytes } => text!(
                en: "HTTP status {status} with {bytes} bytes that are not an answer of WeCom",
                zh: "HTTP 状态 {status}，内容有 {bytes} 字节，不是企业微信的答复"
            ),
            Self::Incomplete => text!(en: "the answer lacks a required field", zh: "答复不完整"),
            Self::NoToken => text!(en: "the answer has no token", zh: "答复里没有访问凭据"),
            Self::NoMediaId => text!(en: "the answer has no media id", zh: "答复里没有素材 ID"),
            Self::NoJobId => text!(en: "the answer has no job id", zh: "答复里没有任务 ID"),
            Self::UnknownJobStatus(status) => text!(
                en: "the job has the unknown status {status}",
                zh: "任务的状态是 {status}，不知道是什么意思"
            ),
            Self::ListRepeats => text!(en: "the list repeats a cursor", zh: "列表翻来翻去都是同样几页"),
            Self::ListEndless => text!(en: "the list does not end", zh: "列表怎么翻也翻不完"),
            Self::Other(words) => Text::quoted(words),
        }
    }

    /// The same with its quoted words changed.
    #[must_use]
    pub fn map_message(self, change: impl FnOnce(&str) -> String) -> Self {
        match self {
            Self::NoConnection(words) => Self::NoConnection(change(&words)),
            Self::NotBuilt(words) => Self::NotBuilt(change(&words)),
            Self::ConnectionBroken(words) => Self::ConnectionBroken(change(&words)),
            Self::Other(words) => Self::Other(change(&words)),
            without_words => without_words,
        }
    }
}

display_in_english!(CallFailure);

/// Why a request would be wrong, so that it is not made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum InvalidRequest {
    /// The number of media ids differs from that of the post's files.
    MediaCount,
    EmptyMediaId,
    NoContent,
    NoAudience,
    /// A sentence that an earlier version stored.
    #[serde(untagged)]
    Other(String),
}

impl InvalidRequest {
    pub fn text(&self) -> Text {
        match self {
            Self::MediaCount => text!(
                en: "the number of files differs from the number of media ids",
                zh: "素材文件和素材 ID 的个数对不上"
            ),
            Self::EmptyMediaId => text!(en: "a media id is empty", zh: "有一个素材 ID 是空的"),
            Self::NoContent => text!(
                en: "the post has neither text nor attachment",
                zh: "这条朋友圈既没有文字，也没有附件"
            ),
            Self::NoAudience => text!(
                en: "the audience is empty, and WeCom would read that as everyone",
                zh: "发表范围是空的，企业微信会当成全部成员"
            ),
            Self::Other(words) => Text::quoted(words),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn stored(failure: &CallFailure, json: &str) {
        assert_eq!(serde_json::to_string(failure).expect("plain data"), json);
        assert_eq!(serde_json::from_str::<CallFailure>(json).expect("it was written so"), *failure);
    }

    #[test]
    fn stored_failures_read_back() {
        stored(&CallFailure::AnswerTimeout, "\"answer_timeout\"");
        stored(&CallFailure::Status(502), "{\"status\":502}");
        stored(&CallFailure::Unreadable { status: 200, bytes: 9 }, "{\"unreadable\":{\"status\":200,\"bytes\":9}}");
    }

    #[test]
    fn a_sentence_of_an_earlier_version_stays() {
        stored(&CallFailure::Other("no whole answer in time".to_owned()), "\"no whole answer in time\"");
    }
}

/// Why a token command gave no token. No words of it hold what the command wrote.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenCommandFailure {
    /// With the operating system's error message.
    NotStarted(String),
    TimedOut {
        seconds: u64,
    },
    /// It ended with this status; `None`: by a signal.
    Ended(Option<i32>),
    /// Its output is not one JSON object with a token in it.
    Unreadable,
    /// The code in the place of a token.
    Code(i64),
    Expired,
    /// WeCom has refused this very token.
    SameToken,
    /// WeCom refused its last token, and it was asked for another less than a minute ago.
    TooSoon,
}

impl TokenCommandFailure {
    pub fn text(&self) -> Text {
        match self {
            Self::NotStarted(why) => text!(en: "it cannot be started: {why}", zh: "无法启动：{why}"),
            Self::TimedOut { seconds } => text!(en: "it did not end within {seconds} s", zh: "{seconds} 秒内没有结束"),
            Self::Ended(Some(status)) => text!(en: "it ended with status {status}", zh: "退出码是 {status}"),
            Self::Ended(None) => text!(en: "it was killed", zh: "被强行结束了"),
            Self::Unreadable => text!(
                en: "its output is not a JSON object with `access_token` and `expires_in`",
                zh: "它的输出不是带 `access_token` 和 `expires_in` 的 JSON"
            ),
            Self::Code(errcode) => text!(en: "it answered with errcode {errcode}", zh: "它的输出是错误码 {errcode}"),
            Self::Expired => text!(en: "its token has already expired", zh: "它给的凭据已经过期"),
            Self::SameToken => text!(
                en: "it gave the token that WeCom has refused once more",
                zh: "它又给了企业微信已经不接受的凭据"
            ),
            Self::TooSoon => text!(
                en: "WeCom refused its token, and it is asked for another at most once a minute",
                zh: "企业微信不接受它给的凭据；一分钟内最多再要一次"
            ),
        }
    }
}

/// Why a provider's app has no token for a corp.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SuiteFailure {
    /// WeCom has sent no ticket in the last half hour.
    NoTicket,
    NotAuthorised,
    /// The file of the codes cannot be used. With the system's words.
    Vault(String),
}

impl SuiteFailure {
    pub fn text(&self) -> Text {
        match self {
            Self::NoTicket => text!(
                en: "WeCom has sent no ticket in the last 30 minutes",
                zh: "30 分钟内没有收到企业微信发来的 `suite_ticket`"
            ),
            Self::NotAuthorised => text!(en: "the corp has not authorised the app", zh: "这家企业没有授权这个应用"),
            Self::Vault(why) => text!(en: "{why}", zh: "{why}"),
        }
    }
}
