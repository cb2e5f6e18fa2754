use crate::book::Spanned;
use crate::check::characters::name_of;
use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "control-character",
    level: Level::Error,
    page: include_str!("control_character.md"),
    run: Run::Campaign(run),
};

/// Most characters of one text that are told.
const MOST: usize = 10;

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let Some(content) = &case.draft.content else { return };
    if let Some(text) = &content.text {
        look(case, text, &['\n', '\t'], found);
    }
    if let Some(link) = &content.link {
        link.title.iter().chain(&link.url).for_each(|text| look(case, text, &[], found));
    }
}

fn look(case: &CampaignCheck<'_>, text: &Spanned<String>, fine: &[char], found: &mut FindingSink<'_>) {
    // Most texts have none: in UTF-8 each begins with one of these bytes. Without a way out of the loop many bytes are
    // compared at once.
    let may_be = |byte: u8| (byte < b' ') & (byte != b'\n') | (byte == 0x7f) | (byte == 0xc2);
    let may_have = |bytes: &[u8]| bytes.iter().fold(false, |any, byte| any | may_be(*byte));
    if !text.as_bytes().chunks(64).any(may_have) && fine.contains(&'\n') {
        return;
    }
    // A line end as Windows writes it becomes a plain one.
    let is_line_end = |at: usize| fine.contains(&'\n') && text[at..].starts_with("\r\n");
    let wrong = text.char_indices().filter(|(at, c)| c.is_control() && !fine.contains(c) && !is_line_end(*at));
    for (at, c) in wrong.take(MOST) {
        let span = case.within(text, &(at..at + c.len_utf8()));
        let (help, instead) =
            if c == '\n' || c == '\t' { ("write it on one line, with plain spaces", " ") } else { ("take it out", "") };
        let finding = found.at(&span, "here", format!("{} cannot be sent", name_of(c)));
        finding.help(help).replace(&span, instead);
    }
}
