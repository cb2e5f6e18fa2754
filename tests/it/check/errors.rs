//! Content that WeCom would refuse, and entries that could widen an audience, in all their forms.

use super::block::finds;

/// One campaign with some of its lines replaced: `content`, `who`, `when`, or lines added as `more`.
#[derive(Clone, Default)]
struct Post {
    content: Option<String>,
    who: Option<String>,
    when: Option<String>,
    more: String,
}

fn post() -> Post {
    Post::default()
}

impl Post {
    fn content(mut self, content: &str) -> Self {
        self.content = Some(content.to_owned());
        self
    }

    fn who(mut self, who: &str) -> Self {
        self.who = Some(who.to_owned());
        self
    }

    fn when(mut self, when: &str) -> Self {
        self.when = Some(when.to_owned());
        self
    }

    fn more(mut self, more: &str) -> Self {
        self.more = more.to_owned();
        self
    }

    fn toml(&self) -> String {
        let or = |part: &Option<String>, usual: &str| part.clone().unwrap_or_else(|| usual.to_owned());
        [
            "id = \"spring-launch\"".to_owned(),
            self.more.clone(),
            or(&self.content, "content.text = \"春季新品上架。\""),
            or(&self.who, "visible_range.sender_list.user_list = [\"zhangshan\"]"),
            or(&self.when, "schedule.cron = \"0 9 * * MON\""),
        ]
        .join("\n")
    }

    #[track_caller]
    fn finds(self, codes: &[&str]) {
        finds(&[&self.toml()], codes);
    }
}

#[track_caller]
fn text(text: &str, codes: &[&str]) {
    post().content(&format!("content.text = {}", toml::Value::from(text))).finds(codes);
}

#[test]
fn texts_at_their_limits() {
    text(&"新".repeat(1333), &[]);
    text(&"新".repeat(2000), &["long-text-in-utf8"]);
    text(&"新".repeat(2001), &["long-text"]);
    text(&"a".repeat(2000), &[]);
    text(&"a".repeat(2001), &["long-text"]);
    // An emoji weighs four bytes, so a thousand emoji weigh as much as two thousand Chinese characters.
    text(&"🎉".repeat(1000), &[]);
    text(&"🎉".repeat(1001), &["long-text"]);
}

#[test]
fn the_last_line_end_is_not_sent() {
    let body = "a".repeat(2000);
    post().content(&format!("content.text = \"\"\"\n{body}\n\"\"\"")).finds(&[]);
    post().content(&format!("content.text = \"\"\"\n{body}a\n\"\"\"")).finds(&["long-text"]);
    // A Windows line end is sent as one character.
    let lines = "a\r\n".repeat(1000);
    post().content(&format!("content.text = \"\"\"\r\n{lines}\"\"\"")).finds(&[]);
}

#[test]
fn titles_at_their_limits() {
    let link = |title: &str| {
        post().content(&format!(
            "content.link = {{ title = \"{title}\", url = \"https://example.com\", cover = \"media/cover.jpg\" }}"
        ))
    };
    link(&"新".repeat(64)).finds(&[]);
    link(&"新".repeat(65)).finds(&["long-link-title"]);
    link(&"a".repeat(65)).finds(&["long-link-title"]);
    link(&"🎉".repeat(33)).finds(&["long-link-title"]);
}

#[test]
fn empty_posts() {
    post().content("content = {}").finds(&["empty-content"]);
    text("", &["empty-content"]);
    text(" \n\t\n", &["empty-content"]);
    post().content("content.images = []").finds(&["empty-images"]);
}

#[test]
fn every_pair_of_kinds() {
    let link = "content.link = { url = \"https://example.com\", cover = \"media/cover.jpg\" }";
    let images = "content.images = [\"media/1.jpg\"]";
    let video = "content.video = \"media/video.mp4\"";
    post().content(&format!("{images}\n{link}")).finds(&["mixed-attachments"]);
    post().content(&format!("{video}\n{link}")).finds(&["mixed-attachments"]);
    post().content(&format!("{images}\n{video}\n{link}")).finds(&["mixed-attachments", "mixed-attachments"]);
}

#[test]
fn control_characters() {
    text("春\u{7f}季", &["control-character"]);
    text("春\u{85}季", &["control-character"]);
    text("春\u{0}季\u{1b}", &["control-character", "control-character"]);
    text("春\t季\n新品", &[]);
    post().content("content.text = \"春\\r季\"").finds(&["control-character"]);
    post()
        .content("content.link = { title = \"春\\n季\", url = \"https://example.com\", cover = \"media/cover.jpg\" }")
        .finds(&["control-character"]);
}

#[test]
fn media_of_each_sort() {
    let image = |path: &str| post().content(&format!("content.images = [\"{path}\"]"));
    let video = |path: &str| post().content(&format!("content.video = \"{path}\""));
    image("media/image.png").finds(&[]);
    image("./media/../media/image.jpg").finds(&[]);
    image("media/Image.jpg").finds(&["missing-media"]);
    image("media/video.mp4").finds(&["wrong-media-kind"]);
    image("media/truncated.jpg").finds(&["broken-media"]);
    image("media/endless.png").finds(&["large-image"]);
    image("media/link-outside.jpg").finds(&["media-outside"]);
    image("media/secret.jpg").finds(&["unreadable-media"]);
    image("").finds(&["bad-media-path"]);
    image("/media/image.jpg").finds(&["bad-media-path"]);
    image("media\\\\image.jpg").finds(&["bad-media-path"]);
    image("media/").finds(&["bad-media-path"]);
    video("media/image.jpg").finds(&["wrong-media-kind"]);
    video("media/huge.mp4").finds(&["large-media"]);
    video("media/enormous.mp4").finds(&["large-media"]);
    post()
        .content("content.link = { url = \"https://example.com\", cover = \"media/wide.jpg\" }")
        .finds(&["large-image"]);
}

#[test]
fn links_without_their_parts() {
    post().content("content.link = {}").finds(&["link-without-cover", "link-without-url"]);
    post().content("content.link = { url = \"\", cover = \"media/cover.jpg\" }").finds(&["bad-link-url"]);
}

#[test]
fn empty_audiences_are_errors() {
    for who in ["visible_range = {}", "[visible_range]", "visible_range.all = false"] {
        let when =
            if who.starts_with('[') { "[schedule]\ncron = \"0 9 * * MON\"" } else { "schedule.cron = \"0 9 * * MON\"" };
        post().who(who).when(when).finds(&["no-audience"]);
    }
    post().who("visible_range.sender_list = {}").finds(&["empty-audience-list"]);
    post().who("visible_range.external_contact_list = {}").finds(&["empty-audience-list"]);
    post().who("visible_range.sender_list.user_list = []").finds(&["empty-audience-list"]);
    post().who("visible_range.sender_list.department_list = []").finds(&["empty-audience-list"]);
    post().who("visible_range.external_contact_list.tag_list = []").finds(&["empty-audience-list"]);
}

#[test]
fn one_empty_list_beside_a_filled_one() {
    post()
        .who("visible_range.sender_list.user_list = [\"lisi\"]\nvisible_range.external_contact_list.tag_list = []")
        .finds(&["empty-audience-list"]);
    post()
        .who("visible_range.sender_list = {}\nvisible_range.external_contact_list.tag_list = [\"etX\"]")
        .finds(&["empty-audience-list"]);
}

#[test]
fn an_unreadable_audience_is_not_empty() {
    post().who("visible_range.sender_list.user_list = \"lisi\"").finds(&["wrong-type"]);
    post().who("visible_range.sender_list.user_lst = [\"lisi\"]").finds(&["unknown-key"]);
    post().who("visible_range.sender_list.user_list = [“lisi”]").finds(&["bad-syntax"]);
    post().who("visible_range.sender_list.user_list = [3]").finds(&["wrong-type"]);
    post().who("visible_rnage.all = true").finds(&["unknown-key"]);
}

#[test]
fn ids_of_people() {
    let users = |users: &str| post().who(&format!("visible_range.sender_list.user_list = [{users}]"));
    users("\"Zhang.San-1_x@corp\", \"a\"").finds(&[]);
    users("\"\"").finds(&["bad-user-id"]);
    users("\"@all\"").finds(&["bad-user-id"]);
    users("\"zhang shan\"").finds(&["bad-user-id"]);
    users("\"zhangshan \"").finds(&["bad-user-id"]);
    users("\".a\"").finds(&["bad-user-id"]);
    users(&format!("\"{}\"", "a".repeat(65))).finds(&["bad-user-id"]);
    post().who("visible_range.sender_list.department_list = [-1, 4294967296]").finds(&["bad-department-id"]);
    post().who("visible_range.external_contact_list.tag_list = [\"\"]").finds(&["bad-tag-id"]);
}

#[test]
fn identities() {
    let id = |id: &str, codes: &[&str]| {
        finds(&[&post().toml().replacen("\"spring-launch\"", &format!("\"{id}\""), 1)], codes);
    };
    id("", &["bad-id"]);
    id("春季", &["bad-id"]);
    id("a_b", &["bad-id"]);
    id(&"a".repeat(64), &[]);
    id(&"a".repeat(65), &["bad-id"]);
    let third = post().content("content.text = \"夏季新品上架。\"").toml();
    finds(
        &[&post().toml(), &format!("# file: b.toml\n{third}"), &format!("# file: c.toml\n{third}")],
        &["duplicate-id"; 3],
    );
}

#[test]
fn times_of_the_wrong_form() {
    post().when("schedule.at = 2026-03-02").finds(&["bad-schedule"]);
    post().when("schedule.at = 2026-03-02T09:00:00Z").finds(&["bad-schedule"]);
    post().when("schedule.at = 2026-03-02T09:00:00.5").finds(&["bad-schedule"]);
    post().when("schedule.at = \"2026-03-02\"").finds(&["bad-schedule"]);
    post().when("schedule.at = \"soon\"").finds(&["wrong-type"]);
    post().when("schedule = { cron = \"0 9 * * MON\", at = 2026-03-02T09:00:00 }").finds(&["bad-schedule"]);
    post().when("schedule = { day_match = \"any\", at = 2026-03-02T09:00:00 }").finds(&["bad-schedule"]);
    post().when("schedule = { cron = \"0 9 30 2 *\" }").finds(&["bad-schedule"]);
    post().when("schedule = { cron = \"0 9 * * MON\", start = 2026-05-01, end = 2026-04-01 }").finds(&["bad-schedule"]);
    post().when("schedule = { cron = \"0 9 * * MON\", end = 09:00:00 }").finds(&["bad-schedule"]);
    post().when("schedule = { cron = \"0 9 * * MON\", max_lateness = \"0s\" }").finds(&["bad-lateness"]);
    post().when("schedule = { cron = \"61 9 * * 9\" }").finds(&["bad-schedule", "bad-schedule"]);
}

#[test]
fn every_other_week_needs_a_start_and_weekdays() {
    let every = |rest: &str| post().when(&format!("schedule = {{ {rest} }}"));
    every("cron = \"0 9 * * MON\", every = \"2w\", start = \"2026-03-02\"").finds(&[]);
    every("cron = \"0 9 * * MON\", every = \"2w\"").finds(&["bad-schedule"]);
    every("cron = \"0 9 1 * *\", every = \"2w\", start = 2026-03-02").finds(&["bad-schedule"]);
    every("cron = \"0 9 * * MON\", every = \"1w\", start = 2026-03-02").finds(&["bad-schedule"]);
    every("cron = \"0 9 * * MON\", every = \"60w\", start = 2026-03-02").finds(&["bad-schedule"]);
    every("cron = \"0 9 * * MON\", every = \"两周\", start = 2026-03-02").finds(&["bad-schedule"]);
    every("at = 2026-03-02T09:00:00, every = \"2w\"").finds(&["bad-schedule"]);
    every("cron = \"0 9 * * MON\", every = 2, start = 2026-03-02").finds(&["wrong-type"]);
}

#[test]
fn days_off_move_to_a_workday() {
    let with = |rest: &str| post().when(&format!("schedule = {{ {rest} }}"));
    for word in ["skip", "before", "after"] {
        // What is skipped is missing in some months.
        let found: &[&str] = if word == "skip" { &["skipped-months"] } else { &[] };
        with(&format!("cron = \"0 9 15 * *\", on_day_off = \"{word}\"")).finds(found);
        with(&format!("cron = \"0 9 15 * *\", on_day_off = \"{word}\", days = \"workday\"")).finds(found);
        with(&format!("cron = \"0 9 15 * *\", on_day_off = \"{word}\", days = \"holiday\"")).finds(&["bad-schedule"]);
        with(&format!("at = 2026-03-02T09:00:00, on_day_off = \"{word}\"")).finds(&["bad-schedule"]);
    }
    with("cron = \"0 9 15 * *\", on_day_off = \"befor\"").finds(&["bad-schedule"]);
    with("cron = \"0 9 15W * *\", on_day_off = \"before\"").finds(&["bad-schedule"]);
    with("cron = \"*/30 9 15 * *\", on_day_off = \"before\"").finds(&["bad-schedule"]);
}

#[test]
fn a_campaign_that_is_over_is_no_finding() {
    post().when("schedule.at = 2020-03-02T09:00:00").finds(&[]);
    post().when("schedule = { cron = \"0 9 * * MON\", end = 2020-03-02 }").finds(&[]);
}

#[test]
fn nothing_is_ever_ignored() {
    post().more("[x]\ny = 1\n[[x.z]]\n").finds(&["missing-key", "missing-key", "missing-key", "unknown-key"]);
    post().more("owner = 5").finds(&["wrong-type"]);
    post().content("content = { text = \"春\", texts = \"季\" }").finds(&["unknown-key"]);
    post().content("content.images = [{ media_id = \"x\", size = 3 }]").finds(&["media-id", "unknown-key"]);
    post().content("content.video = { mediaid = \"x\" }").finds(&["unknown-key"]);
}

#[test]
fn five_faults_are_five_findings() {
    let toml = post()
        .more("titel = \"x\"")
        .content("content = { text = 5, images = [\"media/nowhere.jpg\"] }")
        .who("visible_range.sender_list.department_list = [0]")
        .when("schedule.cron = \"0 25 * * MON\"");
    toml.finds(&["unknown-key", "wrong-type", "missing-media", "bad-department-id", "bad-schedule"]);
}

/// A schedule after the finding's suggestion; `None` without a suggestion.
fn suggested(schedule: &str) -> Option<String> {
    let toml =
        format!("id = \"a\"\ncontent.text = \"春季新品\"\nvisible_range.sender_list.user_list = [\"a\"]\n{schedule}\n");
    let found = super::block::verdict(&[&toml]).findings;
    assert_eq!(found.len(), 1, "{found:#?}");
    let applied = found[0].suggestion.as_ref()?.applied("spring.toml", &toml)?;
    let after = super::block::verdict(&[&applied]).findings;
    assert!(after.is_empty(), "{applied}\n{after:#?}");
    applied.strip_prefix(&toml[..toml.find(schedule).unwrap()]).map(|text| text.trim_end().to_owned())
}

#[track_caller]
fn suggests(schedule: &str, wanted: &str) {
    assert_eq!(suggested(schedule).as_deref(), Some(wanted));
}

#[test]
fn schedule_suggestions_edit_the_file() {
    suggests("schedule.cron = \"9 30 * * *\"", "schedule.cron = \"30 9 * * *\"");
    suggests(
        "schedule.cron = \"CRON_TZ=Asia/Tokyo 0 9 * * MON\"",
        "schedule.cron = \"0 9 * * MON\"\nschedule.timezone = \"Asia/Tokyo\"",
    );
    suggests(
        "[schedule]\ncron = \"工作日 9点\" # early\nend = 2026-12-01",
        "[schedule]\ncron = \"0 9 * * *\"\ndays = \"workday\" # early\nend = 2026-12-01",
    );
    suggests(
        "schedule = { cron = \"0 9 * * MON Asia/Tokyo\" }",
        "schedule = { cron = \"0 9 * * MON\", timezone = \"Asia/Tokyo\" }",
    );
    suggests(
        "schedule = { cron = \"0 9 * * MON Asia/Tokyo\", timezone = \"Asia/Tokyo\" }",
        "schedule = { cron = \"0 9 * * MON\", timezone = \"Asia/Tokyo\" }",
    );
    assert_eq!(suggested("schedule = { cron = \"0 9 * * MON Asia/Tokyo\", timezone = \"Asia/Seoul\" }"), None);
    suggests("schedule.cron = \"0 9 * * * *\"", "schedule.cron = \"0 9 * * *\"");
    suggests(
        "schedule = { cron = \"0 9 * * MON\", timezone = \"Beijing\" }",
        "schedule = { cron = \"0 9 * * MON\", timezone = \"Asia/Shanghai\" }",
    );
    suggests("schedule.at = 2026-12-01T09:00:00+08:00", "schedule.at = \"2026-12-01 09:00\"");
    suggests("schedule.at = 2026-12-01T09:00:00.5", "schedule.at = \"2026-12-01 09:00\"");
    assert_eq!(suggested("schedule.at = 2026-12-01"), None);
}
