use crate::book;
use crate::check::characters::{made_plain, short};
use crate::check::entries::{is_spoilt_tag_id, write_several};
use crate::check::phrases::{here, write};
use crate::check::resolve::Resolution;
use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::invocation::command;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-tag-id",
    level: Level::Error,
    summary: StaticText {
        en: "An entry of `tag_list` that cannot be an enterprise customer tag.",
        zh: "`tag_list` 里有一项不可能是客户标签：是空的，夹了全角字母，或者活动目录里还没有名录（`directory.toml`）就写了客户标签名称。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::AudienceEntry,
    pages: StaticText { en: include_str!("bad_tag_id.md"), zh: include_str!("bad_tag_id.zh.md") },
    run: RuleFn::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let is_alone = reach.range.tags().nth(1).is_none();
    for tag in reach.range.tags() {
        let is_none = matches!(context.resolver.tag(tag), Resolution::Nothing | Resolution::NoDirectory);
        if let Some(entries) = context.resolver.several_tags(tag).filter(|_| is_none) {
            findings
                .at(
                    &tag.span,
                    text!(en: "several tags in one text", zh: "几个标签写在了一起"),
                    text!(
                        en: "`{written}` names several tags in one text",
                        zh: "`{written}` 是几个客户标签写在了一起",
                        written = short(tag)
                    ),
                )
                .help(write_several(&entries, is_alone))
                .replace(&tag.span, entries);
            continue;
        }
        let mut instead = None;
        let help = match context.resolver.tag(tag) {
            Resolution::Nothing if is_spoilt_tag_id(tag) => {
                let plain = made_plain(tag.trim());
                instead = book::quoted(&plain);
                write(&plain)
            }
            Resolution::Nothing => text!(
                en: "a tag id begins with `et`; remove the entry if there is none",
                zh: "客户标签 ID 以 `et` 开头；没有的话，请删掉这一项"
            ),
            Resolution::NoDirectory => text!(
                en: "write the id of the tag, which begins with `et`; to write names, first run `{directory}`",
                zh: "请写以 `et` 开头的客户标签 ID；想写客户标签名称，请先运行 `{directory}` 更新名录", directory = command("directory pull")),
            _ => continue,
        };
        let finding = findings.at(
            &tag.span,
            here(),
            text!(en: "`{id}` is not a tag id", zh: "`{id}` 不是客户标签 ID", id = short(tag)),
        );
        if let Some(text) = instead {
            finding.replace(&tag.span, text);
        }
        finding.help(help);
    }
}
