//! What a pull request changes: the important changes first, then each campaign with its phone before and after.

use maud::{Markup, html};

use super::card::CardContext;
use super::{anchor, with_code};
use crate::plan::text_diff::{self, Piece};
use crate::plan::{CampaignChange, CampaignField, Changes, MediaChange};
use crate::post::Media;
use crate::report::plan::View;
use crate::report::plan::cells::Dates;
use crate::report::plan::notices::{base_name, jumped, nothing, renamed, rules};
use crate::report::plan::remarks::{
    audience_in_words, campaign_of, is_prominent, label, lists, media_change, move_in_words, moved, name_of,
    numbered_label, occurrence, remarks, shown, shown_fields,
};
use crate::report::plan::summary::{counts, quota};
use crate::text::{Lang, Text};

/// Most occurrences listed for a change.
const MAX_LISTED: usize = 12;

/// What the section is made from.
#[derive(Clone, Copy)]
pub(super) struct ChangesPart<'a> {
    pub view: &'a View<'a>,
    pub changes: &'a Changes,
    /// The cards of the book as it was, and as it will be.
    pub before: CardContext<'a>,
    pub after: CardContext<'a>,
}

impl ChangesPart<'_> {
    pub(crate) fn section(&self) -> Markup {
        let lang = self.lang();
        let against = text!(
            en: "Against {base}: {counts}",
            zh: "与 {base} 相比：{counts}",
            base = base_name(self.view),
            counts = counts(self.changes)
        );
        html! {
            section #changes {
                h2 { (text!(en: "What this changes", zh: "这次改了什么").get(lang)) }
                p.sum { (against.get(lang)) }
                (self.prominent())
                (self.quota())
                @for change in shown(self.changes) { (self.change(change)) }
            }
        }
    }

    fn lang(&self) -> Lang {
        self.view.lang
    }

    /// What a reviewer must not overlook.
    fn prominent(&self) -> Markup {
        let (lang, dates) = (self.lang(), Dates::of(self.view.plan));
        let of_rules = rules(self.changes).into_iter().chain(renamed(self.changes)).chain(jumped(self.changes));
        let lines: Vec<Text> = of_rules.chain(self.changes.audiences.iter().map(audience_in_words)).collect();
        let loud: Vec<&CampaignChange> = shown(self.changes).filter(|change| is_prominent(change)).collect();
        if lines.is_empty() && loud.is_empty() {
            return html! {};
        }
        html! {
            div.loud {
                h3 { (text!(en: "Look at these first", zh: "请先看这些").get(lang)) }
                ul {
                    @for change in loud {
                        li {
                            (named(change))
                            @for line in remarks(change, dates) { p { (with_code(line.get(lang))) } }
                        }
                    }
                    @for line in lines { li { (with_code(line.get(lang))) } }
                }
            }
        }
    }

    fn quota(&self) -> Markup {
        let lang = self.lang();
        let (before, after) = (quota(self.view.plan, &self.changes.before), quota(self.view.plan, &self.changes.after));
        html! {
            table.quota {
                thead { tr {
                    th {}
                    th scope="col" { (text!(en: "before", zh: "原来").get(lang)) }
                    th scope="col" { (text!(en: "after", zh: "现在").get(lang)) }
                } }
                tbody { @for ((what, before), (_, after)) in before.iter().zip(&after) {
                    tr .differs[before != after] {
                        th scope="row" { (what.get(lang)) }
                        td { (before.get(lang)) }
                        td { (after.get(lang)) }
                    }
                } }
            }
        }
    }

    fn change(&self, change: &CampaignChange) -> Markup {
        let (lang, dates) = (self.lang(), Dates::of(self.view.plan));
        html! {
            article.change .{(change.kind.name())} {
                h3 { span.badge { (change.kind.text().get(lang)) } " " (named(change)) }
                @for line in remarks(change, dates) { p.remark { (with_code(line.get(lang))) } }
                dl {
                    @for field in shown_fields(change) { (self.field(field)) }
                }
                (self.occurrences(change, dates))
                (self.phones(change))
            }
        }
    }

    fn field(&self, field: &CampaignField) -> Markup {
        let lang = self.lang();
        match field {
            CampaignField::Value { key, before, after } => {
                let show = |it: &Option<Text>| it.clone().unwrap_or_else(nothing).into_lang(lang);
                html! {
                    dt { (label(key).get(lang)) }
                    dd { del { (show(before)) } " → " ins { (show(after)) } }
                }
            }
            CampaignField::Text { content, before, after } => html! {
                dt { (numbered_label("text", *content).get(lang)) }
                dd.words { @for piece in text_diff::words(before, after) { (words(&piece)) } }
            },
            CampaignField::Media { content, changes } => html! {
                dt { (numbered_label("attachments", *content).get(lang)) }
                @for change in changes { dd { (self.media(change)) } }
            },
        }
    }

    /// The pictures of a change side by side, with what happened in words.
    fn media(&self, change: &MediaChange) -> Markup {
        let (old, new) = match change {
            MediaChange::Added(media) => (None, Some(media)),
            MediaChange::Removed(media) => (Some(media), None),
            MediaChange::Replaced { before, after } => (Some(before), Some(after)),
            MediaChange::Renamed { .. } | MediaChange::Reordered => (None, None),
        };
        let picture = |cards: &CardContext<'_>, media: Option<&Media>| {
            let media = media?;
            let picture = cards.picture(media)?;
            Some(html! { img src=(picture.src) width="79" height="79" alt=(media.text().get(self.lang())); })
        };
        html! {
            (with_code(media_change(change, self.view.unfetched).get(self.lang())))
            span.pair {
                @if let Some(old) = picture(&self.before, old) { del { (old) } }
                @if let Some(new) = picture(&self.after, new) { ins { (new) } }
            }
        }
    }

    fn occurrences(&self, change: &CampaignChange, dates: Dates) -> Markup {
        let lang = self.lang();
        let more = |all: usize| {
            let more = all.saturating_sub(MAX_LISTED);
            (more > 0).then(|| text!(en: "{more} more", zh: "还有 {more} 次").into_lang(lang))
        };
        let moves = change.moved.iter().take(MAX_LISTED).map(|it| move_in_words(it, dates));
        html! {
            @if !change.moved.is_empty() {
                h4 { (moved().get(lang)) }
                ul.times {
                    @for line in moves { li { (with_code(line.get(lang))) } }
                    @if let Some(more) = more(change.moved.len()) { li { (more) } }
                }
            }
            @for (what, planned) in lists(change) {
                @if !planned.is_empty() {
                    h4 { (what.get(lang)) }
                    ul.times {
                        @for planned in planned.iter().take(MAX_LISTED) { li { (with_code(occurrence(planned, dates).get(lang))) } }
                        @if let Some(more) = more(planned.len()) { li { (more) } }
                    }
                }
            }
        }
    }

    /// The phone preview before and after, if the post differs.
    fn phones(&self, change: &CampaignChange) -> Markup {
        let was = text!(en: "before", zh: "原来");
        let is = text!(en: "after", zh: "现在");
        match (&change.before, &change.after) {
            (Some(before), Some(after)) if before.contents != after.contents => html! {
                div.phones { (self.before.contents(before, Some(&was))) (self.after.contents(after, Some(&is))) }
            },
            (None, Some(after)) => html! { div.phones { (self.after.contents(after, None)) } },
            (Some(before), None) => html! { div.phones { (self.before.contents(before, Some(&was))) } },
            _ => html! {},
        }
    }
}

/// The name of a change, with a link to its campaign.
fn named(change: &CampaignChange) -> Markup {
    match campaign_of(change).filter(|_| change.after.is_some()) {
        Some(campaign) => html! { a href=(format!("#{}", anchor(&campaign.id))) { (name_of(change)) } },
        None => html! { strong { (name_of(change)) } },
    }
}

fn words(piece: &Piece) -> Markup {
    match piece {
        Piece::Same(text) => html! { (text) },
        Piece::Removed(text) => html! { del { (text) } },
        Piece::Added(text) => html! { ins { (text) } },
    }
}
