//! Errors of WeCom's API calls, and the next action for each.

mod codes;
mod failure;

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::text::{Lang, Localized, Text, UserError};

pub use codes::{Class, Code, code, codes};
pub use failure::{CallFailure, InvalidRequest, SuiteFailure, TokenCommandFailure};

/// The shortest pause before a retry after a temporary failure.
const SOON: Duration = Duration::from_secs(2);

/// The pause after a token command failed: each try starts a process.
const TOKEN_COMMAND_RETRY: Duration = Duration::from_secs(15);

/// The calls that Drumbeat makes, by WeCom's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    Token,
    SuiteToken,
    PermanentCode,
    CorpToken,
    Upload,
    Create,
    Result,
    Moments,
    Cancel,
    Task,
    FollowUsers,
    Departments,
    Tags,
    UserInfo,
    Members,
    Customers,
    Reached,
    Reactions,
    Message,
}

impl Call {
    /// The last part of the call's path.
    pub fn name(self) -> &'static str {
        match self {
            Self::Token => "gettoken",
            Self::SuiteToken => "get_suite_token",
            Self::PermanentCode => "get_permanent_code",
            Self::CorpToken => "get_corp_token",
            Self::Upload => "upload_attachment",
            Self::Create => "add_moment_task",
            Self::Result => "get_moment_task_result",
            Self::Moments => "get_moment_list",
            Self::Cancel => "cancel_moment_task",
            Self::Task => "get_moment_task",
            Self::FollowUsers => "get_follow_user_list",
            Self::Departments => "department",
            Self::Tags => "get_corp_tag_list",
            Self::UserInfo => "getuserinfo",
            Self::Members => "user/simplelist",
            Self::Customers => "batch/get_by_user",
            Self::Reached => "get_moment_send_result",
            Self::Reactions => "get_moment_comments",
            Self::Message => "message/send",
        }
    }

    /// The name for logs, and in Chinese what is requested.
    fn text(self) -> Text {
        let chinese = match self {
            Self::Token => "获取访问凭据的请求",
            Self::SuiteToken => "获取第三方应用凭证的请求",
            Self::PermanentCode => "获取永久授权码的请求",
            Self::CorpToken => "获取企业凭证的请求",
            Self::Upload => "上传素材的请求",
            Self::Create => "创建请求",
            Self::Result => "查询创建结果的请求",
            Self::Moments => "读取朋友圈列表的请求",
            Self::Cancel => "停止发表的请求",
            Self::Task => "查询成员发表情况的请求",
            Self::FollowUsers => "读取成员名单的请求",
            Self::Departments => "读取部门的请求",
            Self::Tags => "读取客户标签的请求",
            Self::UserInfo => "查询登录成员的请求",
            Self::Members => "读取部门成员的请求",
            Self::Customers => "统计客户的请求",
            Self::Reached => "查询可见客户的请求",
            Self::Reactions => "查询点赞和评论的请求",
            Self::Message => "提醒成员的请求",
        };
        Text::of(self.name().to_owned(), chinese.to_owned())
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// WeCom's answer with an error. Credentials, and the link that WeCom always adds, are removed from its text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    pub errcode: i64,
    /// For people and for WeCom's support. Its wording may change, so programs branch on `errcode`.
    pub errmsg: String,
}

impl Answer {
    /// Whether WeCom failed internally; it may have carried out the request.
    fn is_busy(&self) -> bool {
        code(self.errcode).is_some_and(|code| code.class == Class::Busy)
    }
}

impl Localized for Answer {
    /// The code, its meaning and WeCom's own words.
    fn write(&self, lang: Lang, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let before = if lang == Lang::Zh { "错误码 " } else { "" };
        write!(f, "{before}{}", self.errcode)?;
        let meaning = code(self.errcode).map(|code| code.meaning);
        let errmsg = Some(&self.errmsg).filter(|errmsg| !errmsg.is_empty());
        match lang {
            Lang::En => {
                meaning.map_or(Ok(()), |meaning| write!(f, ", {}", meaning.get(lang)))?;
                errmsg.map_or(Ok(()), |errmsg| write!(f, " (\"{errmsg}\")"))
            }
            Lang::Zh => {
                meaning.map_or(Ok(()), |meaning| write!(f, "：{}", meaning.get(lang)))?;
                let before = if meaning.is_some() { "，原文" } else { "：" };
                errmsg.map_or(Ok(()), |errmsg| write!(f, "{before}“{errmsg}”"))
            }
        }
    }
}

/// Why a call failed. No text of it holds a URL, token or secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Error {
    /// WeCom never saw the request.
    NotSent { call: Call, why: CallFailure },
    /// The request may have arrived, but no readable answer came back.
    Lost { call: Call, why: CallFailure },
    /// The answer did not come from WeCom, but from a proxy, a login page of the network or another server. The request
    /// may still have reached WeCom.
    NotWecom { call: Call, status: u16 },
    /// WeCom answered with a code.
    Refused { call: Call, answer: Answer },
    /// "Warning: wrong json format.": WeCom ignored a part of the request that it could not parse, and carried out the
    /// rest. The creating call may have widened an audience to everyone; `jobid` leads to the moment.
    PartiallyParsed { call: Call, jobid: Option<String>, answer: Answer },
    /// The request was invalid, so it was not sent.
    Unfit { call: Call, why: InvalidRequest },
    /// The command of the settings gave no token, so nothing was sent.
    TokenCommand { why: TokenCommandFailure },
    /// There is no token of the corp from the provider's app, so nothing was sent.
    Suite { why: SuiteFailure },
}

impl std::error::Error for Error {}

display_in_english!(Error);

impl UserError for Error {
    fn text(&self) -> Text {
        match self {
            Self::NotSent { call, why } => text!(
                en: "{call} did not reach WeCom: {why}",
                zh: "{call}没有送到企业微信（{why}）",
                call = call.text(),
                why = why.text()
            ),
            Self::Lost { call, why } => text!(
                en: "the answer to {call} was lost: {why}",
                zh: "企业微信没有答复{call}（{why}）",
                call = call.text(),
                why = why.text()
            ),
            Self::NotWecom { call, status } => text!(
                en: "{call} was answered by something that is not WeCom (HTTP status {status}, no JSON)",
                zh: "{call}收到的答复不是企业微信发来的（HTTP 状态 {status}，不是 JSON）",
                call = call.text()
            ),
            Self::Refused { call, answer } if answer.is_busy() => text!(
                en: "WeCom failed in {call}: {answer}",
                zh: "企业微信没有完成{call}（{answer}）",
                call = call.text(),
                answer = *answer
            ),
            Self::Refused { call, answer } => text!(
                en: "WeCom refused {call}: {answer}",
                zh: "企业微信没有接受{call}（{answer}）",
                call = call.text(),
                answer = *answer
            ),
            Self::PartiallyParsed { call, answer, .. } => text!(
                en: "WeCom did not understand all of {call} and acted on the rest: {answer}",
                zh: "企业微信只看懂了{call}的一部分，并照着做了（{answer}）",
                call = call.text(),
                answer = *answer
            ),
            Self::Suite { why } => text!(
                en: "the provider's app has no token for the corp: {why}",
                zh: "第三方应用拿不到这家企业的凭证：{why}",
                why = why.text()
            ),
            Self::TokenCommand { why } => text!(
                en: "`token_command` gave no token: {why}",
                zh: "`token_command` 没有给出访问凭据：{why}",
                why = why.text()
            ),
            Self::Unfit { call, why } => text!(
                en: "{call} was not sent: {why}",
                zh: "{call}没有发出（{why}）",
                call = call.text(),
                why = why.text()
            ),
        }
    }
}

/// What to do after an [`Error`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Nothing was done, or a repetition does no harm: repeat the call after this time.
    TryAgain { after: Duration },
    /// Nothing was done. Even a new token was refused and has been dropped; a later call fetches another.
    NewToken,
    /// Nothing was done. A media id is no longer valid: upload the files again, then repeat the call.
    UploadAgain,
    /// A definite refusal that no retry or setting changes: the request itself is wrong.
    GiveUp,
    /// The post or the message may or may not exist: a post is looked up; neither is ever sent again.
    InDoubt,
    /// A definite refusal until a person changes something, mostly in WeCom's console: [`Error::help`] says what.
    AskAPerson,
}

impl Error {
    /// The next action.
    pub fn next(&self) -> Next {
        match self {
            Self::NotSent { .. } => Next::TryAgain { after: SOON },
            Self::Lost { call: Call::Create | Call::Message, .. }
            | Self::NotWecom { call: Call::Create | Call::Message, .. }
            | Self::PartiallyParsed { call: Call::Create | Call::Message, .. } => Next::InDoubt,
            Self::Lost { .. } | Self::NotWecom { .. } => Next::TryAgain { after: SOON },
            Self::PartiallyParsed { .. } => Next::AskAPerson,
            Self::Unfit { .. } => Next::GiveUp,
            Self::TokenCommand { .. } | Self::Suite { .. } => Next::TryAgain { after: TOKEN_COMMAND_RETRY },
            Self::Refused { call, answer } => match code(answer.errcode).map(|code| code.class) {
                Some(Class::Busy) if matches!(call, Call::Create | Call::Message) => Next::InDoubt,
                Some(Class::Busy) => Next::TryAgain { after: SOON },
                Some(Class::Later(after)) => Next::TryAgain { after },
                // `gettoken` itself was called with the newest credentials.
                Some(Class::Token) if *call == Call::Token => Next::AskAPerson,
                Some(Class::Token) => Next::NewToken,
                Some(Class::Credential) => Next::AskAPerson,
                Some(Class::Media) if *call == Call::Create => Next::UploadAgain,
                Some(Class::Media | Class::Request) => Next::GiveUp,
                Some(Class::Person) | None => Next::AskAPerson,
            },
        }
    }

    /// Whether WeCom's code is in the table, so that its meaning is known.
    pub fn is_known(&self) -> bool {
        self.errcode().is_some_and(|errcode| code(errcode).is_some())
    }

    /// The call that failed.
    pub fn call(&self) -> Call {
        match self {
            Self::NotSent { call, .. }
            | Self::Lost { call, .. }
            | Self::NotWecom { call, .. }
            | Self::Refused { call, .. }
            | Self::PartiallyParsed { call, .. }
            | Self::Unfit { call, .. } => *call,
            Self::TokenCommand { .. } => Call::Token,
            Self::Suite { .. } => Call::CorpToken,
        }
    }

    /// WeCom's answer, if there was one.
    pub fn answer(&self) -> Option<&Answer> {
        match self {
            Self::Refused { answer, .. } | Self::PartiallyParsed { answer, .. } => Some(answer),
            Self::NotSent { .. }
            | Self::Lost { .. }
            | Self::NotWecom { .. }
            | Self::Unfit { .. }
            | Self::TokenCommand { .. }
            | Self::Suite { .. } => None,
        }
    }

    /// WeCom's error code, if it answered with one.
    pub fn errcode(&self) -> Option<i64> {
        self.answer().map(|answer| answer.errcode)
    }

    /// The job of a creation that succeeded although WeCom did not understand all of it.
    pub fn jobid(&self) -> Option<&str> {
        match self {
            Self::PartiallyParsed { jobid, .. } => jobid.as_deref(),
            _ => None,
        }
    }

    /// The next action, for people.
    pub fn help(&self) -> Text {
        match self {
            Self::NotSent { .. } => text!(
                en: "check the network, the proxy and DNS between this machine and WeCom",
                zh: "请检查服务器能不能连上企业微信：网络、代理、域名解析"
            ),
            Self::Lost { call: Call::Create, .. } | Self::NotWecom { call: Call::Create, .. } => search_help(),
            Self::NotWecom { .. } => text!(
                en: "look for a proxy, a login page of the network (open any page in a browser on this machine), or a \
                     wrong DRUMBEAT_WECOM_URL",
                zh: "请检查是否有代理、网络登录页（在这台机器上用浏览器打开任意网页看看），或者 `DRUMBEAT_WECOM_URL` 写错了"
            ),
            Self::Refused { call: Call::Create, answer } if answer.is_busy() => search_help(),
            Self::Lost { call: Call::Message, .. } => text!(
                en: "nothing to do: the members may have been reminded, and are not reminded again for this",
                zh: "不用处理：这些成员可能已经收到提醒，不会因此重复提醒"
            ),
            Self::Lost { .. } => text!(
                en: "nothing to do: the call is made again",
                zh: "不用处理：会自动重试"
            ),
            Self::PartiallyParsed { call: Call::Create, .. } => text!(
                en: "look at the post in WeCom's console at once: a part of its audience may be missing from it",
                zh: "请马上到企业微信管理后台查看这条朋友圈：它的发表范围可能少了一部分"
            ),
            Self::PartiallyParsed { .. } => codes::BUG.into(),
            Self::Suite { why: SuiteFailure::NoTicket } => text!(
                en: "wait ten minutes for WeCom's next ticket; if none comes, check the app's command callback address",
                zh: "请等十分钟，企业微信会再发一次；一直没有的话，请检查应用的指令回调地址"
            ),
            Self::Suite { why: SuiteFailure::NotAuthorised } => text!(
                en: "have an administrator of the corp authorise the app, or correct `corp_id`",
                zh: "请让这家企业的管理员安装应用，或者改正 `corp_id`"
            ),
            Self::Suite { why: SuiteFailure::Vault(_) } => text!(
                en: "check the file of the permanent codes and its key",
                zh: "请检查存放永久授权码的文件和它的密钥"
            ),
            Self::TokenCommand { .. } => text!(
                en: "run the command of `token_command` by hand as the user of the service",
                zh: "请用服务的账号手工运行一次 `token_command` 里的命令，看它输出什么"
            ),
            Self::Unfit { .. } => text!(
                en: "check the campaign, and report it as a fault of Drumbeat if `check` finds nothing",
                zh: "请用 `check` 检查这个活动；如果没有查出问题，就是 Drumbeat 的缺陷，请报给它的开发者"
            ),
            Self::Refused { call, answer } => match (code(answer.errcode), call) {
                (None, _) => codes::UNKNOWN.into(),
                (Some(code), Call::Create | Call::Upload) => code.help.into(),
                (Some(code), _) => code.help_without_campaign().into(),
            },
        }
    }

    /// Whether nothing was done and a new token may help.
    pub fn is_token_error(&self) -> bool {
        let Self::Refused { call, answer } = self else { return false };
        let class = code(answer.errcode).map(|code| code.class);
        *call != Call::Token && matches!(class, Some(Class::Token | Class::Credential))
    }
}

fn search_help() -> Text {
    text!(
        en: "nothing to do: Drumbeat looks for the post at WeCom and sends nothing meanwhile",
        zh: "不用处理：Drumbeat 会到企业微信核实，没有核实清楚之前不会再发"
    )
}
