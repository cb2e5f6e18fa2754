//! Histories as tables for people.

use std::collections::BTreeMap;
use std::io::{self, Write};

use super::cells::{counted, local, moment_id, reason, sum};
use crate::report::parts::lines;
use crate::run::{Run, State};
use crate::text::{Lang, StaticText};

/// Runs per table. A longer history has several tables, so it is never in memory as a whole.
const MAX_TABLE_ROWS: usize = 1_000;

const HEAD: [StaticText; 5] = [
    StaticText { en: "due", zh: "应发时间" },
    StaticText { en: "run", zh: "发表记录" },
    StaticText { en: "state", zh: "状态" },
    StaticText { en: "moment id", zh: "朋友圈 ID" },
    StaticText { en: "why", zh: "原因" },
];

/// Some runs for people.
pub fn history(runs: &[Run], width: Option<u16>, lang: Lang) -> String {
    table(runs, width, lang) + sum(&counted(runs)).get(lang) + "\n"
}

/// A history for people, written as its runs are read.
///
/// # Errors
///
/// A run cannot be read, or `to` cannot be written.
pub fn long_history<E: From<io::Error>>(
    mut to: impl Write,
    runs: impl Iterator<Item = Result<Run, E>>,
    width: Option<u16>,
    lang: Lang,
) -> Result<(), E> {
    let mut runs = runs.peekable();
    if runs.peek().is_none() {
        writeln!(to, "{}", text!(en: "no runs", zh: "没有发表记录").get(lang))?;
        return Ok(());
    }
    let mut counts: BTreeMap<State, usize> = BTreeMap::new();
    while runs.peek().is_some() {
        let some: Vec<Run> = runs.by_ref().take(MAX_TABLE_ROWS).collect::<Result<_, E>>()?;
        counted(&some).into_iter().for_each(|(state, more)| *counts.entry(state).or_default() += more);
        to.write_all(table(&some, width, lang).as_bytes())?;
    }
    writeln!(to, "{}", sum(&counts).get(lang))?;
    Ok(())
}

fn table(runs: &[Run], width: Option<u16>, lang: Lang) -> String {
    let row = |run: &Run| {
        let mark = text!(en: "its post in the store is unreadable", zh: "记录库里它的内容读不了");
        let marks = run.lacks_post().then(|| mark.into_lang(lang));
        let why: Vec<String> = marks.into_iter().chain(reason(run, lang)).collect();
        let why = why.join(text!(en: "; ", zh: "；").get(lang));
        [local(run).into_lang(lang), run.id().to_string(), run.state.text().into_lang(lang), moment_id(run), why]
    };
    lines(HEAD.map(|title| title.get(lang)), 2, runs.iter().map(row), width)
}
