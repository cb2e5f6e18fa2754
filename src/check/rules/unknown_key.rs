use crate::book::{ParseError, SourceFile};
use crate::check::characters::short;
use crate::check::phrases::{did_you_mean, the_key_is, the_keys_are};
use crate::check::{Blocks, FindingSink, MAX_FINDINGS, Rule, RuleFn, Subject, keys};
use crate::finding::Level;
use crate::nearest::nearest;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "unknown-key",
    level: Level::Error,
    summary: StaticText {
        en: "An unknown key in a campaign file or in `policy.toml`.",
        zh: "活动文件或公共设置（`policy.toml`）里有一个不认识的键名。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::File,
    pages: StaticText { en: include_str!("unknown_key.md"), zh: include_str!("unknown_key.zh.md") },
    run: RuleFn::File(run),
};

fn run(file: &SourceFile, parse_errors: &[ParseError], findings: &mut FindingSink<'_>) {
    let unknown = parse_errors.iter().filter_map(|error| match error {
        ParseError::UnknownKey { span, key, table, known, taken } => Some((span, key, table, known, taken)),
        _ => None,
    });
    for (n, (span, key, table, known, taken)) in unknown.enumerate() {
        let table = &keys::without_number(table);
        let shown = short(key);
        let message = if table.is_empty() {
            text!(en: "unknown key `{shown}` at the top of the file", zh: "文件最上层不能写 `{shown}`")
        } else {
            text!(en: "unknown key `{shown}` in `{table}`", zh: "`{table}` 里不能写 `{shown}`")
        };
        let finding = findings.at(span, text!(en: "nothing reads this", zh: "不认识"), message);
        // Findings beyond the limit are merged into one.
        let value =
            file.text().get(span.end..).and_then(|rest| rest.lines().next()).and_then(|line| line.split_once('='));
        let value = value.map_or("", |(_, value)| value);
        let synonym = || keys::by_synonym(key, known).map(|key| keys::by_value(key, value));
        let near = (n < MAX_FINDINGS).then(|| synonym().or_else(|| nearest(key, known.iter().copied())));
        let near = near.flatten();
        let meant = if n < MAX_FINDINGS { keys::in_chinese(key) } else { None }.map(|key| keys::by_value(key, value));
        if let Some(meant) = meant {
            finding.help(the_key_is(meant));
            if known.contains(&meant) && !taken.contains(&meant) {
                finding.replace(span, meant);
            }
            continue;
        }
        // The policy has its own `timezone`.
        let is_of_policy = known.contains(&"audiences");
        if let Some(home) = keys::home(key, table).filter(|_| !is_of_policy) {
            finding.help(match (home, &**table) {
                ("", table) => text!(
                    en: "`{key}` belongs at the top of the file, before the first `[head]`; everything below `[{table}]` belongs to it",
                    zh: "`{key}` 要写在文件最上面、第一个 `[…]` 之前；`[{table}]` 下面的内容都算它的"
                ),
                (home, _) => text!(en: "`{key}` belongs to `[{home}]`", zh: "`{key}` 要写在 `[{home}]` 里"),
            });
            continue;
        }
        match near {
            Some(near) if taken.contains(&near) => finding.help(text!(
                en: "`{near}` is already here: keep one of the two, as `{near}`",
                zh: "这里已经有 `{near}` 了，请只保留一个，键名用 `{near}`"
            )),
            Some(near) => finding.help(did_you_mean(near)).replace(span, near),
            None => finding.help(the_keys_are(known)),
        };
    }
}
