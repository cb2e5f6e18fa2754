//! Checks with WeCom: the clock, the token, this machine's address, the permission.

use chrono::TimeDelta;

use super::{CheckOutcome, CheckStatus};
use crate::clock::Clock;
use crate::text::{Text, UserError as _};
use crate::wecom::{Error, WeCom};

/// With a larger clock error, a lost post may be searched for in the wrong minute.
const MAX_CLOCK_ERROR: TimeDelta = TimeDelta::seconds(30);
const UNTRUSTED_CODE: i64 = 60020;

pub(super) async fn examine(wecom: &WeCom, clock: &Clock, outcomes: &mut Vec<CheckOutcome>) {
    outcomes.push(time(wecom, clock).await);
    if let Err(error) = wecom.token().await {
        let what = match (&error, wecom.host()) {
            (Error::NotWecom { .. }, Some(host)) => text!(
                en: "the server at {host} is not WeCom: a proxy, a login page of the network, or a wrong DRUMBEAT_WECOM_URL ({error})",
                zh: "在 {host} 回应的不是企业微信，可能是代理、网络的登录页，或者 `DRUMBEAT_WECOM_URL` 写错了（{error}）",
                error = error.text()
            ),
            _ => error.text(),
        };
        outcomes.push(CheckOutcome::failed("token", what, error.help()));
        outcomes.push(CheckOutcome::skipped(
            "trusted address",
            text!(en: "without a token this was not checked", zh: "没有凭据，无法检查"),
        ));
        outcomes.push(CheckOutcome::skipped(
            "permission",
            text!(en: "without a token this was not checked", zh: "没有凭据，无法检查"),
        ));
        return;
    }
    outcomes.push(CheckOutcome::passed("token", text!(en: "WeCom issued a token; that proves only the secret", zh: "企业微信给了访问凭据，说明 Secret 是对的，其他还不能说明")));
    // WeCom gives a token to any address and any app, so only a real call shows more.
    match wecom.follow_users().await {
        Ok(users) => {
            outcomes.push(CheckOutcome::passed("trusted address", accepted()));
            outcomes.push(match users.len() {
                0 => CheckOutcome::warning(
                    "permission",
                    text!(
                        en: "the app has permission, but sees no member who can post",
                        zh: "应用可以调用接口，但看不到能发表的成员"
                    ),
                    text!(
                        en: "let an administrator give members 客户联系 and put them into the app's scope (应用可见范围)",
                        zh: "请管理员给成员开通“客户联系”，并把他们加进应用可见范围"
                    ),
                ),
                n => CheckOutcome::passed(
                    "permission",
                    text!(
                        en: "the app has permission and sees {n} members who can post",
                        zh: "应用可以调用接口，能看到 {n} 个可发表的成员"
                    ),
                ),
            });
        }
        Err(error) if error.errcode() == Some(UNTRUSTED_CODE) => {
            outcomes.push(untrusted(&error));
            outcomes.push(CheckOutcome::skipped(
                "permission",
                text!(en: "WeCom does not accept calls from here", zh: "企业微信不接受这台机器的调用"),
            ));
        }
        Err(error) => {
            let is_refusal = error.errcode().is_some();
            let status = if is_refusal { CheckStatus::Passed } else { CheckStatus::Skipped };
            let silent = || text!(en: "WeCom did not answer", zh: "企业微信没有回应");
            let what = if is_refusal { accepted() } else { silent() };
            outcomes.push(CheckOutcome { check: "trusted address", status, what, todo: None });
            outcomes.push(CheckOutcome::failed("permission", error.text(), error.help()));
        }
    }
}

fn accepted() -> Text {
    text!(en: "WeCom accepts calls from here", zh: "企业微信接受这台机器的调用")
}

fn untrusted(error: &Error) -> CheckOutcome {
    let seen = error.answer().and_then(|answer| address_seen(&answer.errmsg));
    let (what, todo) = match seen {
        Some(ip) => (
            text!(
                en: "WeCom does not trust this machine's address, which it sees as {ip} (60020)",
                zh: "企业微信看到这台机器的 IP 是 {ip}，它不在企业可信IP里（60020）"
            ),
            text!(
                en: "add {ip} to the app's trusted addresses (企业可信IP) in WeCom's console; it works a minute later",
                zh: "请在企业微信管理后台，把 {ip} 加到应用的企业可信IP；一分钟后生效"
            ),
        ),
        None => (
            text!(
                en: "WeCom does not trust this machine's address (60020)",
                zh: "这台机器的 IP 不在企业可信IP里（60020）"
            ),
            error.help(),
        ),
    };
    CheckOutcome::failed("trusted address", what, todo)
}

/// The address that WeCom saw, from its message: `…, from ip: 203.0.113.7, more info at …`.
pub fn address_seen(errmsg: &str) -> Option<&str> {
    let rest = errmsg.split("from ip:").nth(1)?.trim_start();
    let end = rest.find(|c: char| c == ',' || c.is_whitespace()).unwrap_or(rest.len());
    Some(&rest[..end]).filter(|ip| ip.parse::<std::net::IpAddr>().is_ok())
}

async fn time(wecom: &WeCom, clock: &Clock) -> CheckOutcome {
    let theirs = match wecom.server_time().await {
        Ok(Some(theirs)) => theirs,
        Ok(None) => {
            return CheckOutcome::skipped(
                "clock",
                text!(en: "WeCom did not send its time", zh: "企业微信没有给出时间"),
            );
        }
        Err(why) => {
            let todo = text!(
                en: "check the network, the proxy and DNS between this machine and WeCom",
                zh: "请检查服务器能不能连上企业微信：网络、代理、域名解析"
            );
            let what = text!(
                en: "failed to ask WeCom for the time: {why}",
                zh: "无法向企业微信核对时间，{why}",
                why = why.text()
            );
            return CheckOutcome::failed("clock", what, todo);
        }
    };
    let apart = clock.now() - theirs;
    let seconds = apart.num_seconds().abs();
    let what = text!(
        en: "this machine's clock and WeCom's are {seconds} s apart",
        zh: "服务器时间和企业微信相差 {seconds} 秒"
    );
    if apart.abs() > MAX_CLOCK_ERROR {
        return CheckOutcome::failed(
            "clock",
            what,
            text!(
                en: "synchronise the clock with NTP: posts are sent by it, and lost posts are searched for by it",
                zh: "请用 NTP 校准服务器时间：到时间发表、核实发表结果都靠它"
            ),
        );
    }
    CheckOutcome::passed("clock", what)
}
