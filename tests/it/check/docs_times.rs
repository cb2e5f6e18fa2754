//! The pages on how to write times: each example has the next times that stand below it.

use std::fs;
use std::path::Path;

use chrono::{DateTime, NaiveDate, Utc};
use drumbeat::text::{Lang, when};

use super::block::verdict;

/// The time from which the pages count: midnight in Beijing.
const FROM: &str = "2026-08-31T16:00:00Z";

/// An example that has times below it, and those.
struct Example {
    toml: String,
    times: String,
}

/// The examples of a page whose times begin with `label`.
fn examples(page: &str, label: &str) -> Vec<Example> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let text = fs::read_to_string(path).unwrap();
    let blocks = text.split("```toml\n").skip(1).filter_map(|rest| rest.split_once("```\n"));
    let with_times = blocks.filter_map(|(toml, rest)| Some((toml, rest.lines().next()?.strip_prefix(label)?)));
    with_times.map(|(toml, times)| Example { toml: toml.to_owned(), times: times.trim().to_owned() }).collect()
}

/// So many next times of an example, as a language writes them.
fn next_times(toml: &str, count: usize, lang: Lang) -> String {
    let file = format!(
        "id = \"spring-launch\"\ncontent.text = \"春季新品上架，前三天九折。\"\n\
         visible_range.sender_list.user_list = [\"zhangshan\"]\n{toml}"
    );
    let checked = verdict(&[&file]);
    let [campaign] = &checked.campaigns[..] else { panic!("{toml}\n{:#?}", checked.findings) };
    let schedule = campaign.timing.schedule.expand();
    let from: DateTime<Utc> = FROM.parse().unwrap();
    let near: NaiveDate = "2026-09-01".parse().unwrap();
    let words = schedule.between(from, DateTime::<Utc>::MAX_UTC).take(count).map(|occurrence| {
        assert_eq!(occurrence.doubt, None, "{toml}");
        when::date_time_near(occurrence.due_local(schedule.zone()), near).into_lang(lang)
    });
    words.collect::<Vec<_>>().join(if lang == Lang::Zh { "、" } else { ", " })
}

#[track_caller]
fn holds(page: &str, label: &str, lang: Lang) {
    let examples = examples(page, label);
    assert!(examples.len() >= 15, "{}", examples.len());
    for Example { toml, times } in examples {
        let count = times.split(if lang == Lang::Zh { "、" } else { ", " }).count();
        assert_eq!(next_times(&toml, count, lang), times, "{page}:\n{toml}");
    }
}

#[test]
fn chinese_examples_have_these_times() {
    holds("docs/zh/怎么写时间.md", "接下来：", Lang::Zh);
}

#[test]
fn english_examples_have_these_times() {
    holds("docs/times.md", "Next:", Lang::En);
}

#[test]
fn both_pages_have_the_same_examples() {
    let toml = |page: &str, label: &str| examples(page, label).into_iter().map(|it| it.toml).collect::<Vec<_>>();
    assert_eq!(toml("docs/zh/怎么写时间.md", "接下来："), toml("docs/times.md", "Next:"));
}
