//! The comment on a pull request, and the same changes on a terminal and as JSON.

use drumbeat::report::plan::{View, human, json, markdown};
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr as _;

use super::{TO, campaign, directory, plainly, policy};
use crate::plan::{book, compared, view};

/// Both formats for people, for the differences of two books.
fn rendered_changes(before: &[(String, String)], after: &[(String, String)]) -> [String; 2] {
    let (before, after) = (directory(before), directory(after));
    let (before, after) = (book(before.path()), book(after.path()));
    let (plan, changes) = compared(&before, &after);
    let view = view(&plan, &changes, &after);
    [human::write(&view, Some(80)), markdown::write(&view)]
}

#[test]
fn a_changed_audience_is_shown_once() {
    let named =
        |id: &str| campaign(id, "title = \"T\"\nvisible_range.audience = \"vip\"\nschedule.cron = \"0 9 * * MON\"");
    let policy = |users: &str| ("policy.toml".to_owned(), format!("audiences.vip.sender_list.user_list = [{users}]\n"));
    let (narrow, wide) = (policy("\"lisi\""), policy("\"lisi\", \"wangwu\""));
    let [human, markdown] = rendered_changes(&[named("a"), named("b"), narrow], &[named("a"), named("b"), wide]);
    let line = "WIDER AUDIENCE `vip`: member lisi; all their customers → members lisi, wangwu; all their customers; in a · T, b · T\n";
    let on_one_line = human.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(on_one_line.contains(line.trim_end()), "{human}");
    assert!(!human.contains("changed a"), "{human}");
    assert_eq!(markdown.matches("WIDER AUDIENCE").count(), 1, "{markdown}");
    assert!(markdown.contains("**2 changed**") && !markdown.contains("changed <b>T</b>"), "{markdown}");
}

#[test]
fn only_edits_of_past_times_mention_the_past() {
    let past = "are already past";
    // The rule has fired before and continues: the edit does not touch the past.
    let rule = |text: &str| [campaign("a", &format!("{TO}schedule.cron = \"{text}\""))];
    for pair in [
        (&rule("0 9 * * MON")[..], &rule("0 10 * * MON")[..]),
        (&[], &rule("0 9 * * MON")),
        (&rule("0 9 * * MON"), &[]),
    ] {
        assert!(rendered_changes(pair.0, pair.1).iter().all(|text| !text.contains("already past")), "{pair:?}");
    }
    let times = |text: &str| [campaign("a", &format!("{TO}schedule.at = [{text}, 2026-03-02T09:00:00]"))];
    let [human, markdown] = rendered_changes(
        &times("2026-02-02T09:00:00"),
        &times("2026-02-03T09:00:00, 2026-02-04T09:00:00, 2026-02-02T09:00:00"),
    );
    for text in [human, markdown] {
        assert!(text.contains(past) || text.contains("already past"), "{text}");
        assert!(text.contains("Wed 2026-02-04 09"), "{text}");
    }
    let text = rendered_changes(&times("2026-02-02T09:00:00"), &times("2026-02-02T09:00:00, 2026-03-03T09:00:00"));
    assert!(text.iter().all(|text| !text.contains("already past")), "{text:?}");
}

#[test]
fn what_is_added_is_shown_whole_to_people() {
    let lantern = (
        "b.toml".to_owned(),
        "id = \"b\"\ntitle = \"元宵节\"\ncontent.text = \"满 300 减 50\\n\\n3 件包邮\"\nvisible_range.all = true\nschedule.at = 2026-03-03T09:00:00"
            .to_owned(),
    );
    let [human, markdown] = rendered_changes(&[], &[lantern]);
    let lines = [
        "added b · 元宵节\n",
        "  TO EVERYBODY: ",
        "  once, on Tue 2026-03-03 at 09:00 (Asia/Shanghai)\n",
        "  text: 满 300 减 50\n        \n        3 件包邮\n",
    ];
    lines.iter().for_each(|line| assert!(human.contains(line), "{line}\n{human}"));
    // GitHub's style sheet hides line ends inside code.
    assert!(markdown.contains("<blockquote>满 300 减 50<br><br>3 件包邮</blockquote>"), "{markdown}");
    assert!(
        markdown.contains("<summary>⚠️ added <b>元宵节</b> <code>b</code> (1 gained)<br>once, on Tue"),
        "{markdown}"
    );
}

#[test]
fn a_line_end_more_is_seen() {
    let text = |text: &str| {
        [("a.toml".to_owned(), format!("id = \"a\"\ncontent.text = \"{text}\"\n{TO}schedule.cron = \"0 9 * * MON\""))]
    };
    let [human, markdown] = rendered_changes(&text("一\\n二"), &text("一\\n\\n二"));
    assert!(human.contains("{+↵"), "{human}");
    assert!(markdown.contains("<ins><b>↵<br></b></ins>"), "{markdown}");
}

const HOSTILE: &str = "@octocat #1 | <b> [a](https://www.b.c) `x` $y$ \\u202E";

/// A directory with a tag of this name.
fn named(word: &str) -> String {
    format!(
        "version = 1\ncorp = \"ww\"\nsenders = []\ndepartments = []\n[[tag_groups]]\nid = \"etG\"\nname = \"@octocat\"\n\
         tags = [{{ id = \"etA\", name = \"{HOSTILE}\" }}, {{ id = \"etB\", name = \"et{word}\" }}, {{ id = \"etC\", name = \"@octocat {word}\" }}]\n"
    )
}

/// A book in which every text tries to be more than text.
fn hostile(count: usize, word: &str) -> TempDir {
    let files: Vec<(String, String)> = (0..count)
        .map(|n| {
            let text = format!("{word}{n} @octocat #1 | <b> [a](https://www.b.c) `x` $y$ &amp; \\u202E").repeat(20);
            let file =
                format!("id = \"c-{n}\"\ntitle = \"@octocat\"\nowner = \"@{word}\"\ncontent.text = \"{text}\"\n");
            let to = format!("visible_range.external_contact_list.tag_list = [\"{HOSTILE}\", \"et{word}\"]\n");
            (format!("@c|{n}.toml"), format!("{file}{to}schedule.cron = \"{} 9 * * *\"", n % 60))
        })
        .chain([("directory.toml".to_owned(), named(word))])
        .collect();
    directory(&files)
}

#[test]
fn a_comment_fits_whatever_the_book_holds() {
    for count in [1, 30, 1_000] {
        let (before, after) = (hostile(count, "甲"), hostile(count, "乙"));
        let (before, after) = (book(before.path()), book(after.path()));
        let (plan, changes) = compared(&before, &after);
        assert_eq!(changes.campaigns.len(), count);
        let view = View { base: Some("@main|#2"), ..view(&plan, &changes, &after) };
        let written = markdown::write(&view);
        assert!(written.encode_utf16().count() <= 65_536, "{}", written.len());
        assert_eq!(written.matches("<details>").count(), written.matches("</details>").count());
        assert_eq!(written.contains(" left out here"), count > 1);
        // Character references begin with `&#`, which refers to nothing.
        let written = written.replace("&#", "&");
        for markup in ["@octocat", "#1", "#2", "@main", "](", "https://", "www.", "<b> ", "$y", "\u{202e}", "`x`"] {
            assert!(!written.contains(markup), "{markup}");
        }
    }
}

/// All three formats, for the differences of two books.
fn all_forms(before: &[(String, String)], after: &[(String, String)]) -> ([String; 2], serde_json::Value) {
    let (before, after) = (directory(before), directory(after));
    let (before, after) = (book(before.path()), book(after.path()));
    let (plan, changes) = compared(&before, &after);
    let view = View { findings: &after.result.findings, ..view(&plan, &changes, &after) };
    let document = serde_json::from_str(&json::write(&view).unwrap()).unwrap();
    ([human::write(&view, Some(200)), plainly(&markdown::write(&view))], document)
}

#[test]
fn every_changed_policy_key_is_named() {
    let rule = || campaign("a", &format!("{TO}schedule.cron = \"0 9 * * MON\""));
    let before = "[limits]\nmax_per_day = 3\n[[wording.refuse]]\nwords = [\"根治\", \"特效\"]\nlevel = \"error\"\n\
                  [[calendar.blackout]]\nfrom = 2027-01-01\nto = 2027-01-02\nreason = \"维护\"\n";
    let after = "[limits]\nmax_per_day = 99\n[[wording.refuse]]\nwords = [\"根治\"]\nlevel = \"warning\"\n\
                 [[calendar.blackout]]\nfrom = 2027-01-01\nto = 2027-01-03\nreason = \"演练\"\n";
    let (told, document) = all_forms(&[rule(), policy(before)], &[rule(), policy(after)]);
    for text in &told {
        for line in [
            "no campaign changes, and the policy changes",
            "policy: limits.max_per_day: 3 → 99",
            "policy: wording.refuse[1].words: \"特效\" → nothing",
            "policy: wording.refuse[1].level: \"error\" → \"warning\"",
            "policy: calendar.blackout[1].to: 2027-01-02 → 2027-01-03",
            "policy: calendar.blackout[1].reason: \"维护\" → \"演练\"",
        ] {
            assert!(text.contains(line), "{line}\n{text}");
        }
    }
    assert_eq!(document["policy"].as_array().unwrap().len(), 5, "{document}");
}

#[test]
fn every_changed_campaign_key_is_named() {
    let file = |rest: &str| {
        [(
            "a.toml".to_owned(),
            format!("id = \"a\"\n{rest}content.text = \"春季新品上架。\"\n{TO}schedule.cron = \"0 9 * * MON\""),
        )]
    };
    let (told, document) = all_forms(&file(""), &file("allow = [\"placeholder\"]\n"));
    for text in &told {
        assert!(text.contains("1 changed") && text.contains("allow"), "{text}");
    }
    assert_eq!(document["changes"][0]["fields"][0]["after"], "[\"placeholder\"]");
    // A difference with its own words is not shown again.
    let (_, document) = all_forms(&file("title = \"A\"\n"), &file("title = \"B\"\n"));
    assert_eq!(document["changes"][0]["fields"].as_array().unwrap().len(), 1, "{document}");
}

#[test]
fn holiday_is_listed_once_with_its_campaigns() {
    let rule = |id: &str, rest: &str| campaign(id, &format!("{TO}schedule.cron = \"0 9 * * *\"\n{rest}"));
    let book = [rule("a", ""), rule("b", "schedule.days = \"workday\"\n")];
    let calendar = ("calendar.toml".to_owned(), "holidays = [{ name = \"司庆\", on = 2026-03-04 }]\n".to_owned());
    let (told, document) = all_forms(&book, &[&book[..], &[calendar]].concat());
    for text in &told {
        assert!(text.contains("calendar: + 司庆 2026-03-04") && text.contains("1 changed"), "{text}");
        assert!(!text.contains("as shipped"), "{text}");
    }
    assert_eq!(
        (&document["changes"][0]["campaign"], &document["calendar"][0]),
        (&"b".into(), &"+ 司庆 2026-03-04".into())
    );
    assert_eq!(document["changes"].as_array().unwrap().len(), 1);
}

#[test]
fn no_line_before_the_folds_is_empty() {
    let named = |id: &str| {
        campaign(id, "visible_range.audience = \"vip\"\nschedule.cron = \"0 9 * * *\"\nschedule.days = \"workday\"")
    };
    let users = |users: &str| policy(&format!("audiences.vip.sender_list.user_list = [{users}]\n"));
    let calendar = ("calendar.toml".to_owned(), "holidays = [{ name = \"司庆\", on = 2026-03-04 }]\n".to_owned());
    let ([_, markdown], _) =
        all_forms(&[named("a"), users("\"lisi\"")], &[named("a"), users("\"lisi\", \"wangwu\""), calendar]);
    assert!(markdown.contains("WIDER AUDIENCE") && markdown.contains("1 lost"), "{markdown}");
    assert!(!markdown.lines().any(|line| line.trim_end().ends_with(':')), "{markdown}");
}

#[test]
fn removals_and_new_ids_are_not_folded() {
    let rest = format!("{TO}schedule.cron = \"0 9 * * MON\"");
    let other = campaign("c", "title = \"C\"\nvisible_range.all = true\nschedule.cron = \"0 8 * * MON\"");
    let ([_, markdown], _) = all_forms(&[campaign("a", &rest), other], &[campaign("b", &rest)]);
    let bullets: Vec<&str> =
        markdown.lines().take_while(|line| !line.contains("<details>")).filter(|it| it.starts_with("- ")).collect();
    assert_eq!(bullets.len(), 3, "{markdown}");
    assert!(
        bullets[0].contains("it posts the same as `a`, under a new id") || bullets[0].contains("the same as"),
        "{bullets:?}"
    );
    assert!(
        bullets[2].starts_with(
            "- ➖ <b>C</b> <code>c</code>: it is removed: 2 posts are not made, the next on Mon 2026-03-02 08:00"
        ),
        "{bullets:?}"
    );
}

#[test]
fn no_line_is_longer_than_a_narrow_terminal() {
    let members = |users: &str| format!("visible_range.sender_list.user_list = [{users}]\n");
    let before =
        [campaign("a", &format!("title = \"周三会员日\"\n{}schedule.cron = \"0 9 * * *\"", members("\"lisi\"")))];
    let after = [campaign(
        "a",
        &format!(
            "title = \"周三会员日\"\n{}schedule.cron = \"0 10 * * *\"",
            members("\"lisi\", \"wangwu\", \"zhaoliu\"")
        ),
    )];
    let (before, after) = (directory(&before), directory(&after));
    let (before, after) = (book(before.path()), book(after.path()));
    let (plan, changes) = compared(&before, &after);
    let view = View { invalid_files: &[], ..view(&plan, &changes, &after) };
    for width in [40, 60, 79] {
        let text = human::write(&view, Some(width));
        let long = text.lines().find(|line| line.width() > usize::from(width));
        assert_eq!(long, None, "{width}\n{text}");
    }
}

#[test]
fn a_long_audience_ends_with_how_many_more() {
    let users: Vec<String> = (0..8).map(|n| format!("\"{n}{}\"", "a".repeat(60))).collect();
    let tags: Vec<String> = (0..8).map(|n| format!("\"etAbCdEfGhIjKlMnOpQrStUvWxYz00{n}\"")).collect();
    let rest = format!(
        "[visible_range]\nsender_list.user_list = [{}]\nexternal_contact_list.tag_list = [{}]\n[schedule]\ncron = \"0 9 * * MON\"",
        users.join(", "),
        tags.join(", ")
    );
    let ([_, markdown], _) = all_forms(&[], &[campaign("a", &rest)]);
    assert!(markdown.matches(" and 3 more; only those customers").count() >= 2, "{markdown}");
}

#[test]
fn campaigns_of_which_nothing_is_due_are_named() {
    let book = [
        campaign("a", &format!("{TO}schedule.cron = \"0 9 * * MON\"")),
        campaign("b", &format!("{TO}schedule.at = 2026-02-02T09:00:00")),
        campaign("c", &format!("{TO}schedule.at = 2026-06-01T09:00:00")),
    ];
    let (told, document) = all_forms(&book, &book);
    for text in &told {
        assert!(
            text.contains("2 campaigns post nothing in this time: b (over: the last time was Mon 2026-02-02 09:00), c (next Mon 2026-06-01 09:00)"),
            "{text}"
        );
    }
    assert_eq!(
        (&document["idle"][0]["over"], &document["idle"][1]["next"]),
        (&true.into(), &"2026-06-01T01:00:00Z".into())
    );
}

const RESULTS: &str = "version = 1\ncorp = \"ww1\"\ncounted_on = \"2026-02-27\"\nposts = [\n\
    { campaign = \"a\", due = \"2026-02-16T09:00\", why = \"deleted\" },\n\
    { campaign = \"a\", due = \"2026-02-23T09:00\", days = 3, members = 4, posted = 3, customers = 1234, likes = 5, comments = 1 },\n]\n";

#[test]
fn an_edited_campaign_says_how_its_last_posts_went() {
    let results = |text: &str| ("results.toml".to_owned(), text.to_owned());
    let at = |hour: u32| campaign("a", &format!("{TO}schedule.cron = \"0 {hour} * * MON\""));
    let (before, after) = (directory(&[at(9)]), directory(&[at(10), results(RESULTS)]));
    let (before, after) = (book(before.path()), book(after.path()));
    let (plan, changes) = compared(&before, &after);
    for lang in [drumbeat::text::Lang::En, drumbeat::text::Lang::Zh] {
        let view = View { lang, ..view(&plan, &changes, &after) };
        for text in [plainly(&markdown::write(&view)), human::write(&view, Some(200))] {
            assert!(text.contains("1,234") && text.find("1,234") < text.rfind("2026"), "{text}");
            assert!(text.contains("the moment was deleted") || text.contains("朋友圈已删除"), "{text}");
        }
    }
    let document: serde_json::Value =
        serde_json::from_str(&json::write(&view(&plan, &changes, &after)).unwrap()).unwrap();
    let last = &document["changes"][0]["last_results"];
    assert_eq!((&last[0]["customers"], &last[1]["why"]), (&1234.into(), &"deleted".into()));
    // Not of a new one, and nothing from a file of which a part cannot be read.
    for (before, after) in
        [(vec![], vec![at(10), results(RESULTS)]), (vec![at(9)], vec![at(10), results("version = 2\n")])]
    {
        let (before, after) = (directory(&before), directory(&after));
        let (before, after) = (book(before.path()), book(after.path()));
        let (plan, changes) = compared(&before, &after);
        assert!(!markdown::write(&view(&plan, &changes, &after)).contains("1,234"));
    }
}
