use crate::book;
use crate::check::characters::short;
use crate::check::phrases::did_you_mean;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, media};
use crate::finding::Level;
use crate::media_index::MediaEntry;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "missing-media",
    level: Level::Error,
    summary: StaticText { en: "A path without a file.", zh: "按这个路径找不到文件。" },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("missing_media.md"), zh: include_str!("missing_media.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for named in media::named(check, context) {
        let (Ok(path), Some(MediaEntry::Missing { nearest })) = (&named.resolved, named.item) else { continue };
        let finding = findings.at(
            named.span,
            text!(en: "no such file", zh: "没有这个文件"),
            text!(
                en: "there is no file `{path}` in the book",
                zh: "活动目录里没有文件 `{path}`",
                path = short(path)
            ),
        );
        match nearest {
            Some(near) => {
                let near = from(&check.parsed.file.path, near);
                if let Some(quoted) = book::quoted(&near) {
                    finding.replace(named.span, quoted);
                }
                if is_same_composed(path, &near) {
                    finding.help(text!(
                        en: "a file has a name that looks the same but uses other characters, as macOS writes accents: use the suggested name, or rename the file without accents",
                        zh: "有一个文件名看起来一样，其实字符不同（macOS 保存带重音的字母时会这样）；请改用建议的写法，或者给文件换个不带重音的名字"
                    ))
                } else {
                    finding.help(did_you_mean(near))
                }
            }
            None => finding.help(text!(
                en: "check the path: it starts from this campaign file, and upper and lower case differ; the file may also be missing from the commit",
                zh: "请检查路径：从这个活动文件所在的文件夹算起，区分大小写；也可能忘了提交这个文件"
            )),
        };
    }
}

/// Whether two paths look the same but compose letters differently: `é`, and `e` with U+0301.
fn is_same_composed(one: &str, other: &str) -> bool {
    let is_mark = |c: char| matches!(c, '\u{300}'..='\u{36f}' | '\u{3099}' | '\u{309a}' | '\u{1160}'..='\u{11ff}');
    let letters = |text: &str| text.chars().filter(|c| !is_mark(*c)).collect::<Vec<_>>();
    let name = |path: &str| path.rsplit('/').next().unwrap_or(path).to_owned();
    let (one, other) = (name(one), name(other));
    let (mine, theirs) = (letters(&one), letters(&other));
    // Without a composition table: any non-ASCII letter may be a composed one.
    let is_same = |(a, b): (&char, &char)| a == b || !a.is_ascii() || !b.is_ascii();
    one != other
        && (one.contains(is_mark) || other.contains(is_mark))
        && mine.len() == theirs.len()
        && mine.iter().zip(&theirs).all(is_same)
}

/// A path of the book, as written in a campaign file.
fn from(campaign: &str, path: &str) -> String {
    let mut here: Vec<&str> = campaign.split('/').collect();
    here.pop();
    let there: Vec<&str> = path.split('/').collect();
    let shared = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
    let ups = std::iter::repeat_n("..", here.len() - shared);
    ups.chain(there[shared..].iter().copied()).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_look_the_same() {
        for (one, other, is_same) in [
            ("media/caf\u{e9}.jpg", "media/cafe\u{301}.jpg", true),
            ("media/cafe\u{301}.jpg", "media/caf\u{e9}.jpg", true),
            ("media/\u{304c}.jpg", "media/\u{304b}\u{3099}.jpg", true),
            ("media/cafe.jpg", "media/caff.jpg", false),
            ("media/caf\u{e9}.jpg", "media/caf\u{e9}s.jpg", false),
            ("media/caf\u{e9}.jpg", "media/cafo\u{301}e.jpg", false),
        ] {
            assert_eq!(is_same_composed(one, other), is_same, "{one} {other}");
        }
    }
}
