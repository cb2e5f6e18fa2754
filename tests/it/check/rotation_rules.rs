//! Rules about campaigns with several contents, beside what their pages show.

use super::block::finds;

fn campaign(schedule: &str, contents: &[&str]) -> String {
    let contents: String = contents.iter().map(|content| format!("[[content]]\n{content}\n")).collect();
    let to = "visible_range.sender_list.user_list = [\"zhangshan\"]";
    format!("id = \"tips\"\n{to}\n{contents}[schedule]\n{schedule}\n")
}

const MONDAYS: &str = "cron = \"0 9 * * MON\"\nstart = 2026-01-05";
const SCARF: &str = "text = \"围巾怎么洗不变形。\"";
const MUG: &str = "text = \"马克杯怎么去茶渍。\"";
const PLANT: &str = "text = \"绿植冬天怎么浇水。\"";

#[test]
fn a_list_with_fewer_times_than_contents() {
    let at = "at = [2026-02-02T09:00:00, 2026-02-09T09:00:00]";
    finds(&[&campaign(at, &[SCARF, MUG, PLANT])], &["unused-content"]);
    finds(&[&campaign(at, &[SCARF, MUG])], &[]);
}

#[test]
fn a_turn_that_is_always_skipped() {
    let skip = format!("{MONDAYS}\nend = 2026-01-26\nskip = [2026-01-12, 2026-01-26]");
    finds(&[&campaign(&skip, &[SCARF, MUG])], &["unused-content"]);
    finds(&[&campaign(&skip.replace(", 2026-01-26]", "]"), &[SCARF, MUG])], &[]);
}

#[test]
fn a_turn_that_another_date_takes() {
    let end = format!("{MONDAYS}\nend = 2026-01-12");
    let on = format!("on = [2026-01-12]\n{PLANT}");
    finds(&[&campaign(&end, &[SCARF, MUG, &on])], &["unused-content"]);
}

#[test]
fn a_schedule_without_end_uses_every_content() {
    finds(&[&campaign(MONDAYS, &[SCARF, MUG, PLANT])], &[]);
}

#[test]
fn dates_on_which_nothing_falls_due() {
    let on = |dates: &str| format!("on = [{dates}]\n{PLANT}");
    finds(&[&campaign(MONDAYS, &[SCARF, MUG, &on("2026-02-10")])], &["idle-content-date"]);
    finds(&[&campaign(MONDAYS, &[SCARF, MUG, &on("2026-02-09, 2026-02-10")])], &["idle-content-date"]);
    let skip = format!("{MONDAYS}\nskip = [2026-02-09]");
    finds(&[&campaign(&skip, &[SCARF, MUG, &on("2026-02-09")])], &["idle-content-date"]);
    let blackout = "# file: policy.toml\n[[calendar.blackout]]\nfrom = 2026-02-09\nto = 2026-02-09\n";
    finds(&[blackout, &campaign(MONDAYS, &[SCARF, MUG, &on("2026-02-09")])], &["idle-content-date"]);
    finds(&[&campaign(MONDAYS, &[SCARF, MUG, &on("2026-02-09")])], &[]);
}

/// Late in the evening in New York it is the next day in UTC.
#[test]
fn dates_are_local() {
    let late = "cron = \"30 23 * * MON\"\ntimezone = \"America/New_York\"\nstart = 2026-01-05";
    finds(&[&campaign(late, &[SCARF, MUG, &format!("on = [2026-02-09]\n{PLANT}")])], &[]);
}

#[test]
fn contents_that_differ_only_in_pictures_look_alike() {
    let with = |image: &str| format!("text = \"本周新品\"\nimages = [\"media/{image}.jpg\"]");
    finds(&[&campaign(MONDAYS, &[&with("1"), &with("2")])], &["alike-contents"]);
    let two = "text = \"本周新品\"\nimages = [\"media/1.jpg\", \"media/2.jpg\"]";
    finds(&[&campaign(MONDAYS, &[&with("1"), two])], &[]);
}

#[test]
fn a_rotation_that_is_too_short_for_the_policy() {
    let policy = "# file: policy.toml\nlimits.same_text_days = 14\n";
    finds(&[policy, &campaign(MONDAYS, &[SCARF, MUG])], &["repeated-content"]);
    finds(&[policy, &campaign(MONDAYS, &[SCARF, MUG, PLANT])], &[]);
}
