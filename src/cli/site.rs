//! `drumbeat site`: the plan as one self-contained HTML file, for the artifact of a pull request.

use std::fs;
use std::path::PathBuf;

use super::error::{Context as _, Result};
use super::review::{Review, ReviewArgs};
use super::{BookArg, Exit, output};
use crate::load::CheckedBook;
use crate::page::{self, Pictures, Site};
use crate::settings::Flags;

/// Writes the plan as one HTML file: a calendar, each post as on a phone, and with --base what a pull request changes
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  drumbeat site --out plan.html                     the next 30 days of campaigns/
  drumbeat site --base origin/main --out plan.html  what this branch changes, pictures side by side

The file needs no server, loads nothing and has no script: open it in a browser, send it, or keep it as an
artifact of a pull request (docs/pull-requests.md).

Exit codes: 0 every campaign is shown, 1 some have errors and are not posted, 2 the book could not
be read or the file not written. Nothing is sent anywhere: no account, no network.")]
pub(super) struct Args {
    #[command(flatten)]
    book: BookArg,
    #[command(flatten)]
    asked: ReviewArgs,
    /// The file to write; one that exists is replaced
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
}

pub(super) fn run(args: Args, flags: Flags) -> Result<Exit> {
    let review = Review::of(&args.book, &args.asked, flags)?;
    let after = pictures(&review.after);
    let before = review.before.as_ref().map(|it| (it, pictures(it)));
    let html = page::write(&Site {
        view: review.view(),
        book: &review.after.book,
        checked: &review.after.result,
        after: page::PageMedia { media: &review.after.media, pictures: &after },
        before: before.as_ref().map(|(it, pictures)| page::PageMedia { media: &it.media, pictures }),
    });
    let out = args.out.display();
    fs::write(&args.out, &html).context(|| text!(en: "failed to write {out}", zh: "无法写入 {out}"))?;
    let size = html.len().div_ceil(1_024);
    output::print_info(text!(
        en: "wrote {out} ({size} kB); open it in a browser",
        zh: "已写入 {out}（{size} kB）；用浏览器打开就能看"
    ));
    Ok(review.exit())
}

fn pictures(book: &CheckedBook) -> Pictures {
    Pictures::inline(book.result.campaigns.iter().map(AsRef::as_ref), &book.source)
}
