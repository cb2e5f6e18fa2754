//! Clients of the pages, however many, do not keep the service from posting.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::service_house::{House, PATIENCE, Service, in_seconds};

/// Clients that connect and say nothing, or only half of what they want.
const IDLE: usize = 2_000;

/// The service with the descriptors that systemd gives it, no more.
fn with_few_descriptors(house: &House) -> Service {
    let service = house.command(&["run", "--log", "json", "--listen", "127.0.0.1:0"]);
    let mut shell = Command::new("sh");
    shell.args(["-c", "ulimit -n 1024; exec \"$0\" \"$@\""]).arg(service.get_program()).args(service.get_args());
    shell.env_clear().current_dir(house.dir.path());
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
    stream.set_read_timeout(Some(PATIENCE)).expect("a time");
    let mut text = String::new();
    let asked = write!(stream, "GET {page} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n");
    asked.and_then(|()| stream.read_to_string(&mut text)).is_ok() && text.starts_with("HTTP/1.1 200")
}

#[test]
fn thousands_of_idle_clients_keep_no_post_and_no_health_check_waiting() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }).expect("raised");
    assert!(maximum.is_none_or(|maximum| maximum > 2 * 1_024 + IDLE as u64), "this test holds {IDLE} connections open");
    let house = House::new();
    let service = with_few_descriptors(&house);
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
    house.write("spring", "春季新品上架", &in_seconds(2));
    let run = house.run_in("spring", "created");
    assert_eq!(run["attempts"], 1, "{run}");
    assert!(answers(address, "/healthz") && answers(address, "/readyz") && answers(address, "/metrics"));
    let (_, log) = service.stop();
    let text = format!("{log:?}");
    assert!(!text.contains("Too many open files"), "{text}");
    drop(idle);
}
