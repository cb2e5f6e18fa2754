//! A real PostgreSQL for the tests: one server for the whole binary, on a socket in a temporary directory, and a schema
//! for each test.

use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use drumbeat::ids::CorpId;
use drumbeat::store::Address;

/// The server that the tests share; `None` where PostgreSQL is not installed.
static SHARED: OnceLock<Option<Server>> = OnceLock::new();
static SCHEMAS: AtomicU32 = AtomicU32::new(0);

/// Stops the server and removes its files when this process ends, however it ends: then its input ends.
const KEEPER: &str = "dir=$1; shift; \"$@\" </dev/null >\"$dir/log\" 2>&1 & \
                      while read -r line; do kill -s \"$line\" $!; done; kill -INT $!; wait $!; rm -rf \"$dir\"";

pub(crate) struct Server {
    directory: PathBuf,
    binaries: PathBuf,
    /// Its port, which is a part of the name of its socket too.
    port: u16,
    keeper: std::sync::Mutex<ChildStdin>,
}

/// A schema of the shared server.
pub(crate) struct Schema {
    server: &'static Server,
    pub(crate) name: String,
}

/// A schema of its own; `None` where PostgreSQL is not installed.
pub(crate) fn schema() -> Option<Schema> {
    let server = SHARED.get_or_init(Server::start).as_ref()?;
    Some(Schema { server, name: format!("t{}", SCHEMAS.fetch_add(1, Ordering::Relaxed)) })
}

impl Schema {
    /// The address of its store, as a person writes it.
    pub(crate) fn address(&self) -> String {
        self.address_as("drumbeat")
    }

    pub(crate) fn address_as(&self, user: &str) -> String {
        self.server.address(user, &self.name)
    }

    /// The same for a corp.
    pub(crate) fn of(&self, corp: &str) -> Address {
        let address: Address = self.address().parse().expect("an address");
        address.of_corp_id(Some(CorpId(corp.to_owned())))
    }

    /// The path of the server's socket.
    pub(crate) fn socket(&self) -> PathBuf {
        self.server.directory.join(".s.PGSQL.5432")
    }

    /// Runs SQL as the administrator, in this schema.
    #[track_caller]
    pub(crate) fn sql(&self, sql: &str) -> String {
        self.server.sql(&format!("SET search_path = {}; {sql}", self.name))
    }
}

impl Server {
    pub(crate) fn start() -> Option<Self> {
        // The tests kill processes, not machines: the page cache is enough.
        Self::with(&["-c", "fsync=off"])
    }

    /// A server with these options.
    pub(crate) fn with(options: &[&str]) -> Option<Self> {
        Self::with_files(5432, |_| options.iter().map(|option| (*option).to_owned()).collect())
    }

    /// The same with a port, and with options that name files: they are made in the directory of the server.
    #[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
    #[expect(clippy::disallowed_methods, reason = "CI installs the server")]
    #[expect(clippy::zombie_processes, reason = "the keeper outlives this process")]
    pub(crate) fn with_files(port: u16, options: impl FnOnce(&Path) -> Vec<String>) -> Option<Self> {
        let Some(binaries) = binaries() else {
            assert!(std::env::var_os("CI").is_none(), "PostgreSQL is not installed: apt-get install postgresql");
            eprintln!("PostgreSQL is not installed: nothing was tried on it");
            return None;
        };
        let directory = tempfile::Builder::new().prefix("pg").tempdir_in("/tmp").expect("a directory").keep();
        std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(0o777)).expect("permissions");
        let data = directory.join("data");
        let mut initdb = as_other_user(&binaries.join("initdb"));
        initdb.args(["-U", "drumbeat", "--auth=trust", "--no-sync", "-E", "UTF8", "--locale=C.UTF-8", "-D"]).arg(&data);
        let made = initdb.current_dir("/").output().expect("initdb runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        let mut server = Command::new("sh");
        server.args(["-c", KEEPER, "keeper"]).arg(&directory);
        let postgres = as_other_user(&binaries.join("postgres"));
        server.arg(postgres.get_program()).args(postgres.get_args());
        server.args(["-c", "listen_addresses=", "-c", "max_connections=300", "-c", &format!("port={port}")]);
        server.args(options(&directory));
        server.arg("-k").arg(&directory).arg("-D").arg(&data).current_dir("/");
        let mut keeper = server.stdin(Stdio::piped()).spawn().expect("a server");
        let server = Self { directory, binaries, port, keeper: keeper.stdin.take().expect("it is piped").into() };
        let began = Instant::now();
        while !server.answers() {
            assert!(began.elapsed() < Duration::from_secs(60), "the server does not start");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(server)
    }

    fn answers(&self) -> bool {
        self.psql("SELECT 1").output().expect("psql runs").status.success()
    }

    fn psql(&self, sql: &str) -> Command {
        let mut psql = Command::new(self.binaries.join("psql"));
        psql.args([
            "-X",
            "-A",
            "-t",
            "-q",
            "-v",
            "ON_ERROR_STOP=1",
            "-U",
            "drumbeat",
            "-d",
            "postgres",
            "-c",
            sql,
            "-h",
        ]);
        psql.arg(&self.directory).arg("-p").arg(self.port.to_string());
        psql
    }

    #[track_caller]
    pub(crate) fn sql(&self, sql: &str) -> String {
        let answer = self.psql(sql).output().expect("psql runs");
        assert!(answer.status.success(), "{sql}: {}", String::from_utf8_lossy(&answer.stderr));
        String::from_utf8(answer.stdout).expect("UTF-8").trim().to_owned()
    }

    pub(crate) fn directory(&self) -> &Path {
        &self.directory
    }

    pub(crate) fn address(&self, user: &str, schema: &str) -> String {
        let host = self.directory.to_str().expect("UTF-8").replace('/', "%2F");
        format!("postgres://{user}@{host}/postgres?schema={schema}&files={}", self.directory.display())
    }

    /// Sends a signal to the server, such as `STOP`.
    #[allow(dead_code, reason = "for tests of a server that does not answer")]
    pub(crate) fn signal(&self, name: &str) {
        writeln!(self.keeper.lock().expect("no panic"), "{name}").expect("the keeper reads");
    }
}

/// The server of a measurement: that of an address, or else one of its own, which syncs as in service.
#[allow(dead_code, reason = "for measurements")]
pub(crate) fn of_bench(asked: &str) -> (Option<Server>, String) {
    if asked.contains("://") {
        return (None, asked.to_owned());
    }
    let server = Server::with(&[]).expect("PostgreSQL is installed");
    let address = server.address("drumbeat", "drumbeat");
    (Some(server), address)
}

/// PostgreSQL refuses to run as root.
pub(crate) fn as_other_user(program: &Path) -> Command {
    if !rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command.args(["--reuid=nobody", "--regid=nogroup", "--clear-groups"]).arg(program);
    command
}

/// The newest version that Debian has installed.
pub(crate) fn binaries() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().filter_map(Result::ok);
    versions.map(|version| version.path().join("bin")).filter(|bin| bin.join("initdb").is_file()).max()
}
