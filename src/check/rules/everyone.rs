use crate::check::{AudienceRef, Context, FindingSink, Rule, Run};
use crate::diag::{Level, Place};

pub(in crate::check) static RULE: Rule =
    Rule { code: "everyone", level: Level::Warning, page: include_str!("everyone.md"), run: Run::Audience(run) };

fn run(reach: &AudienceRef<'_>, context: &Context<'_>, found: &mut FindingSink<'_>) {
    // A named audience is told where a campaign uses it: there it can be allowed.
    if reach.name.is_some() {
        return;
    }
    let headline = "everyone in the app's scope will be asked to post this";
    let help = "if that is meant, write allow = [\"everyone\"] in this file; else name senders or customer tags";
    let names_others = reach.range.sender_list.is_some() || reach.range.external_contact_list.is_some();
    if names_others {
        // Which of the two is meant is asked by a rule of its own.
        return;
    }
    if let Some(all) = reach.range.all.as_ref().filter(|all| all.value) {
        found.at(&all.span, "everyone", headline).help(help);
    }
    let Some(name) = &reach.range.audience else { return };
    let all = context.resolver.named(name).and_then(|audience| audience.range.all.as_ref()).filter(|all| all.value);
    if let (Some(all), Some(policy)) = (all, &context.book.policy.file) {
        found
            .at(&name.span, "this audience is everyone", headline)
            .related(Place::new(&policy.path, &all.span, "by the policy"))
            .help(help);
    }
}
