use crate::check::{CampaignCheck, Context, FindingSink, Rule, Run, text_limits};
use crate::diag::Level;
use crate::limits::{TEXT_CHARS, TEXT_WEIGHT};

pub(in crate::check) static RULE: Rule = Rule {
    code: "long-text-in-utf8",
    level: Level::Warning,
    page: include_str!("long_text_in_utf8.md"),
    run: Run::Campaign(run),
};

fn run(case: &CampaignCheck<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let text = case.draft.content.as_ref().and_then(|content| content.text.as_ref());
    let (Some(text), Some(sent)) = (text, &case.text) else { return };
    if sent.len() > TEXT_WEIGHT && text_limits::over(sent, TEXT_CHARS, TEXT_WEIGHT).is_none() {
        let from = text.len().min(text.floor_char_boundary(TEXT_WEIGHT));
        let to = text[from..].chars().next().map_or(from, |c| from + c.len_utf8());
        found
            .at(
                &case.within(text, &(from..to)),
                format!("byte {TEXT_WEIGHT} in UTF-8"),
                format!("the text has {} bytes in UTF-8, and WeCom may count so", sent.len()),
            )
            .help(format!("make it shorter to be sure: {} Chinese characters fit in any case", TEXT_WEIGHT / 3));
    }
}
