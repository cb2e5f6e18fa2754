use crate::book::DepartmentRef;
use crate::check::characters::short;
use crate::check::entries::{quoted_number, write_several};
use crate::check::resolve::Resolution;
use crate::check::{AudienceRef, Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-department-id",
    level: Level::Error,
    page: include_str!("bad_department_id.md"),
    run: Run::Audience(run),
};

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    let is_alone = reach.range.departments().nth(1).is_none();
    for entry in reach.range.departments() {
        let mut instead = None;
        if let (Resolution::NoDirectory, DepartmentRef::Name(text)) = (context.resolver.department(entry), &entry.value)
            && let Some(entries) = context.resolver.several_departments(text)
        {
            found
                .at(
                    &entry.span,
                    "several departments in one text",
                    format!("`{}` are several departments", short(text)),
                )
                .help(write_several(&entries, is_alone))
                .replace(&entry.span, entries);
            continue;
        }
        let (message, help) = match (context.resolver.department(entry), &entry.value) {
            (Resolution::Nothing, DepartmentRef::Id(id)) => (
                format!("{id} is no department id"),
                "a department id is a whole number from 1; the admin console shows it beside the department".to_owned(),
            ),
            (Resolution::Nothing, DepartmentRef::Name(text)) => match quoted_number(text) {
                Some(number) => {
                    let help = format!("write {}", short(&number));
                    instead = Some(number);
                    (format!("`{}` stands in quotes, and a department id is a number", short(text)), help)
                }
                None => ("a department is empty".to_owned(), "take it out".to_owned()),
            },
            (Resolution::NoDirectory, DepartmentRef::Name(name)) => (
                format!("`{}` is no department id", short(name)),
                "write the department's id, a whole number; or let `drumbeat directory pull` fetch the corp's \
                 departments, and write names"
                    .to_owned(),
            ),
            _ => continue,
        };
        let finding = found.at(&entry.span, "here", message);
        if let Some(number) = instead {
            finding.replace(&entry.span, number);
        }
        finding.help(help);
    }
}
