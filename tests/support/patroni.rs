//! Two PostgreSQL servers that Patroni keeps, with etcd, and the address that leads to the primary.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::support::postgres::{as_other_user, binaries};
use crate::support::postgres_pair::{family, open_to_all, send};
use crate::support::primary_proxy::{PrimaryProxy, Target};

/// How long the cluster may take for anything.
const WAIT: Duration = Duration::from_secs(120);
/// How often the cluster is asked for its primary.
const INTERVAL: Duration = Duration::from_millis(300);
/// How long a primary keeps its lock without a renewal, in seconds: the shortest that Patroni allows.
pub(crate) const TTL: u64 = 20;

pub(crate) struct Cluster {
    directory: tempfile::TempDir,
    etcd: Child,
    nodes: [Node; 2],
    pub(crate) proxy: Arc<PrimaryProxy>,
    _stop: DropGuard,
}

struct Node {
    name: &'static str,
    place: PathBuf,
    /// Of the server, and of Patroni's own interface.
    ports: (u16, u16),
    patroni: Child,
}

impl Drop for Cluster {
    fn drop(&mut self) {
        for node in 0..2 {
            self.kill(node);
        }
        let _ = self.etcd.kill();
        let _ = self.etcd.wait();
    }
}

impl Cluster {
    /// `None` where one of the programs is not installed.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    pub(crate) async fn start() -> Option<Self> {
        let is_installed = |name: &str| Path::new("/usr/bin").join(name).exists();
        let binaries = binaries().filter(|_| is_installed("patroni") && is_installed("etcd"));
        let Some(binaries) = binaries else {
            eprintln!("SKIPPED: Patroni was not tried: apt-get install postgresql patroni etcd-server");
            return None;
        };
        let directory = tempfile::Builder::new().prefix("patroni").tempdir_in("/tmp").expect("a directory");
        open_to_all(directory.path());
        let (client, peer) = (free_port(), free_port());
        let etcd = start_etcd(directory.path(), client, peer);
        let make = |name| {
            let place = directory.path().join(name);
            std::fs::create_dir_all(&place).expect("a directory");
            open_to_all(&place);
            let ports = (free_port(), free_port());
            let settings = settings(name, &place, ports, client, &binaries);
            std::fs::write(place.join("patroni.yml"), settings).expect("written");
            Node { name, patroni: start_patroni(&place), place, ports }
        };
        let nodes = ["a", "b"].map(make);
        let (proxy, stop) = (PrimaryProxy::start().await, CancellationToken::new());
        let ports = [nodes[0].ports, nodes[1].ports];
        let follow = follow_primary(Arc::clone(&proxy), ports);
        tokio::spawn(stop.clone().run_until_cancelled_owned(follow));
        let cluster = Self { directory, etcd, nodes, proxy, _stop: stop.drop_guard() };
        cluster.wait_until("there are a primary and a synchronous standby", Self::is_whole).await;
        Some(cluster)
    }

    fn is_whole(&self) -> bool {
        self.leader().is_some_and(|leader| is(self.nodes[1 - leader].ports.1, "sync"))
    }

    /// The node that Patroni says is the primary.
    pub(crate) fn leader(&self) -> Option<usize> {
        (0..2).find(|node| is(self.nodes[*node].ports.1, "primary"))
    }

    pub(crate) async fn wait_until_whole(&self) {
        self.wait_until("the cluster is whole", Self::is_whole).await;
    }

    pub(crate) async fn wait_until_led_by(&self, node: usize) {
        self.wait_until("the other server is the primary", |it| it.leader() == Some(node)).await;
    }

    async fn wait_until(&self, what: &str, holds: impl Fn(&Self) -> bool) {
        let began = Instant::now();
        while !holds(self) {
            assert!(began.elapsed() < WAIT, "waited in vain until {what}:\n{}", self.log_end());
            tokio::time::sleep(INTERVAL).await;
        }
    }

    /// Kills a server and its Patroni.
    pub(crate) fn kill(&mut self, node: usize) {
        self.kill_patroni(node);
        send(&self.nodes[node].server(), Signal::KILL);
    }

    /// Kills the Patroni of a server, which goes on without it.
    pub(crate) fn kill_patroni(&mut self, node: usize) {
        let patroni = &mut self.nodes[node].patroni;
        let _ = patroni.kill();
        let _ = patroni.wait();
    }

    /// Starts the Patroni of a server again, as its supervisor does.
    pub(crate) fn restart(&mut self, node: usize) {
        let node = &mut self.nodes[node];
        node.patroni = start_patroni(&node.place);
    }

    pub(crate) fn signal_etcd(&self, signal: Signal) {
        send(&family(self.etcd.id()), signal);
    }

    /// Makes the standby the primary. Patroni refuses while it finds none that is fit, so it is asked again.
    pub(crate) async fn switch_over(&self, leader: usize) {
        let node = &self.nodes[leader];
        let order = format!("{{\"leader\":\"{}\"}}", node.name);
        let is_done = |it: &Self| {
            it.leader() == Some(1 - leader) || {
                ask(node.ports.1, "POST", "switchover", &order);
                false
            }
        };
        self.wait_until("the standby is the primary", is_done).await;
    }

    pub(crate) fn log_end(&self) -> String {
        let log = std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        let mut lines: Vec<_> = log.lines().rev().take(30).collect();
        lines.reverse();
        lines.join("\n")
    }
}

impl Node {
    /// The processes of the server, which is no child of its Patroni.
    fn server(&self) -> Vec<Pid> {
        let file = std::fs::read_to_string(self.place.join("data/postmaster.pid")).unwrap_or_default();
        file.lines().next().and_then(|id| id.trim().parse().ok()).map(family).unwrap_or_default()
    }
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").and_then(|it| it.local_addr()).expect("a port").port()
}

fn start_etcd(directory: &Path, client: u16, peer: u16) -> Child {
    let (client, peer) = (format!("http://127.0.0.1:{client}"), format!("http://127.0.0.1:{peer}"));
    let mut etcd = Command::new("/usr/bin/etcd");
    etcd.args(["--listen-client-urls", &client, "--advertise-client-urls", &client]);
    etcd.args(["--listen-peer-urls", &peer, "--initial-advertise-peer-urls", &peer]);
    etcd.args(["--initial-cluster", &format!("default={peer}"), "--data-dir"]).arg(directory.join("etcd"));
    spawn(etcd, &directory.join("etcd-log"))
}

fn start_patroni(place: &Path) -> Child {
    let mut patroni = as_other_user(Path::new("/usr/bin/patroni"));
    patroni.arg(place.join("patroni.yml"));
    spawn(patroni, &place.parent().expect("the cluster has a directory").join("log"))
}

fn spawn(mut command: Command, log: &Path) -> Child {
    let log = File::options().create(true).append(true).open(log).expect("a log");
    command.current_dir("/").stdin(Stdio::null()).stdout(log.try_clone().expect("a log")).stderr(log);
    command.spawn().expect("it starts")
}

/// A commit waits for the standby, also when there is none.
fn settings(name: &str, place: &Path, (server, own): (u16, u16), etcd: u16, binaries: &Path) -> String {
    let place = place.display();
    format!(
        "scope: drumbeat
name: {name}
restapi: {{listen: '127.0.0.1:{own}', connect_address: '127.0.0.1:{own}'}}
etcd3: {{host: '127.0.0.1:{etcd}'}}
bootstrap:
  dcs:
    ttl: {TTL}
    loop_wait: 2
    retry_timeout: 5
    synchronous_mode: true
    synchronous_mode_strict: true
    postgresql:
      use_pg_rewind: true
      parameters: {{max_connections: 200, fsync: 'off'}}
  initdb: [{{encoding: UTF8}}, {{locale: C.UTF-8}}, {{auth: trust}}, no-sync]
postgresql:
  listen: '127.0.0.1:{server}'
  connect_address: '127.0.0.1:{server}'
  data_dir: {place}/data
  bin_dir: {}
  pgpass: {place}/pgpass
  parameters: {{unix_socket_directories: ''}}
  pg_hba: [host all all 127.0.0.1/32 trust, host replication all 127.0.0.1/32 trust]
  authentication:
    superuser: {{username: drumbeat}}
    replication: {{username: drumbeat}}
watchdog: {{mode: 'off'}}
",
        binaries.display()
    )
}

/// Whether Patroni answers a question about its server with yes.
fn is(port: u16, question: &str) -> bool {
    ask(port, "GET", question, "").starts_with("HTTP/1.0 200")
}

fn ask(port: u16, method: &str, path: &str, body: &str) -> String {
    // A stopped process answers nothing.
    let wait = Duration::from_secs(1);
    let exchange = || {
        let mut stream = TcpStream::connect_timeout(&([127, 0, 0, 1], port).into(), wait)?;
        stream.set_read_timeout(Some(wait))?;
        let length = body.len();
        write!(
            stream,
            "{method} /{path} HTTP/1.0\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        )?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok::<_, std::io::Error>(answer)
    };
    exchange().unwrap_or_default()
}

/// Leads the address to the server that Patroni says is the primary, as a load balancer does. What is connected to another
/// one is disconnected.
async fn follow_primary(proxy: Arc<PrimaryProxy>, ports: [(u16, u16); 2]) {
    let mut last = None;
    loop {
        let find = move || ports.into_iter().find(|(_, own)| is(*own, "primary")).map(|(server, _)| server);
        let found = tokio::task::spawn_blocking(find).await.expect("no panic");
        if let Some(port) = found.filter(|port| last != Some(*port)) {
            last = Some(port);
            proxy.lead_to(Target::Port(port));
            proxy.reset_connections();
        }
        tokio::time::sleep(INTERVAL).await;
    }
}
