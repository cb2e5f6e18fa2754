//! The time of `check`: books of 100, 1,000 and 10,000 campaigns, with a floor that only reads and parses them.
//!
//! `cargo bench --bench check`. Each figure is the median of several runs in one process; memory is that of a separate
//! process. Runs `taplo` and `check-jsonschema` on the same files if they are installed. `-- --of DIR` only measures
//! that book.

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a bench reports on the terminal")]

use drumbeat::text::Lang::En as EN;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use drumbeat::finding::Level;
use drumbeat::load::load;
use drumbeat::report::findings::{Report, concise};
use drumbeat::source::Source;

/// The allocator of the program itself.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

const RUNS: usize = 9;

fn main() {
    let args: Vec<String> = std::env::args().collect();
    if let [_, flag, dir] = args.as_slice()
        && flag == "--memory-of"
    {
        check(Path::new(dir));
        println!("{}", peak_memory().unwrap_or(0));
        return;
    }
    if let [_, flag, dir, count] = args.as_slice()
        && flag == "--write"
    {
        Book { count: count.parse().expect("a number"), ..Book::default() }.write(Path::new(dir));
        return;
    }
    if let Some(pair) = args.windows(2).find(|pair| pair[0] == "--of") {
        return figures(&pair[1], Path::new(&pair[1]), files(Path::new(&pair[1])).len());
    }
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    println!("check on {cores} cores; the floor reads and parses the same files on one");
    println!("{:28} {:>9} {:>9} {:>7} {:>10} {:>9}", "book", "floor", "check", "ratio", "files/s", "memory");
    for count in [100, 1_000, 10_000] {
        measure(&format!("{count} campaigns"), &Book { count, ..Book::default() });
    }
    let alike = Book { count: 10_000, faulty: false, alike: true };
    measure("10000 of near-equal text", &alike);
    others();
}

/// A generated book.
#[derive(Clone, Copy)]
struct Book {
    count: usize,
    /// Every twentieth file has a fault.
    faulty: bool,
    /// All texts are similar, and the policy checks that.
    alike: bool,
}

impl Default for Book {
    fn default() -> Self {
        Self { count: 100, faulty: true, alike: false }
    }
}

fn measure(name: &str, book: &Book) {
    let dir = tempfile::tempdir().expect("a directory for the book");
    book.write(dir.path());
    figures(name, dir.path(), book.count);
}

fn figures(name: &str, dir: &Path, count: usize) {
    let floor = median(|| lower_bound(dir));
    let check_time = median(|| check(dir));
    let ratio = check_time.as_secs_f64() / floor.as_secs_f64();
    let rate = count as f64 / check_time.as_secs_f64();
    println!("{name:28} {:>9} {:>9} {ratio:>7.2} {rate:>10.0} {:>9}", ms(floor), ms(check_time), memory(dir));
}

fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn median(mut work: impl FnMut() -> usize) -> Duration {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            std::hint::black_box(work());
            start.elapsed()
        })
        .collect();
    times.sort();
    times[RUNS / 2]
}

/// Reads and parses every file of a book, on one thread.
fn lower_bound(dir: &Path) -> usize {
    files(dir)
        .iter()
        .map(|path| {
            let text = fs::read_to_string(path).expect("the files that were just written");
            toml::de::DeTable::parse_recoverable(&text).0.get_ref().len()
        })
        .sum()
}

/// All of `check`, except writing to the terminal.
fn check(dir: &Path) -> usize {
    let source = Source::directory(dir).expect("the book that was just written");
    let loaded = load(&source, &drumbeat::book::Corp::default()).expect("the book that was just written");
    let report = Report::new(&loaded.book, &loaded.result.findings, "campaigns", EN, |_| true);
    concise::write(&report).len() + report.count(Level::Error)
}

fn files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut left = vec![dir.to_owned()];
    while let Some(dir) = left.pop() {
        for entry in fs::read_dir(dir).expect("a directory of the book").flatten() {
            let path = entry.path();
            if path.is_dir() {
                left.push(path);
            } else if path.extension().is_some_and(|end| end == "toml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn memory(dir: &Path) -> String {
    let me = std::env::current_exe().expect("this program's own path");
    let out = Command::new(me).arg("--memory-of").arg(dir).output().expect("this program runs again");
    let kib: usize = String::from_utf8_lossy(&out.stdout).trim().parse().unwrap_or(0);
    format!("{} MB", kib.div_ceil(1024))
}

/// The peak memory of this process, in KiB.
fn peak_memory() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

impl Book {
    fn write(&self, dir: &Path) {
        let days = if self.alike { "same_text_days = 14\n" } else { "" };
        let policy = format!(
            "timezone = \"Asia/Shanghai\"\n[limits]\nmax_per_day = 3\n{days}\n\
             [calendar]\nquiet_hours = {{ from = 21:30:00, to = 07:30:00 }}\n\
             [[wording.refuse]]\nwords = [\"国家级\", \"最佳\", \"顶级\", \"第一\", \"唯一\"]\nlevel = \"warning\"\n"
        );
        fs::write(dir.join("policy.toml"), policy).expect("room for the book");
        for n in 0..self.count {
            let shop = dir.join(format!("shop-{:03}", n / 100));
            fs::create_dir_all(&shop).expect("room for the book");
            fs::write(shop.join(format!("campaign-{n}.toml")), self.campaign(n)).expect("room for the book");
        }
    }

    fn campaign(&self, n: usize) -> String {
        const SENTENCES: [&str; 6] = [
            "春季新品上架，前三天全场九折，欢迎到店试穿。",
            "老客户凭会员卡另有礼品一份，先到先得。",
            "本周六下午两点，三楼有亲子手工课，名额有限。",
            "生鲜每日清晨到店，晚上七点后部分商品八折。",
            "停车两小时免费，地铁三号线B口出站即到。",
            "羊绒围巾、保温杯、台灯，换季好物都在这里。",
        ];
        // From one sentence to about sixty: most posts are short, some use the whole limit.
        let length = if self.alike { 8 } else { [1, 2, 3, 4, 6, 8, 12, 20, 40, 60][n % 10] };
        let mut text = String::new();
        for k in 0..length {
            let pick = if self.alike { k } else { n * 7 + k * 5 };
            text.push_str(SENTENCES[pick % SENTENCES.len()]);
            if k % 3 == 2 {
                text.push('\n');
            }
        }
        let _ = write!(text, "\n第 {n} 期");
        let mut toml = format!(
            "# A campaign of shop {}.\nid = \"campaign-{n}\"\ntitle = \"第 {n} 期\"\nowner = \"wangwu\"\n\n\
             [content]\ntext = \"\"\"\n{text}\n\"\"\"\n\n\
             [visible_range]\nsender_list = {{ user_list = [\"user-{}\", \"user-{}\"], department_list = [{}] }}\n\
             external_contact_list = {{ tag_list = [\"etShop{:06}\"] }}\n\n\
             [schedule]\ncron = \"{} {} * * {}\"\nstart = 2026-01-01\nmax_lateness = \"30m\"\n",
            n / 100,
            n % 500,
            n % 501 + 500,
            n % 40 + 1,
            n % 300,
            n % 60,
            8 + n % 13,
            n % 7,
        );
        if self.faulty && n % 20 == 7 {
            toml = match n / 20 % 5 {
                0 => toml.replace("owner", "onwer"),
                1 => toml.replace("title = ", "title ＝ "),
                2 => toml.replacen("cron = \"", "cron = \"99 ", 1),
                3 => toml.replace("[\"etShop", "[\"老客户"),
                _ => toml.replace("[content]", "[content]\nimages = [\"media/nowhere.jpg\"]"),
            };
        }
        toml
    }
}

/// Other tools, once each, on a book of 10,000.
fn others() {
    let dir = tempfile::tempdir().expect("a directory for the book");
    let book = Book { count: 10_000, faulty: false, ..Book::default() };
    book.write(dir.path());
    fs::remove_file(dir.path().join("policy.toml")).expect("the policy that was just written");
    let schema = dir.path().join("schema.json");
    fs::write(&schema, drumbeat::report::schema::campaign(drumbeat::text::Lang::En)).expect("room for the schema");
    let files = files(dir.path());
    let ours = median(|| check(dir.path()));
    println!("\n10000 campaigns without a fault: check {}", ms(ours));
    let schema_url = format!("--schema=file://{}", schema.display());
    let taplo = timed(Command::new("taplo").args(["lint", &schema_url, "--no-auto-config"]).args(&files));
    print_comparison("taplo lint --schema", taplo, ours);
    let jsonschema = timed(Command::new("check-jsonschema").arg("--schemafile").arg(&schema).args(&files));
    print_comparison("check-jsonschema", jsonschema, ours);
}

fn print_comparison(name: &str, time: Option<Duration>, ours: Duration) {
    match time {
        Some(time) => {
            println!("{name:28} {:>9} {:>6.1} times as long", ms(time), time.as_secs_f64() / ours.as_secs_f64())
        }
        None => println!("{name:28} not installed"),
    }
}

fn timed(command: &mut Command) -> Option<Duration> {
    let start = Instant::now();
    let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status().ok()?;
    let time = start.elapsed();
    if !status.success() {
        eprintln!("it ended with {status}");
    }
    Some(time)
}
