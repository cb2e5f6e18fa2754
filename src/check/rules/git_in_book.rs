use crate::book::{GitPart, SkipReason};
use crate::check::{Context, FindingSink, Rule, Run};
use crate::diag::{Level, Place};

pub(in crate::check) static RULE: Rule =
    Rule { code: "git-in-book", level: Level::Error, page: include_str!("git_in_book.md"), run: Run::Policy(run) };

fn run(context: &Context<'_>, found: &mut FindingSink<'_>) {
    for trouble in &context.book.skipped {
        let SkipReason::Git(part) = &trouble.kind else { continue };
        let finding = found.place(Place::new(&trouble.path, &(0..0), ""), part.to_string());
        finding.help(match part {
            GitPart::Bare => "remove the files of the repository from the book",
            GitPart::Repository => "put its files into the book's own repository, or remove the directory",
            GitPart::Attribute(_) => "remove the attribute; `text`, `eol` and Git LFS may stay",
            GitPart::Link(_) => "put the directory itself in the place of the link",
        });
    }
}
