//! `doctor`: what it finds, in the order in which one mends it.

use drumbeat::clock::Clock;
use drumbeat::doctor::{Finding, Patient, Verdict, address_seen, examine};
use drumbeat::ids::CorpId;
use drumbeat::sandbox::{self, Company, Sandbox};
use drumbeat::secret::Secret;
use drumbeat::store::Address;
use drumbeat::wecom::{Network, Transport, WeCom};
use std::sync::{Arc, Mutex};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::port;

async fn patient(secret: &str, refuses_with: Option<i64>, clock: Clock) -> (Patient, tempfile::TempDir, DropGuard) {
    let mut sandbox = Sandbox::new(Company::chunfeng());
    sandbox.behaviour.refuses_with = refuses_with;
    let corp = CorpId(sandbox.company().corp.0.clone());
    let stop = CancellationToken::new();
    let (listener, address) = port().await;
    tokio::spawn(sandbox::serve(listener, Arc::new(Mutex::new(sandbox)), Clock::System, stop.clone()));
    let network = Network::new(&format!("http://{address}")).expect("a loopback address");
    let wecom = WeCom::new(corp, Secret::new(secret), Transport::Network(network.clone()), clock.clone());
    let dir = tempfile::tempdir().expect("there is room");
    let patient = Patient {
        clock,
        store: Address::Sqlite(dir.path().join("drumbeat.db")),
        account: Ok((wecom, Some(network))),
        notify_url: Ok(Some(Secret::new("https://example.com/hook/0f1e2d3c"))),
    };
    (patient, dir, stop.drop_guard())
}

fn good_secret() -> String {
    Company::chunfeng().secret.expose().to_owned()
}

fn verdicts(findings: &[Finding]) -> Vec<(&str, Verdict)> {
    findings.iter().map(|finding| (finding.check, finding.verdict)).collect()
}

#[track_caller]
fn finding<'a>(findings: &'a [Finding], check: &str) -> &'a Finding {
    findings.iter().find(|finding| finding.check == check).expect("the check was made")
}

#[tokio::test]
async fn all_is_well() {
    let (patient, _dir, _stop) = patient(&good_secret(), None, Clock::System).await;
    let findings = examine(&patient).await;
    let order: Vec<&str> = findings.iter().map(|finding| finding.check).collect();
    let expected = [
        "store",
        "disk",
        "git",
        "account",
        "clock",
        "token",
        "trusted address",
        "permission",
        "notifications",
        "zone data",
    ];
    assert_eq!(order, expected);
    assert!(findings.iter().all(|finding| finding.verdict != Verdict::Bad), "{findings:#?}");
    assert!(finding(&findings, "permission").what.contains("members who can post"));
    let Address::Sqlite(store) = &patient.store;
    assert!(!store.exists(), "the doctor makes nothing");
}

#[tokio::test]
async fn a_wrong_secret_is_one_finding_and_the_rest_waits_for_it() {
    let (patient, _dir, _stop) = patient("wrong", None, Clock::System).await;
    let findings = examine(&patient).await;
    assert_eq!(finding(&findings, "token").verdict, Verdict::Bad);
    assert_eq!(finding(&findings, "permission").verdict, Verdict::Skipped);
    assert!(!format!("{findings:?}").contains("wrong"), "{findings:?}");
}

#[tokio::test]
async fn a_token_alone_proves_nothing() {
    let (patient, _dir, _stop) = patient(&good_secret(), Some(48002), Clock::System).await;
    let findings = examine(&patient).await;
    assert_eq!(finding(&findings, "token").verdict, Verdict::Good);
    assert_eq!(finding(&findings, "permission").verdict, Verdict::Bad);
    assert!(finding(&findings, "permission").todo.as_deref().is_some_and(|todo| todo.contains("可调用接口的应用")));
}

#[tokio::test]
async fn an_address_that_is_not_trusted_is_told_apart_from_a_missing_right() {
    let (patient, _dir, _stop) = patient(&good_secret(), Some(60020), Clock::System).await;
    let findings = examine(&patient).await;
    assert_eq!(finding(&findings, "trusted address").verdict, Verdict::Bad);
    assert_eq!(finding(&findings, "permission").verdict, Verdict::Skipped);
}

#[test]
fn the_address_that_wecom_saw() {
    let said = "not allow to access from your ip, hint: [1661], from ip: 203.0.113.7, more info at https://open";
    assert_eq!(address_seen(said), Some("203.0.113.7"));
    assert_eq!(address_seen("not allow, from ip: 2001:db8::1"), Some("2001:db8::1"));
    assert_eq!(address_seen("not allow, from ip: <script>"), None);
    assert_eq!(address_seen("not allow"), None);
}

#[tokio::test]
async fn a_clock_that_is_off_is_found() {
    let clock = Clock::starting_at(Clock::System.now() - chrono::TimeDelta::minutes(5));
    let (patient, _dir, _stop) = patient(&good_secret(), None, clock).await;
    assert_eq!(finding(&examine(&patient).await, "clock").verdict, Verdict::Bad);
}

#[tokio::test]
async fn the_sample_key_a_foreign_file_and_no_account() {
    let dir = tempfile::tempdir().expect("there is room");
    let store = dir.path().join("other.db");
    std::fs::write(&store, "no database at all, but long enough to be looked at as one").expect("written");
    let sample = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=693axxx6-7aoc-4bc4-97a0-0ec2sifa5aaa";
    let patient = Patient {
        clock: Clock::System,
        store: Address::Sqlite(store),
        account: Err("the corp id is missing".to_owned()),
        notify_url: Ok(Some(Secret::new(sample))),
    };
    let findings = examine(&patient).await;
    let bad: Vec<_> = verdicts(&findings).into_iter().filter(|(_, verdict)| *verdict == Verdict::Bad).collect();
    assert_eq!(bad.iter().map(|(check, _)| *check).collect::<Vec<_>>(), ["store", "account", "notifications"]);
    assert!(!format!("{findings:?}").contains("693axxx6"), "the address is not repeated");
}

#[tokio::test]
async fn the_directory_is_written_as_the_company_is_and_the_same_each_time() {
    let (patient, _dir, _stop) = patient(&good_secret(), None, Clock::System).await;
    let (wecom, _) = patient.account.expect("an account");
    let senders = wecom.follow_users().await.expect("senders");
    let mut departments = wecom.departments().await.expect("departments");
    let tags = wecom.tags().await.expect("tags");
    let write = |departments: &[drumbeat::wecom::Department]| {
        drumbeat::report::directory::toml("ww", &senders, departments, &tags).expect("TOML")
    };
    let text = write(&departments);
    departments.reverse();
    assert_eq!(text, write(&departments));
    let read: toml::Table = text.parse().expect("TOML");
    assert_eq!(read["departments"].as_array().map(Vec::len), Some(departments.len()));
    assert_eq!(read["senders"].as_array().map(Vec::len), Some(senders.len()));
    let group = &read["tag_groups"].as_array().expect("groups")[0];
    assert!(group["tags"].as_array().is_some_and(|tags| !tags.is_empty()));
}
