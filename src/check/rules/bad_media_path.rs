use crate::check::phrases::here;
use crate::check::{Blocks, CampaignCheck, Context, FindingSink, Rule, RuleFn, Subject, media};
use crate::finding::Level;
use crate::media_index::BadPath;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-media-path",
    level: Level::Error,
    summary: StaticText {
        en: "An invalid path of an image or video: empty, absolute, with backslashes, or a web address.",
        zh: r"图片或视频的路径不对：空的，从盘符或根目录写起，用了反斜杠 `\`，或者写成了网址。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Campaign,
    pages: StaticText { en: include_str!("bad_media_path.md"), zh: include_str!("bad_media_path.zh.md") },
    run: RuleFn::Campaign(run),
};

fn run(check: &CampaignCheck<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    for named in media::named(check, context) {
        let Err(why) = named.resolved else { continue };
        let literal = check.parsed.file.text().get(named.span.clone()).unwrap_or_default();
        let has_backslash = literal.starts_with('"') && literal.contains('\\');
        let help = match why {
            BadPath::Outside => continue,
            BadPath::Empty => text!(
                en: "write the path of the file, relative to this campaign file",
                zh: "请写文件的路径，从这个活动文件所在的文件夹算起"
            ),
            BadPath::Address => text!(
                en: "download the file into the book and write its path",
                zh: "请把文件下载到活动目录里，再写它的路径"
            ),
            BadPath::Absolute => text!(
                en: "write the path relative to this campaign file, such as `media/spring.jpg`",
                zh: "请写相对路径，从这个活动文件所在的文件夹算起，例如 `media/spring.jpg`"
            ),
            BadPath::Backslash => text!(en: "write `/` instead of `\\`", zh: "请把 `\\` 换成 `/`"),
            BadPath::Control if has_backslash => text!(
                en: "write `/` between the parts of the path; in quotes a backslash begins an escape",
                zh: "路径请用 `/` 分隔；引号里的反斜杠有别的含义"
            ),
            BadPath::Control => text!(en: "rename the file", zh: "请给文件改名"),
            BadPath::Directory => text!(en: "write the path of a file in it", zh: "请写文件夹里某个文件的路径"),
        };
        let finding = findings.at(named.span, here(), why.text());
        finding.help(help);
        if why == BadPath::Backslash || why == BadPath::Control && has_backslash {
            finding.replace(named.span, literal.replace("\\\\", "/").replace('\\', "/"));
        }
    }
}
