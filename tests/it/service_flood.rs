//! Many clients of the pages, or a robot that does not answer, do not keep the service from posting.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::support::service_harness::{Service, ServiceHarness, WAIT_TIMEOUT, in_seconds, until};

/// Clients that connect and send nothing, or half a request.
const IDLE: usize = 2_000;

/// The service with systemd's default limit of descriptors.
fn with_few_descriptors(harness: &ServiceHarness) -> Service {
    let service = harness.command(&["run", "--log", "json", "--listen", "127.0.0.1:0"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 1024; exec \"$0\" \"$@\""]).arg(service.get_program()).args(service.get_args());
    shell.env_clear().current_dir(harness.dir.path());
    for (name, value) in service.get_envs() {
        shell.env(name, value.expect("a value"));
    }
    Service::start(shell)
}

fn served_at(service: &Service) -> SocketAddr {
    let said = service.logs("where it serves", |event| event["message"] == "metrics and health are served");
    said["address"].as_str().expect("an address").parse().expect("an address")
}

/// Whether a page answers with 200.
fn answers(address: SocketAddr, page: &str) -> bool {
    let Ok(mut stream) = TcpStream::connect(address) else { return false };
    stream.set_read_timeout(Some(WAIT_TIMEOUT)).expect("a time");
    let mut text = String::new();
    let asked = write!(stream, "GET {page} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    asked.and_then(|()| stream.read_to_string(&mut text)).is_ok() && text.starts_with("HTTP/1.1 200")
}

#[test]
fn idle_clients_delay_no_post_or_health_check() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("raised");
    assert!(maximum.is_none_or(|maximum| maximum > 2 * 1_024 + IDLE as u64), "this test holds {IDLE} connections open");
    let harness = ServiceHarness::new();
    let service = with_few_descriptors(&harness);
    let address = served_at(&service);
    let connect = |n: usize| {
        let mut client = TcpStream::connect_timeout(&address, Duration::from_secs(10)).ok()?;
        if n.is_multiple_of(2) {
            client.write_all(b"GET /metrics HTTP/1.1\r\nhost:").ok()?;
        }
        Some(client)
    };
    let idle: Vec<TcpStream> = (0..IDLE).filter_map(connect).collect();
    assert!(idle.len() > 1_024, "more than it could have open: {}", idle.len());
    harness.write("spring", "春季新品上架", &in_seconds(2));
    let run = harness.run_in("spring", "created");
    assert_eq!(run["attempts"], 1, "{run}");
    assert!(answers(address, "/healthz") && answers(address, "/readyz") && answers(address, "/metrics"));
    let (_, log) = service.stop();
    let text = format!("{log:?}");
    assert!(!text.contains("Too many open files"), "{text}");
    drop(idle);
}

/// Posts that are due in the same second.
const BURST: usize = 20;

/// A service without limits, with the settings of `beside`.
fn service_for_a_burst(harness: &ServiceHarness, beside: &[(&str, &str)]) -> Service {
    harness.remove_limits();
    let mut command =
        harness.command(&["--config", "drumbeat.toml", "run", "--log", "json", "--listen", "127.0.0.1:0"]);
    command.envs(beside.iter().copied());
    Service::start(command)
}

/// A burst is due: each post is made once, at the first attempt.
#[track_caller]
fn a_burst_goes_out(harness: &ServiceHarness) {
    let due = in_seconds(4);
    (0..BURST).for_each(|n| harness.write(&format!("c{n}"), &format!("第 {n} 号：新品到店"), &due));
    until(|| (harness.ledger().len() >= BURST).then_some(())).expect("all posts of the burst go out");
    for n in 0..BURST {
        let run = harness.run_in(&format!("c{n}"), "created");
        assert_eq!(run["attempts"], 1, "{run}");
    }
    let texts: std::collections::BTreeSet<String> = harness.ledger().into_iter().map(|entry| entry.text).collect();
    assert_eq!((texts.len(), harness.ledger().len()), (BURST, BURST));
}

/// Delivery to a robot that never answers takes ten attempts and longer than this test runs.
#[test]
fn silent_notify_endpoint_delays_no_post() {
    let robot = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = robot.local_addr().expect("an address");
    let (tell, told) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let mut never_answered = Vec::new();
        for mut note in robot.incoming().map_while(Result::ok) {
            let mut some = [0; 4096];
            if note.read(&mut some).is_ok_and(|count| count > 0) && tell.send(()).is_err() {
                break;
            }
            never_answered.push(note);
        }
    });
    let harness = ServiceHarness::new();
    let service = service_for_a_burst(&harness, &[("DRUMBEAT_NOTIFY_URL", &format!("http://{address}/hook"))]);
    // An invalid file causes a notification, so the notifier is busy from now on.
    std::fs::write(harness.book().join("broken.toml"), "id = \"broken\"\n[content\n").expect("written");
    told.recv_timeout(WAIT_TIMEOUT).expect("the robot is told of the file");
    a_burst_goes_out(&harness);
    assert!(service.stop().0.success());
}

#[test]
fn busy_clients_delay_no_post() {
    let harness = ServiceHarness::new();
    let service = service_for_a_burst(&harness, &[]);
    let address = served_at(&service);
    let (is_over, answered) = (AtomicBool::new(false), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for n in 0..50 {
            let (is_over, answered) = (&is_over, &answered);
            scope.spawn(move || {
                let page = if n % 2 == 0 { "/metrics" } else { "/readyz" };
                while !is_over.load(Ordering::Relaxed) {
                    answered.fetch_add(usize::from(answers(address, page)), Ordering::Relaxed);
                }
            });
        }
        let over = StopOnDrop(&is_over);
        until(|| (answered.load(Ordering::Relaxed) > 100).then_some(())).expect("the clients are answered");
        a_burst_goes_out(&harness);
        drop(over);
    });
    assert!(service.stop().0.success());
}

/// Ends the clients, even if the test fails.
struct StopOnDrop<'a>(&'a AtomicBool);

impl Drop for StopOnDrop<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
