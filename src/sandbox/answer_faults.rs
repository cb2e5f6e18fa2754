//! Answers that WeCom's pages do not describe and that a client must handle.
//!
//! Each fault changes the sandbox's answers, never its actions: the list of created moments (`Sandbox::ledger`) stays correct. In process and over HTTP.

use std::fmt;
use std::str::FromStr;

use serde_json::{Value, json};

use super::Sandbox;
use super::answer::refuse;
use crate::invocation::command;
use crate::text::{StaticText, Text, UserError};
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
    pub const ALL: [(Self, &'static str, StaticText); 28] = [
        (
            Self::LoginPage,
            "login-page",
            words("every call is answered by an HTML page with status 200", "所有调用都回应一个状态 200 的 HTML 页面"),
        ),
        (
            Self::BusyOnce,
            "busy-once",
            words(
                "the first call of each path but add_moment_task: -1, nothing done",
                "除 `add_moment_task` 外，每个接口的第一次调用回应 -1，什么都不做",
            ),
        ),
        (
            Self::LimitOnce,
            "limit-once",
            words(
                "the first call of each path but add_moment_task: 45009, nothing done",
                "除 `add_moment_task` 外，每个接口的第一次调用回应 45009，什么都不做",
            ),
        ),
        (
            Self::Create502,
            "create-502",
            words("each creation is done and answered with HTTP status 502", "每次创建都会完成，但回应 HTTP 状态 502"),
        ),
        (
            Self::Create60020,
            "create-60020",
            words("the first two creations: 60020, nothing done", "前两次创建回应 60020，什么都不做"),
        ),
        (
            Self::CreateSameJob,
            "create-same-job",
            words("each creation is answered with the job id of the first one", "每次创建都回应第一次的 jobid"),
        ),
        (
            Self::ResultWithoutId,
            "result-without-id",
            words("a finished job names no moment", "完成的任务没有 moment_id"),
        ),
        (Self::ResultMissing, "result-missing", words("a finished job has no result", "完成的任务没有结果")),
        (
            Self::ResultUnreadable,
            "result-unreadable",
            words("a finished job's result is a text", "完成的任务，结果是一段文字"),
        ),
        (
            Self::ResultBusy,
            "result-busy",
            words("a finished job's result is -1 without a moment", "完成的任务，结果是 -1，没有 moment_id"),
        ),
        (
            Self::ResultCodeBesideId,
            "result-code-beside-id",
            words("a finished job's result is 40058 with a moment", "完成的任务，结果是 40058，却有 moment_id"),
        ),
        (
            Self::ResultSameId,
            "result-same-id",
            words("each finished job names the moment of the first one", "每个完成的任务都给出第一次的 moment_id"),
        ),
        (
            Self::ResultUnknownJob,
            "result-unknown-job",
            words("get_moment_task_result knows no job: 40058", "`get_moment_task_result` 不认识任何任务：40058"),
        ),
        (
            Self::ListEmptyKinds,
            "list-empty-kinds",
            words(
                "get_moment_list writes absent kinds as empty objects",
                "`get_moment_list` 把没有的附件类型写成空对象",
            ),
        ),
        (
            Self::ListLinkEncoded,
            "list-link-encoded",
            words("get_moment_list percent-encodes the addresses of links", "`get_moment_list` 对链接地址做百分号编码"),
        ),
        (
            Self::ListLinkSlash,
            "list-link-slash",
            words("get_moment_list ends the addresses of links with a slash", "`get_moment_list` 在链接地址末尾加斜杠"),
        ),
        (
            Self::ListLinkTitle,
            "list-link-title",
            words("get_moment_list gives each link a title of its own", "`get_moment_list` 给每个链接换一个标题"),
        ),
        (
            Self::ListFewerImages,
            "list-fewer-images",
            words("get_moment_list leaves out the last image", "`get_moment_list` 少最后一张图片"),
        ),
        (
            Self::ListOneSpace,
            "list-one-space",
            words("get_moment_list writes several spaces as one", "`get_moment_list` 把连续的空格写成一个"),
        ),
        (Self::ListCreator, "list-creator", words("get_moment_list names a creator", "`get_moment_list` 写明创建人")),
        (
            Self::ListMinutesLate,
            "list-minutes-late",
            words("get_moment_list gives times 30 minutes too late", "`get_moment_list` 的时间晚 30 分钟"),
        ),
        (
            Self::ListHidden,
            "list-hidden",
            words("get_moment_list does not show what the API created", "`get_moment_list` 不显示通过接口创建的朋友圈"),
        ),
        (
            Self::ListCircle,
            "list-circle",
            words(
                "get_moment_list gives the same page and cursor endlessly",
                "`get_moment_list` 总是给出同一页和同一个 cursor",
            ),
        ),
        (
            Self::ListEndless,
            "list-endless",
            words(
                "get_moment_list gives empty pages with new cursors endlessly",
                "`get_moment_list` 不停地给出空页和新的 cursor",
            ),
        ),
        (Self::ListUnreadable, "list-unreadable", words("get_moment_list: -1", "`get_moment_list` 回应 -1")),
        (Self::TaskEmpty, "task-empty", words("get_moment_task lists no member", "`get_moment_task` 不列出任何成员")),
        (
            Self::Department60011,
            "department-60011",
            words("department/get refuses department 2 with 60011", "`department/get` 拒绝部门 2：60011"),
        ),
        (
            Self::DirectoryTwice,
            "directory-twice",
            words("each sender, department and tag is listed twice", "每个成员、部门和客户标签都列出两次"),
        ),
    ];

    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(fault, ..)| *fault == self).map_or("", |(_, name, _)| name)
    }
}

const fn words(en: &'static str, zh: &'static str) -> StaticText {
    StaticText { en, zh }
}

impl fmt::Display for AnswerFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A text that is not the name of a fault.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct UnknownFault(String);

impl UserError for UnknownFault {
    fn text(&self) -> Text {
        let written = &self.0;
        text!(
            en: "unknown fault `{written}`: `{sandbox}` lists all faults",
            zh: "没有 `{written}` 这种故障：用 `{sandbox}` 列出所有名称", sandbox = command("sandbox --faults"))
    }
}

display_in_english!(UnknownFault);

impl FromStr for AnswerFault {
    type Err = UnknownFault;

    fn from_str(text: &str) -> Result<Self, UnknownFault> {
        let known = Self::ALL.into_iter().find(|(_, name, _)| *name == text);
        known.map(|(fault, ..)| fault).ok_or_else(|| UnknownFault(text.to_owned()))
    }
}

impl Sandbox {
    /// The answer of a fault that replaces the action.
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

    /// The request as a fault changes it on arrival.
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

    /// The answer after all faults have changed it.
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
        // A failed job has no moment, and another fault may have removed the result.
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

/// A moment of the list as a fault changes it.
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
