//! A sandbox with a client, over a socket and in process, and files and posts to send.

use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use drumbeat::clock::Clock;
use drumbeat::ids::Sha256;
use drumbeat::post::{Attachments, Audience, Media, MediaKind, Post};
use drumbeat::sandbox::{self, Company, Sandbox, SandboxConfig};
use drumbeat::secret::Secret;
use drumbeat::wecom::{Network, Transport, WeCom};
use tokio::net::TcpListener;
use tokio_util::sync::{CancellationToken, DropGuard};

/// The two transports, which must behave the same.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TransportKind {
    InProcess,
    Socket,
}

pub(crate) struct ClientHarness {
    pub(crate) wecom: WeCom,
    pub(crate) clock: Clock,
    pub(crate) sandbox: Arc<Mutex<Sandbox>>,
    _stop: DropGuard,
}

pub(crate) fn monday_nine() -> DateTime<Utc> {
    "2026-03-02T01:00:00Z".parse().expect("a time")
}

impl ClientHarness {
    pub(crate) async fn on(transport: TransportKind) -> Self {
        Self::with(transport, SandboxConfig::default()).await
    }

    pub(crate) async fn with(transport: TransportKind, behaviour: SandboxConfig) -> Self {
        let company = Company::chunfeng();
        let (corp, secret) = (company.corp.clone(), company.secret.clone());
        Self::calling(transport, Sandbox::with_behaviour(company, behaviour), corp.0, secret).await
    }

    pub(crate) async fn with_credentials(transport: TransportKind, corp: &str, secret: &str) -> Self {
        Self::calling(transport, Sandbox::new(Company::chunfeng()), corp.to_owned(), Secret::new(secret)).await
    }

    async fn calling(transport: TransportKind, sandbox: Sandbox, corp: String, secret: Secret) -> Self {
        let clock = Clock::starting_at(monday_nine());
        let sandbox = Arc::new(Mutex::new(sandbox));
        let stop = CancellationToken::new();
        let transport = match transport {
            TransportKind::InProcess => sandbox::in_process(Arc::clone(&sandbox), clock.clone()),
            TransportKind::Socket => {
                let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
                let address = listener.local_addr().expect("an address");
                tokio::spawn(sandbox::serve(listener, Arc::clone(&sandbox), clock.clone(), stop.clone()));
                Transport::Network(Network::new(&format!("http://{address}/some/prefix")).expect("a loopback address"))
            }
        };
        let wecom = WeCom::new(drumbeat::ids::CorpId(corp), secret, transport, clock.clone());
        Self { wecom, clock, sandbox, _stop: stop.drop_guard() }
    }

    /// Advances the time.
    pub(crate) fn pass(&self, seconds: i64) {
        self.clock.suspend(TimeDelta::seconds(seconds));
    }

    pub(crate) fn sandbox(&self) -> MutexGuard<'_, Sandbox> {
        self.sandbox.lock().expect("no test has panicked with the sandbox in hand")
    }

    pub(crate) async fn upload(&self, file: &File) -> String {
        self.wecom.upload(file.kind, file.sha256(), file.bytes.clone()).await.expect("an upload").media_id
    }
}

#[expect(clippy::print_stdout, reason = "a test's output is shown when it fails")]
fn announce(transport: TransportKind) {
    println!("on this transport: {transport:?}");
}

/// Runs a scenario over both transports.
pub(crate) async fn on_both_transports<F: Future>(scenario: impl Fn(ClientHarness) -> F) {
    for transport in [TransportKind::InProcess, TransportKind::Socket] {
        announce(transport);
        scenario(ClientHarness::on(transport).await).await;
    }
}

/// The same, with a sandbox configuration.
pub(crate) async fn on_both_transports_with<F: Future>(
    behaviour: SandboxConfig,
    scenario: impl Fn(ClientHarness) -> F,
) {
    for transport in [TransportKind::InProcess, TransportKind::Socket] {
        announce(transport);
        scenario(ClientHarness::with(transport, behaviour.clone()).await).await;
    }
}

pub(crate) struct File {
    pub(crate) kind: MediaKind,
    pub(crate) bytes: Vec<u8>,
}

impl File {
    pub(crate) fn sha256(&self) -> Sha256 {
        Sha256::of(&self.bytes)
    }

    pub(crate) fn media(&self) -> Media {
        let path = format!("media/{}.bin", self.sha256());
        Media::File { path, kind: self.kind, bytes: self.bytes.len() as u64, sha256: self.sha256() }
    }
}

/// A black PNG of this size, in pixels.
pub(crate) fn png(width: u32, height: u32) -> File {
    fn chunk(name: &[u8; 4], content: &[u8]) -> Vec<u8> {
        let length = u32::try_from(content.len()).expect("small");
        let mut sum = flate2::Crc::new();
        sum.update(name);
        sum.update(content);
        [&length.to_be_bytes()[..], name, content, &sum.sum().to_be_bytes()].concat()
    }
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
    let bytes = height as usize * (1 + 3 * width as usize);
    std::io::Write::write_all(&mut packer, &vec![0; bytes]).expect("in memory");
    let pixels = packer.finish().expect("in memory");
    let chunks = [chunk(b"IHDR", &header), chunk(b"IDAT", &pixels), chunk(b"IEND", b"")].concat();
    File { kind: MediaKind::Png, bytes: [b"\x89PNG\r\n\x1a\n", &chunks[..]].concat() }
}

/// A grey JPG of this size, in pixels.
pub(crate) fn jpeg(width: u16, height: u16) -> File {
    File { kind: MediaKind::Jpeg, bytes: crate::media::jpg(width, height) }
}

/// A complete MP4 of this length with one frame.
pub(crate) fn mp4(length: Duration) -> File {
    fn atom(name: &[u8; 4], parts: &[&[u8]]) -> Vec<u8> {
        let size = u32::try_from(parts.iter().map(|part| part.len()).sum::<usize>() + 8).expect("small");
        [&size.to_be_bytes()[..], name, &parts.concat()].concat()
    }
    let millis = u32::try_from(length.as_millis()).expect("short").to_be_bytes();
    let times = [&[0; 12][..], &1000_u32.to_be_bytes(), &millis].concat();
    let one_frame = atom(b"stsz", &[&[0; 8], &1_u32.to_be_bytes()]);
    let minf = atom(b"minf", &[&atom(b"stbl", &[&one_frame])]);
    let mdia =
        atom(b"mdia", &[&atom(b"mdhd", &[&times, &[0; 4]]), &atom(b"hdlr", &[&[0; 8], b"vide", &[0; 13]]), &minf]);
    let moov = atom(b"moov", &[&atom(b"mvhd", &[&times, &[0; 80]]), &atom(b"trak", &[&mdia])]);
    let bytes = [atom(b"ftyp", &[b"isom\0\0\x02\0isomiso2mp41"]), moov, atom(b"mdat", &[b"frame"])].concat();
    File { kind: MediaKind::Mp4, bytes }
}

/// A post with a text to two members.
pub(crate) fn text_post(text: &str) -> Post {
    Post { text: Some(text.to_owned()), attachments: Attachments::None, audience: to(&["zhangshan", "lisi"], &[], &[]) }
}

pub(crate) fn to(users: &[&str], departments: &[u64], tags: &[&str]) -> Audience {
    let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
    Audience::Lists { users: texts(users), departments: departments.into(), tags: texts(tags) }
}

/// Every department with its name.
pub(crate) async fn departments(wecom: &WeCom) -> Vec<drumbeat::wecom::Department> {
    let mut departments = Vec::new();
    for id in wecom.department_ids().await.expect("ids") {
        departments.extend(wecom.department(id).await.expect("a department"));
    }
    departments
}
