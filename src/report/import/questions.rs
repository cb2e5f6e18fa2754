//! The posts about which people decide, with the answers that they may give.

use chrono::NaiveDate;

use super::{first_words, plain};
use crate::import::{Answer, Question, QuestionKind, cell_name};
use crate::importer::Import;
use crate::text::{Lang, Text, when};

/// The posts about which people decide: first those that wait for an answer.
pub(super) fn questions(import: &Import, lang: Lang) -> String {
    let mut out = String::new();
    let near = import.questions.first().map(|question| question.due.date());
    for (answer, head) in [
        (None, text!(en: "to be decided, as they are still to be posted:", zh: "要先决定的（还没有发表）：")),
        (Some(Answer::Delete), text!(en: "no longer posted:", zh: "不再发表：")),
        (Some(Answer::Keep), text!(en: "posted all the same:", zh: "照常发表：")),
    ] {
        let mut some = import.questions.iter().filter(|question| question.answer == answer).peekable();
        let Some(near) = near.filter(|_| some.peek().is_some()) else { continue };
        out.push_str(&format!("{}\n", head.get(lang)));
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
        }
        out.push('\n');
    }
    out
}

fn question_line(question: &Question, near: NaiveDate) -> Text {
    let name = question.title.as_ref().unwrap_or(&question.campaign);
    let file = &question.file;
    let words = match &question.text {
        Some(text) => {
            let words = first_words(text);
            text!(en: ": {words}", zh: "：{words}")
        }
        None => Text::default(),
    };
    text!(
        en: "{due}  {name}{words} ({file})",
        zh: "{due}  {name}{words}（{file}）",
        due = when::date_time_near(question.due, near),
        words = words
    )
}

fn question_reason(import: &Import, question: &Question, near: NaiveDate) -> Text {
    let source = &question.source;
    let cell = question.row.map(|(at, _)| cell_name(&import.sheet, at)).unwrap_or_default();
    let due = question.row.map(|(_, due)| when::date_time_near(due, near)).unwrap_or_default();
    match (question.kind, question.row) {
        (QuestionKind::Removed, _) | (QuestionKind::Moved, None) => {
            text!(en: "the sheet no longer has it", zh: "表里已经没有这一条")
        }
        (QuestionKind::Moved, Some(_)) => text!(
            en: "{cell} has the same content for the same people at {due}: moved there, or both?",
            zh: "{cell} 的内容和发表范围与它一样，时间是{due}：是改期，还是两次都发？",
            due = due
        ),
        (QuestionKind::Renamed, _) => text!(
            en: "{cell} has the same content at the same time for the same people under another name: it must not be posted twice",
            zh: "{cell} 和它完全一样，只是换了活动名称：两条都留着会发两次"
        ),
        (QuestionKind::OtherVersion, Some(_)) => text!(
            en: "it came from `{source}`, which this sheet seems to replace; {cell} has the same content at {due}",
            zh: "它来自“{source}”，这张表像是那张表的新版本；{cell} 的内容与它一样，时间是{due}",
            due = due
        ),
        (QuestionKind::OtherVersion, None) => text!(
            en: "it came from `{source}`, which this sheet seems to replace, and this sheet does not have it",
            zh: "它来自“{source}”，这张表像是那张表的新版本，但没有这一条"
        ),
        (QuestionKind::Replaced, _) => text!(
            en: "it came from `{source}`; {cell} has another content for the same campaign and time",
            zh: "它来自“{source}”；{cell} 的活动和时间与它一样，内容不同"
        ),
        (QuestionKind::SameContent, _) => text!(
            en: "it came from `{source}`; {cell} has the same content for the same people at {due}: moved there, or both?",
            zh: "它来自“{source}”；{cell} 的内容和发表范围与它一样，时间是{due}：是改期，还是两次都发？",
            due = due
        ),
    }
}
