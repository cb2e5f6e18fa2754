//! WeCom's error codes: what each means and what to do about it.
//!
//! From WeCom's global list of codes (page 90313, as of 2024-04-08) and the pages of the calls. Two failures of page
//! 96351 have no published number, "invalid text size" and "invalid msg"; WeCom presumably answers them with 40058.

use std::time::Duration;

use crate::limits;
use crate::text::StaticText;

/// One of WeCom's codes.
#[derive(Debug)]
pub struct Code {
    pub errcode: i64,
    /// The meaning; the English one can follow "WeCom refused it: 45009, ".
    pub meaning: StaticText,
    /// The next action, as an imperative.
    pub help: StaticText,
    pub class: Class,
}

/// What a code says about the request and about a retry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// WeCom failed internally. The request may have been carried out.
    Busy,
    /// Not carried out; may succeed after this time.
    Later(Duration),
    /// Not carried out: the token has expired or was revoked.
    Token,
    /// Not carried out: the token or the secret is invalid.
    Credential,
    /// Not carried out: a media id has expired or is of the wrong kind.
    Media,
    /// Not carried out, and a retry cannot succeed: the request is wrong.
    Request,
    /// Not carried out until a person changes something.
    Person,
}

impl Code {
    /// The next action after a call without a campaign's content: no campaign can be the cause.
    pub(super) fn help_without_campaign(&self) -> StaticText {
        match self.help {
            AUDIENCE => SCOPE,
            TEXT | MEDIA => BUG,
            help => help,
        }
    }
}

/// The entry of a code; `None` if Drumbeat does not know the code.
pub fn code(errcode: i64) -> Option<&'static Code> {
    CODES.binary_search_by_key(&errcode, |code| code.errcode).ok().map(|at| &CODES[at])
}

/// Every code that Drumbeat knows, ascending, for the docs.
pub fn codes() -> &'static [Code] {
    CODES
}

/// The help for a code that is not in the table.
pub(super) const UNKNOWN: StaticText = text(
    "look the code up at https://open.work.weixin.qq.com/devtool/query and settle what it asks for, then post again",
    "请到 https://open.work.weixin.qq.com/devtool/query 查询这个错误码，按说明处理后重新发表",
);

const SIGN_IN: StaticText = StaticText {
    en: "sign in again: a code works once, and for five minutes",
    zh: "请重新登录：授权码只能用一次，五分钟内有效",
};
pub(super) const BUG: StaticText = text(
    "report it as a fault of Drumbeat, with this message",
    "这是 Drumbeat 的缺陷，请把这条提示报给 Drumbeat 的开发者",
);
const SECRET: StaticText = text(
    "compare the corp id and the secret with WeCom's console; the secret is that of the app itself",
    "请对照企业微信管理后台，核对企业 ID 和 Secret；Secret 要用该应用自己的",
);
const APP: StaticText =
    text("let an administrator enable the app in WeCom's console", "请管理员在企业微信管理后台启用该应用");
const PERMISSION: StaticText = text(
    "let an administrator give the app the right (客户联系 → 可调用接口的应用) and the members (应用可见范围)",
    "请管理员给应用授权（客户联系 → 可调用接口的应用），并把成员加进应用可见范围",
);
const AUDIENCE: StaticText = text(
    "correct the audience in the campaign file, or let an administrator widen the app's scope",
    "请改正活动文件里的发表范围，或者请管理员扩大应用可见范围",
);
const SCOPE: StaticText = text("let an administrator widen the app's scope (应用可见范围)", "请管理员扩大应用可见范围");
const MEDIA: StaticText = text(
    "replace the file that the campaign names; `check` says what WeCom takes",
    "请更换活动里的素材；`check` 会说明企业微信的要求",
);
const TEXT: StaticText = text(
    "correct the campaign's content; `check` says what WeCom takes",
    "请修改活动的内容；`check` 会说明企业微信的要求",
);
const AGENT: StaticText = text(
    "compare `agentid` in the service file with the app's page in WeCom's console; it belongs to the same app as the secret",
    "请对照企业微信管理后台里这个应用的资料，核对服务配置文件的 `agentid`；它和 Secret 要是同一个应用的",
);
const SUITE: StaticText = text(
    "compare `[suite]` of the service file with the app's page in WeCom's console for providers",
    "请对照服务商管理端里这个应用的资料，核对服务配置文件的 `[suite]`",
);
const AUTHORISE: StaticText =
    text("let an administrator of the corp authorise the app again", "请这家企业的管理员重新授权这个应用");
const TICKET: StaticText = text(
    "wait for WeCom's next ticket, ten minutes at most; if none comes, check the callback address",
    "请等企业微信下一次推送 suite_ticket（每 10 分钟一次）；一直没有的话，请检查回调地址",
);
const WAIT: StaticText = text("nothing to do: Drumbeat waits and asks again", "不用处理：Drumbeat 稍后会自动重试");
const TOKEN: StaticText = text(
    "nothing to do: Drumbeat fetches a new token and asks again",
    "不用处理：Drumbeat 会换一个新的 access_token 再试",
);

const fn text(en: &'static str, zh: &'static str) -> StaticText {
    StaticText { en, zh }
}

const fn row(errcode: i64, class: Class, (en, zh): (&'static str, &'static str), help: StaticText) -> Code {
    let meaning = text(en, zh);
    Code { errcode, meaning, help, class }
}

use Class::{Busy, Credential, Later, Media, Person, Request, Token};

const MINUTE: Class = Later(limits::MINUTE_BLOCK);
const SHORTLY: Class = Later(Duration::from_secs(10));

/// Sorted by code.
#[rustfmt::skip]
static CODES: &[Code] = &[
    row(-1, Busy, ("WeCom is busy", "企业微信繁忙"), WAIT),
    row(6000, SHORTLY, ("another client is changing the same data", "有别人正在修改同一份数据"), WAIT),
    row(40001, Credential, ("the secret or token is invalid", "Secret 或 access_token 不正确"), SECRET),
    row(40003, Request, ("a user id is not valid", "成员账号无效"), AUDIENCE),
    row(40004, Request, ("WeCom does not take this type of file", "企业微信不接受这种类型的文件"), MEDIA),
    row(40005, Request, ("the type given for a file is not valid", "文件类型参数无效"), BUG),
    row(40006, Request, ("a file is too large or too small", "文件过大或过小"), MEDIA),
    row(40007, Media, ("a media id is not valid, has expired, or is of the wrong kind", "素材 ID 无效、已过期，或类型不对"), text("upload the files again; a media id lives three days", "请重新上传文件；素材 ID 三天后失效")),
    row(40008, Request, ("the message type is not valid", "消息类型无效"), BUG),
    row(40009, Request, ("an image is too large", "图片过大"), MEDIA),
    row(40011, Request, ("a video is too large", "视频过大"), MEDIA),
    row(40013, Person, ("the corp id is not valid", "企业 ID 无效"), SECRET),
    row(40014, Token, ("the token is not valid", "access_token 无效"), TOKEN),
    row(40029, Request, ("the code of a sign-in is not valid", "登录用的授权码无效"), SIGN_IN),
    row(40031, Request, ("the list of user ids is not valid", "成员列表无效"), AUDIENCE),
    row(40032, Request, ("a list is too long", "列表过长"), TEXT),
    row(40033, Request, ("the request holds a character that WeCom does not take", "请求里有企业微信不接受的字符"), TEXT),
    row(40035, Request, ("a parameter is not valid", "参数无效"), BUG),
    row(40056, Person, ("the number of the app is not valid", "应用的 `agentid` 无效"), AGENT),
    row(40058, Request, ("a parameter is not valid, most often too long or empty", "参数无效，多半是过长或为空"), TEXT),
    row(40063, Request, ("a parameter is empty", "参数为空"), BUG),
    row(40066, Request, ("the list of departments is not valid", "部门列表无效"), AUDIENCE),
    row(40068, Request, ("a tag id is not valid", "客户标签无效"), AUDIENCE),
    row(40078, Person, ("the authorisation code of a corp is not valid", "企业的临时授权码无效"), AUTHORISE),
    row(40080, Person, ("the secret of the suite is not valid", "应用套件的 Secret 不正确"), SUITE),
    row(40082, Person, ("the token of the suite is not valid", "suite_access_token 无效"), TICKET),
    row(40083, Person, ("the id of the suite is not valid", "应用套件的 ID 无效"), SUITE),
    row(40084, Person, ("the permanent code of a corp is not valid", "企业的永久授权码无效"), AUTHORISE),
    row(40085, Person, ("the ticket of the suite is not valid", "suite_ticket 无效"), TICKET),
    row(40091, Person, ("the secret is not valid, perhaps it is another corp's", "Secret 无效，可能是别的企业的"), SECRET),
    row(40094, Request, ("a link is not a valid URL", "链接不是有效的网址"), TEXT),
    row(40096, Request, ("a customer's id is not valid", "客户 ID 无效"), BUG),
    row(41001, Request, ("the token is missing", "缺少 access_token"), BUG),
    row(41002, Person, ("the corp id is missing", "缺少企业 ID"), SECRET),
    row(41004, Person, ("the secret is missing", "缺少 Secret"), SECRET),
    row(41005, Request, ("the uploaded file is missing", "缺少要上传的文件"), BUG),
    row(41006, Request, ("a media id is missing", "缺少素材 ID"), BUG),
    row(41021, Request, ("a parameter is missing", "缺少参数"), BUG),
    row(41054, Person, ("a member has not activated the account", "有成员还没有激活账号"), text("let the member log in to WeCom once", "请该成员登录一次企业微信")),
    row(41059, Request, ("the moment id is missing", "缺少朋友圈 ID"), BUG),
    row(41060, Request, ("the moment id is not valid", "朋友圈 ID 无效"), text("compare the id with `drumbeat history`", "请和 `drumbeat history` 里的 ID 核对")),
    row(41061, Request, ("the member was not asked to post this moment", "这条朋友圈没有分给该成员发表"), AUDIENCE),
    row(41062, Request, ("the member has not posted this moment yet", "该成员还没有发表这条朋友圈"), text("nothing to do: a member posts when he confirms it", "不用处理：成员确认后才会发表")),
    row(41064, Request, ("there are too many attachments", "附件太多"), TEXT),
    row(41065, Request, ("the attachments are of different or unknown kinds", "附件类型不一致或无法识别"), TEXT),
    row(41067, Request, ("the moment is a member's own, not the company's", "这条朋友圈是成员个人发的，不是企业发的"), text("take the id of a moment that Drumbeat created", "请换成 Drumbeat 创建的朋友圈的 ID")),
    row(41072, Request, ("a file was uploaded for another purpose", "文件是为别的用途上传的"), BUG),
    row(41078, Later(Duration::from_secs(30)), ("too many moments are being created at once", "同时创建的朋友圈太多"), WAIT),
    row(41079, Later(Duration::from_secs(30)), ("the moment is still being sent to the members", "这条朋友圈还在下发给成员"), WAIT),
    row(41080, Request, ("an attachment is too large", "附件过大"), MEDIA),
    row(41081, Request, ("an image has too many pixels", "图片像素过高"), MEDIA),
    row(41082, Request, ("a video is too long", "视频过长"), MEDIA),
    row(41088, Request, ("the list of attachments is empty", "附件列表为空"), TEXT),
    row(41089, Request, ("the post has neither text nor attachment", "既没有文字也没有附件"), TEXT),
    row(41090, Request, ("a video is damaged or no MP4", "视频已损坏，或不是 MP4"), MEDIA),
    row(42001, Token, ("the token has expired", "access_token 已过期"), TOKEN),
    row(42009, Person, ("the token of the suite has expired", "suite_access_token 已过期"), TICKET),
    row(43009, Person, ("the company is not verified", "企业未验证"), text("let an administrator verify the company in WeCom's console", "请管理员在企业微信管理后台完成企业验证")),
    row(44001, Request, ("the uploaded file is empty", "上传的文件是空的"), MEDIA),
    row(44004, Request, ("the text of the message is empty", "消息的文字为空"), BUG),
    row(45001, Request, ("a file is too large", "文件过大"), MEDIA),
    row(45002, Request, ("the text is too long", "文字过长"), TEXT),
    row(45009, MINUTE, ("called more often than WeCom allows", "调用次数超过企业微信的限制"), WAIT),
    row(45029, Request, ("the answer would be too large", "返回的内容过大"), BUG),
    row(45031, Person, ("WeCom finds the secret unsafe", "企业微信认为这个 Secret 不安全"), text("reset the app's secret in WeCom's console and give Drumbeat the new one", "请在企业微信管理后台重置应用的 Secret，再把新的 Secret 交给 Drumbeat")),
    row(45033, SHORTLY, ("too many calls at the same time", "同时进行的调用太多"), WAIT),
    row(45034, Request, ("a link lacks http:// or https://", "链接缺少 http:// 或 https://"), TEXT),
    row(46004, Request, ("a member does not exist", "成员不存在"), AUDIENCE),
    row(48001, Person, ("the app has no right to this call", "应用没有权限调用这个接口"), PERMISSION),
    row(48002, Person, ("the app may not make this call", "应用不能调用这个接口"), PERMISSION),
    row(48004, Person, ("the app's authorisation has expired", "应用的授权已失效"), PERMISSION),
    row(48005, Person, ("WeCom has withdrawn this call", "企业微信已停用这个接口"), text("look for a newer version of Drumbeat", "请更新 Drumbeat")),
    row(48006, Person, ("WeCom took the right away because it was not used", "应用长期没有使用这项权限，企业微信已收回"), PERMISSION),
    row(50002, Person, ("a member is outside the app's scope", "有成员不在应用可见范围内"), AUDIENCE),
    row(50003, Person, ("the app is disabled", "应用已停用"), APP),
    row(50006, Person, ("the system app is disabled", "系统应用已停用"), APP),
    row(60003, Request, ("a department does not exist", "部门不存在"), AUDIENCE),
    row(60011, Person, ("the app may not see a member, department or tag", "应用无权查看某个成员、部门或客户标签"), AUDIENCE),
    row(60020, Person, ("this machine's address is not trusted", "这台机器的 IP 不在企业可信IP里"), text("add the address after `from ip:` to the app's trusted addresses (企业可信IP); it works a minute later", "请把 `from ip:` 后面的 IP 加进应用的企业可信IP，一分钟后生效")),
    row(60021, Person, ("a member is outside the app's scope", "有成员不在应用可见范围内"), AUDIENCE),
    row(60030, Person, ("something named is outside the app's scope", "有对象不在应用可见范围内"), AUDIENCE),
    row(60031, Person, ("WeCom forbids the app to call at present", "企业微信目前禁止该应用调用接口"), APP),
    row(60111, Request, ("a user id is unknown, has left, or is outside the app's scope", "有成员不存在、已离职，或不在应用可见范围内"), AUDIENCE),
    row(60123, Request, ("a department is not valid", "部门无效"), AUDIENCE),
    row(81012, Request, ("no member is left who can post", "没有可以发表的成员"), AUDIENCE),
    row(81013, Request, ("no sender, department or tag of the audience is valid", "发表范围里的成员、部门、客户标签全部无效"), AUDIENCE),
    row(82001, Request, ("no sender, department or tag is given", "没有指定成员、部门或客户标签"), AUDIENCE),
    row(84061, Request, ("a member has no such customer", "有成员没有添加这位客户"), AUDIENCE),
    row(84074, Person, ("a member has no right to 客户联系", "有成员没有客户联系权限"), PERMISSION),
    row(84083, Request, ("a member is not a service member", "有成员不是服务人员"), AUDIENCE),
    row(84084, Request, ("a member has no customers", "有成员没有客户"), AUDIENCE),
    row(301002, Person, ("the app may not act for this agent", "应用无权操作指定的应用"), AGENT),
    row(301007, Person, ("the company is dissolved or banned", "企业已解散或被封禁"), text("ask WeCom's support", "请联系企业微信客服")),
    row(610016, Person, ("the company is not certified", "企业未认证"), text("let an administrator certify the company in WeCom's console", "请管理员在企业微信管理后台完成企业认证")),
    row(701008, Person, ("a member has no licence for this interface", "有成员没有接口许可"), text("let the service provider buy interface licences", "请服务商购买接口许可")),
    row(701099, Person, ("a member has no licence for this interface", "有成员没有接口许可"), text("let the service provider buy interface licences", "请服务商购买接口许可")),
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Lang;

    #[test]
    fn codes_are_sorted_and_unique() {
        assert!(CODES.is_sorted_by(|one, next| one.errcode < next.errcode));
        for known in CODES {
            assert_eq!(code(known.errcode).map(|code| code.errcode), Some(known.errcode));
        }
        assert!(code(0).is_none() && code(99_999).is_none());
    }

    #[test]
    fn calls_without_campaign_content_blame_no_campaign() {
        for known in CODES {
            let help = known.help_without_campaign();
            assert!(!help.get(Lang::En).contains("campaign") && !help.get(Lang::Zh).contains("活动"), "{help:?}");
        }
    }

    #[test]
    fn meanings_fit_into_a_sentence() {
        for known in CODES {
            let (meaning, help) = (known.meaning, known.help);
            for (lang, stop) in [(Lang::En, '.'), (Lang::Zh, '。')] {
                let words = [meaning.get(lang), help.get(lang)];
                assert!(words.iter().all(|it| !it.is_empty() && !it.ends_with(stop)), "{}", known.errcode);
            }
            assert!(help.get(Lang::En).starts_with(|c: char| c.is_lowercase()), "{}", known.errcode);
        }
    }
}
