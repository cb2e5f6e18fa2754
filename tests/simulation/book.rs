//! Books that change, and the runs that they require.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::sync::{Arc, OnceLock};

use chrono::{DateTime, NaiveDate, NaiveDateTime, TimeDelta, Utc};
use drumbeat::book::{Book, Files, SourceFile};
use drumbeat::campaign::{Campaign, Contents, Order, shuffled};
use drumbeat::check::{CheckResult, check};
use drumbeat::load::{ActiveBook, load};
use drumbeat::media_index::MediaIndex;
use drumbeat::run::{Run, Slot};
use drumbeat::schedule::{Days, Schedule, Spec};
use drumbeat::source::Source;
use fastrand::Rng;

/// One campaign file of the simulation.
#[derive(Clone, Debug)]
struct Page {
    id: String,
    /// One content, or several in rotation.
    contents: Vec<PageContent>,
    is_shuffled: bool,
    schedule: String,
    broken: bool,
}

/// One content of a campaign file.
#[derive(Clone, Debug)]
struct PageContent {
    text: String,
    attachment: &'static str,
    on: Option<NaiveDate>,
}

/// The book on disk.
pub(super) struct RandomBook {
    pages: BTreeMap<String, Page>,
    /// Files that are missing for a while.
    away: BTreeMap<String, Page>,
    /// Files that were removed or restored within the edit delay: they may be replaced at this moment.
    changing: BTreeSet<String>,
    written: u64,
    /// The first day of the simulated time.
    day: NaiveDate,
}

/// An occurrence that must have exactly one run.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Expected {
    pub(super) due: DateTime<Utc>,
    /// The text that may be posted for the occurrence.
    pub(super) text: String,
}

/// The occurrences that the loads so far require the engine to record.
#[derive(Default)]
pub(super) struct Obligations {
    live: BTreeMap<String, Live>,
    pub(super) expected: BTreeMap<(String, Slot), Expected>,
}

struct Live {
    file: String,
    fingerprint: String,
    campaign: Arc<Campaign>,
    since: DateTime<Utc>,
    /// The campaign's file has an error.
    is_held: bool,
}

impl RandomBook {
    pub(super) fn new(rng: &mut Rng, day: NaiveDate) -> Self {
        let (pages, away, changing) = (BTreeMap::new(), BTreeMap::new(), BTreeSet::new());
        let mut book = Self { pages, away, changing, written: 0, day };
        for _ in 0..rng.u32(1..5) {
            book.add(rng);
        }
        book
    }

    fn add(&mut self, rng: &mut Rng) {
        self.written += 1;
        let page = self.page(rng, format!("c{}", self.written));
        self.pages.insert(format!("file-{}.toml", self.written), page);
    }

    fn page(&self, rng: &mut Rng, id: String) -> Page {
        let mut contents = vec![page_content(rng, &id)];
        if rng.u32(..3) == 0 {
            contents.extend((0..rng.u32(1..4)).map(|_| page_content(rng, &id)));
            if rng.bool() {
                let on = Some(self.day + TimeDelta::days(rng.i64(0..2)));
                contents.push(PageContent { on, ..page_content(rng, &id) });
            }
        }
        let zone = ["Asia/Shanghai", "America/New_York", "Europe/Berlin"][rng.usize(..3)];
        let cron = match rng.u32(..4) {
            0 => format!("{} {},{} * * *", rng.u32(..60), rng.u32(..12), rng.u32(12..24)),
            1 => format!("*/{} {}-{} * * *", [15, 20, 30][rng.usize(..3)], rng.u32(..10), rng.u32(10..24)),
            2 => "0 9 * * *".to_owned(),
            _ => format!("{} */{} * * *", rng.u32(..60), rng.u32(2..8)),
        };
        let lateness = ["5m", "20m", "1h", "6h"][rng.usize(..4)];
        let mut schedule = format!("cron = \"{cron}\"\ntimezone = \"{zone}\"\nmax_lateness = \"{lateness}\"");
        if contents.len() > 1 {
            let start = self.day - TimeDelta::days(rng.i64(0..20));
            schedule += &format!("\nstart = {start}");
        }
        if rng.u32(..4) == 0 {
            let skipped = self.day - TimeDelta::days(rng.i64(-2..8));
            schedule += &format!("\nskip = [{skipped}]");
        }
        Page { id, contents, is_shuffled: rng.u32(..3) == 0, schedule, broken: false }
    }

    /// Changes something, as a person does between two loads.
    pub(super) fn edit(&mut self, rng: &mut Rng) {
        let Some(file) = self.pages.keys().nth(rng.usize(..self.pages.len().max(1))).cloned() else {
            return self.add(rng);
        };
        let other_id = self.pages.values().next().map(|page| page.id.clone()).unwrap_or_default();
        let fresh = self.page(rng, self.pages[&file].id.clone());
        match (rng.u32(..10), self.pages.get_mut(&file)) {
            (0, _) => self.add(rng),
            (1, _) => drop(self.pages.remove(&file)),
            // The contents need the schedule that they were written for.
            (2, Some(page)) => (page.schedule, page.contents) = (fresh.schedule, fresh.contents),
            (3, Some(page)) => {
                let place = rng.usize(..page.contents.len());
                let on = page.contents[place].on;
                page.contents[place] = PageContent { on, ..page_content(rng, &page.id) };
            }
            // One more content, or another order.
            (9, Some(page)) if page.contents.len() > 1 && rng.bool() => {
                page.contents.insert(rng.usize(..=page.contents.len()), page_content(rng, &page.id));
            }
            (9, Some(page)) => page.is_shuffled = !page.is_shuffled,
            (4, Some(page)) => page.broken = true,
            (5, Some(page)) => page.id = other_id,
            (6, Some(page)) => page.id = format!("r{}", rng.u32(..1000)),
            (7, Some(_)) => {
                if let Some(page) = self.pages.remove(&file) {
                    self.written += 1;
                    self.pages.insert(format!("moved-{}.toml", self.written), page);
                }
            }
            (_, Some(page)) => page.broken = false,
            (_, None) => {}
        }
    }

    /// Removes a file for a while; returns its name.
    pub(super) fn take_away(&mut self, rng: &mut Rng) -> Option<String> {
        let file = self.pages.keys().nth(rng.usize(..self.pages.len().max(1)))?.clone();
        let page = self.pages.remove(&file)?;
        self.away.insert(file.clone(), page);
        self.changing.insert(file.clone());
        Some(file)
    }

    pub(super) fn bring_back(&mut self, file: &str) {
        if let Some(page) = self.away.remove(file) {
            self.pages.insert(file.to_owned(), page);
            self.changing.insert(file.to_owned());
        }
    }

    /// A file was unchanged for the edit delay.
    pub(super) fn settle(&mut self, file: &str) {
        self.changing.remove(file);
    }

    /// A new process does not know which files were there before.
    pub(super) fn begin(&mut self) {
        let Self { changing, away, .. } = self;
        changing.retain(|file| !away.contains_key(file));
    }

    /// The book as a load would read it.
    pub(super) fn load(&self, now: DateTime<Utc>) -> Arc<ActiveBook> {
        let file = |(path, page): (&String, &Page)| {
            let Page { id, contents, is_shuffled, schedule, broken } = page;
            let broken = if *broken { "half = \n" } else { "" };
            let mut text = format!(
                "id = \"{id}\"\n{broken}[visible_range]\nsender_list = {{ user_list = [\"zhangshan\"] }}\n[schedule]\n{schedule}\n"
            );
            let head = if contents.len() > 1 { "[[content]]" } else { "[content]" };
            for PageContent { text: words, attachment, on } in contents {
                let on = on.map(|date| format!("\non = [{date}]")).unwrap_or_default();
                text += &format!("{head}\ntext = \"{words}\"{attachment}{on}\n");
            }
            if *is_shuffled && contents.len() > 1 {
                text += "[rotation]\norder = \"shuffled\"\n";
            }
            SourceFile::new(path, &text)
        };
        let files = Files {
            campaigns: self.pages.iter().map(file).collect(),
            policy: Some(SourceFile::new("policy.toml", "[limits]\nmax_per_day = 1000\n")),
            ..Files::default()
        };
        let mut book = active_book(files, example_media(), now);
        let is_away = |file: &String| self.away.contains_key(file);
        let page = |file: &String| self.pages.get(file).or_else(|| self.away.get(file));
        let changing = self.changing.iter().filter_map(|file| Some((file, page(file)?.id.parse().ok()?)));
        // Another file may have the id of a missing file.
        let changing = changing.filter(|(file, id)| !is_away(file) || book.campaign(id).is_none());
        let changing = changing.map(|(_, id)| id).collect();
        Arc::make_mut(&mut book).changing = changing;
        book
    }
}

impl Obligations {
    /// A load of the book at an instant. The occurrences of the former load up to this instant stay required.
    pub(super) fn load(&mut self, book: &ActiveBook, now: DateTime<Utc>) {
        let mut live = BTreeMap::new();
        for campaign in &book.campaigns {
            let id = campaign.id.to_string();
            let fingerprint = campaign.fingerprint();
            let mut next = Live {
                file: campaign.file.to_string(),
                fingerprint,
                campaign: Arc::clone(campaign),
                since: now,
                is_held: false,
            };
            match self.live.remove(&id) {
                Some(before) if before.fingerprint == next.fingerprint => next.since = before.since,
                Some(before) => self.expect_outcomes(&id, &before, now),
                None => {}
            }
            live.insert(id, next);
        }
        for (id, mut before) in std::mem::take(&mut self.live) {
            // A file that is missing within the edit delay is not removed.
            if !before.is_held && book.changing.iter().any(|it| it.as_str() == id) {
                live.insert(id, before);
                continue;
            }
            let held = book
                .invalid_files
                .iter()
                .any(|broken| *broken.file == *before.file || broken.id.as_ref().is_some_and(|it| it.as_str() == id));
            if held {
                before.is_held = true;
                live.insert(id, before);
            } else {
                self.expect_outcomes(&id, &before, now);
            }
        }
        self.live = live;
    }

    /// Loads after this instant were made by a clock that was ahead.
    pub(super) fn rewind(&mut self, to: DateTime<Utc>) {
        self.live.values_mut().for_each(|live| live.since = live.since.min(to));
    }

    /// The end of the simulated time.
    pub(super) fn end(&mut self, now: DateTime<Utc>) {
        for (id, live) in std::mem::take(&mut self.live) {
            self.expect_outcomes(&id, &live, now);
        }
    }

    /// An occurrence that was due by a clock that was then set back may have a run, but does not require one.
    pub(super) fn allow(&mut self, until: DateTime<Utc>, runs: &[Run]) {
        let text = |run: &Run| run.post.as_ref().and_then(|post| post.text.clone());
        let sent: BTreeMap<_, _> = runs.iter().map(|run| ((run.campaign.to_string(), run.slot), text(run))).collect();
        let mut possible = Self::default();
        for (id, live) in &self.live {
            possible.expect_outcomes(id, live, until);
        }
        for (key, expected) in possible.expected {
            // For a run from before or after the time of this book, the other book decides the text.
            if sent.get(&key).is_some_and(|text| text.as_ref().is_none_or(|text| *text == expected.text)) {
                self.expected.entry(key).or_insert(expected);
            }
        }
    }

    fn expect_outcomes(&mut self, id: &str, live: &Live, until: DateTime<Utc>) {
        let texts = ExpectedTexts::of(&live.campaign, until);
        for occurrence in live.campaign.timing.schedule.expand().between(live.since, until) {
            let expected = Expected { due: occurrence.at, text: texts.of_occurrence(&live.campaign, occurrence.local) };
            // A campaign that moves to another zone can have the same local time again: that is the same occurrence.
            self.expected.entry((id.to_owned(), Slot::from(&occurrence))).or_insert(expected);
        }
    }
}

/// The text of an occurrence, found by counting every firing of the rule.
struct ExpectedTexts {
    numbers: BTreeMap<NaiveDateTime, u64>,
}

impl ExpectedTexts {
    fn of(campaign: &Campaign, until: DateTime<Utc>) -> Self {
        let mut numbers = BTreeMap::new();
        if campaign.contents.has_several() {
            let spec = campaign.timing.schedule.spec();
            // No day is skipped, and UTC has no clock changes: the due times are those of the rule.
            let nominal = Spec {
                skip: Vec::new(),
                end: None,
                timezone: "UTC".to_owned(),
                days: Days::Any,
                max_runs: None,
                ..spec.clone()
            };
            let nominal = Schedule::new(nominal).expect("a valid schedule without its limits");
            let all = nominal.between(DateTime::<Utc>::MIN_UTC, until + TimeDelta::days(1));
            numbers.extend(all.zip(0..).map(|(firing, number)| (firing.local, number)));
        }
        Self { numbers }
    }

    fn of_occurrence(&self, campaign: &Campaign, local: NaiveDateTime) -> String {
        let rotation = campaign.contents.rotation();
        let turns = rotation.turns();
        let number = match rotation.on().get(&local.date()) {
            Some(number) => *number,
            None if turns.len() == 1 => turns[0],
            None => {
                let (firing, count) = (self.numbers[&local], turns.len() as u64);
                let place = (firing % count) as usize;
                match rotation.order() {
                    Order::Listed => turns[place],
                    Order::Shuffled => turns[shuffled(&campaign.id, firing / count, turns.len())[place]],
                }
            }
        };
        let content = campaign.contents.iter().nth(number as usize - 1).expect("a content of the campaign");
        content.post().text.clone().unwrap_or_default()
    }
}

/// A book whose contents depend on the posts before: the mutant that the proof must catch.
pub(super) fn by_history(book: &ActiveBook, runs: &[Run]) -> Arc<ActiveBook> {
    let mut book = book.clone();
    for campaign in &mut book.campaigns {
        let posted = runs.iter().filter(|run| run.campaign == campaign.id && run.state.is_posted()).count();
        let contents = &campaign.contents;
        let mut entries: Vec<_> = contents.iter().cloned().collect();
        let count = entries.len();
        entries.rotate_left(posted % count);
        let contents = Contents::several(entries, contents.rotation().clone());
        Arc::make_mut(campaign).contents = contents;
    }
    Arc::new(book)
}

fn page_content(rng: &mut Rng, id: &str) -> PageContent {
    // Sometimes two campaigns have the same text, so that WeCom's list cannot distinguish their posts.
    let text =
        if rng.u32(..12) == 0 { "同一句话".to_owned() } else { format!("{id} 第 {} 版", rng.u32(..1_000_000)) };
    let attachment = match rng.u32(..4) {
        0 => "\nimages = [\"media/member-day.jpg\"]",
        1 => "\nlink = { title = \"新品\", url = \"https://example.com/\", cover = \"media/member-day.jpg\" }",
        _ => "",
    };
    PageContent { text, attachment, on: None }
}

/// The media of the example book, read once.
fn example_media() -> &'static MediaIndex {
    static MEDIA: OnceLock<MediaIndex> = OnceLock::new();
    MEDIA.get_or_init(|| {
        load(&example_book(), &drumbeat::book::Corp::default()).expect("the example book is there").media
    })
}

/// The active book of some files, with the media of the example book.
pub(super) fn active_book(files: Files, media: &MediaIndex, now: DateTime<Utc>) -> Arc<ActiveBook> {
    let CheckResult { campaigns, invalid_files, posting_blocks, .. } = check(&Book::read(files), media, now);
    Arc::new(ActiveBook {
        language: None,
        campaigns,
        invalid_files,
        posting_blocks,
        names: Arc::default(),
        source: example_book(),
        commit: None,
        uncommitted: BTreeSet::new(),
        changing: BTreeSet::new(),
        pointer: None,
    })
}

pub(super) fn example_book() -> Source {
    Source::directory(std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/campaigns")))
        .expect("the example book is there")
}
