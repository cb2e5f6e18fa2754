//! Variables in texts: what customers read on each date is what the rules see.

use drumbeat::text::Lang::{En as EN, Zh as ZH};

use super::block::{finds, verdict};

const POLICY: &str = "# file: policy.toml\n[variables]\nphone = \"021-5555 0100\"\n\"门店\" = \"南京西路店\"\n";
const USES_ALL: &str = "{{ phone }}{{ 门店 }}";

/// A campaign with these contents, on Mondays.
fn campaign(content: &str) -> String {
    let to = "visible_range.sender_list.user_list = [\"zhangshan\"]";
    format!("id = \"a\"\n{content}\n{to}\nschedule.cron = \"0 9 * * MON\"\n")
}

fn with_text(text: &str) -> String {
    campaign(&format!("content.text = \"{text}\""))
}

/// The text of the next two posts, the first on Monday 5 January 2026.
#[track_caller]
fn posts(policy: &str, text: &str, expected: [&str; 2]) {
    let verdict = verdict(&[policy, &with_text(text)]);
    assert_eq!(verdict.findings, [], "{text}");
    let campaign = &verdict.campaigns[0];
    let dates = ["2026-01-05", "2026-01-12"].map(|date| date.parse().unwrap());
    let texts = dates.map(|date| campaign.contents.first().on(date).text.clone().unwrap());
    assert_eq!(texts, expected);
}

#[test]
fn a_text_follows_the_date_of_the_post() {
    posts(
        "# file: policy.toml\n",
        "{{ month }}月{{day}}日（{{ weekday }}）见",
        ["1月5日（周一）见", "1月12日（周一）见"],
    );
    posts("# file: policy.toml\nlanguage = \"en\"\n", "See you {{ weekday }}", ["See you Monday"; 2]);
}

#[test]
fn values_of_the_policy_are_filled_in() {
    let text = "致电 {{ phone }}，{{门店}}";
    posts(POLICY, text, ["致电 021-5555 0100，南京西路店"; 2]);
}

#[test]
fn braces_of_other_meaning_stay() {
    posts("# file: policy.toml\n", "满 {3} 件 }} 和 {{{{ month }}", ["满 {3} 件 }} 和 {{ month }}"; 2]);
}

#[test]
fn link_titles_have_variables_and_addresses_have_none() {
    let link = |url: &str| {
        campaign(&format!(
            "content.link = {{ title = \"{{{{ month }}}}月新品\", url = \"{url}\", cover = \"media/1.jpg\" }}"
        ))
    };
    let verdict = verdict(&[&link("https://example.com/")]);
    assert_eq!(verdict.findings, []);
    let post = verdict.campaigns[0].contents.first().on("2026-03-02".parse().unwrap());
    let drumbeat::post::Attachments::Link(shown) = &post.attachments else { panic!("a link") };
    assert_eq!(shown.title.as_deref(), Some("3月新品"));
    finds(&[&link("https://example.com/{{month}}")], &["placeholder"]);
}

#[test]
fn invalid_variables_are_reported_at_their_position() {
    finds(&[&with_text("{{ monht }}月")], &["unknown-variable"]);
    finds(&[&with_text("{{ month")], &["bad-braces"]);
    finds(&[&with_text("{{ }}{{ a b }}")], &["bad-braces", "bad-braces"]);
    finds(&["# file: policy.toml\nvariables.phone = 5\n", &with_text("{{ phone }}")], &["wrong-type"]);
    finds(&["# file: policy.toml\nvariables.a = \"{{ day }}\"\n", &with_text("{{ a }}")], &["bad-variable"]);
    finds(&[POLICY, &with_text("{{ phone }}")], &["unused-variable"]);
    finds(&[POLICY, &with_text(USES_ALL)], &[]);
}

#[test]
fn an_unknown_variable_is_told_the_nearest_one() {
    for (text, help) in [
        ("{{ weekdy }}", "是不是想写 `{{ weekday }}`？"),
        ("{{ 月份 }}", "是不是想写 `{{ month }}`？"),
        (
            "{{ 客户昵称 }}",
            "可以用的变量：`month`、`day`、`weekday`；别的变量要先在 `policy.toml` 的 `[variables]` 里写好。所有客户看到的是同样的文字，没有客户昵称这类变量",
        ),
    ] {
        let verdict = verdict(&[&with_text(text)]);
        assert_eq!(verdict.findings[0].help.as_ref().unwrap().get(ZH), help);
    }
}

#[test]
fn refused_words_are_found_in_what_customers_read() {
    let policy =
        "# file: policy.toml\n[variables]\nclaim = \"全城最佳\"\n[[wording.refuse]]\nwords = [\"最佳\", \"第1\"]\n";
    let verdict = verdict(&[policy, &with_text("{{ claim }}，第{{ month }}场")]);
    let found: Vec<_> = verdict.findings.iter().map(|it| (it.code, it.message.get(EN))).collect();
    let refused = |word| format!("the policy refuses `{word}`");
    assert_eq!(found, [("wording", &*refused("最佳")), ("wording", &*refused("第1"))]);
    let related = &verdict.findings[0].related;
    assert_eq!((&*related[0].file, related.len()), ("policy.toml", 1));
}

#[test]
fn a_character_in_a_value_is_not_taken_out_of_the_campaign() {
    let policy = "# file: policy.toml\nvariables.a = \"电话\u{200b}\"\n";
    let verdict = verdict(&[policy, &with_text("{{ a }}")]);
    let [finding] = &verdict.findings[..] else { panic!("{:?}", verdict.findings) };
    assert_eq!((finding.code, &finding.suggestion), ("invisible-character", &None));
}

/// 1,999 characters and a number that has one digit or two.
#[test]
fn the_longest_text_of_a_year_is_measured() {
    let text = |name: &str| with_text(&format!("{}{{{{ {name} }}}}", "a".repeat(1_999)));
    // Monday 5 October 2026 is the first one with a month of two digits.
    let verdict = verdict(&[&text("month")]);
    let [finding] = &verdict.findings[..] else { panic!("{:?}", verdict.findings) };
    assert_eq!(finding.code, "long-text");
    assert_eq!(finding.message.get(EN), "the text has 2001 characters; WeCom allows at most 2000");
    assert_eq!(finding.related[0].words.get(EN), "becomes `10`");
}

#[test]
fn a_length_that_no_post_reaches_is_fine() {
    let text = format!("{}{{{{ month }}}}", "a".repeat(1_999));
    let until_june = with_text(&text).replace("schedule.cron", "schedule.end = 2026-06-30\nschedule.cron");
    finds(&[&until_june], &[]);
    let mondays = format!("{}{{{{ weekday }}}}", "a".repeat(1_994));
    finds(&["# file: policy.toml\nlanguage = \"en\"\n", &with_text(&mondays)], &[]);
}

#[test]
fn a_variable_that_shortens_a_text_counts_as_it_goes_out() {
    let text = format!("{}{{{{ weekday }}}}", "周".repeat(1_998));
    finds(&[&with_text(&text)], &["long-text-in-utf8"]);
}

#[test]
fn equal_findings_of_several_dates_are_one() {
    let policy = "# file: policy.toml\n[[wording.refuse]]\nwords = [\"最佳\"]\n";
    finds(&[policy, &with_text("{{ month }}月{{ day }}日最佳")], &["wording"]);
}

#[test]
fn many_large_values_take_bounded_memory() {
    let policy = format!("# file: policy.toml\nvariables.a = \"{}\"\n", "长".repeat(100_000));
    let text = "{{ a }}".repeat(50_000);
    finds(&[&policy, &with_text(&text)], &["long-text"]);
}
