//! Findings across the files of a book, and the effect of one file's error on others.

use drumbeat::check::CheckResult;
use drumbeat::finding::Level;
use drumbeat::text::Lang::En as EN;

use super::block::{finds, verdict};

fn campaign(id: &str, text: &str, who: &str, cron: &str) -> String {
    format!(
        "# file: {id}.toml\nid = \"{id}\"\ncontent.text = \"{text}\"\nvisible_range = {who}\nschedule.cron = \"{cron}\"\n"
    )
}

const ZHANG: &str = "{ sender_list = { user_list = [\"zhangshan\"] } }";
const LI: &str = "{ sender_list = { user_list = [\"lisi\"] } }";
const SPRING: &str = "春季新品上架，前三天全场九折，欢迎到店试穿。";
const SPRING_AGAIN: &str = "春季新品上架，前三天全场八折，欢迎到店试穿！";
const SUMMER: &str = "夏季清仓，全场五折起，满三百减五十，仅限本周。";

#[track_caller]
fn with_policy(policy: &str, campaigns: &[String], codes: &[&str]) {
    let policy = format!("# file: policy.toml\n{policy}\n");
    let mut blocks: Vec<&str> = campaigns.iter().map(String::as_str).collect();
    blocks.push(&policy);
    finds(&blocks, codes);
}

fn ids(verdict: &CheckResult) -> Vec<&str> {
    verdict.campaigns.iter().map(|campaign| campaign.id.as_str()).collect()
}

#[test]
fn a_broken_file_does_not_take_others_down() {
    let verdict = verdict(&[&campaign("a", SPRING, ZHANG, "0 9 * * MON"), "# file: b.toml\nid = \"b\"\n"]);
    assert_eq!(ids(&verdict), ["a"]);
    assert_eq!(verdict.invalid_files.len(), 1);
    assert_eq!(&*verdict.invalid_files[0].file, "b.toml");
    assert_eq!(verdict.invalid_files[0].id.as_ref().unwrap().as_str(), "b");
    assert_eq!(verdict.invalid_files[0].reason.get(EN), "`content` is missing");
}

#[test]
fn a_policy_with_an_error_holds_every_campaign() {
    let campaign = campaign("a", SPRING, ZHANG, "0 9 * * MON");
    for policy in ["timezon = \"UTC\"", "timezone = UTC", "[limits]\nmax_per_day = 0", "[audiences.vip]"] {
        let verdict = verdict(&[&campaign, &format!("# file: policy.toml\n{policy}\n")]);
        assert!(verdict.campaigns.is_empty(), "{policy}");
        assert!(
            verdict.invalid_files[0].reason.get(EN).starts_with("`policy.toml` has an error: "),
            "{}",
            verdict.invalid_files[0].reason.get(EN)
        );
    }
}

#[test]
fn a_policy_that_cannot_be_read_sets_no_limit() {
    let campaign = campaign("a", SPRING, ZHANG, "0 */2 * * *");
    let verdict = verdict(&[&campaign, "# file: policy.toml\n[limits\nmax_per_day = 100\n"]);
    assert!(verdict.findings.iter().all(|it| it.code != "too-many-a-day"), "{:?}", verdict.findings);
    assert!(verdict.invalid_files[0].reason.get(EN).starts_with("`policy.toml` has an error: "));
}

#[test]
fn a_policy_with_a_warning_holds_none() {
    let campaign = campaign("a", SPRING, ZHANG, "0 9 * * MON");
    let verdict = verdict(&[&campaign, "# file: policy.toml\n[audiences.vip]\nall = true\n"]);
    assert_eq!(ids(&verdict), ["a"]);
    assert_eq!(verdict.findings.len(), 1);
}

#[test]
fn campaigns_of_one_id_are_all_held() {
    let verdict = verdict(&[
        &campaign("a", SPRING, ZHANG, "0 9 * * MON"),
        &campaign("a", SUMMER, ZHANG, "0 9 * * TUE").replace("a.toml", "b.toml"),
        &campaign("c", "会员日双倍积分。", ZHANG, "0 9 * * WED"),
    ]);
    assert_eq!(ids(&verdict), ["c"]);
}

#[test]
fn findings_are_sorted_by_file_and_place() {
    let verdict = verdict(&["# file: b.toml\nx = 1\nid = 5\n", "# file: a.toml\nid = 5\nx = 1\n"]);
    let places: Vec<_> = verdict.findings.iter().map(|it| (it.place.file.to_string(), it.place.start())).collect();
    assert!(places.is_sorted(), "{places:?}");
}

#[test]
fn nearly_the_same_text_to_the_same_people() {
    let days = "[limits]\nsame_text_days = 7";
    let two = |text: &str, who: &str, cron: &str| {
        [campaign("a", SPRING, ZHANG, "0 9 * * MON"), campaign("b", text, who, cron)]
    };
    with_policy(days, &two(SPRING_AGAIN, ZHANG, "0 9 * * THU"), &["same-text"]);
    with_policy(days, &two(SPRING_AGAIN, "{ all = true }", "0 9 * * THU"), &["same-text", "everyone"]);
    with_policy(days, &two(SPRING_AGAIN, LI, "0 9 * * THU"), &[]);
    with_policy(days, &two(SUMMER, ZHANG, "0 9 * * THU"), &[]);
    with_policy("", &two(SPRING, ZHANG, "0 9 * * THU"), &[]);
}

#[test]
fn one_post_of_two_campaigns_on_one_day() {
    let two = |text: &str, who: &str, cron: &str| {
        [campaign("a", SPRING, ZHANG, "0 9 * * MON"), campaign("b", text, who, cron)]
    };
    with_policy("", &two(SPRING, ZHANG, "0 9 * * MON"), &["same-text"]);
    with_policy("", &two(SPRING, ZHANG, "30 17 * * MON"), &["same-text"]);
    with_policy("", &two(SPRING, "{ all = true }", "0 9 * * MON"), &["same-text", "everyone"]);
    with_policy("", &two(SPRING, LI, "0 9 * * MON"), &[]);
    with_policy("", &two(SPRING, ZHANG, "0 9 * * TUE"), &[]);
    with_policy("", &two(SUMMER, ZHANG, "0 9 * * MON"), &[]);
    // Reported once, also where the policy asks for nearly the same text.
    with_policy("[limits]\nsame_text_days = 7", &two(SPRING, ZHANG, "0 9 * * MON"), &["same-text"]);
    let allowed = format!("{}allow = [\"same-text\"]\n", "# file: c.toml\n");
    let second = two(SPRING, ZHANG, "0 9 * * MON")[1].replace("# file: b.toml\n", &allowed);
    with_policy("", &[campaign("a", SPRING, ZHANG, "0 9 * * MON"), second], &[]);
}

#[test]
fn texts_that_are_equal_on_their_day() {
    let dated = |id: &str, text: &str| campaign(id, text, ZHANG, "0 9 * * MON");
    // Resolved on the day: "{{ weekday }}" is 周一 on Mondays.
    let two = [dated("a", "{{ weekday }}上新，欢迎来店里看看。"), dated("b", "周一上新，欢迎来店里看看。")];
    with_policy("", &two, &["same-text"]);
}

#[test]
fn the_same_text_a_long_time_apart() {
    let at = |id: &str, at: &str| {
        campaign(id, SPRING, ZHANG, "").replace("schedule.cron = \"\"", &format!("schedule.at = {at}"))
    };
    let two = [at("a", "2026-03-02T09:00:00"), at("b", "2026-03-20T09:00:00")];
    with_policy("[limits]\nsame_text_days = 14", &two, &[]);
    with_policy("[limits]\nsame_text_days = 21", &two, &["same-text"]);
    // Past occurrences are not checked.
    let two = [at("a", "2025-03-02T09:00:00"), at("b", "2025-03-02T09:00:00")];
    with_policy("[limits]\nsame_text_days = 21", &two, &[]);
}

#[test]
fn an_audience_over_its_daily_limit() {
    let limit = "[limits]\nmax_per_audience_per_day = 2";
    let three = |who: &str| {
        [
            campaign("a", SPRING, ZHANG, "0 9 * * MON"),
            campaign("b", SUMMER, ZHANG, "0 12 * * MON"),
            campaign("c", "会员日双倍积分。", who, "0 18 * * *"),
        ]
    };
    with_policy(limit, &three(ZHANG), &["busy-audience"]);
    with_policy(limit, &three("{ all = true }"), &["everyone", "busy-audience"]);
    with_policy(limit, &three(LI), &[]);
    with_policy("", &three(ZHANG), &[]);
}

#[test]
fn one_campaign_alone_can_fill_a_month() {
    let found =
        |cron, codes| with_policy("[limits]\nmax_per_day = 10000", &[campaign("a", SPRING, ZHANG, cron)], codes);
    found("*/20 * * * * *", &["twice-a-day", "full-month", "full-month"]);
    found("*/30 * * * * *", &["twice-a-day"]);
}

#[test]
fn a_crowd_says_when_the_last_goes_out() {
    let campaigns: Vec<String> =
        (0..25).map(|n| campaign(&format!("c{n:02}"), &format!("第{n}期"), ZHANG, "0 9 * * MON")).collect();
    let blocks: Vec<&str> = campaigns.iter().map(String::as_str).collect();
    let verdict = verdict(&blocks);
    let told: Vec<&str> = verdict.findings.iter().map(|finding| finding.message.get(EN)).collect();
    assert_eq!(told, ["25 posts are due at Mon 2026-01-05 09:00; the last one is sent at 09:02"]);
    assert_eq!(&*verdict.findings[0].place.file, "c24.toml");
    assert_eq!(verdict.findings[0].related.len(), 3);
}

#[test]
fn crowded_minute_exceeding_max_lateness_is_reported() {
    let campaigns: Vec<String> = (0..25)
        .map(|n| {
            let campaign = campaign(&format!("c{n:02}"), &format!("第{n}期"), ZHANG, "0 9 * * MON");
            format!("{campaign}schedule.max_lateness = \"90s\"\n")
        })
        .collect();
    let blocks: Vec<&str> = campaigns.iter().map(String::as_str).collect();
    assert!(verdict(&blocks).findings[0].help.as_ref().unwrap().get(EN).contains("too late for its `max_lateness`"));
}

#[test]
fn blackouts_and_quiet_hours() {
    let blackout = "[[calendar.blackout]]\nfrom = 2026-10-01\nto = 2026-10-07\nreason = \"国庆\"";
    let quiet = "[calendar.quiet_hours]\nfrom = 22:00:00\nto = 07:00:00";
    let one = |cron: &str| [campaign("a", SPRING, ZHANG, cron)];
    // Rules skip these days; a listed time is found even months ahead.
    with_policy(blackout, &one("0 9 * * MON"), &[]);
    let listed = |time: &str| [one("0 9 * * MON")[0].replace("cron = \"0 9 * * MON\"", &format!("at = {time}"))];
    with_policy(blackout, &listed("2026-10-05T09:00:00"), &["closed-time"]);
    with_policy(blackout, &listed("2026-10-08T09:00:00"), &[]);
    with_policy(quiet, &one("0 6 * * MON"), &["closed-time"]);
    with_policy(quiet, &one("0 7 * * MON"), &[]);
    with_policy(quiet, &one("0 22 * * MON"), &["closed-time"]);
    // Its first post is months ahead.
    with_policy(quiet, &one("0 22 1 10 *"), &["closed-time"]);
}

#[test]
fn blackout_holds_only_its_own_posts() {
    let quiet = "[calendar.quiet_hours]\nfrom = 08:00:00\nto = 10:00:00";
    let policy = format!("# file: policy.toml\n{quiet}");
    let verdict = verdict(&[&policy, &campaign("a", SPRING, ZHANG, "0 9 * * MON")]);
    assert_eq!(verdict.count(Level::Error), 1);
    assert_eq!(ids(&verdict), ["a"]);
    assert!(verdict.invalid_files.is_empty());
}

#[test]
fn words_that_the_policy_refuses() {
    let words = "[[wording.refuse]]\nwords = [\"第一\", \"全国第一\", \"Best\"]\nlevel = \"LEVEL\"";
    let one = |text: &str| [campaign("a", text, ZHANG, "0 9 * * MON")];
    with_policy(&words.replace("LEVEL", "error"), &one("全国第一，BEST，第一"), &["wording"; 3]);
    with_policy(&words.replace("LEVEL", "warning"), &one("第一"), &["wording"]);
    with_policy(&words.replace("LEVEL", "warning"), &one("allow me"), &[]);
    with_policy(&words.replace("LEVEL", "eror"), &one("第二"), &["bad-policy"]);
    let allowed = [format!("# file: a.toml\nallow = [\"wording\"]\n{}", one("第一")[0])];
    with_policy(&words.replace("LEVEL", "warning"), &allowed, &[]);
    with_policy(&words.replace("LEVEL", "error"), &allowed, &["unused-allow", "wording"]);
}

#[test]
fn unused_findings_wait_for_unreadable_files() {
    let policy = "# file: policy.toml\n[audiences.vip]\nall = true\n";
    let media = "# media: media/old.jpg\n";
    let sound = campaign("a", SPRING, ZHANG, "0 9 * * MON");
    finds(&[&format!("{media}{sound}"), policy], &["unused-media", "unused-audience"]);
    finds(&[&format!("{media}{sound}"), policy, "# file: b.toml\nid = “b”\n"], &["bad-syntax"]);
}

#[test]
fn a_calendar_of_the_books_own() {
    let files = |calendar: &str| {
        let toml = "id = \"a\"\ncontent.text = \"春季新品\"\nvisible_range = { sender_list = { user_list = [\"a\"] } }\n\
                    schedule = { cron = \"0 9 * * *\", days = \"holiday\", start = 2026-04-01, end = 2026-04-30 }\n";
        drumbeat::book::Files {
            campaigns: vec![drumbeat::book::SourceFile::new("a.toml", toml)],
            calendars: vec![drumbeat::book::SourceFile::new("calendar.toml", calendar)],
            ..Default::default()
        }
    };
    let judge = |calendar: &str| {
        let book = drumbeat::book::Book::read(files(calendar));
        drumbeat::check::check(&book, &Default::default(), super::block::now())
    };
    let first = |verdict: &CheckResult| {
        let schedule = &verdict.campaigns[0].timing.schedule.expand();
        schedule.next_after(super::block::now()).unwrap().local.date().to_string()
    };
    assert_eq!(first(&judge("holidays = [{ name = \"店庆\", on = 2026-04-02 }]\n")), "2026-04-02");
    let broken = judge("holidays = [{ name = \"店庆\" }]\n");
    assert_eq!(broken.findings[0].code, "bad-calendar");
    assert!(broken.campaigns.is_empty());
    assert!(broken.invalid_files[0].reason.get(EN).starts_with("`calendar.toml` has an error: "));
}

/// The codes and messages of findings in a workday campaign with a calendar of the book.
#[track_caller]
fn with_calendar(calendar: &str, schedule: &str, now: &str, expected: &[&str]) {
    let toml = format!(
        "id = \"a\"\ncontent.text = \"春季新品\"\nvisible_range.sender_list.user_list = [\"a\"]\n\
         schedule = {{ {schedule}, days = \"workday\" }}\n"
    );
    let files = drumbeat::book::Files {
        campaigns: vec![drumbeat::book::SourceFile::new("a.toml", toml.as_str())],
        calendars: vec![drumbeat::book::SourceFile::new("calendar.toml", calendar)],
        ..Default::default()
    };
    let verdict = drumbeat::check::check(&drumbeat::book::Book::read(files), &Default::default(), now.parse().unwrap());
    let found: Vec<&str> = verdict.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(found, expected, "{:#?}", verdict.findings);
}

const YEAR_2027: &str = "[years.2027]\nholidays = [\n\
    { name = \"元旦\", from = 2027-01-01, to = 2027-01-03 },\n\
    { name = \"春节\", from = 2027-02-05, to = 2027-02-12 },\n\
    { name = \"清明节\", from = 2027-04-03, to = 2027-04-05 },\n\
    { name = \"劳动节\", from = 2027-05-01, to = 2027-05-05 },\n\
    { name = \"端午节\", on = 2027-06-09 },\n\
    { name = \"国庆节\", from = 2027-10-01, to = 2027-10-07 },\n]\n";
const OWN_NAME: &str = "name = \"Ours\"\nweekend = [\"SAT\", \"SUN\"]\n";
const DAILY: &str = "cron = \"0 9 * * *\"";

#[test]
fn the_book_calendar_extends_the_built_in_years() {
    let november = "2026-11-26T00:00:00Z";
    with_calendar(YEAR_2027, DAILY, november, &[]);
    // A year is known as a whole: unnamed days are ordinary days.
    let new_year_alone = "[years.2027]\nholidays = [{ name = \"元旦\", from = 2027-01-01, to = 2027-01-03 }]\n";
    with_calendar(new_year_alone, DAILY, november, &["missing-holidays"]);
    let without_spring = YEAR_2027.replace("02-05, to = 2027-02-12", "03-05, to = 2027-03-12");
    with_calendar(&without_spring, DAILY, november, &["missing-holidays"]);
    // Another name, or a weekend, does not hide anything.
    with_calendar(&format!("{OWN_NAME}{YEAR_2027}"), DAILY, november, &[]);
    with_calendar(&format!("replace = true\n{OWN_NAME}{YEAR_2027}"), DAILY, november, &["before-calendar"]);
    with_calendar(&format!("replace = true\n{OWN_NAME}{YEAR_2027}"), DAILY, "2027-02-01T00:00:00Z", &[]);
    with_calendar(&format!("replace = true\n{YEAR_2027}"), DAILY, november, &["bad-calendar", "bad-calendar"]);
}

#[test]
fn endless_cron_warns_before_calendar_ends() {
    with_calendar("", DAILY, "2026-11-26T00:00:00Z", &[]);
    with_calendar("", DAILY, "2026-12-17T00:00:00Z", &[]);
    with_calendar("", DAILY, "2026-12-19T00:00:00Z", &["past-calendar"]);
    with_calendar("", &format!("{DAILY}, end = 2026-12-31"), "2026-12-19T00:00:00Z", &[]);
    with_calendar("", "at = 2027-03-01T09:00:00", "2026-01-01T00:00:00Z", &["past-calendar"]);
    with_calendar("", "cron = \"0 9 LW * *\"", "2026-11-26T00:00:00Z", &[]);
}
