use crate::book::DepartmentRef;
use crate::check::characters::short;
use crate::check::entries::{quoted_number, write_several};
use crate::check::phrases::here;
use crate::check::resolve::Resolution;
use crate::check::{AudienceRef, Blocks, Context, FindingSink, Rule, RuleFn, Subject};
use crate::finding::Level;
use crate::invocation::command;
use crate::text::StaticText;

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-department-id",
    level: Level::Error,
    summary: StaticText {
        en: "An entry of `department_list` that is neither a positive number nor a name.",
        zh: "`department_list` 里有一项既不是部门 ID，也不是能查到的部门名称。",
    },
    blocks: Blocks::Campaign,
    concerns: Subject::AudienceEntry,
    pages: StaticText { en: include_str!("bad_department_id.md"), zh: include_str!("bad_department_id.zh.md") },
    run: RuleFn::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, findings: &mut FindingSink<'_>) {
    let is_alone = reach.range.departments().nth(1).is_none();
    for entry in reach.range.departments() {
        let mut instead = None;
        if let (Resolution::NoDirectory, DepartmentRef::Name(text)) = (context.resolver.department(entry), &entry.value)
            && let Some(entries) = context.resolver.several_departments(text)
        {
            findings
                .at(
                    &entry.span,
                    text!(en: "several departments in one text", zh: "几个部门写在了一起"),
                    text!(
                        en: "`{written}` names several departments in one text",
                        zh: "`{written}` 是几个部门写在了一起",
                        written = short(text)
                    ),
                )
                .help(write_several(&entries, is_alone))
                .replace(&entry.span, entries);
            continue;
        }
        let (message, help) = match (context.resolver.department(entry), &entry.value) {
            (Resolution::Nothing, DepartmentRef::Id(id)) => (
                text!(en: "{id} is not a department id", zh: "{id} 不是部门 ID"),
                text!(
                    en: "a department id is a whole number from 1; the admin console shows it beside the department",
                    zh: "部门 ID 是从 1 开始的整数，在企业微信管理后台的部门旁边可以查到"
                ),
            ),
            (Resolution::Nothing, DepartmentRef::Name(text)) => match quoted_number(text) {
                Some(number) => {
                    let help = text!(en: "write {number}", zh: "请写 {number}", number = short(&number));
                    instead = Some(number);
                    let message = text!(
                        en: "the department id `{written}` is in quotes, but it must be a number",
                        zh: "部门 ID `{written}` 加了引号，应该直接写数字",
                        written = short(text)
                    );
                    (message, help)
                }
                None => (
                    text!(en: "this entry for a department is empty", zh: "这一项部门是空的"),
                    text!(en: "remove it", zh: "请把它删掉"),
                ),
            },
            (Resolution::NoDirectory, DepartmentRef::Name(name)) => (
                text!(en: "`{name}` is not a department id", zh: "`{name}` 不是部门 ID", name = short(name)),
                text!(
                    en: "write the id of the department, a whole number; to write names, first run `{directory}`",
                    zh: "请写部门 ID（一个整数）；想写部门名称，请先运行 `{directory}` 更新名录", directory = command("directory pull")),
            ),
            _ => continue,
        };
        let finding = findings.at(&entry.span, here(), message);
        if let Some(number) = instead {
            finding.replace(&entry.span, number);
        }
        finding.help(help);
    }
}
