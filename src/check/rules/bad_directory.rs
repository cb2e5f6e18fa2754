use crate::book::{DIRECTORY_VERSION, Directory, DirectoryError};
use crate::check::characters::short;
use crate::check::entries::is_tag_id;
use crate::check::{Context, FindingSink, Rule, Run};
use crate::diag::{Level, Place};

pub(in crate::check) static RULE: Rule = Rule {
    code: "bad-directory",
    level: Level::Error,
    page: include_str!("bad_directory.md"),
    run: Run::Directory(run),
};

fn run(directory: &Directory, _: &Context<'_>, found: &mut FindingSink<'_>) {
    if let Some(version) = directory.version.as_ref().filter(|version| version.value != DIRECTORY_VERSION) {
        let message =
            format!("this directory has the form {}, and only {DIRECTORY_VERSION} is known here", version.value);
        let help = "upgrade drumbeat if a newer one pulled it; else pull again: drumbeat directory pull";
        found.at(&version.span, "not known", message).help(help);
    }
    // What a name stands for goes out, so it must be what could be written in its place.
    for tag in directory.tags.iter().filter(|tag| !is_tag_id(&tag.id)) {
        found
            .at(&tag.id.span, "here", format!("`{}` is no tag id", short(&tag.id)))
            .help("pull again: drumbeat directory pull");
    }
    for flaw in &directory.errors {
        match flaw {
            DirectoryError::Twice { what, first, again } => {
                found
                    .at(again, "again", format!("the directory has the same {what} twice"))
                    .related(Place::new(&directory.file.path, first, "first here"))
                    .help("pull again: drumbeat directory pull");
            }
            DirectoryError::Circle { span, id } => {
                found
                    .at(span, "above itself", format!("the department {id} stands below itself"))
                    .help("pull again: drumbeat directory pull");
            }
        }
    }
}
