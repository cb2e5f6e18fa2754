//! A proxy between the real binary and the real sandbox that sees how far every call got.
//!
//! It can kill the process at any of these points, so the program itself needs no hooks for it.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Child, ExitStatus};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;

/// How far a call got.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Point {
    TokenAsked,
    UploadReceived,
    /// The request to create has arrived. The process is killed, and the request is dropped.
    CreateDropped,
    /// The request to create has arrived. It is only passed on after the process was killed.
    CreateActedLate,
    /// WeCom has carried out the creation, but no byte of the answer was sent.
    CreateNotAnswered,
    CreateHalfAnswered,
    JobPolled,
    ListAsked,
}

impl Point {
    pub(crate) const ALL: [Self; 8] = [
        Self::TokenAsked,
        Self::UploadReceived,
        Self::CreateDropped,
        Self::CreateActedLate,
        Self::CreateNotAnswered,
        Self::CreateHalfAnswered,
        Self::JobPolled,
        Self::ListAsked,
    ];

    /// Whether a request to WeCom is at this point.
    fn is_on_arrival(self, path: &str) -> bool {
        match self {
            Self::TokenAsked => path.contains("/gettoken"),
            Self::UploadReceived => path.contains("/upload_attachment"),
            Self::CreateDropped | Self::CreateActedLate => path.contains("/add_moment_task"),
            Self::JobPolled => path.contains("/get_moment_task_result"),
            Self::ListAsked => path.contains("/get_moment_list"),
            Self::CreateNotAnswered | Self::CreateHalfAnswered => false,
        }
    }
}

/// Which process to kill, and where.
pub(crate) struct KillSwitch {
    /// The log of the killed processes, to find out why one ended by itself.
    log: PathBuf,
    set: Mutex<Set>,
    killed: Notify,
}

#[derive(Default)]
struct Set {
    process: Option<Child>,
    point: Option<Point>,
    kills: BTreeMap<Point, u64>,
}

impl KillSwitch {
    pub(crate) fn new(log: PathBuf) -> Self {
        Self { log, set: Mutex::default(), killed: Notify::default() }
    }

    /// From now on kills this process at `point`; without a point only [`KillSwitch::kill`] does.
    pub(crate) fn set(&self, process: Child, point: Option<Point>) {
        let mut set = self.lock();
        set.process = Some(process);
        set.point = point;
    }

    /// Waits until the process was killed at its point.
    pub(crate) async fn killed(&self) {
        self.killed.notified().await;
    }

    /// Kills the process, if there is one; returns whether there was.
    pub(crate) fn kill(&self) -> bool {
        let mut set = self.lock();
        set.point = None;
        self.end(set.process.take())
    }

    /// Whether the process ended by itself.
    pub(crate) fn has_ended(&self) -> bool {
        let mut set = self.lock();
        set.process.as_mut().is_some_and(|process| process.try_wait().expect("a child can be asked").is_some())
    }

    /// The exit status of a process that ended by itself.
    pub(crate) fn ended(&self) -> Option<ExitStatus> {
        let mut set = self.lock();
        let status = set.process.as_mut()?.try_wait().expect("a child can be asked")?;
        (set.process, set.point) = (None, None);
        Some(status)
    }

    /// How many processes were killed at each point.
    pub(crate) fn kills(&self) -> BTreeMap<Point, u64> {
        self.lock().kills.clone()
    }

    /// Kills the process if `here` is its point.
    fn kill_at(&self, here: impl Fn(Point) -> bool) -> Option<Point> {
        let mut set = self.lock();
        let point = set.point.filter(|point| here(*point))?;
        set.point = None;
        if !self.end(set.process.take()) {
            return None;
        }
        *set.kills.entry(point).or_default() += 1;
        self.killed.notify_one();
        Some(point)
    }

    /// Sends SIGKILL and waits for the end of the process. Panics if the process has already ended by itself.
    fn end(&self, process: Option<Child>) -> bool {
        let Some(mut process) = process else { return false };
        if let Some(ended) = process.try_wait().expect("a child can be asked") {
            let log = std::fs::read_to_string(&self.log).unwrap_or_default();
            let last: Vec<&str> = log.lines().rev().take(10).collect();
            panic!("the service ended by itself ({ended}), its last words first:\n{}", last.join("\n"));
        }
        process.kill().expect("a child can be killed");
        process.wait().expect("a child can be waited for");
        true
    }

    fn lock(&self) -> MutexGuard<'_, Set> {
        self.set.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Listens in front of `sandbox`, and kills the process at its point.
pub(crate) async fn run_proxy(listener: TcpListener, sandbox: SocketAddr, kill_switch: Arc<KillSwitch>) {
    while let Ok((client, _)) = listener.accept().await {
        let kill_switch = Arc::clone(&kill_switch);
        // Broken connections are intended here.
        tokio::spawn(async move { forward(client, sandbox, &kill_switch).await.ok() });
    }
}

/// Forwards the calls of one connection.
async fn forward(client: TcpStream, sandbox: SocketAddr, kill_switch: &KillSwitch) -> io::Result<()> {
    let mut client = BufReader::new(client);
    let mut server = BufReader::new(TcpStream::connect(sandbox).await?);
    loop {
        let request = message(&mut client).await?;
        let first_line = request.split(|byte| *byte == b'\r').next().unwrap_or_default();
        let path = String::from_utf8_lossy(first_line).into_owned();
        let creates = path.contains("/add_moment_task");
        match kill_switch.kill_at(|point| point.is_on_arrival(&path)) {
            Some(Point::CreateActedLate) | None => {}
            Some(_) => return Ok(()),
        }
        server.write_all(&request).await?;
        let answer = message(&mut server).await?;
        if creates && kill_switch.kill_at(|point| point == Point::CreateNotAnswered).is_some() {
            return Ok(());
        }
        let (half, rest) = answer.split_at(answer.len() - 10);
        client.write_all(half).await?;
        if creates && kill_switch.kill_at(|point| point == Point::CreateHalfAnswered).is_some() {
            return Ok(());
        }
        client.write_all(rest).await?;
    }
}

/// Reads one whole request or answer, unchanged.
async fn message(stream: &mut BufReader<TcpStream>) -> io::Result<Vec<u8>> {
    let (mut bytes, mut length) = (Vec::new(), 0);
    loop {
        let start = bytes.len();
        if stream.read_until(b'\n', &mut bytes).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = String::from_utf8_lossy(&bytes[start..]).to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().map_err(io::Error::other)?;
        }
        if line == "\r\n" {
            break;
        }
    }
    let head = bytes.len();
    bytes.resize(head + length, 0);
    stream.read_exact(&mut bytes[head..]).await?;
    Ok(bytes)
}
