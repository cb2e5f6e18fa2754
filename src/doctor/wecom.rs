//! What WeCom says: the clock, the token, this machine's address, the permission.

use chrono::TimeDelta;

use super::{CheckStatus, Finding};
use crate::clock::Clock;
use crate::wecom::{Error, WeCom};

/// A clock that is this far off may look for a lost post in the wrong minute.
const APART: TimeDelta = TimeDelta::seconds(30);
const UNTRUSTED: i64 = 60020;

pub(super) async fn examine(wecom: &WeCom, clock: &Clock, findings: &mut Vec<Finding>) {
    findings.push(time(wecom, clock).await);
    if let Err(error) = wecom.token().await {
        let what = match (&error, wecom.host()) {
            (Error::NotWecom { .. }, Some(host)) => format!(
                "what answers at {host} is not WeCom: a proxy, a login page of the network, or a wrong DRUMBEAT_WECOM_URL \
                 ({error})"
            ),
            _ => error.to_string(),
        };
        findings.push(Finding::bad("token", what, error.help().into_lang(crate::text::Lang::En)));
        findings.push(Finding::skipped("trusted address", "there is no token to ask with"));
        findings.push(Finding::skipped("permission", "there is no token to ask with"));
        return;
    }
    findings.push(Finding::good("token", "WeCom gave one; that proves the secret and nothing else"));
    // WeCom gives a token to any address and any app, so only a real call tells.
    match wecom.follow_users().await {
        Ok(users) => {
            findings.push(Finding::good("trusted address", "WeCom takes calls from here"));
            findings.push(match users.len() {
                0 => Finding::doubtful(
                    "permission",
                    "the app may call, and sees no member who could post",
                    "let an administrator give members 客户联系 and put them into the app's scope (应用可见范围)",
                ),
                n => Finding::good("permission", format!("the app may call and sees {n} members who can post")),
            });
        }
        Err(error) if error.errcode() == Some(UNTRUSTED) => {
            findings.push(untrusted(&error));
            findings.push(Finding::skipped("permission", "WeCom does not take calls from here"));
        }
        Err(error) => {
            let is_refusal = error.errcode().is_some();
            let verdict = if is_refusal { CheckStatus::Good } else { CheckStatus::Skipped };
            let what = if is_refusal { "WeCom takes calls from here" } else { "WeCom did not answer" };
            findings.push(Finding { check: "trusted address", verdict, what: what.to_owned(), todo: None });
            findings.push(Finding::bad("permission", error.to_string(), error.help().into_lang(crate::text::Lang::En)));
        }
    }
}

fn untrusted(error: &Error) -> Finding {
    let seen = error.answer().and_then(|answer| address_seen(&answer.errmsg));
    let (what, todo) = match seen {
        Some(ip) => (
            format!("WeCom does not trust this machine's address, which it sees as {ip} (60020)"),
            format!("add {ip} to the app's trusted addresses (企业可信IP) in WeCom's console; it works a minute later"),
        ),
        None => (
            "WeCom does not trust this machine's address (60020)".to_owned(),
            error.help().into_lang(crate::text::Lang::En),
        ),
    };
    Finding::bad("trusted address", what, todo)
}

/// The address that WeCom saw, out of its words: `…, from ip: 203.0.113.7, more info at …`.
pub fn address_seen(errmsg: &str) -> Option<&str> {
    let rest = errmsg.split("from ip:").nth(1)?.trim_start();
    let end = rest.find(|c: char| c == ',' || c.is_whitespace()).unwrap_or(rest.len());
    Some(&rest[..end]).filter(|ip| ip.parse::<std::net::IpAddr>().is_ok())
}

async fn time(wecom: &WeCom, clock: &Clock) -> Finding {
    let theirs = match wecom.server_time().await {
        Ok(Some(theirs)) => theirs,
        Ok(None) => return Finding::skipped("clock", "WeCom did not say what time it is"),
        Err(why) => {
            let todo = "check the network, the proxy and the name service between here and WeCom";
            return Finding::bad("clock", format!("WeCom was not reached: {why}"), todo);
        }
    };
    let apart = clock.now() - theirs;
    let what = format!("this machine's clock and WeCom's are {} s apart", apart.num_seconds().abs());
    if apart.abs() > APART {
        return Finding::bad(
            "clock",
            what,
            "set the clock by NTP: posts go out by it, and lost ones are looked for by it",
        );
    }
    Finding::good("clock", what)
}
