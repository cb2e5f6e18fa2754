//! Services that wait for another one: what they tell probes, Prometheus, systemd and the heartbeat's monitor.

use std::fs;
use std::io::Write as _;
use std::net::TcpListener;
use std::os::unix::net::UnixDatagram;
use std::process::Command;
use std::time::Instant;

use crate::support::postgres::{self, Schema};
use crate::support::service_harness::{Service, ServiceHarness, WAIT_TIMEOUT};

fn service(harness: &ServiceHarness, schema: &Schema) -> Command {
    fs::write(harness.path("drumbeat.toml"), "heartbeat_every = '1s'\npage = 'off'\n").expect("written");
    let mut command = harness.command(&["--config", "drumbeat.toml", "run", "--log", "json"]);
    command.env("DRUMBEAT_STORE", schema.address()).env("DRUMBEAT_LISTEN", "127.0.0.1:0");
    command
}

/// Accepts one call of the heartbeat, and returns when it came.
fn beat(monitor: &TcpListener) -> Instant {
    let (mut stream, _) = monitor.accept().expect("a call");
    let at = Instant::now();
    let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    at
}

#[test]
fn a_waiting_service_is_alive_and_sends_no_heartbeat() {
    let Some(schema) = postgres::schema() else { return };
    let harness = ServiceHarness::new();
    let one = Service::start(service(&harness, &schema));
    one.shows("/working", 200, "working");
    let monitor = TcpListener::bind("127.0.0.1:0").expect("a port");
    let systemd = UnixDatagram::bind(harness.path("systemd")).expect("a socket");
    systemd.set_read_timeout(Some(WAIT_TIMEOUT)).expect("a time limit");
    let next = || {
        let mut message = [0; 256];
        let length = systemd.recv(&mut message).expect("systemd is told something");
        String::from_utf8_lossy(&message[..length]).trim().to_owned()
    };
    let mut command = service(&harness, &schema);
    command.env("NOTIFY_SOCKET", harness.path("systemd")).env("WATCHDOG_USEC", "800000");
    let url = format!("http://{}/beat", monitor.local_addr().expect("an address"));
    command.env("DRUMBEAT_HEARTBEAT_URL", url);
    let two = Service::start(command);
    two.shows("/readyz", 200, "standby: another service works: ");
    two.shows("/healthz?verbose", 200, "waiting");
    two.shows("/working", 503, "not working");
    for (service, works) in [(&one, true), (&two, false)] {
        let value = |is: bool| if is { "1.0" } else { "0.0" };
        service.shows("/metrics", 200, &format!("drumbeat_ready {}\n", value(works)));
        service.shows("/metrics", 200, &format!("drumbeat_waiting {}\n", value(!works)));
    }
    // Long enough for several calls of the heartbeat.
    let (mut told, mut watched) = (Vec::new(), 0);
    while watched < 6 {
        let message = next();
        watched += usize::from(message == "WATCHDOG=1");
        told.push(message);
    }
    assert_eq!(told.iter().filter(|it| *it == "READY=1").count(), 1, "{told:?}");
    assert!(told.iter().any(|it| it.starts_with("STATUS=waiting: another service works: ")), "{told:?}");
    let stopped = Instant::now();
    assert!(one.stop().0.success());
    assert!(beat(&monitor) > stopped, "it told the monitor that all is well while it only waited");
    two.shows("/working", 200, "working");
    while next() != "STATUS=running" {}
    assert!(two.stop().0.success());
}

#[test]
fn sighup_does_not_end_a_waiting_service() {
    let Some(schema) = postgres::schema() else { return };
    let harness = ServiceHarness::new();
    let one = Service::start(service(&harness, &schema));
    one.shows("/working", 200, "working");
    let two = Service::start(service(&harness, &schema));
    two.shows("/readyz", 200, "standby");
    two.signal("HUP");
    assert!(one.stop().0.success());
    two.shows("/working", 200, "working");
    assert!(two.stop().0.success(), "and a stop ends it well");
}

#[test]
fn a_service_of_several_corps_waits_for_some() {
    let Some(schema) = postgres::schema() else { return };
    let harness = ServiceHarness::new();
    fs::write(harness.path("secret"), "a").expect("written");
    let start = |names: &[&str]| {
        let mut file = format!("listen = '127.0.0.1:0'\nstore = '{}'\nheartbeat_every = '1s'\n", schema.address());
        for name in names {
            let (secret, book) = (harness.path("secret"), harness.book());
            file += &format!(
                "[[corp]]\nname = '{name}'\ncorp_id = 'ww-{name}'\ncorp_secret_file = '{}'\nbook = '{}'\nwecom_url = 'http://{}'\n",
                secret.display(),
                book.display(),
                harness.address
            );
        }
        let name = format!("{}.toml", names.join("-"));
        fs::write(harness.path(&name), file).expect("written");
        let mut command = harness.command(&["--config", &name, "run", "--log", "json"]);
        for variable in ["DRUMBEAT_CORP_ID", "DRUMBEAT_CORP_SECRET", "DRUMBEAT_STORE", "DRUMBEAT_WECOM_URL"] {
            command.env_remove(variable);
        }
        command
    };
    let one = Service::start(start(&["abc"]));
    one.shows("/working?corp=abc", 200, "working");
    let monitor = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}/beat", monitor.local_addr().expect("an address"));
    let mut command = start(&["abc", "def"]);
    command.env("DRUMBEAT_HEARTBEAT_URL", url);
    let two = Service::start(command);
    two.shows("/working?corp=def", 200, "working");
    two.shows("/readyz", 200, "standby for abc: another service works: ");
    two.shows("/working?corp=abc", 503, "not working");
    two.shows("/metrics", 200, "drumbeat_corps{state=\"waiting\"} 1.0");
    two.shows("/metrics", 200, "drumbeat_waiting{corp=\"abc\"} 1.0");
    two.shows("/metrics", 200, "drumbeat_ready{corp=\"abc\"} 0.0");
    // The one that it waits for is ready, and says so to it.
    beat(&monitor);
    assert!(one.stop().0.success());
    two.shows("/working?corp=abc", 200, "working");
    two.shows("/readyz", 200, "ready\n");
    assert!(two.stop().0.success());
}
