use crate::book::{COUNTS_VERSION, CountsHead, CountsKind};
use crate::check::characters::short;
use crate::check::phrases::here;
use crate::check::{Blocks, Context, FindingSink, Rule, RuleFn, Subject, counts};
use crate::finding::Level;
use crate::invocation::command;
use crate::text::{StaticText, Text};

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-counts",
    level: Level::Warning,
    summary: StaticText {
        en: "An `audience.toml` or `results.toml` that cannot be used: of another corp, with an unknown version, or without a valid date.",
        zh: "统计文件 `audience.toml` 或 `results.toml` 用不了：属于另一家企业、版本不认识，或者日期不对。",
    },
    blocks: Blocks::Nothing,
    concerns: Subject::Directory,
    pages: StaticText { en: include_str!("bad_counts.md"), zh: include_str!("bad_counts.zh.md") },
    run: RuleFn::Counts(run),
};

fn run(file: &CountsHead, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    if let Some(version) = file.version.as_ref().filter(|version| version.value != COUNTS_VERSION) {
        let message = text!(
            en: "the counts have format version {version}; this drumbeat reads only version {COUNTS_VERSION}",
            zh: "统计文件的格式版本是 {version}，这个版本的 drumbeat 只认识 {COUNTS_VERSION}",
            version = version.value
        );
        findings.at(&version.span, here(), message).help(count_again(file.kind));
    }
    if let (Some(corp), Some(other)) = (&file.corp, counts::other_corp(file, context.book)) {
        let message = text!(
            en: "the counts are of the corp `{corp}`, not of `{other}`",
            zh: "统计的是企业 `{corp}`，不是 `{other}`",
            corp = short(corp),
            other = short(other)
        );
        findings.at(&corp.span, text!(en: "another corp", zh: "另一家企业"), message).help(count_again(file.kind));
    }
    let Some(written) = &file.counted_on else { return };
    let date = counts::date(file);
    if date.is_none_or(|date| date > counts::today(context.now)) {
        let message = text!(
            en: "`{written}` is not a date on which anything can have been counted",
            zh: "`{written}` 不是可能的统计日期",
            written = short(written)
        );
        findings.at(&written.span, here(), message).help(count_again(file.kind));
    }
}

pub(super) fn count_again(kind: CountsKind) -> Text {
    let again = match kind {
        CountsKind::Customers => command("audience"),
        CountsKind::Results => command("report --save"),
    };
    text!(en: "run `{again}` again", zh: "请重新运行 `{again}`")
}
