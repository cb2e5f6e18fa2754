//! Answers that WeCom's pages do not promise and that a client must survive.
//!
//! Each fault changes what the sandbox says, never what it does: the ledger stays the truth. In process and over HTTP.

use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};

use super::Sandbox;
use super::answer::refuse;
use crate::wecom::{Body, Request, Response};

const LIST: &str = "/cgi-bin/externalcontact/get_moment_list";
const RESULT: &str = "/cgi-bin/externalcontact/get_moment_task_result";
const TASK: &str = "/cgi-bin/externalcontact/get_moment_task";
const DEPARTMENT: &str = "/cgi-bin/department/get";

/// One way in which answers differ from WeCom's pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum AnswerFault {
    LoginPage,
    BusyOnce,
    LimitOnce,
    Create502,
    Create60020,
    CreateSameJob,
    ResultWithoutId,
    ResultMissing,
    ResultUnreadable,
    ResultBusy,
    ResultCodeBesideId,
    ResultSameId,
    ResultUnknownJob,
    ListEmptyKinds,
    ListLinkEncoded,
    ListLinkSlash,
    ListLinkTitle,
    ListFewerImages,
    ListOneSpace,
    ListCreator,
    ListMinutesLate,
    ListHidden,
    ListCircle,
    ListEndless,
    ListUnreadable,
    TaskEmpty,
    Department60011,
    DirectoryTwice,
}

impl AnswerFault {
    /// Every fault with its name and what it does.
    pub const ALL: [(Self, &'static str, &'static str); 28] = [
        (Self::LoginPage, "login-page", "every call is answered by an HTML page with status 200"),
        (Self::BusyOnce, "busy-once", "the first call of each path but add_moment_task: -1, nothing done"),
        (Self::LimitOnce, "limit-once", "the first call of each path but add_moment_task: 45009, nothing done"),
        (Self::Create502, "create-502", "each creation is done and answered with HTTP status 502"),
        (Self::Create60020, "create-60020", "the first two creations: 60020, nothing done"),
        (Self::CreateSameJob, "create-same-job", "each creation is answered with the job id of the first one"),
        (Self::ResultWithoutId, "result-without-id", "a finished job names no moment"),
        (Self::ResultMissing, "result-missing", "a finished job has no result"),
        (Self::ResultUnreadable, "result-unreadable", "a finished job's result is a text"),
        (Self::ResultBusy, "result-busy", "a finished job's result is -1 without a moment"),
        (Self::ResultCodeBesideId, "result-code-beside-id", "a finished job's result is 40058 with a moment"),
        (Self::ResultSameId, "result-same-id", "each finished job names the moment of the first one"),
        (Self::ResultUnknownJob, "result-unknown-job", "get_moment_task_result knows no job: 40058"),
        (Self::ListEmptyKinds, "list-empty-kinds", "get_moment_list writes absent kinds as empty objects"),
        (Self::ListLinkEncoded, "list-link-encoded", "get_moment_list percent-encodes the addresses of links"),
        (Self::ListLinkSlash, "list-link-slash", "get_moment_list ends the addresses of links with a slash"),
        (Self::ListLinkTitle, "list-link-title", "get_moment_list gives each link a title of its own"),
        (Self::ListFewerImages, "list-fewer-images", "get_moment_list leaves out the last image"),
        (Self::ListOneSpace, "list-one-space", "get_moment_list writes several spaces as one"),
        (Self::ListCreator, "list-creator", "get_moment_list names a creator"),
        (Self::ListMinutesLate, "list-minutes-late", "get_moment_list says times that are 30 minutes too late"),
        (Self::ListHidden, "list-hidden", "get_moment_list does not show what the API created"),
        (Self::ListCircle, "list-circle", "get_moment_list gives the same page and cursor endlessly"),
        (Self::ListEndless, "list-endless", "get_moment_list gives empty pages with new cursors endlessly"),
        (Self::ListUnreadable, "list-unreadable", "get_moment_list: -1"),
        (Self::TaskEmpty, "task-empty", "get_moment_task lists nobody"),
        (Self::Department60011, "department-60011", "department/get refuses department 2 with 60011"),
        (Self::DirectoryTwice, "directory-twice", "each sender, department and tag is listed twice"),
    ];

    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(fault, ..)| *fault == self).map_or("", |(_, name, _)| name)
    }
}

impl fmt::Display for AnswerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that names no fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no fault `{0}`: `drumbeat sandbox --faults` lists them")]
pub struct UnknownFault(String);

impl FromStr for AnswerFault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let known = Self::ALL.into_iter().find(|(_, name, _)| *name == text);
        known.map(|(fault, ..)| fault).ok_or_else(|| UnknownFault(text.to_owned()))
    }
}

impl Sandbox {
    /// An answer that a fault gives in place of doing anything.
    pub(super) fn answer_instead(&self, request: &Request) -> Option<Response> {
        let has = |fault| self.behaviour.answer_faults.contains(&fault);
        let (path, creates) = (request.path.as_ref(), request.path == Request::CREATE);
        let calls = self.calls(path);
        let refused = |errcode, reason| Some(refuse(errcode, reason).response());
        match path {
            _ if has(AnswerFault::LoginPage) => {
                Some(Response::new(200, b"<html><body>Sign in to the guest network</body></html>".to_vec()))
            }
            _ if has(AnswerFault::BusyOnce) && !creates && calls == 1 => refused(-1, "system busy"),
            _ if has(AnswerFault::LimitOnce) && !creates && calls == 1 => refused(45009, "api freq out of limit"),
            _ if has(AnswerFault::Create60020) && creates && calls <= 2 => {
                refused(60020, "not allow to access from your ip")
            }
            RESULT if has(AnswerFault::ResultUnknownJob) => refused(40058, "invalid jobid"),
            LIST if has(AnswerFault::ListUnreadable) => refused(-1, "system busy"),
            DEPARTMENT if has(AnswerFault::Department60011) && request.query("id") == Some("2") => {
                refused(60011, "no privilege to access/modify contact/party/agent")
            }
            _ => None,
        }
    }

    /// A request as a fault lets it arrive.
    pub(super) fn with_fault<'a>(&self, request: &'a Request) -> std::borrow::Cow<'a, Request> {
        let Body::Json(body) = &request.body else { return std::borrow::Cow::Borrowed(request) };
        let leads_nowhere = |fault: &AnswerFault| matches!(fault, AnswerFault::ListCircle | AnswerFault::ListEndless);
        if !self.behaviour.answer_faults.iter().any(leads_nowhere) || request.path != LIST {
            return std::borrow::Cow::Borrowed(request);
        }
        let mut changed = request.clone();
        if let Ok(Value::Object(mut fields)) = serde_json::from_slice(body) {
            fields.insert("cursor".to_owned(), "".into());
            changed.body = Body::Json(serde_json::to_vec(&fields).unwrap_or_default());
        }
        std::borrow::Cow::Owned(changed)
    }

    /// An answer as the faults change it.
    pub(super) fn with_answer_faults(&self, request: &Request, answer: Response) -> Response {
        let Ok(mut body) = serde_json::from_slice::<Value>(&answer.body) else { return answer };
        let refused = body.get("errcode").is_some_and(|code| *code != 0);
        if self.behaviour.answer_faults.is_empty() || refused {
            return answer;
        }
        if self.behaviour.answer_faults.contains(&AnswerFault::Create502) && request.path == Request::CREATE {
            return Response::new(502, b"<html>Bad Gateway</html>".to_vec());
        }
        for fault in &self.behaviour.answer_faults {
            self.change(*fault, request.path.as_ref(), &mut body);
        }
        Response { body: body.to_string().into_bytes(), ..answer }
    }

    fn change(&self, fault: AnswerFault, path: &str, body: &mut Value) {
        let done = path == RESULT && body["status"] == 3;
        // A job that failed names no moment, and another fault may have left no result to change.
        let names_moment = done && body["result"]["moment_id"].is_string();
        let first = self.ledger().first();
        match fault {
            AnswerFault::CreateSameJob if path == Request::CREATE => {
                body["jobid"] = json!(first.map(|entry| &entry.jobid));
            }
            AnswerFault::ResultWithoutId if done => body["result"] = json!({ "errcode": 0, "errmsg": "ok" }),
            AnswerFault::ResultMissing if done => body["result"] = Value::Null,
            AnswerFault::ResultUnreadable if done => body["result"] = json!("done"),
            AnswerFault::ResultBusy if done => body["result"] = json!({ "errcode": -1, "errmsg": "system busy" }),
            AnswerFault::ResultCodeBesideId if names_moment => body["result"]["errcode"] = json!(40058),
            AnswerFault::ResultSameId if names_moment => {
                body["result"]["moment_id"] = json!(first.and_then(|entry| entry.moment_id.as_ref()));
            }
            AnswerFault::TaskEmpty if path == TASK => body["task_list"] = json!([]),
            AnswerFault::DirectoryTwice => {
                for list in ["follow_user", "department_id", "tag_group"] {
                    if let Some(entries) = body.get_mut(list).and_then(Value::as_array_mut) {
                        entries.extend(entries.clone());
                    }
                }
            }
            AnswerFault::ListHidden if path == LIST => {
                let ours = |id: &Value| self.ledger().iter().any(|entry| entry.moment_id.as_deref() == id.as_str());
                if let Some(moments) = body["moment_list"].as_array_mut() {
                    moments.retain(|moment| !ours(&moment["moment_id"]));
                }
            }
            AnswerFault::ListCircle if path == LIST => body["next_cursor"] = json!("CURSOR-AGAIN"),
            AnswerFault::ListEndless if path == LIST => {
                let pages = self.calls.get(LIST).copied().unwrap_or_default();
                (body["moment_list"], body["next_cursor"]) = (json!([]), json!(format!("CURSOR-{pages}")));
            }
            _ if path == LIST => {
                let moments = body["moment_list"].as_array_mut().map(Vec::as_mut_slice).unwrap_or_default();
                moments.iter_mut().for_each(|moment| change_moment(fault, moment));
            }
            _ => {}
        }
    }
}

/// A moment of the list as a fault shows it.
fn change_moment(fault: AnswerFault, moment: &mut Value) {
    let has_link = moment.get("link").is_some_and(|link| link["url"] != "");
    match fault {
        AnswerFault::ListEmptyKinds => {
            for (kind, empty) in [
                ("text", json!({})),
                ("image", json!([])),
                ("video", json!({ "media_id": "" })),
                ("link", json!({ "title": "", "url": "" })),
                ("location", json!({})),
            ] {
                if moment.get(kind).is_none() {
                    moment[kind] = empty;
                }
            }
        }
        AnswerFault::ListLinkEncoded if has_link => {
            let url = moment["link"]["url"].as_str().unwrap_or_default();
            let encoded: String = url
                .bytes()
                .map(|byte| if byte.is_ascii() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
                .collect();
            moment["link"]["url"] = json!(encoded);
        }
        AnswerFault::ListLinkSlash if has_link => {
            let url = moment["link"]["url"].as_str().unwrap_or_default();
            moment["link"]["url"] = json!(format!("{url}/"));
        }
        AnswerFault::ListLinkTitle if has_link => moment["link"]["title"] = json!("Example Domain"),
        AnswerFault::ListFewerImages => {
            moment.get_mut("image").and_then(Value::as_array_mut).map(Vec::pop);
        }
        AnswerFault::ListOneSpace => {
            if let Some(text) = moment["text"]["content"].as_str() {
                let words: Vec<&str> = text.split_whitespace().collect();
                moment["text"]["content"] = json!(words.join(" "));
            }
        }
        AnswerFault::ListCreator => moment["creator"] = json!("zhangshan"),
        AnswerFault::ListMinutesLate => {
            moment["create_time"] = json!(moment["create_time"].as_i64().unwrap_or_default() + 1800);
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::super::Company;
    use super::*;

    #[test]
    fn any_two_faults_go_together() {
        let sandbox = Sandbox::new(Company::chunfeng());
        let moment = json!({ "moment_id": "m", "create_time": 1, "text": { "content": "x" }, "link": { "url": "y" } });
        let answers = [
            (RESULT, json!({ "status": 3, "result": { "errcode": 0, "moment_id": "m" } })),
            (LIST, json!({ "moment_list": [moment], "next_cursor": "" })),
            (TASK, json!({ "task_list": [] })),
        ];
        for ((first, ..), (second, ..)) in AnswerFault::ALL.iter().flat_map(|one| AnswerFault::ALL.map(|it| (*one, it)))
        {
            for (path, answer) in &answers {
                let mut body = answer.clone();
                sandbox.change(first, path, &mut body);
                sandbox.change(second, path, &mut body);
                assert!(body.is_object(), "{first} and {second}");
            }
        }
    }
}
