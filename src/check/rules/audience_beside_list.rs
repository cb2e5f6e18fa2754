use crate::check::{AudienceRef, Context, FindingSink, Rule, Run};
use crate::diag::{Level, Place};

pub(in crate::check) static RULE: Rule = Rule {
    code: "audience-beside-list",
    level: Level::Error,
    page: include_str!("audience_beside_list.md"),
    run: Run::Audience(run),
};

fn run(reach: &AudienceRef<'_>, _: &Context<'_>, found: &mut FindingSink<'_>) {
    let range = reach.range;
    // A named audience takes no other one at all, which is a finding of its own.
    let (Some(name), None) = (&range.audience, reach.name) else { return };
    let lists = [
        range.sender_list.as_ref().map(|list| &list.span),
        range.external_contact_list.as_ref().map(|list| &list.span),
    ];
    if let Some(list) = lists.into_iter().flatten().next() {
        found
            .at(&name.span, "a named audience", "a named audience stands beside people who are named")
            .related(Place::new(&reach.file.path, list, "and these"))
            .help("keep one of them, or add these people to the audience in policy.toml");
    }
}
