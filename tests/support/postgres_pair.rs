//! A PostgreSQL primary with a standby, synchronous or not, and the address that always leads to the primary.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::postgres::{as_other_user, binaries};
use crate::support::primary_proxy::{PrimaryProxy, Target};
use crate::support::small_disk::SmallDisk;

/// How long the servers may take for anything.
const WAIT: Duration = Duration::from_secs(60);

/// The directories of the servers.
const NODES: [&str; 2] = ["a", "b"];

pub(crate) struct Pair {
    directory: tempfile::TempDir,
    binaries: PathBuf,
    nodes: [Option<Child>; 2],
    /// A file system for each server, where the tests may mount one.
    disks: Vec<SmallDisk>,
    primary: usize,
    pub(crate) proxy: Arc<PrimaryProxy>,
    /// Commits wait for the standby.
    is_synchronous: bool,
}

impl Drop for Pair {
    fn drop(&mut self) {
        for node in 0..2 {
            self.kill(node);
        }
    }
}

impl Pair {
    /// With a synchronous standby; `None` where PostgreSQL is not installed.
    pub(crate) async fn start() -> Option<Self> {
        Self::start_with(true).await
    }

    /// With a standby that may lack the last commits.
    pub(crate) async fn start_asynchronous() -> Option<Self> {
        Self::start_with(false).await
    }

    async fn start_with(is_synchronous: bool) -> Option<Self> {
        let binaries = binaries()?;
        let directory = tempfile::Builder::new().prefix("pair").tempdir_in("/tmp").expect("a directory");
        open_to_all(directory.path());
        let proxy = PrimaryProxy::start().await;
        let mount = |name| SmallDisk::mount(directory.path().join(name), "500m");
        let disks = NODES.into_iter().map_while(mount).collect();
        let mut pair = Self { directory, binaries, nodes: [None, None], disks, primary: 0, proxy, is_synchronous };
        pair.make_first();
        pair.make_standby();
        pair.point();
        Some(pair)
    }

    fn place(&self, node: usize) -> PathBuf {
        self.directory.path().join(NODES[node])
    }

    fn data(&self, node: usize) -> PathBuf {
        self.place(node).join("data")
    }

    fn standby(&self) -> usize {
        1 - self.primary
    }

    fn make_first(&mut self) {
        self.make_place(0);
        let mut initdb = as_other_user(&self.binaries.join("initdb"));
        initdb.args(["-U", "drumbeat", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8", "-D"]);
        succeed(initdb.arg(self.data(0)));
        self.run(0);
    }

    fn make_place(&self, node: usize) {
        let _ = std::fs::remove_dir_all(self.place(node));
        std::fs::create_dir_all(self.place(node)).expect("a directory");
        open_to_all(&self.place(node));
    }

    /// Copies the primary, and starts the copy as its standby.
    pub(crate) fn make_standby(&mut self) {
        let node = self.standby();
        self.kill(node);
        self.make_place(node);
        let mut copy = as_other_user(&self.binaries.join("pg_basebackup"));
        copy.args(["-R", "--no-sync", "-c", "fast", "-U", "drumbeat", "-h"]).arg(self.place(self.primary));
        succeed(copy.arg("-D").arg(self.data(node)));
        self.run(node);
    }

    /// Starts the server of a node, and waits until it answers.
    fn run(&mut self, node: usize) {
        let began = Instant::now();
        self.nodes[node] = Some(self.spawn(node));
        while !self.psql(node, "SELECT 1").output().expect("psql runs").status.success() {
            assert!(began.elapsed() < WAIT, "the server does not start: {}", self.log_end());
            // It ends if a process of the killed server still has its memory.
            let server = self.nodes[node].as_mut();
            if server.is_some_and(|server| server.try_wait().expect("a child can be asked").is_some()) {
                self.nodes[node] = Some(self.spawn(node));
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    fn spawn(&self, node: usize) -> Child {
        let mut server = as_other_user(&self.binaries.join("postgres"));
        // The tests kill processes, not machines: the page cache is enough.
        let names = if self.is_synchronous { "synchronous_standby_names=*" } else { "synchronous_standby_names=" };
        // Few segments of its log are kept: a full disk soon matters.
        let log = ["min_wal_size=32MB", "max_wal_size=64MB", "wal_keep_size=64MB"];
        let settings = ["listen_addresses=", "fsync=off", "max_connections=200", names].into_iter().chain(log);
        for setting in settings {
            server.args(["-c", setting]);
        }
        server.arg("-k").arg(self.place(node)).arg("-D").arg(self.data(node)).current_dir("/");
        let log = std::fs::File::options().create(true).append(true).open(self.directory.path().join("log"));
        let server = server.stdin(Stdio::null()).stdout(Stdio::null()).stderr(log.expect("a log")).spawn();
        server.expect("a server")
    }

    pub(crate) fn log_end(&self) -> String {
        let log = std::fs::read_to_string(self.directory.path().join("log")).unwrap_or_default();
        log.lines().rev().take(10).collect::<Vec<_>>().join("\n")
    }

    fn psql(&self, node: usize, sql: &str) -> Command {
        let mut psql = Command::new(self.binaries.join("psql"));
        psql.args(["-X", "-A", "-t", "-q", "-U", "drumbeat", "-d", "postgres", "-c", sql, "-h"]).arg(self.place(node));
        psql
    }

    /// Runs SQL on the primary, if it answers.
    pub(crate) fn sql(&self, sql: &str) {
        drop(self.psql(self.primary, &format!("SET synchronous_commit = local; {sql}")).output().expect("psql runs"));
    }

    fn point(&self) {
        self.proxy.lead_to(Target::Socket(self.place(self.primary).join(".s.PGSQL.5432")));
    }

    /// Ends every connection through the address.
    pub(crate) fn reset_connections(&self) {
        self.proxy.reset_connections();
    }

    /// Kills a server with its processes.
    fn kill(&mut self, node: usize) {
        let Some(mut server) = self.nodes[node].take() else { return };
        let all = family(server.id());
        send(&all, Signal::KILL);
        server.wait().expect("it ends");
    }

    /// The primary crashes, and starts again.
    pub(crate) fn crash_primary(&mut self) {
        let node = self.primary;
        self.kill(node);
        self.run(node);
    }

    fn primary_processes(&self) -> Vec<Pid> {
        self.nodes[self.primary].as_ref().map(|server| family(server.id())).unwrap_or_default()
    }

    /// Stops the processes of the primary, or lets them go on.
    pub(crate) fn signal_primary(&self, signal: Signal) {
        send(&self.primary_processes(), signal);
    }

    /// Kills one process that serves a client: PostgreSQL ends all of them and recovers.
    pub(crate) fn kill_backend(&self, choice: usize) {
        let all = self.primary_processes();
        if let Some(pid) = all.get(1 + choice % all.len().max(1)) {
            let _ = kill_process(*pid, Signal::KILL);
        }
    }

    /// Fills the disk of the primary, until it can write its log no further; `false` if there is no small disk.
    pub(crate) fn fill_disk(&self) -> bool {
        let Some(disk) = self.disks.get(self.primary) else { return false };
        disk.fill();
        // What is preallocated is still written: each switch takes 16 MB of it.
        let next =
            "SET synchronous_commit = local; SELECT pg_logical_emit_message(true, 'a', 'b'); SELECT pg_switch_wal()";
        (0..20).any(|_| !self.psql(self.primary, next).output().expect("psql runs").status.success())
    }

    /// Frees the disk. A server that has ended is started, as its supervisor does.
    pub(crate) fn free_disk(&mut self) {
        let node = self.primary;
        self.disks[node].free();
        let server = self.nodes[node].as_mut();
        if server.is_none_or(|server| server.try_wait().expect("a child can be asked").is_some()) {
            self.run(node);
        }
    }

    pub(crate) fn kill_standby(&mut self) {
        self.kill(self.standby());
    }

    pub(crate) fn start_standby(&mut self) {
        self.run(self.standby());
    }

    /// The address of the standby itself.
    pub(crate) fn standby_address(&self) -> String {
        let host = self.place(self.standby()).to_str().expect("UTF-8").replace('/', "%2F");
        format!("postgres://drumbeat@{host}/postgres")
    }

    /// From now on the standby gets nothing.
    pub(crate) fn cut_standby(&self) {
        let standby = self.standby();
        succeed(&mut self.psql(standby, "ALTER SYSTEM SET primary_conninfo = ''"));
        succeed(&mut self.psql(standby, "SELECT pg_reload_conf()"));
        let left = "SELECT count(*) FROM pg_stat_replication";
        while self.psql(self.primary, left).output().expect("psql runs").stdout.trim_ascii() != b"0" {
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The primary is lost, and its standby becomes the primary. Commits wait until there is a new standby.
    pub(crate) fn fail_over(&mut self) {
        self.kill(self.primary);
        self.primary = self.standby();
        succeed(&mut self.psql(self.primary, "SELECT pg_promote()"));
        self.point();
        self.reset_connections();
        self.make_standby();
    }
}

/// Some may have ended in the meantime.
pub(crate) fn send(processes: &[Pid], signal: Signal) {
    for pid in processes {
        let _ = kill_process(*pid, signal);
    }
}

/// A process and its children.
pub(crate) fn family(parent: u32) -> Vec<Pid> {
    let children = std::fs::read_to_string(format!("/proc/{parent}/task/{parent}/children")).unwrap_or_default();
    let ids = children.split_whitespace().filter_map(|id| id.parse().ok());
    std::iter::once(i32::try_from(parent).expect("a process id")).chain(ids).filter_map(Pid::from_raw).collect()
}

pub(crate) fn open_to_all(directory: &Path) {
    std::fs::set_permissions(directory, std::fs::Permissions::from_mode(0o777)).expect("permissions");
}

#[track_caller]
fn succeed(command: &mut Command) {
    let done = command.current_dir("/").output().expect("it runs");
    assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
}
