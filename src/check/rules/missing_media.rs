use crate::book;
use crate::check::words::short;
use crate::check::{Case, Context, Found, Rule, Run, media};
use crate::diag::Level;
use crate::shelf::Item;

pub(in crate::check) static RULE: Rule =
    Rule { code: "missing-media", level: Level::Error, page: include_str!("missing_media.md"), run: Run::Draft(run) };

fn run(case: &Case<'_>, context: &Context<'_>, found: &mut Found<'_>) {
    for named in media::named(case, context) {
        let (Ok(path), Some(Item::Missing { nearest })) = (&named.resolved, named.item) else { continue };
        let finding = found.at(named.span, "no such file", format!("there is no file `{}` in the book", short(path)));
        match nearest {
            Some(near) => {
                let near = from(&case.draft.file.path, near);
                if let Some(quoted) = book::quoted(&near) {
                    finding.replace(named.span, quoted);
                }
                finding.help(format!("did you mean `{near}`?"))
            }
            None => finding
                .help("paths stand from this campaign file, and capitals count; was the file forgotten in the commit?"),
        };
    }
}

/// A path of the book as it is written in a campaign file.
fn from(campaign: &str, path: &str) -> String {
    let mut here: Vec<&str> = campaign.split('/').collect();
    here.pop();
    let there: Vec<&str> = path.split('/').collect();
    let shared = here.iter().zip(&there).take_while(|(a, b)| a == b).count();
    let ups = std::iter::repeat_n("..", here.len() - shared);
    ups.chain(there[shared..].iter().copied()).collect::<Vec<_>>().join("/")
}
