//! Real servers that cannot be used: each is refused with the reason and the next act, in both languages, and loses nothing.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use chrono::DateTime;
use drumbeat::ids::CorpId;
use drumbeat::store::{Address, RunFilter, Store, StoreError, Wait};
use drumbeat::text::{Lang, UserError};

use crate::support::postgres::{self, Server, as_other_user};
use crate::support::postgres_pair::Pair;
use crate::support::stored_run::claimed;

const CORP: &str = "ww1";

fn open(address: &str) -> Result<Store, StoreError> {
    Store::open(&address.parse::<Address>().expect("an address").of_corp_id(Some(CorpId(CORP.to_owned()))))
}

/// Opening ends with an error whose lines contain these words.
#[track_caller]
fn refused(address: &str, words: [&[&str]; 2]) {
    let error = open(address).expect_err("it cannot be used");
    says(&error, words);
}

#[track_caller]
fn says(error: &StoreError, words: [&[&str]; 2]) {
    for (lang, words) in [Lang::En, Lang::Zh].into_iter().zip(words) {
        let line = error.with_causes().into_lang(lang);
        for word in words {
            assert!(line.contains(word), "{line}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_standby_is_refused() {
    let Some(pair) = Pair::start_asynchronous().await else { return };
    let address = pair.standby_address();
    let refuse = move || refused(&address, [&["standby", "name the primary"], &["备库", "主库的地址"]]);
    tokio::task::spawn_blocking(refuse).await.expect("refused");
}

/// pgbouncer in transaction mode, until it is dropped.
struct Pooler(Child);

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// `None` where it is not installed.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
#[expect(clippy::disallowed_methods, reason = "CI installs it")]
fn pooler(server: &Path, directory: &Path, more: &str) -> Option<Pooler> {
    let program = Path::new("/usr/sbin/pgbouncer");
    if !program.is_file() {
        assert!(std::env::var_os("CI").is_none(), "pgbouncer is not installed: apt-get install pgbouncer");
        eprintln!("pgbouncer is not installed: nothing was tried through it");
        return None;
    }
    let config = directory.join("pgbouncer.ini");
    let text = format!(
        "[databases]\npostgres = host={} user=drumbeat\n[pgbouncer]\nlisten_addr =\nunix_socket_dir = {}\n\
         auth_type = any\npool_mode = transaction\n{more}\n",
        server.display(),
        directory.display()
    );
    std::fs::write(&config, text).expect("written");
    let mut pooler = as_other_user(program);
    pooler.arg("-q").arg(&config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    let pooler = Pooler(pooler.spawn().expect("it starts"));
    let began = Instant::now();
    // The socket has its file a moment before it accepts.
    while UnixStream::connect(directory.join(".s.PGSQL.6432")).is_err() {
        assert!(began.elapsed() < Duration::from_secs(30), "pgbouncer does not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    Some(pooler)
}

#[test]
fn a_pooler_is_refused() {
    let Some(schema) = postgres::schema() else { return };
    let server = schema.socket();
    let server = server.parent().expect("it is in a directory");
    // As it is installed, and told to ignore what it does not understand.
    for more in ["", "ignore_startup_parameters = options, extra_float_digits"] {
        let directory = open_directory();
        let Some(_pooler) = pooler(server, directory.path(), more) else { return };
        let host = directory.path().to_str().expect("UTF-8").replace('/', "%2F");
        let address = format!("postgres://drumbeat@{host}:6432/postgres?schema={}", schema.name);
        refused(&address, [&["pgbouncer", "connect to the server itself"], &["pgbouncer", "直接连接服务器"]]);
    }
}

/// A directory that the servers may use too.
fn open_directory() -> tempfile::TempDir {
    let directory = tempfile::Builder::new().prefix("server").tempdir_in("/tmp").expect("a directory");
    open_to_all(directory.path());
    directory
}

fn open_to_all(path: &Path) {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o777)).expect("permissions");
}

/// Certificates, made by openssl in a directory.
struct Certificates(PathBuf);

impl Certificates {
    fn openssl(&self, arguments: &[&str]) {
        let made = Command::new("openssl").args(arguments).current_dir(&self.0).output().expect("openssl runs");
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    }

    fn authority(&self, name: &str) {
        let (key, certificate, subject) = (format!("{name}.key"), format!("{name}.pem"), format!("/CN={name}"));
        self.openssl(&[
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            &key,
            "-out",
            &certificate,
            "-subj",
            &subject,
            "-days",
            "2",
        ]);
    }

    /// A certificate of the server for one host name.
    fn server(&self, authority: &str, host: &str) {
        self.openssl(&[
            "req",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            "server.key",
            "-out",
            "server.csr",
            "-subj",
            "/CN=server",
        ]);
        std::fs::write(self.0.join("names"), format!("subjectAltName=DNS:{host}\n")).expect("written");
        let (key, certificate) = (format!("{authority}.key"), format!("{authority}.pem"));
        self.openssl(&[
            "x509",
            "-req",
            "-in",
            "server.csr",
            "-CA",
            &certificate,
            "-CAkey",
            &key,
            "-CAcreateserial",
            "-out",
            "server.pem",
            "-days",
            "2",
            "-extfile",
            "names",
        ]);
        // PostgreSQL refuses a key that others may read, and its user must own it.
        use std::os::unix::fs::PermissionsExt;
        let key = self.0.join("server.key");
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(0o600)).expect("permissions");
        if rustix::process::geteuid().is_root() {
            let owned = Command::new("chown").arg("nobody").arg(&key).status().expect("chown runs");
            assert!(owned.success());
        }
    }
}

#[test]
fn certificate_of_server_is_checked() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").and_then(|bound| bound.local_addr()).expect("a port").port();
    let made = Server::with_files(port, |directory| {
        let certificates = Certificates(directory.to_owned());
        ["right", "wrong"].into_iter().for_each(|name| certificates.authority(name));
        certificates.server("right", "localhost");
        let file = |name: &str| directory.join(name).display().to_string();
        let settings = [
            "fsync=off".to_owned(),
            "listen_addresses=127.0.0.1".to_owned(),
            "ssl=on".to_owned(),
            format!("ssl_cert_file={}", file("server.pem")),
            format!("ssl_key_file={}", file("server.key")),
        ];
        settings.into_iter().flat_map(|setting| ["-c".to_owned(), setting]).collect()
    });
    let Some(server) = made else { return };
    let address = |host: &str, authority: &str| {
        let authority = server.directory().join(format!("{authority}.pem"));
        format!(
            "postgres://drumbeat@{host}:{port}/postgres?schema=tls&sslmode=require&sslrootcert={}",
            authority.display()
        )
    };
    let store = open(&address("localhost", "right")).expect("its certificate is right");
    assert!(store.server_state().wait().expect("it answers").is_encrypted);
    let next = ["sslrootcert=PATH", "sslrootcert=文件路径"];
    refused(&address("localhost", "wrong"), [&["no secure connection", next[0]], &["加密连接", next[1]]]);
    refused(&address("127.0.0.1", "right"), [&["no secure connection", next[0]], &["加密连接", next[1]]]);
    refused(&address("localhost", "missing"), [&["no secure connection", next[0]], &["加密连接", next[1]]]);
}

#[test]
fn older_format_is_upgraded_and_newer_refused() {
    let Some(schema) = postgres::schema() else { return };
    let store = open(&schema.address()).expect("a store");
    let run = claimed(CORP, "a", 1);
    store.record(std::slice::from_ref(&run)).wait().expect("recorded");
    drop(store);
    // As the version before lists of machines left it.
    schema.sql(
        "DROP TABLE send_logs; ALTER TABLE leases DROP COLUMN log, DROP COLUMN origin, DROP COLUMN is_synchronous; \
         UPDATE drumbeat_format SET format = 5",
    );
    let store = open(&schema.address()).expect("it is upgraded");
    let lock = store.acquire_service_lock(DateTime::UNIX_EPOCH).wait().expect("the lease");
    assert_eq!(lock.lost_commits(), None);
    assert_eq!(store.runs(&RunFilter::default()).wait().expect("read").len(), 1);
    // A newer version upgrades it again, while this one works: this one goes on, and cannot begin again.
    schema.sql("UPDATE drumbeat_format SET format = 99");
    store.record(&[claimed(CORP, "b", 1)]).wait().expect("recorded");
    refused(&schema.address(), [&["newer Drumbeat", "upgrade"], &["更新版本", "升级"]]);
}

#[test]
fn a_full_server_and_one_without_tls_are_refused() {
    let Some(schema) = postgres::schema() else { return };
    let user = format!("full_{}", schema.name);
    schema.sql(&format!("CREATE ROLE {user} LOGIN CONNECTION LIMIT 0"));
    refused(&schema.address_as(&user), [&["no more connections", "at most seven"], &["连接数已满", "最多用七个"]]);
    let address = format!("{}&sslmode=require", schema.address());
    refused(&address, [&["does not offer TLS", "`ssl = on`"], &["没有开启 TLS", "`ssl = on`"]]);
}

/// It could not take over, so it must say so while it waits.
#[test]
fn a_service_that_could_not_take_over_does_not_wait() {
    let Some(schema) = postgres::schema() else { return };
    let store = open(&schema.address()).expect("a store");
    let _lock = store.acquire_service_lock(DateTime::UNIX_EPOCH).wait().expect("the lease");
    let user = format!("reader_{}", schema.name);
    schema.sql(&format!(
        "CREATE ROLE {user} LOGIN; GRANT USAGE ON SCHEMA {name} TO {user}; GRANT SELECT ON ALL TABLES IN SCHEMA {name} TO {user}",
        name = schema.name
    ));
    let waits = |address: &str| open(address)?.acquire_service_lock(DateTime::UNIX_EPOCH).wait().map(drop);
    let refused = waits(&schema.address_as(&user)).expect_err("it may not write");
    says(&refused, [&["lacks a right", "grant it to"], &["缺少权限", "授权给"]]);
    let address = schema.address();
    let (before, _) = address.split_once("&files=").expect("a directory");
    let refused = waits(&format!("{before}&files=/proc/nothing")).expect_err("it has no list of sends");
    says(&refused, [&["list of sends", "files=PATH"], &["提交清单", "files=目录"]]);
    assert!(waits(&address).expect_err("another one has it").owner().is_some());
}
