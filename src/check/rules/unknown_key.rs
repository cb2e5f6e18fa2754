use crate::book::{Fault, SourceFile};
use crate::check::characters::short;
use crate::check::{Blocks, Concern, FindingSink, MAX_FINDINGS, Rule, Run, keys};
use crate::diag::Level;
use crate::nearest::nearest;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unknown-key",
    level: Level::Error,
    summary: StaticText {
        en: "An unknown key in a campaign file or in `policy.toml`.",
        zh: "活动文件或公共设置里有一个不认识的键名。",
    },
    blocks: Blocks::Campaign,
    concerns: Concern::File,
    pages: StaticText { en: include_str!("unknown_key.md"), zh: include_str!("unknown_key.zh.md") },
    run: Run::File(run),
};

fn run(file: &SourceFile, faults: &[Fault], found: &mut FindingSink<'_>) {
    let unknown = faults.iter().filter_map(|fault| match fault {
        Fault::UnknownKey { span, key, table, known, taken } => Some((span, key, table, known, taken)),
        _ => None,
    });
    for (n, (span, key, table, known, taken)) in unknown.enumerate() {
        let place = if table.is_empty() { "at the top of the file".to_owned() } else { format!("in `{table}`") };
        let finding = found.at(span, "nothing reads this", format!("unknown key `{}` {place}", short(key)));
        // Those past the limit are told as one.
        let value =
            file.text().get(span.end..).and_then(|rest| rest.lines().next()).and_then(|line| line.split_once('='));
        let value = value.map_or("", |(_, value)| value);
        let synonym = || keys::by_synonym(key, known).map(|key| keys::by_value(key, value));
        let near = (n < MAX_FINDINGS).then(|| synonym().or_else(|| nearest(key, known.iter().copied())));
        let near = near.flatten();
        let meant = if n < MAX_FINDINGS { keys::in_chinese(key) } else { None }.map(|key| keys::by_value(key, value));
        if let Some(meant) = meant {
            finding.help(format!("the key is `{meant}`"));
            if known.contains(&meant) && !taken.contains(&meant) {
                finding.replace(span, meant);
            }
            continue;
        }
        // The policy has a `timezone` and a `content` of its own making.
        let is_of_policy = known.contains(&"audiences");
        if let Some(home) = keys::home(key, table).filter(|_| !is_of_policy) {
            finding.help(match (home, table.as_str()) {
                ("", _) => format!(
                    "`{key}` belongs at the top of the file, before the first [head]; what stands below [{table}] belongs to it"
                ),
                (home, _) => format!("`{key}` belongs to [{home}]"),
            });
            continue;
        }
        match near {
            Some(near) if taken.contains(&near) => {
                finding.help(format!("`{near}` stands here already: keep one of the two, as `{near}`"))
            }
            Some(near) => finding.help(format!("did you mean `{near}`?")).replace(span, near),
            None => finding.help(format!("the keys here are {}", known.join(", "))),
        };
    }
}
