use crate::book::Directory;
use crate::check::characters::short;
use crate::check::{Context, FindingSink, Rule, Run};
use crate::diag::Level;

pub(in crate::check) static RULE: Rule = Rule {
    code: "foreign-directory",
    level: Level::Error,
    page: include_str!("foreign_directory.md"),
    run: Run::Directory(run),
};

fn run(directory: &Directory, context: &Context<'_>, found: &mut FindingSink<'_>) {
    let (Some(theirs), Some(ours)) = (&directory.corp, &context.book.corp.id) else { return };
    if theirs.value != ours.0 {
        let message = format!("the directory is that of the corp `{}`, not of `{}`", short(theirs), short(&ours.0));
        found.at(&theirs.span, "another corp", message).help(
            "pull again with the settings of the corp that posts: drumbeat directory pull; or correct its id there",
        );
    }
}
