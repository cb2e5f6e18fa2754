//! HTML pages: the plan as one file (`site`), the preview while editing (`server`), and the console of the service
//! (`console`).
//!
//! Templates escape all text. Only the preview has a script (`live.js`). `pictures` reads media; `console` uses the
//! store and WeCom; all else is pure.

mod calendar;
mod card;
mod changes;
mod console;
mod findings;
mod frame;
mod guard;
mod live;
mod pictures;
mod plot;
mod server;
mod site;

use std::collections::HashMap;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest as _, Sha256};

use crate::ids::CampaignId;
use crate::plan::{Plan, Planned};
use crate::text::{Lang, Text};

pub use console::{ConsoleContext, FindOrigin, serve_console};
pub use live::{LastValid, LiveBook};
pub use pictures::Pictures;
pub use server::{Preview, serve};
pub use site::{PageMedia, Site, write};

/// The one style sheet.
const STYLE: &str = include_str!("style.css");

/// Where a server has the style sheet: browsers keep it, and a new program has another address for it.
fn style_address() -> &'static str {
    static ADDRESS: LazyLock<String> =
        LazyLock::new(|| format!("/style.css?{}", crate::ids::Sha256::of(STYLE.as_bytes())));
    &ADDRESS
}

/// Where a page's links lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Links {
    /// To places of the same page.
    Anchors,
    /// To pages of the server.
    Pages,
}

impl Links {
    fn campaign(self, id: &CampaignId) -> String {
        match self {
            Self::Anchors => format!("#{}", anchor(id)),
            Self::Pages => format!("/campaign/{id}"),
        }
    }
}

/// A whole document in one file. It may come from an unread pull request: the page forbids itself everything but
/// this style and pictures that are part of it.
fn document(lang: Lang, title: &Text, body: &Markup) -> String {
    let digest = STANDARD.encode(Sha256::digest(STYLE.as_bytes()));
    let policy =
        format!("default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'");
    html! {
        (DOCTYPE)
        html lang=(html_lang(lang)) {
            head {
                meta charset="utf-8";
                meta http-equiv="Content-Security-Policy" content=(policy);
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="referrer" content="no-referrer";
                title { (title.get(lang)) }
                style { (PreEscaped(STYLE)) }
            }
            body { (body) }
        }
    }
    .into_string()
}

/// The posts of a plan by campaign, each in the order in which they are due.
struct Upcoming<'a>(HashMap<&'a CampaignId, Vec<&'a Planned>>);

impl<'a> Upcoming<'a> {
    fn new(plan: &'a Plan) -> Self {
        let mut upcoming: HashMap<&CampaignId, Vec<&Planned>> = HashMap::new();
        for planned in &plan.occurrences {
            upcoming.entry(&planned.campaign.id).or_default().push(planned);
        }
        Self(upcoming)
    }

    fn of(&self, campaign: &CampaignId) -> &[&'a Planned] {
        self.0.get(campaign).map_or(&[], Vec::as_slice)
    }
}

/// A text whose parts in backticks are code.
fn with_code(text: &str) -> Markup {
    let parts: Vec<&str> = text.split('`').collect();
    // An unpaired backtick is one of the text itself.
    if parts.len().is_multiple_of(2) {
        return html! { (text) };
    }
    html! {
        @for (n, part) in parts.iter().enumerate() {
            @if n % 2 == 1 { code { (part) } } @else { (part) }
        }
    }
}

/// A language as HTML names it.
fn html_lang(lang: Lang) -> &'static str {
    match lang {
        Lang::En => "en",
        Lang::Zh => "zh-CN",
    }
}

/// The name of a campaign's place on the page.
fn anchor(id: &CampaignId) -> String {
    format!("campaign-{id}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backticks_become_code() {
        assert_eq!(with_code("write `a`, not `<b>`").0, "write <code>a</code>, not <code>&lt;b&gt;</code>");
        assert_eq!(with_code("a ` alone <b>").0, "a ` alone &lt;b&gt;");
    }
}
