//! What is run in each language: command lines, and the books that they read.

use std::fs;
use std::path::Path;

use drumbeat::check::rules;

/// What only reads. `WITH` begins settings of the environment.
pub(super) const READING: &[&str] = &[
    "--help",
    "",
    "--version",
    "help nonsense",
    "nonsense",
    // Findings, in every format.
    "check campaigns",
    "check campaigns/member-day.toml",
    "check clean",
    "check carets",
    "check bad",
    "check bad --format concise",
    "check bad --format json",
    "check bad --format github",
    "check bad --format gitlab",
    "check bad --format sarif",
    "check bad --format junit",
    "check formats",
    "check formats --format json",
    "check formats --format junit",
    "check empty",
    "check nowhere",
    "check campaigns/nowhere.toml",
    "check campaigns --deny-warnings",
    "check campaigns --online",
    "check campaigns --online WITH DRUMBEAT_CORP_ID=ww0123456789abcdef DRUMBEAT_CORP_SECRET=0123456789 DRUMBEAT_WECOM_URL=http://x",
    "check - --stdin-name campaigns/new.toml",
    "explain",
    "explain unknown-key",
    "explain nonsense",
    "explain twin-post",
    // Spreadsheets.
    "import",
    "import sheets/nowhere.xlsx",
    "import sheets",
    "import sheets/cut.xlsx",
    "import sheets/password.xlsx",
    "import sheets/entities.xlsx",
    "import sheets/empty.csv",
    "import sheets/plan.xlsx",
    "import sheets/faults.xlsx",
    "import sheets/plan.xlsx --sheet nowhere",
    "import sheets/plan.xlsx --removed nonsense",
    "import sheets/plan.xlsx questions",
    "import sheets/plan.xlsx questions --removed keep",
    "import sheets/plan.xlsx questions --removed delete=nonsense",
    "import sheets/plan.xlsx questions --moved move",
    "import sheets/plan.xlsx --moved nonsense",
    "import sheets/plan.xlsx --replaces plan.csv --same-audience 围巾",
    "import --template sheets/plan.xlsx",
    "import --template sheets/plan.csv",
    "schema",
    "schema policy",
    "schema nonsense",
    // Plans, in every format.
    "plan campaigns --from 2026-12-01",
    "plan campaigns --from 2026-12-01 --format json",
    "plan campaigns --from 2026-12-01 --format markdown",
    "plan campaigns --from 2026-12-01 --format ics",
    "plan campaigns --from 2026-12-01 --format csv",
    "plan carets --from 2026-12-01",
    "plan bad --from 2026-12-01",
    "plan bad --from 2026-12-01 --format markdown",
    "plan empty",
    "plan campaigns --book bad",
    "plan nowhere",
    "plan --base nowhere",
    "plan --from tomorrow",
    "plan --to tomorrow",
    "plan --from 2026-12-05 --to 2026-12-01",
    "plan --days 0",
    "plan --explain member-day@2026-12-02T09:30",
    "plan --explain member-day@2026-12-03T09:30",
    "plan --explain member-day@2026-12-02T09:30:15",
    "plan --explain nonsense@2026-12-02T09:30",
    "plan --explain member-day",
    "plan --explain member-day@noon",
    "plan contents --from 2026-02-27 --to 2026-03-11",
    "plan contents --from 2026-02-27 --to 2026-03-11 --format csv",
    "plan contents --explain tips@2026-03-03T20:00",
    "plan contents --explain lantern@2026-03-04T18:00",
    // Pages.
    "site --from 2026-12-01 --out plan.html",
    "site campaigns --from 2026-12-01 --out nowhere/plan.html",
    "site bad --from 2026-12-01 --out plan.html",
    "site empty --out plan.html",
    "site nowhere --out plan.html",
    "site --from tomorrow --out plan.html",
    "site --base nowhere --out plan.html",
    "site",
    "preview missing",
    "preview --listen 127.0.0.1:99999",
    "preview --listen here",
    "preview --listen 0.0.0.0:8321",
    // Spreadsheets.
    "import plan.csv",
    "import plan.csv --format json",
    "import faults.xlsx",
    "import hidden.xlsx",
    "import password.xlsx",
    "import entities.xlsx",
    "import plan.csv nowhere",
    "import nowhere.csv",
    "import campaigns/policy.toml",
    "import plan.csv --sheet 排期",
    "import --template campaigns/policy.toml",
    "import --template fresh.nonsense",
    "import",
    "import plan.csv --removed",
    "rehearse --from 2026-12-01 --days 6",
    "rehearse --from 2026-12-01 --days 20 --faults 7",
    "rehearse --from 2026-12-01 --days 20 --faults 7 --format json",
    "rehearse bad --from 2026-12-01 --days 2",
    "rehearse empty",
    "rehearse nowhere",
    "rehearse --from tomorrow",
    "rehearse --faults many",
    // What came of runs: every reason.
    "history --store sqlite://runs.db",
    "history --store sqlite://runs.db --format json",
    "history --store sqlite://runs.db --campaign member-day --state in_doubt",
    "history --store sqlite://runs.db --campaign nonsense",
    "history --store sqlite://runs.db --campaign 会员日",
    "history --store sqlite://runs.db --state nonsense",
    "history --store sqlite://runs.db --days x",
    "history --store sqlite://nowhere.db",
    "history --store mysql://localhost",
    "history --store sqlite://campaigns/policy.toml",
    "history",
    "show member-day@2026-02-23T09:00 --store sqlite://runs.db",
    "show member-day@2026-02-24T09:00 --store sqlite://runs.db",
    "show member-day@2026-02-25T09:00 --store sqlite://runs.db",
    "show member-day@2026-03-14T09:00 --store sqlite://runs.db",
    "show member-day@2026-02-23T09:00 --store sqlite://runs.db --format json",
    "show member-day@2020-01-01T09:00 --store sqlite://runs.db",
    "show nonsense --store sqlite://runs.db",
    "report member-day --store sqlite://runs.db",
    "report member-day --store sqlite://runs.db --format json",
    "report member-day --store sqlite://runs.db --format csv",
    "report member-day --store sqlite://runs.db --format markdown",
    "report nonsense --store sqlite://runs.db",
    // What needs an account or listens, and cannot.
    "run nowhere",
    "run campaigns",
    "run campaigns --git nonsense",
    "run campaigns --every often",
    "run campaigns --listen here",
    "run campaigns --page here",
    "run campaigns --page 0.0.0.0:9119",
    "run campaigns --branch main",
    "run campaigns WITH DRUMBEAT_CORP_ID=nonsense",
    "run campaigns WITH DRUMBEAT_CORP_ID=ww0123456789abcdef DRUMBEAT_CORP_SECRET_FILE=nowhere",
    "run campaigns --wecom-url http://example.com WITH DRUMBEAT_CORP_ID=ww0123456789abcdef DRUMBEAT_CORP_SECRET=0123456789",
    "post member-day --store sqlite://runs.db",
    "post nonsense --sandbox --yes",
    "post member-day --sandbox",
    "directory pull",
    "directory pull --book nowhere",
    "doctor",
    "doctor --format json",
    "doctor --store sqlite://runs.db WITH DRUMBEAT_CORP_ID=ww0123456789abcdef DRUMBEAT_CORP_SECRET=0123456789 DRUMBEAT_WECOM_URL=http://127.0.0.1:1 DRUMBEAT_NOTIFY_URL=nonsense",
    "sandbox --unverified",
    "sandbox --faults",
    "sandbox --fault nonsense",
    "sandbox --listen here",
    "new Nonsense",
    "new member-day",
    "new fresh --book nowhere",
    "backup nowhere/copy.db --store sqlite://runs.db",
    "backup campaigns/policy.toml --store sqlite://runs.db",
    // Settings.
    "check --config nowhere.toml",
    "check --config campaigns/policy.toml",
    "check --colour",
];

/// What changes the store, in this order.
pub(super) const OPERATIONS: &[&str] = &[
    "hold --all --reason 盘点 --store sqlite://typo.db",
    "hold --all --reason 盘点 --store sqlite://new.db --new-store",
    "hold 全部 --reason 盘点 --store sqlite://runs.db",
    "resume 全部 --store sqlite://runs.db",
    "post member-day --sandbox --yes --again",
    "hold nonsense --reason 盘点 --store sqlite://runs.db",
    "hold member-day --reason 盘点 --by lisi --store sqlite://runs.db",
    "hold member-day --reason 盘点 --by lisi --store sqlite://runs.db",
    "hold --all --reason 盘点 --store sqlite://runs.db",
    "hold --all --store sqlite://runs.db",
    "hold --reason 盘点 --store sqlite://runs.db",
    "history --store sqlite://runs.db --campaign member-day",
    "history --store sqlite://runs.db --campaign member-day --format json",
    "resume birthday --store sqlite://runs.db",
    "resume member-day --store sqlite://runs.db",
    "resume --all --catch-up --store sqlite://runs.db",
    "resume --all --store sqlite://runs.db",
    "settle nonsense --absent --store sqlite://runs.db",
    "settle member-day@2026-02-23T09:00 --store sqlite://runs.db",
    "settle member-day@2026-02-23T09:00 --created mom9 --absent --store sqlite://runs.db",
    "settle member-day@2026-02-24T09:00 --absent --store sqlite://runs.db",
    "settle member-day@2026-02-23T09:00 --created mom9 --by lisi --store sqlite://runs.db",
    "settle member-day@2026-02-24T09:00 --absent --reason 对过 --store sqlite://runs.db",
    "show member-day@2026-02-24T09:00 --store sqlite://runs.db",
    "cancel nonsense --store sqlite://runs.db",
    "cancel member-day@2026-02-25T09:00 --store sqlite://runs.db",
    "cancel member-day@2026-03-03T09:00 --yes --store sqlite://runs.db",
    "cancel member-day@2026-02-27T09:00 --yes --store sqlite://runs.db",
];

/// Help and what is wrong with the command line, for each command that the help lists.
pub(super) fn on_each_command(help: &str) -> Vec<String> {
    let list = help.split("Commands:\n").nth(1).expect("a list of commands").split("\n\n").next().unwrap_or_default();
    let names = list.lines().filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    let names: Vec<&str> = names.filter_map(|line| line.split_whitespace().next()).collect();
    assert!(names.len() >= 19, "{names:?}");
    let wrong = ["--help", "--nonsense", "--format nonsense", "a b c d"];
    let cases = |name: &&str| wrong.map(|args| format!("{name} {args}"));
    names.iter().flat_map(cases).chain(["directory pull --help".to_owned()]).collect()
}

/// A book with an imported post that no sheet has.
pub(super) fn write_questions(dir: &Path) {
    let text = "# Imported\n# drumbeat import 0 plan.xlsx!排期\nid = \"scarf\"\ntitle = \"围巾\"\n\
        content.text = \"围巾到店\"\nvisible_range.sender_list.user_list = [\"lisi\"]\nschedule.at = 2036-12-01T09:00:00\n";
    fs::create_dir_all(dir.join("questions/imported")).expect("made");
    fs::write(dir.join("questions/imported/scarf.toml"), text).expect("written");
}

/// A book of the Bad blocks of every rule, each in a directory of its own. The files that may stand at the top of a book
/// alone are findings there.
pub(super) fn write_bad_books(dir: &Path) {
    for rule in rules::ALL {
        let page = rule.pages.en;
        let section = page.split("\n## Bad\n").nth(1).expect("a section").split("\n## ").next().unwrap_or_default();
        let blocks = section.split("```toml\n").skip(1).map(|block| block.split("```").next().unwrap_or_default());
        for block in blocks {
            let name = block.lines().next().and_then(|line| line.strip_prefix("# file: ")).unwrap_or("spring.toml");
            let path = dir.join("bad").join(rule.code).join(name.trim());
            fs::create_dir_all(path.parent().expect("a directory")).expect("made");
            fs::write(path, block).expect("written");
        }
    }
}
