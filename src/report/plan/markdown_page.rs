//! A page that is never longer than a comment may be.

use super::cells::Noun;
use crate::escape::markdown;
use crate::text::{Lang, Text};

/// Longest comment that GitHub takes, in characters; counted here in UTF-16, of which there are never fewer.
const MAX_COMMENT_CHARS: usize = 65_536;
/// Kept free for what says how much was left out.
const RESERVE: usize = 400;
/// Blocks that may be too long for the room before a list ends.
const MAX_MISSED: usize = 20;

/// A page that takes blocks for as long as there is room.
pub(super) struct Page {
    text: String,
    room: usize,
    lang: Lang,
}

impl Page {
    pub fn new(lang: Lang) -> Self {
        Self { text: String::new(), room: MAX_COMMENT_CHARS - RESERVE, lang }
    }

    pub fn into_text(self) -> String {
        self.text
    }

    /// Adds a whole block, or nothing of it.
    pub fn put(&mut self, block: &str) -> bool {
        let length = utf16_len(block);
        let fits = length <= self.room;
        if fits {
            self.text.push_str(block);
            self.room -= length;
        }
        fits
    }

    /// Adds what says how much was left out: its room is kept free.
    pub fn put_in_reserve(&mut self, words: &Text) {
        self.text.push_str(words.get(self.lang));
    }

    /// Adds the blocks that there is room for, in order, and says how many are left out.
    pub fn list(&mut self, blocks: impl ExactSizeIterator<Item = String>, what: Noun) {
        let total = blocks.len();
        let (mut shown, mut missed) = (0, 0);
        for block in blocks {
            if self.put(&block) {
                shown += 1;
            } else {
                missed += 1;
            }
            // One that is very long must not hide those after it; a page that is full is full.
            if missed > MAX_MISSED {
                break;
            }
        }
        if shown < total {
            self.put_in_reserve(&text!(
                en: "\n{left} left out here: `drumbeat plan` shows all.\n\n",
                zh: "\n这里略去 {left}：`drumbeat plan` 会显示全部。\n\n",
                left = what.count(total - shown)
            ));
        }
    }

    /// Adds a folded table.
    pub fn table(&mut self, title: &Text, head: &[&str], rows: impl ExactSizeIterator<Item = String>, what: Noun) {
        const CLOSE: &str = "\n</details>\n\n";
        let (title_shown, rule) = (title.get(self.lang), "|---".repeat(head.len()));
        let head = head.join(" | ");
        let open = format!("<details><summary>{title_shown}</summary>\n\n| {head} |\n{rule}|\n");
        // What closes the fold has its room before the first row.
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

    /// Adds a folded table that takes half of the room at most, so that something else is always seen.
    pub fn table_in_half(
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

/// As much of a text as `max_len` UTF-16 units take once it is marked up.
pub(super) fn bounded(text: &str, max_len: usize, mark_up: impl Fn(&str) -> String) -> String {
    let marked = mark_up(text);
    if utf16_len(&marked) <= max_len {
        return marked;
    }
    // The longest that one character can become is the name of one that cannot be seen.
    let part: String = text.chars().take(max_len / 48).collect();
    format!("{}…", mark_up(&part))
}

pub(super) fn utf16_len(text: &str) -> usize {
    text.encode_utf16().count()
}

/// A date that a narrow column does not break: browsers break lines after blanks and hyphens.
pub(super) fn unbroken(date: &str) -> String {
    date.replace(' ', "&nbsp;").replace(':', "&#58;").replace('-', "-&#8288;")
}

/// A text of a post, as HTML: outside of code, where GitHub hides the ends of lines, and with no Markdown in it.
pub(super) fn quote(html: &str) -> String {
    format!("\n<blockquote>{html}</blockquote>\n\n")
}

/// A row of a table.
pub(super) fn table_row<const N: usize>(cells: [String; N]) -> String {
    format!("| {} |\n", cells.join(" | "))
}

/// Words without Markdown in them.
pub(super) fn plain(words: &Text, lang: Lang) -> String {
    markdown(words.get(lang))
}
