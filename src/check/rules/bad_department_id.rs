use crate::check::{Context, Found, Reach, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-department-id",
    level: Level::Error,
    page: include_str!("bad_department_id.md"),
    run: Run::Reach(run),
};

fn run(reach: &Reach<'_>, _: &Context<'_>, found: &mut Found<'_>) {
    let senders = reach.range.sender_list.as_ref();
    let departments = senders.and_then(|senders| senders.department_list.as_ref());
    for id in departments.iter().flat_map(|list| &list.value).filter(|id| id.value <= 0) {
        found
            .at(&id.span, "here", format!("{} is no department id", id.value))
            .help("a department id is a whole number from 1; the admin console shows it beside the department");
    }
}
