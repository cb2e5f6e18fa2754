use crate::book::{ParseError, SourceFile};
use crate::check::{Blocks, FindingSink, Rule, RuleFn, Subject};
use crate::finding::{Level, Place};
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "merge-conflict",
    level: Level::Error,
    summary: StaticText {
        en: "Marker lines of an unresolved merge conflict: `<<<<<<<`, `|||||||`, `=======` and `>>>>>>>` at the start of lines, inside or outside of a text.",
        zh: "文件里留着合并冲突的标记：行首的 `<<<<<<<`、`|||||||`、`=======`、`>>>>>>>`，无论在文字里面还是外面。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::Syntax,
    pages: StaticText { en: include_str!("merge_conflict.md"), zh: include_str!("merge_conflict.zh.md") },
    run: RuleFn::File(run),
};

fn run(file: &SourceFile, parse_errors: &[ParseError], findings: &mut FindingSink<'_>) {
    for error in parse_errors {
        let ParseError::Conflict { span, others } = error else { continue };
        let finding = findings.at(
            span,
            text!(en: "the conflict begins here", zh: "冲突从这里开始"),
            text!(en: "a merge conflict is not resolved", zh: "合并冲突还没有解决"),
        );
        for marker in others {
            finding.related(Place::new(&file.path, marker, text!(en: "a marker of the conflict", zh: "冲突标记")));
        }
        finding.help(text!(
            en: "keep one side; delete the other side and all marker lines",
            zh: "请只留下其中一方的内容，删掉另一方和所有标记行"
        ));
    }
}
