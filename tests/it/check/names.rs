//! Names of departments and tags: their ids, the findings about unresolved ones, and the campaigns that are held.

use drumbeat::text::Lang::En as EN;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use drumbeat::check::CheckResult;
use drumbeat::post::Audience;

use super::block::{finds, verdict};

const DIRECTORY: &str = r#"# file: directory.toml
version = 1
corp = "ww5c8f26d1e07ab394"
senders = ["Zhang.San", "lisi"]

[[departments]]
id = 1
name = "总部"
[[departments]]
id = 2
name = "华东"
parent = 1
[[departments]]
id = 3
name = "华南"
parent = 1
[[departments]]
id = 4
name = "销售部"
parent = 2
[[departments]]
id = 5
name = "销售部"
parent = 3
[[departments]]
id = 6
name = "25/30"
parent = 3
[[departments]]
id = 7
name = "8"
parent = 99

[[tag_groups]]
id = "etGroupA"
name = "客户等级"
tags = [
    { id = "etVip", name = "VIP客户" },
    { id = "etNewA", name = "新客" },
    { id = "etPlain", name = "VIP" },
]
[[tag_groups]]
id = "etGroupB"
name = "关注"
tags = [
    { id = "etNewB", name = "新客" },
    { id = "etEtude", name = "etude" },
    { id = "etEmpty", name = "" },
    { id = "etTwinA", name = "双" },
    { id = "etTwinB", name = "双" },
]
"#;

fn campaign(id: &str, who: &str) -> String {
    format!(
        "# file: {id}.toml\nid = \"{id}\"\ncontent.text = \"第{id}期\"\n{who}\nschedule.cron = \"{} 9 * * MON\"\n",
        id.len()
    )
}

fn tags(list: &str) -> String {
    campaign("a", &format!("visible_range.external_contact_list.tag_list = [{list}]"))
}

fn departments(list: &str) -> String {
    campaign("a", &format!("visible_range.sender_list.department_list = [{list}]"))
}

/// There is one valid campaign, with this audience.
#[track_caller]
fn goes_to(campaign: &str, expected_departments: &[u64], expected_tags: &[&str]) {
    let verdict = verdict(&[campaign, DIRECTORY]);
    let [campaign] = &verdict.campaigns[..] else { panic!("{:#?}", verdict.findings) };
    let Audience::Lists { departments, tags, .. } = campaign.contents.audience() else { panic!("to everyone") };
    assert_eq!(
        (&departments[..], tags.iter().map(String::as_str).collect()),
        (expected_departments, expected_tags.to_vec())
    );
}

/// The only finding of a campaign: its rule and its help.
#[track_caller]
fn says(blocks: &[&str], code: &str, message: &str, help: &str) {
    let findings = verdict(blocks).findings;
    let [finding] = &findings[..] else { panic!("{findings:#?}") };
    assert_eq!(
        (finding.code, finding.message.get(EN), finding.help.as_ref().map(|it| it.get(EN)).unwrap_or_default()),
        (code, message, help)
    );
}

fn ids(verdict: &CheckResult) -> Vec<&str> {
    verdict.campaigns.iter().map(|campaign| campaign.id.as_str()).collect()
}

#[test]
fn requests_contain_ids_not_names() {
    goes_to(&tags(r#""VIP客户", "etNewA", "关注/新客""#), &[], &["etVip", "etNewA", "etNewB"]);
    goes_to(&departments(r#""华东", 3, "总部/华南/销售部""#), &[2, 3, 5], &[]);
}

#[test]
fn qualified_names_must_be_complete() {
    finds(&[&departments("\"华南/销售部\""), DIRECTORY], &["unknown-name"]);
    finds(&[&tags("\"客户/VIP客户\""), DIRECTORY], &["unknown-name"]);
    // The app cannot see the parent.
    goes_to(&departments("\"总部\""), &[1], &[]);
}

#[test]
fn names_that_look_like_something_else() {
    goes_to(&departments("\"25/30\""), &[6], &[]);
    goes_to(&departments("\"总部/华南/25/30\""), &[6], &[]);
    goes_to(&tags("\"VIP\""), &[], &["etPlain"]);
    // With or without a directory, the form of an id is never taken for a name.
    says(
        &[&tags("\"etude\""), DIRECTORY],
        "unknown-id",
        "`directory.toml` has no tag with the id `etude`",
        "did you mean `关注/etude` (etEtude)? if it is new at WeCom, run `drumbeat directory pull` again",
    );
    goes_to(&tags("\"关注/etude\""), &[], &["etEtude"]);
    says(
        &[&departments("\"8\""), DIRECTORY],
        "bad-department-id",
        "the department id `8` is in quotes, but it must be a number",
        "write 8",
    );
    says(
        &[&departments("\" ７\""), DIRECTORY],
        "bad-department-id",
        "the department id ` ７` is in quotes, but it must be a number",
        "write 7",
    );
    finds(&[&departments("\"\""), DIRECTORY], &["bad-department-id"]);
    finds(&[&tags("\"\""), DIRECTORY], &["bad-tag-id"]);
    says(&[&tags("\" etVip\""), DIRECTORY], "bad-tag-id", "` etVip` is not a tag id", "write `etVip`");
}

#[test]
fn a_name_of_several_is_none() {
    says(
        &[&departments("\"销售部\""), DIRECTORY],
        "ambiguous-name",
        "`销售部` is the name of 2 departments",
        "write `总部/华东/销售部` (4) or `总部/华南/销售部` (5)",
    );
    says(
        &[&tags("\"新客\""), DIRECTORY],
        "ambiguous-name",
        "`新客` is the name of 2 tags",
        "write `客户等级/新客` (etNewA) or `关注/新客` (etNewB)",
    );
    // If no name is unambiguous, the id is used.
    says(&[&tags("\"双\""), DIRECTORY], "ambiguous-name", "`双` is the name of 2 tags", "write `etTwinA` or `etTwinB`");
}

#[test]
fn the_nearest_is_offered() {
    let pull = "if it is new at WeCom, run `drumbeat directory pull` again";
    says(
        &[&tags("\"vip 客户\""), DIRECTORY],
        "unknown-name",
        "no tag is named `vip 客户`",
        &format!("did you mean `VIP客户` (etVip)? {pull}"),
    );
    says(
        &[&departments("\"总部/华东\", \"华东/销售部\""), DIRECTORY],
        "unknown-name",
        "no department is named `华东/销售部`",
        &format!("did you mean `总部/华东/销售部` (4)? {pull}"),
    );
    says(
        &[&campaign("a", "visible_range.sender_list.user_list = [\"zhang.san\", \"lsii\"]"), DIRECTORY],
        "unknown-id",
        "`directory.toml` has no member `lsii` who can post",
        &format!("did you mean `lisi`? {pull}"),
    );
    says(
        &[&departments("12"), DIRECTORY],
        "unknown-id",
        "`directory.toml` has no department 12",
        &format!("did you mean `总部` (1)? {pull}"),
    );
}

#[test]
fn a_name_equals_its_id() {
    says(
        &[&tags("\"VIP客户\", \"etVip\""), DIRECTORY],
        "repeated-entry",
        "`etVip` is the same as `VIP客户`, which is also in the list",
        "remove one of them; was another one meant?",
    );
    finds(&[&departments("2, \"华东\", \"总部/华东\""), DIRECTORY], &["repeated-entry"; 2]);
    finds(&[&departments("\"华东\", \"华南\""), DIRECTORY], &[]);
}

#[test]
fn without_directory_names_suggest_id_or_pull() {
    says(
        &[&tags("\"VIP客户\"")],
        "bad-tag-id",
        "`VIP客户` is not a tag id",
        "write the id of the tag, which begins with `et`; to write names, first run `drumbeat directory pull`",
    );
    says(
        &[&departments("\"销售部\"")],
        "bad-department-id",
        "`销售部` is not a department id",
        "write the id of the department, a whole number; to write names, first run `drumbeat directory pull`",
    );
    finds(&[&tags("\"VIP\"")], &["unlikely-tag-id"]);
    finds(&[&tags("\"etNobodyKnows\"")], &[]);
    finds(&[&departments("4294967296")], &[]);
}

#[test]
fn invalid_directory_holds_campaigns_that_use_names() {
    let by_id =
        campaign("ids", "allow = [\"unknown-id\"]\nvisible_range.external_contact_list.tag_list = [\"etGone\"]");
    let by_name = campaign("name", "visible_range.external_contact_list.tag_list = [\"VIP客户\"]");
    let by_audience = campaign("by-audience", "visible_range.audience = \"vip\"");
    let policy = "# file: policy.toml\n[audiences.vip]\nsender_list.department_list = [\"华东\"]\n";
    for (spoilt, code) in [
        (DIRECTORY.replace("version = 1", "version = 2"), "bad-directory"),
        (DIRECTORY.replace("corp = ", "corps = "), "unknown-key"),
        (DIRECTORY.replace("corp = \"ww5c8f26d1e07ab394\"\n", ""), "missing-key"),
        (DIRECTORY.replace("id = 7", "id = 6"), "bad-directory"),
        (DIRECTORY.replace("id = 7", "id = 0"), "wrong-type"),
        (DIRECTORY.replace("parent = 99", "parent = 7"), "bad-directory"),
        (DIRECTORY.replace("id = 7", "id = "), "bad-syntax"),
        (DIRECTORY.replace("corp = ", "# corp: wwother\ncorp = "), "foreign-directory"),
        ("# file: directory.toml\n# bytes: 99999999\n".to_owned(), "unreadable-file"),
    ] {
        let verdict = verdict(&[&by_id, &by_name, &by_audience, policy, &spoilt]);
        let found: Vec<(&str, &str)> = verdict.findings.iter().map(|it| (it.code, &*it.place.file)).collect();
        assert!(found.iter().all(|(_, file)| *file == "directory.toml"), "{found:?}");
        assert!(found.iter().any(|(found, _)| *found == code), "{code}: {found:?}");
        assert_eq!(ids(&verdict), ["ids"], "{code}");
        let reasons: Vec<&str> = verdict.invalid_files.iter().map(|it| it.reason.get(EN)).collect();
        assert!(reasons.iter().all(|why| why.starts_with("`directory.toml` has an error: ")), "{reasons:?}");
        assert_eq!(
            verdict.campaigns[0].audience().get(EN),
            "members who have customers with tag etGone; only those customers"
        );
    }
}

#[test]
fn vanished_name_holds_campaigns_of_its_audience() {
    let policy = "# file: policy.toml\n[audiences.vip]\nexternal_contact_list.tag_list = [\"VIP客户\"]\n\
                  [audiences.gone]\nexternal_contact_list.tag_list = [\"etVip\", \"没有\"]\n";
    let all = [
        campaign("vip", "visible_range.audience = \"vip\""),
        campaign("gone", "visible_range.audience = \"gone\""),
        campaign("other", "visible_range.sender_list.user_list = [\"lisi\"]"),
    ];
    let found = verdict(&[&all[0], &all[1], &all[2], policy, DIRECTORY]);
    assert_eq!(
        found.findings.iter().map(|it| (it.code, &*it.place.file)).collect::<Vec<_>>(),
        [("unknown-name", "policy.toml")]
    );
    assert_eq!(ids(&found), ["other", "vip"]);
    assert_eq!(found.invalid_files[0].reason.get(EN), "`policy.toml` has an error: no tag is named `没有`");
    // The same without a directory: no name is known, and campaigns without names stay valid.
    let found = verdict(&[&all[0], &all[1], &all[2], policy]);
    assert_eq!(ids(&found), ["other"]);
    let reasons: Vec<&str> = found.invalid_files.iter().map(|it| it.reason.get(EN)).collect();
    let no_tag = |name: &str| format!("`policy.toml` has an error: `{name}` is not a tag id");
    assert_eq!(reasons, [no_tag("VIP客户"), no_tag("没有")]);
}

#[test]
fn whose_directory_it_is() {
    let own = DIRECTORY.replace("corp = ", "# corp: ww5c8f26d1e07ab394\ncorp = ");
    finds(&[&tags("\"VIP客户\""), &own], &[]);
    // The directory of another corp has no effect on ids.
    let foreign = DIRECTORY.replace("corp = ", "# corp: wwother\ncorp = ");
    finds(&[&tags("\"etNobodyKnows\""), &foreign], &["foreign-directory"]);
}

#[test]
fn live_lists_take_precedence_over_the_directory_file() {
    let live =
        DIRECTORY.replace("# file: directory.toml", "# live").replace("etVip", "etVipAgain").replace("lisi", "wangwu");
    says(
        &[&tags("\"VIP客户\""), &live, DIRECTORY],
        "stale-directory",
        "`directory.toml` differs from what WeCom has now: 2 removed, 2 added",
        "removed: tag `VIP客户 (etVip)`, sender `lisi`; added: tag `VIP客户 (etVipAgain)`, sender `wangwu`; run `drumbeat directory pull` again",
    );
    let found = verdict(&[&tags("\"VIP客户\""), &live, DIRECTORY]);
    assert_eq!(
        found.campaigns[0].audience().get(EN),
        "members who have customers with tag VIP客户 (etVipAgain); only those customers"
    );
    says(
        &[&tags("\"etVip\""), &live],
        "unknown-id",
        "WeCom shows the app no tag with the id `etVip`",
        "did you mean `VIP客户` (etVipAgain)? check the tags in WeCom's admin console, or remove the entry",
    );
    // The service would not find the name, whatever WeCom's lists are today.
    finds(&[&tags("\"VIP客户\""), &live], &["bad-tag-id"]);
}

#[test]
fn names_are_shown_and_change_nothing() {
    let found = |directory: &str| verdict(&[&tags("\"etVip\""), directory]).campaigns[0].clone();
    let (one, other) = (found(DIRECTORY), found(&DIRECTORY.replace("VIP客户", "大客户")));
    assert_eq!(one.audience().get(EN), "members who have customers with tag VIP客户 (etVip); only those customers");
    assert_eq!(other.audience().get(EN), "members who have customers with tag 大客户 (etVip); only those customers");
    assert_eq!(one.fingerprint(), other.fingerprint());
}

fn large(members: usize, departments: usize) -> String {
    let mut text = "# file: directory.toml\nversion = 1\ncorp = \"ww\"\ntag_groups = []\nsenders = [".to_owned();
    (0..members).for_each(|n| _ = write!(text, "\"member-{n:06}\","));
    text.push_str("]\n");
    (1..=departments).for_each(|n| {
        let _ = write!(text, "[[departments]]\nid = {n}\nname = \"门店\"\nparent = {}\n", n / 10 + departments + 1);
    });
    text
}

/// Every campaign names entries that a large directory lacks.
#[test]
fn lookups_in_a_large_directory_are_fast() {
    let directory = large(100_000, 5_000);
    let who = |n: usize| {
        format!(
            "visible_range.sender_list = {{ user_list = [\"member-{n}\"], department_list = [\"门店\", \"门店{n}\"] }}"
        )
    };
    let campaigns: Vec<String> = (0..2_000).map(|n| campaign(&format!("c-{n}"), &who(n))).collect();
    let blocks: Vec<&str> = campaigns.iter().map(String::as_str).chain([directory.as_str()]).collect();
    let start = Instant::now();
    let verdict = verdict(&blocks);
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    let count = |code| verdict.findings.iter().filter(|it| it.code == code).count();
    assert_eq!((count("unknown-id"), count("unknown-name"), count("ambiguous-name")), (2_000, 2_000, 2_000));
    let hints = verdict
        .findings
        .iter()
        .filter(|it| it.help.as_ref().is_some_and(|help| help.get(EN).starts_with("did you mean")));
    assert_eq!(hints.count(), 10);
    let several = verdict.findings.iter().find(|it| it.code == "ambiguous-name").unwrap();
    assert_eq!(several.message.get(EN), "`门店` is the name of more than 5 departments");
    assert_eq!(
        several.help.as_ref().map(|it| it.get(EN)),
        Some("write 1 or 2 or 3 or 4 or 5, or another one of them by its id")
    );
}

/// Reading ends soon for any directory.
#[test]
fn hostile_directories() {
    let soon = |rows: &str, list: &str| {
        let text = format!("# file: directory.toml\nversion = 1\ncorp = \"ww\"\nsenders = []\ntag_groups = []\n{rows}");
        let start = Instant::now();
        let verdict = verdict(&[&departments(list), &text]);
        assert!(start.elapsed() < Duration::from_secs(30), "{:?}", start.elapsed());
        verdict
    };
    let chain: String = (1..20_000).fold(String::new(), |mut rows, n| {
        let _ = write!(rows, "[[departments]]\nid = {n}\nname = \"a\"\nparent = {}\n", n + 1);
        rows
    });
    let found = soon(&chain, &format!("\"a\", \"{}\"", "a/".repeat(10_000)));
    assert_eq!(found.findings.iter().map(|it| it.code).collect::<Vec<_>>(), ["ambiguous-name", "unknown-name"]);
    // A circle is reported once.
    let circle = chain.replace("parent = 20000", "parent = 1");
    assert_eq!(soon(&circle, "1").findings.len(), 1);
    let long = format!("[[departments]]\nid = 1\nname = \"{}\"\n", "长".repeat(300_000));
    let below: String = (2..20_000).fold(long, |mut rows, n| {
        let _ = write!(rows, "[[departments]]\nid = {n}\nname = \"b\"\nparent = 1\n");
        rows
    });
    let found = soon(&below, "1, \"b\"");
    assert_eq!(
        found.findings[0].help.as_ref().map(|it| it.get(EN)),
        Some("write 2 or 3 or 4 or 5 or 6, or another one of them by its id")
    );
}
