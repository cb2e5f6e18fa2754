//! Stopping the service: work in progress is finished, or explained by the next start.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::os::unix::net::UnixDatagram;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use drumbeat::sandbox::AnswerFault;

use crate::support::service_harness::{Service, ServiceHarness, WAIT_TIMEOUT, in_seconds};

/// A proxy to the sandbox that delays the answers to one kind of call until the gate is opened.
struct Gate {
    address: SocketAddr,
    open: Arc<(Mutex<bool>, Condvar)>,
    /// Whether an answer is waiting.
    holds: Arc<AtomicBool>,
}

impl Gate {
    fn before(harness: &ServiceHarness) -> Self {
        Self::holding("add_moment_task", harness)
    }

    fn holding(call: &'static str, harness: &ServiceHarness) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("an address");
        let open = Arc::new((Mutex::new(false), Condvar::new()));
        let holds = Arc::new(AtomicBool::new(false));
        let (sandbox, gate, held) = (harness.address, Arc::clone(&open), Arc::clone(&holds));
        thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (gate, held) = (Arc::clone(&gate), Arc::clone(&held));
                thread::spawn(move || forward(client, sandbox, call, &gate, &held));
            }
        });
        Self { address, open, holds }
    }

    fn open(&self) {
        *self.open.0.lock().expect("no panics") = true;
        self.open.1.notify_all();
    }
}

/// Forwards one connection in both directions.
fn forward(
    client: TcpStream,
    sandbox: SocketAddr,
    call: &'static str,
    gate: &(Mutex<bool>, Condvar),
    held: &AtomicBool,
) {
    let Ok(server) = TcpStream::connect(sandbox) else { return };
    let (Ok(mut from), Ok(mut to)) = (client.try_clone(), server.try_clone()) else { return };
    let asked = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&asked);
    thread::spawn(move || {
        let mut part = [0; 65536];
        while let Ok(count) = from.read(&mut part)
            && count > 0
        {
            if String::from_utf8_lossy(&part[..count]).contains(&format!("/{call}?")) {
                seen.store(true, Ordering::SeqCst);
            }
            if to.write_all(&part[..count]).is_err() {
                break;
            }
        }
        let _ = to.shutdown(Shutdown::Write);
    });
    let (mut server, mut client, mut part) = (server, client, [0; 65536]);
    while let Ok(count) = server.read(&mut part)
        && count > 0
    {
        if asked.load(Ordering::SeqCst) {
            held.store(true, Ordering::SeqCst);
            let shut = gate.0.lock().expect("no panics");
            drop(gate.1.wait_while(shut, |open| !*open));
        }
        if client.write_all(&part[..count]).is_err() {
            break;
        }
    }
    let _ = client.shutdown(Shutdown::Both);
}

#[test]
fn a_request_under_way_is_finished_and_recorded() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", &in_seconds(6));
    let gate = Gate::before(&harness);
    let mut service = harness.service_with(&[], gate.address);
    service.logs("the sending", |event| event["state"] == "sending");
    crate::support::service_harness::until(|| (!harness.ledger().is_empty()).then_some(())).expect("WeCom has it");
    service.signal("TERM");
    gate.open();
    let (status, log) = service.ends();
    assert!(status.success(), "{log:#?}");
    assert!(log.iter().any(|event| event["state"] == "submitted" || event["state"] == "created"), "{log:#?}");
    let next = harness.service();
    harness.run_in("spring", "created");
    next.stop();
    assert_eq!(harness.ledger().len(), 1);
}

#[test]
fn the_next_start_explains_an_interrupted_send() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", &in_seconds(6));
    let gate = Gate::before(&harness);
    let mut service = harness.service_with(&[], gate.address);
    service.logs("the sending", |event| event["state"] == "sending");
    crate::support::service_harness::until(|| (!harness.ledger().is_empty()).then_some(())).expect("WeCom has it");
    service.signal("KILL");
    assert!(!service.ends().0.success());
    harness.run_in("spring", "sending");
    let next = harness.service();
    let run = harness.run_in("spring", "created");
    assert_eq!(run["reason"], "the answer was lost; the post was found in WeCom's list");
    next.stop();
    assert_eq!(harness.ledger().len(), 1, "it was sent once");
}

#[test]
fn an_idle_service_stops_immediately() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", "cron = \"0 9 * * MON\"");
    for signal in ["TERM", "INT"] {
        let mut service = harness.service();
        service.logs_times("book loaded", 1);
        service.signal(signal);
        let (status, log) = service.ends();
        assert!(status.success() && log.iter().any(|event| event["message"] == "stopped"), "{log:#?}");
    }
}

#[test]
fn systemd_is_told_each_state() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", "cron = \"0 9 * * MON\"");
    let systemd = UnixDatagram::bind(harness.path("systemd")).expect("a socket");
    systemd.set_read_timeout(Some(WAIT_TIMEOUT)).expect("a time limit");
    let next = || {
        let mut message = [0; 256];
        let length = systemd.recv(&mut message).expect("systemd is told something");
        String::from_utf8_lossy(&message[..length]).trim().to_owned()
    };
    let mut command = harness.command(&["run", "--log", "json"]);
    command.env("NOTIFY_SOCKET", harness.path("systemd")).env("WATCHDOG_USEC", "400000");
    let mut service = Service::start(command);
    let mut told: Vec<String> = Vec::new();
    while told.iter().filter(|it| *it == "WATCHDOG=1").count() < 4 {
        told.push(next());
    }
    service.signal("TERM");
    while told.last().is_none_or(|last| last != "STOPPING=1") {
        told.push(next());
    }
    assert!(service.ends().0.success());
    assert_eq!(told.iter().filter(|it| *it == "READY=1").count(), 1, "{told:?}");
    assert!(told.iter().any(|it| it == "STATUS=running"), "{told:?}");
}

#[test]
fn the_sandbox_needs_no_account() {
    let harness = ServiceHarness::new();
    harness.write("spring", "春天", &in_seconds(5));
    let mut command = harness.command(&["run", "--sandbox", "--log", "json", "--listen", "off"]);
    command.env_remove("DRUMBEAT_CORP_ID").env_remove("DRUMBEAT_CORP_SECRET").env_remove("DRUMBEAT_WECOM_URL");
    let mut service = Service::start(command);
    service.logs("the post", |event| event["state"] == "created");
    service.signal("TERM");
    assert!(service.ends().0.success());
    assert!(harness.ledger().is_empty(), "no other WeCom was asked");
    assert!(!harness.path("drumbeat.db").exists(), "and the history of real posts was left alone");
}

/// Stops the service during a call that can be repeated; returns the time that the stop took.
fn stopped_during(call: &'static str, content: &str) -> Duration {
    let harness = ServiceHarness::new();
    harness.answers_with(&[AnswerFault::Create502]);
    harness.write("spring", content, &in_seconds(3));
    let picture = concat!(env!("CARGO_MANIFEST_DIR"), "/campaigns/media/member-day.jpg");
    std::fs::copy(picture, harness.book().join("a.jpg")).expect("copied");
    let gate = Gate::holding(call, &harness);
    let mut service = harness.service_with(&[], gate.address);
    crate::support::service_harness::until(|| gate.holds.load(Ordering::SeqCst).then_some(()))
        .expect("the call is under way");
    let begun = Instant::now();
    service.signal("TERM");
    let (status, log) = service.ends();
    assert!(status.success(), "{log:#?}");
    begun.elapsed()
}

#[test]
fn a_stop_interrupts_repeatable_calls() {
    for (call, content) in
        [("gettoken", "春天"), ("upload_attachment", "春天\"\nimages = [\"a.jpg\"]\n#\""), ("get_moment_list", "春天")]
    {
        let took = stopped_during(call, content);
        assert!(took < Duration::from_secs(8), "{call}: {took:?}");
    }
}
