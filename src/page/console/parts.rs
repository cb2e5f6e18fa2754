//! Pieces that several pages of the console have.

use maud::{Markup, html};

use crate::page::calendar::tone;
use crate::page::frame::Page;
use crate::page::live::LiveBook;
use crate::page::with_code;
use crate::run::{Reader, Run};
use crate::text::{Lang, Text};

/// A page that only says something.
pub(super) fn explained(title: Text, why: &Text, lang: Lang) -> Page {
    Page { title, body: html! { p.notice { (with_code(why.get(lang))) } } }
}

/// An error message with a link to continue.
pub(super) fn refused(title: Text, why: &Text, (href, link): (&str, Text), lang: Lang) -> Page {
    let body = html! {
        p.notice role="alert" { (with_code(why.get(lang))) }
        p { (text!(en: "Nothing was changed by this.", zh: "这次没有改动任何东西。").get(lang)) }
        p { a href=(href) { (link.get(lang)) } }
    };
    Page { title, body }
}

/// The state of a run, and whether a person is needed.
pub(super) fn state(run: &Run, lang: Lang) -> Markup {
    html! {
        span.badge .{(tone(run))} { (run.state.text().get(lang)) }
        @if run.needs_review { " " span.badge.doubt { (text!(en: "needs review", zh: "需人工处理").get(lang)) } }
    }
}

/// The title of a run's campaign, or its id.
pub(super) fn title_of(run: &Run, book: Option<&LiveBook>) -> String {
    let campaigns = book.map_or(&[][..], |book| &book.checked.result.campaigns);
    crate::campaign::title_of(campaigns, &run.campaign)
}

/// A table with these titles of columns, which scrolls where it is too wide; `label` names it for a screen reader.
pub(super) fn scrolling_table(label: &Text, head: &[Text], rows: &Markup, lang: Lang) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(label.get(lang)) {
            table.rows {
                thead { tr { @for title in head { th scope="col" { (title.get(lang)) } } } }
                tbody { (rows) }
            }
        }
    }
}

/// Runs as rows with a link to each.
pub(super) fn table(runs: &[Run], book: Option<&LiveBook>, lang: Lang) -> Markup {
    let head = [
        text!(en: "due", zh: "应发时间"),
        text!(en: "campaign", zh: "活动"),
        text!(en: "state", zh: "状态"),
        text!(en: "why", zh: "原因"),
    ];
    let rows = html! {
        @for run in runs {
            tr {
                td.when { a href=(format!("/run/{}", run.id())) { (crate::report::runs::local(run).get(lang)) } }
                td { a href=(format!("/campaign/{}", run.campaign)) { (title_of(run, book)) } }
                td.state { (state(run, lang)) }
                td.why { @if let Some(why) = run.reason_text_for(Reader::Page) { (with_code(why.get(lang))) } }
            }
        }
    };
    html! {
        (scrolling_table(&text!(en: "Runs", zh: "发表记录"), &head, &rows, lang))
        p.hint { (text!(en: "Times are those of Beijing, unless another zone is named.", zh: "没有注明时区的都是北京时间。").get(lang)) }
    }
}
