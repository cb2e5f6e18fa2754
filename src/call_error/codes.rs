//! What WeCom's numbers mean and what to do about each.
//!
//! From WeCom's global list of codes (page 90313, as of 2024-04-08) and the pages of the calls. Two failures of page
//! 96351 have no published number, "invalid text size" and "invalid msg"; WeCom presumably answers them with 40058.

use std::time::Duration;

use crate::limits;

/// One of WeCom's codes.
#[derive(Debug)]
pub struct Code {
    pub errcode: i64,
    /// In plain English, fit to stand after "WeCom refused it: 45009, ".
    pub meaning: &'static str,
    /// What to do, an imperative.
    pub help: &'static str,
    pub class: Class,
}

/// What a code says about the request and the future.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// WeCom failed inside. Whether it did what was asked is open.
    Busy,
    /// Not done; it can be after this time.
    Later(Duration),
    /// Not done: the token has ended or been withdrawn.
    Token,
    /// Not done: the token or the secret is not good.
    Credential,
    /// Not done: a media id has ended or is of the wrong kind.
    Media,
    /// Not done, and never will be: the request is wrong.
    Request,
    /// Not done until a person changes something.
    Person,
}

impl Code {
    /// What to do about it after a call that carries nothing of a campaign: no campaign can be at fault.
    pub(super) fn help_without_campaign(&self) -> &'static str {
        match self.help {
            AUDIENCE => SCOPE,
            TEXT | MEDIA => BUG,
            help => help,
        }
    }
}

/// The entry of a code, if Drumbeat knows it.
pub fn code(errcode: i64) -> Option<&'static Code> {
    CODES.binary_search_by_key(&errcode, |code| code.errcode).ok().map(|at| &CODES[at])
}

/// Every code that Drumbeat knows, ascending: for the docs.
pub fn codes() -> &'static [Code] {
    CODES
}

/// The help for a code that is not in the table.
pub(super) const UNKNOWN: &str =
    "look the code up at https://open.work.weixin.qq.com/devtool/query and settle what it asks for, then post again";

const BUG: &str = "report it as a fault of Drumbeat, with this message";
const SECRET: &str = "compare the corp id and the secret with WeCom's console; the secret is that of the app itself";
const APP: &str = "let an administrator enable the app in WeCom's console";
const REACH: &str =
    "let an administrator give the app the right (客户联系 → 可调用接口的应用) and the members (应用可见范围)";
const AUDIENCE: &str = "correct the audience in the campaign file, or let an administrator widen the app's scope";
const SCOPE: &str = "let an administrator widen the app's scope (应用可见范围)";
const MEDIA: &str = "replace the file that the campaign names; `check` says what WeCom takes";
const TEXT: &str = "correct the campaign's content; `check` says what WeCom takes";
const WAIT: &str = "nothing to do: Drumbeat waits and asks again";
const TOKEN: &str = "nothing to do: Drumbeat fetches a new token and asks again";

const fn row(errcode: i64, class: Class, meaning: &'static str, help: &'static str) -> Code {
    Code { errcode, meaning, help, class }
}

use Class::{Busy, Credential, Later, Media, Person, Request, Token};

const MINUTE: Class = Later(limits::MINUTE_BLOCK);
const SHORTLY: Class = Later(Duration::from_secs(10));

/// By code, ascending.
#[rustfmt::skip]
static CODES: &[Code] = &[
    row(-1, Busy, "WeCom is busy", WAIT),
    row(6000, SHORTLY, "somebody else is changing the same data", WAIT),
    row(40001, Credential, "the secret or token is not good", SECRET),
    row(40003, Request, "a user id is not valid", AUDIENCE),
    row(40004, Request, "WeCom does not take this type of file", MEDIA),
    row(40005, Request, "the type given for a file is not valid", BUG),
    row(40006, Request, "a file is too large or too small", MEDIA),
    row(40007, Media, "a media id is not valid, has ended, or is of the wrong kind", "upload the files again; a media id lives three days"),
    row(40008, Request, "the message type is not valid", BUG),
    row(40009, Request, "an image is too large", MEDIA),
    row(40011, Request, "a video is too large", MEDIA),
    row(40013, Person, "the corp id is not valid", SECRET),
    row(40014, Token, "the token is not valid", TOKEN),
    row(40031, Request, "the list of user ids is not valid", AUDIENCE),
    row(40032, Request, "a list is too long", TEXT),
    row(40033, Request, "the request holds a character that WeCom does not take", TEXT),
    row(40035, Request, "a parameter is not valid", BUG),
    row(40058, Request, "a parameter is not valid, most often too long or empty", TEXT),
    row(40063, Request, "a parameter is empty", BUG),
    row(40066, Request, "the list of departments is not valid", AUDIENCE),
    row(40068, Request, "a tag id is not valid", AUDIENCE),
    row(40091, Person, "the secret is not valid, perhaps it is another corp's", SECRET),
    row(40094, Request, "a link is not a valid URL", TEXT),
    row(40096, Request, "a customer's id is not valid", BUG),
    row(41001, Request, "the token is missing", BUG),
    row(41002, Person, "the corp id is missing", SECRET),
    row(41004, Person, "the secret is missing", SECRET),
    row(41005, Request, "the uploaded file is missing", BUG),
    row(41006, Request, "a media id is missing", BUG),
    row(41054, Person, "a member has not activated the account", "let the member log in to WeCom once"),
    row(41059, Request, "the moment id is missing", BUG),
    row(41060, Request, "the moment id is not valid", "compare the id with `drumbeat history`"),
    row(41061, Request, "the member was not asked to post this moment", AUDIENCE),
    row(41062, Request, "the member has not posted this moment yet", "nothing to do: a member posts when he confirms it"),
    row(41064, Request, "there are too many attachments", TEXT),
    row(41065, Request, "the attachments are of different or unknown kinds", TEXT),
    row(41067, Request, "the moment is a member's own, not the company's", "take the id of a moment that Drumbeat created"),
    row(41072, Request, "a file was uploaded for another purpose", BUG),
    row(41078, Later(Duration::from_secs(30)), "too many moments are being created at once", WAIT),
    row(41079, Later(Duration::from_secs(30)), "the moment is still being sent to the members", WAIT),
    row(41080, Request, "an attachment is too large", MEDIA),
    row(41081, Request, "an image has too many pixels", MEDIA),
    row(41082, Request, "a video is too long", MEDIA),
    row(41088, Request, "the list of attachments is empty", TEXT),
    row(41089, Request, "the post has neither text nor attachment", TEXT),
    row(41090, Request, "a video is damaged or no MP4", MEDIA),
    row(42001, Token, "the token has ended", TOKEN),
    row(43009, Person, "the company is not verified", "let an administrator verify the company in WeCom's console"),
    row(44001, Request, "the uploaded file is empty", MEDIA),
    row(45001, Request, "a file is too large", MEDIA),
    row(45002, Request, "the text is too long", TEXT),
    row(45009, MINUTE, "called more often than WeCom allows", WAIT),
    row(45029, Request, "the answer would be too large", BUG),
    row(45031, Person, "WeCom finds the secret unsafe", "reset the app's secret in WeCom's console and give Drumbeat the new one"),
    row(45033, SHORTLY, "too many calls at the same time", WAIT),
    row(45034, Request, "a link lacks http:// or https://", TEXT),
    row(46004, Request, "a member does not exist", AUDIENCE),
    row(48001, Person, "the app has no right to this call", REACH),
    row(48002, Person, "the app may not make this call", REACH),
    row(48004, Person, "the app's authorisation has ended", REACH),
    row(48005, Person, "WeCom has withdrawn this call", "look for a newer version of Drumbeat"),
    row(48006, Person, "WeCom took the right away because it was not used", REACH),
    row(50002, Person, "a member is outside the app's scope", AUDIENCE),
    row(50003, Person, "the app is disabled", APP),
    row(50006, Person, "the system app is disabled", APP),
    row(60003, Request, "a department does not exist", AUDIENCE),
    row(60011, Person, "the app may not see a member, department or tag", AUDIENCE),
    row(60020, Person, "this machine's address is not trusted",
        "add the address after `from ip:` to the app's trusted addresses (企业可信IP); it works a minute later"),
    row(60021, Person, "a member is outside the app's scope", AUDIENCE),
    row(60030, Person, "something named is outside the app's scope", AUDIENCE),
    row(60031, Person, "WeCom forbids the app to call at present", APP),
    row(60111, Request, "a user id is unknown, has left, or is outside the app's scope", AUDIENCE),
    row(60123, Request, "a department is not valid", AUDIENCE),
    row(81012, Request, "nobody is left to post to", AUDIENCE),
    row(81013, Request, "no sender, department or tag of the audience is valid", AUDIENCE),
    row(82001, Request, "no sender, department or tag is given", AUDIENCE),
    row(84061, Request, "a member has no such customer", AUDIENCE),
    row(84074, Person, "a member has no right to 客户联系", REACH),
    row(84083, Request, "a member is not a service member", AUDIENCE),
    row(84084, Request, "a member has no customers", AUDIENCE),
    row(301002, Person, "the app may not act for this agent", REACH),
    row(301007, Person, "the company is dissolved or banned", "ask WeCom's support"),
    row(610016, Person, "the company is not certified", "let an administrator certify the company in WeCom's console"),
    row(701008, Person, "a member has no licence for this interface", "let the service provider buy interface licences"),
    row(701099, Person, "a member has no licence for this interface", "let the service provider buy interface licences"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_each_code_is_there_once() {
        assert!(CODES.is_sorted_by(|one, next| one.errcode < next.errcode));
        for known in CODES {
            assert_eq!(code(known.errcode).map(|code| code.errcode), Some(known.errcode));
        }
        assert!(code(0).is_none() && code(99_999).is_none());
    }

    #[test]
    fn a_call_that_carries_nothing_of_a_campaign_blames_none() {
        for known in CODES {
            let help = known.help_without_campaign();
            assert!(!help.contains("campaign"), "{}: {help}", known.errcode);
        }
    }

    #[test]
    fn every_entry_reads_as_a_part_of_a_sentence() {
        for Code { errcode, meaning, help, .. } in CODES {
            assert!(!meaning.is_empty() && !meaning.ends_with('.') && !help.ends_with('.'), "{errcode}");
            assert!(help.starts_with(|c: char| c.is_lowercase()), "{errcode}");
        }
    }
}
