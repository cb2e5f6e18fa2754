use crate::check::{AudienceRef, Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "nested-audience",
    level: Level::Error,
    page: include_str!("nested_audience.md"),
    run: Run::Audience(run),
};

fn run(reach: &AudienceRef<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    if let (Some(name), Some(_)) = (&reach.range.audience, reach.name) {
        found
            .at(&name.span, "another audience", "a named audience cannot name another one")
            .help("write out its senders and tags");
    }
}
