//! A page that never exceeds the length of a comment.

use super::cells::Noun;
use crate::escape::markdown;
use crate::invocation::command;
use crate::text::{Lang, Text};

/// GitHub's limit for a comment, in characters. The page counts UTF-16 units, of which there are at least as many.
const MAX_COMMENT_CHARS: usize = 65_536;
/// Reserved for the line that says how much was left out, in UTF-16 units.
const RESERVE: usize = 400;
/// A list ends after so many blocks that did not fit.
const MAX_MISSED: usize = 20;

/// A page that takes blocks until it is full.
pub(super) struct Page {
    text: String,
    room: usize,
    lang: Lang,
}

impl Page {
    pub(crate) fn new(lang: Lang) -> Self {
        Self { text: String::new(), room: MAX_COMMENT_CHARS - RESERVE, lang }
    }

    pub(crate) fn into_text(self) -> String {
        self.text
    }

    /// Adds a block as a whole, or not at all.
    pub(crate) fn put(&mut self, block: &str) -> bool {
        let length = utf16_len(block);
        let fits = length <= self.room;
        if fits {
            self.text.push_str(block);
            self.room -= length;
        }
        fits
    }

    /// Adds the line that says how much was left out, in the reserved room.
    pub(crate) fn put_in_reserve(&mut self, words: &Text) {
        self.text.push_str(words.get(self.lang));
    }

    /// Adds the blocks that fit, in order, and counts the others.
    pub(crate) fn list(&mut self, blocks: impl ExactSizeIterator<Item = String>, what: Noun) {
        let total = blocks.len();
        let (mut shown, mut missed) = (0, 0);
        for block in blocks {
            if self.put(&block) {
                shown += 1;
            } else {
                missed += 1;
            }
            // A very long block does not hide those after it, but a full page ends the list.
            if missed > MAX_MISSED {
                break;
            }
        }
        if shown < total {
            self.put_in_reserve(&text!(
                en: "\n{left} left out here: `{plan}` shows all.\n\n",
                zh: "\n这里略去 {left}：`{plan}` 会显示全部。\n\n",
                left = what.count(total - shown), plan = command("plan")));
        }
    }

    /// Adds a folded table.
    pub(crate) fn table(
        &mut self,
        title: &Text,
        head: &[&str],
        rows: impl ExactSizeIterator<Item = String>,
        what: Noun,
    ) {
        const CLOSE: &str = "\n</details>\n\n";
        let (title_shown, rule) = (title.get(self.lang), "|---".repeat(head.len()));
        let head = head.join(" | ");
        let open = format!("<details><summary>{title_shown}</summary>\n\n| {head} |\n{rule}|\n");
        // The end of the fold is reserved before the first row.
        let needed = utf16_len(&open) + CLOSE.len() + RESERVE;
        if self.room < needed {
            self.put_in_reserve(&text!(
                en: "{title}: left out here for want of room.\n\n",
                zh: "{title}：篇幅不够，这里略去。\n\n",
                title = title
            ));
            self.room = 0;
            return;
        }
        self.put(&open);
        self.room -= CLOSE.len() + RESERVE;
        self.list(rows, what);
        self.room += RESERVE;
        self.text.push_str(CLOSE);
    }

    /// Adds a folded table that takes at most half of the room, so that other parts are shown too.
    pub(crate) fn table_in_half(
        &mut self,
        title: &Text,
        head: &[&str],
        rows: impl ExactSizeIterator<Item = String>,
        what: Noun,
    ) {
        let kept = self.room / 2;
        self.room -= kept;
        self.table(title, head, rows, what);
        self.room += kept;
    }
}

/// The longest beginning of a text whose markup fits into `max_len` UTF-16 units.
pub(super) fn bounded(text: &str, max_len: usize, mark_up: impl Fn(&str) -> String) -> String {
    let marked = mark_up(text);
    if utf16_len(&marked) <= max_len {
        return marked;
    }
    // The longest markup of one character is the name of an invisible one.
    let part: String = text.chars().take(max_len / 48).collect();
    format!("{}…", mark_up(&part))
}

pub(super) fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}

/// Keeps a date on one line in a narrow column: browsers break lines after blanks and hyphens.
pub(super) fn unbroken(date: &str) -> String {
    date.replace(' ', "&nbsp;").replace(':', "&#58;").replace('-', "-&#8288;")
}

/// Quotes a post's text as HTML: not as code, where GitHub hides the ends of lines, and without Markdown.
pub(super) fn quote(html: &str) -> String {
    format!("\n<blockquote>{html}</blockquote>\n\n")
}

/// A row of a table.
pub(super) fn table_row<const N: usize>(cells: [String; N]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// Words with their Markdown escaped.
pub(super) fn plain(words: &Text, lang: Lang) -> String {
    markdown(words.get(lang))
}
