use crate::book::{Fault, SourceFile};
use crate::check::{FindingSink, Rule, Run};
use crate::diag::{Level, Place};

pub(in crate::check) static RULE: Rule =
    Rule { code: "merge-conflict", level: Level::Error, page: include_str!("merge_conflict.md"), run: Run::File(run) };

fn run(file: &SourceFile, faults: &[Fault], found: &mut FindingSink<'_>) {
    for fault in faults {
        let Fault::Conflict { span, others } = fault else { continue };
        let finding = found.at(span, "both sides stand here", "a merge conflict is not resolved");
        for marker in others {
            finding.related(Place::new(&file.path, marker, "a marker of the conflict"));
        }
        finding.help("keep one side, and delete the other one and all marker lines");
    }
}
