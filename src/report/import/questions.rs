//! The posts about which people decide, with the answers that they may give.

use chrono::NaiveDate;

use super::{first_words, plain};
use crate::import::{Answer, Question, QuestionKind, cell_name, file_of};
use crate::importer::Import;
use crate::text::{Lang, Text, when};

/// The posts about which people decide: first those that wait for an answer.
pub(super) fn questions(import: &Import, lang: Lang) -> String {
    let mut out = String::new();
    let near = import.questions.first().map(|question| question.due.date());
    let list = |head: Text, some: Vec<&Question>| {
        let Some(near) = near.filter(|_| !some.is_empty()) else { return String::new() };
        let mut out = format!("{}\n", head.get(lang));
        for question in some {
            let (line, reason) = (question_line(question, near), question_reason(import, question, near));
            let reason = match question.is_edited {
                true => text!(
                    en: "{reason}; the file was edited by hand since",
                    zh: "{reason}；这个文件导入之后被人改过",
                    reason = reason
                ),
                false => reason,
            };
            out.push_str(&format!("  {}\n      {}\n", plain(&line, lang), plain(&reason, lang)));
            if question.answer.is_none() {
                for answer in answers(import, question, near) {
                    out.push_str(&format!("      {}\n", plain(&answer, lang)));
                }
            }
        }
        out.push('\n');
        out
    };
    let answered = |answer: Answer| import.questions.iter().filter(|it| it.answer == Some(answer)).collect::<Vec<_>>();
    out.push_str(&list(
        text!(en: "to be decided first:", zh: "要先决定的："),
        import.questions.iter().filter(|it| it.answer.is_none()).collect(),
    ));
    out.push_str(&list(text!(en: "no longer posted:", zh: "不再发表："), answered(Answer::Delete)));
    out.push_str(&list(text!(en: "moved:", zh: "改期："), answered(Answer::Move)));
    out.push_str(&list(text!(en: "posted all the same:", zh: "照常发表："), answered(Answer::Keep)));
    out.push_str(&list(text!(en: "posted at both times:", zh: "两次都发："), answered(Answer::Both)));
    out
}

/// Each answer that works, as it is written behind the command.
fn answers(import: &Import, question: &Question, near: NaiveDate) -> Vec<Text> {
    let name = question.name_among(&import.questions);
    let due = || question.row.map(|(_, due)| when::date_time_near(due, near)).unwrap_or_default();
    let answer = |answer: &Answer| match (answer, question.kind) {
        (Answer::Delete, QuestionKind::Replaced) => text!(
            en: "`--removed \"delete={name}\"`: the row replaces it",
            zh: "用表里这一行代替它：`--removed \"delete={name}\"`"
        ),
        (Answer::Delete, _) => {
            text!(en: "`--removed \"delete={name}\"`: no longer post it", zh: "不再发表：`--removed \"delete={name}\"`")
        }
        (Answer::Keep, _) => {
            text!(en: "`--removed \"keep={name}\"`: post it all the same", zh: "照常发表：`--removed \"keep={name}\"`")
        }
        (Answer::Move, _) => text!(
            en: "`--moved \"move={name}\"`: move it to {due}",
            zh: "改到{due}：`--moved \"move={name}\"`",
            due = due()
        ),
        (Answer::Both, QuestionKind::PostedBefore) => text!(
            en: "`--moved \"both={name}\"`: post it again at {due}",
            zh: "{due}再发一次：`--moved \"both={name}\"`",
            due = due()
        ),
        (Answer::Both, _) => {
            text!(en: "`--moved \"both={name}\"`: post it at both times", zh: "两次都发：`--moved \"both={name}\"`")
        }
    };
    let mut answers: Vec<Text> = question.accepts.iter().map(answer).collect();
    // What the sheet can say instead.
    match question.kind {
        QuestionKind::Replaced => answers.push(text!(
            en: "to post both, give the row another name in the column `campaign`",
            zh: "两条都要发：请在表里给这一行换个活动名称"
        )),
        QuestionKind::PostedBefore => answers.push(text!(
            en: "not to post it again, remove the row from the sheet",
            zh: "不再发：请在表里删掉这一行"
        )),
        _ => {}
    }
    answers
}

fn question_line(question: &Question, near: NaiveDate) -> Text {
    let words = question.text.as_deref().map(first_words);
    let what = match (question.title.clone(), words) {
        (Some(title), Some(words)) => text!(en: "{title}: {words}", zh: "{title}：{words}"),
        (Some(name), None) | (None, Some(name)) => Text::quoted(name),
        (None, None) => Text::quoted(question.campaign.clone()),
    };
    text!(en: "{due}  {what}", zh: "{due}  {what}", due = when::date_time_near(question.due, near), what = what)
}

fn question_reason(import: &Import, question: &Question, near: NaiveDate) -> Text {
    let source = file_of(&question.source);
    let cell = question.row.map(|(at, _)| cell_name(&import.sheet, at)).unwrap_or_default();
    let due = || question.row.map(|(_, due)| when::date_time_near(due, near)).unwrap_or_default();
    match (question.kind, question.row, question.hidden_row) {
        (_, None, Some(row)) => {
            let row = row + 1;
            text!(
                en: "row {row} has it and is hidden: hidden rows are not read",
                zh: "它在第 {row} 行，那一行是隐藏的，没有读取；要照常发表，取消隐藏就行"
            )
        }
        (QuestionKind::Moved, Some(_), _) => text!(
            en: "the sheet no longer has it at this time; {cell} has the same content at {due}",
            zh: "表里这个时间已经没有它，{cell} 在{due}有同样的内容",
            due = due()
        ),
        (QuestionKind::PostedBefore, ..) => text!(
            en: "its time is over, it may be posted; {cell} has the same content at {due}",
            zh: "它的时间已经过了，可能已经发表；{cell} 在{due}又有同样的内容",
            due = due()
        ),
        (QuestionKind::OtherVersion, Some(_), _) => text!(
            en: "it came from `{source}`, of which this sheet is a new version; {cell} has the same content at {due}",
            zh: "它来自“{source}”，这张表是那张表的新版本；{cell} 在{due}有同样的内容",
            due = due()
        ),
        (QuestionKind::OtherVersion, None, _) => text!(
            en: "it came from `{source}`, of which this sheet is a new version, and this sheet does not have it",
            zh: "它来自“{source}”，这张表是那张表的新版本，但没有这一条"
        ),
        (QuestionKind::Replaced, ..) => text!(
            en: "it came from `{source}`; {cell} has another content for the same campaign and time",
            zh: "它来自“{source}”；{cell} 的活动和时间与它一样，内容不同"
        ),
        (QuestionKind::SameContent, ..) => text!(
            en: "it came from `{source}`; {cell} has the same content at {due}",
            zh: "它来自“{source}”；{cell} 在{due}有同样的内容",
            due = due()
        ),
        (QuestionKind::Removed | QuestionKind::Moved, ..) => {
            text!(en: "the sheet no longer has it", zh: "表里已经没有这一条")
        }
    }
}
