use crate::book::{Fault, SourceFile};
use crate::check::{Blocks, Concern, FindingSink, MAX_FINDINGS, Rule, Run, keys};
use crate::diag::Level;
use crate::nearest::nearest;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "missing-key",
    level: Level::Error,
    summary: StaticText {
        en: "A missing key: `id`, `content`, `visible_range` or `schedule` of a campaign, or a required key in a part of `policy.toml`.",
        zh: "少了必须写的一项：活动文件里要有 `id`、`content`、`visible_range` 和 `schedule`；公共设置里的某些部分也有必须写的项。",
    },
    blocks: Blocks::Campaign,
    concerns: Concern::File,
    pages: StaticText { en: include_str!("missing_key.md"), zh: include_str!("missing_key.zh.md") },
    run: Run::File(run),
};

fn run(_: &SourceFile, faults: &[Fault], found: &mut FindingSink<'_>) {
    for fault in faults {
        let Fault::MissingKey { span, key, table } = fault else { continue };
        // A key that is only misspelt is told as such, once.
        let is_misspelt = faults.iter().take(MAX_FINDINGS).any(|other| {
            matches!(other, Fault::UnknownKey { key: written, table: place, .. }
                if place == table && (nearest(written, [*key]).is_some() || keys::by_synonym(written, &[*key]).is_some()))
        });
        if is_misspelt {
            continue;
        }
        let message =
            if table.is_empty() { format!("`{key}` is missing") } else { format!("`{key}` is missing in `{table}`") };
        let in_list = table.contains('[');
        found.at(span, "here", message).help(match *key {
            "from" if in_list => "add `from`, the first date or time of the range".to_owned(),
            "to" if in_list => "add `to`, the last date or time of the range, which is included".to_owned(),
            key => wanted(key).to_owned(),
        });
    }
}

/// What to write.
fn wanted(key: &str) -> &'static str {
    match key {
        "id" => {
            "give the campaign a name of its own, such as id = \"spring-launch\"; renaming the file later changes nothing"
        }
        "content" => "say what is posted, such as content.text = \"…\"",
        "visible_range" => {
            "say who is asked to post it: senders, customer tags, a named audience, or all = true for everyone"
        }
        "schedule" => {
            "say when: schedule.cron = \"0 9 * * MON\", or schedule.at = YYYY-MM-DDT09:00:00 with the date that is meant"
        }
        _ => "write it",
    }
}
