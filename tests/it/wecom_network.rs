//! What a network failure proves, with a server that misbehaves on purpose: real sockets, short real timeouts and no
//! virtual time.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use drumbeat::clock::Clock;
use drumbeat::ids::CorpId;
use drumbeat::secret::Secret;
use drumbeat::wecom::{Error, JobId, Network, Next, Timeouts, Transport, WeCom};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::support::client_harness::{png, text_post};

/// The reaction of the server to a complete creation request.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Reaction {
    Reset,
    Close,
    HalfHead,
    HalfBody,
    Stall,
    StallInBody,
    NotHttp,
    Answer(&'static str, &'static str),
    Endless,
    /// A good answer that promises to keep the connection, which is then closed.
    AnswerAndReset,
}

struct Server {
    address: SocketAddr,
    /// Every request, head and body, without gettoken.
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    async fn doing(reaction: Reaction) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let seen = Arc::new(Mutex::new(Vec::new()));
        let requests = Arc::clone(&seen);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(connection(stream, reaction, Arc::clone(&requests)));
            }
        });
        Self { address, seen }
    }

    fn client(&self) -> WeCom {
        client(&format!("http://{}/prefix/", self.address), 10)
    }

    /// A client with a short timeout, for a server that stalls.
    fn client_with_short_timeout(&self) -> WeCom {
        client(&format!("http://{}/prefix/", self.address), 1)
    }

    fn seen(&self) -> Vec<String> {
        self.seen.lock().expect("no panic").clone()
    }
}

fn client(base: &str, seconds: u64) -> WeCom {
    let patience = Duration::from_secs(seconds);
    let timeouts = Timeouts { connect: patience, answer: patience, upload: patience };
    let network = Network::with_timeouts(base, timeouts).expect("a good address");
    WeCom::new(CorpId("CORP".to_owned()), Secret::new("SECRET"), Transport::Network(network), Clock::System)
}

async fn connection(mut stream: TcpStream, reaction: Reaction, seen: Arc<Mutex<Vec<String>>>) {
    while let Some(request) = read_request(&mut stream).await {
        if request.starts_with("GET /prefix/cgi-bin/gettoken") {
            let _ = stream.write_all(&answer("200 OK", r#"{"errcode":0,"access_token":"TOKEN"}"#)).await;
            continue;
        }
        seen.lock().expect("no panic").push(request);
        let job = r#"{"errcode":0,"errmsg":"ok","jobid":"JOB","media_id":"MEDIA"}"#;
        let written = match reaction {
            Reaction::Reset => {
                stream.set_zero_linger().expect("a socket option");
                return;
            }
            Reaction::Close => return,
            Reaction::HalfHead => stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Le").await.map(|()| false),
            Reaction::HalfBody | Reaction::StallInBody => {
                let whole = answer("200 OK", job);
                stream.write_all(&whole[..whole.len() - 20]).await.map(|()| reaction == Reaction::StallInBody)
            }
            Reaction::Stall => Ok(true),
            Reaction::NotHttp => stream.write_all(b"220 smtp.example.com ready\r\n").await.map(|()| false),
            Reaction::Answer(status, body) => stream.write_all(&answer(status, body)).await.map(|()| false),
            Reaction::Endless => {
                stream.write_all(&answer("200 OK", &" ".repeat(17 * 1024 * 1024))).await.map(|()| false)
            }
            Reaction::AnswerAndReset => {
                let _ = stream.write_all(&answer("200 OK", job)).await;
                // The client must have read the answer, or the reset would discard it.
                let _ = stream.readable().await;
                stream.set_zero_linger().expect("a socket option");
                return;
            }
        };
        if !matches!(written, Ok(true)) {
            let _ = stream.shutdown().await;
            return;
        }
        // Waits until the client gives up.
        let _ = stream.read(&mut [0; 1]).await;
    }
}

fn answer(status: &str, body: &str) -> Vec<u8> {
    let location = "Location: /prefix/cgi-bin/externalcontact/add_moment_task\r\n";
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n{location}Connection: keep-alive\r\n\r\n{body}", body.len())
        .into_bytes()
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4096]);
    loop {
        let count = stream.read(&mut chunk).await.ok().filter(|count| *count > 0)?;
        bytes.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, _)) = text.split_once("\r\n\r\n") else { continue };
        let length =
            head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if bytes.len() >= head.len() + 4 + length.unwrap_or(0) {
            return Some(text.into_owned());
        }
    }
}

#[tokio::test]
async fn a_refused_port_proves_that_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    drop(listener);
    let error = client(&format!("http://{address}"), 10).create(&text_post("你好"), &[]).await.expect_err("no server");
    assert!(matches!(error, Error::NotSent { .. }), "{error}");
    assert!(!error.to_string().contains(&address.to_string()), "{error}");
}

#[tokio::test]
async fn a_name_that_does_not_exist_proves_it() {
    let error = client("https://wecom.invalid", 10).token().await.expect_err("no such host");
    assert!(matches!(error, Error::NotSent { .. }), "{error}");
}

#[tokio::test]
async fn plain_or_silent_server_proves_not_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    let server = tokio::spawn(async move {
        let (mut plain, _) = listener.accept().await.expect("a connection");
        let _ = plain.write_all(b"220 smtp.example.com ready\r\n").await;
        let (mut silent, _) = listener.accept().await.expect("a connection");
        let _ = silent.read_to_end(&mut Vec::new()).await;
    });
    for what in ["no TLS", "no word"] {
        let error = client(&format!("https://{address}"), 1).token().await.expect_err(what);
        assert!(matches!(error, Error::NotSent { .. }), "{what}: {error}");
    }
    server.abort();
}

#[tokio::test]
async fn failure_after_sending_is_in_doubt() {
    let html = "<html><body>It works!</body></html>";
    for reaction in [
        Reaction::Reset,
        Reaction::Close,
        Reaction::HalfHead,
        Reaction::HalfBody,
        Reaction::Stall,
        Reaction::StallInBody,
        Reaction::NotHttp,
        Reaction::Endless,
        Reaction::Answer("301 Moved Permanently", ""),
        Reaction::Answer("302 Found", ""),
        Reaction::Answer("307 Temporary Redirect", ""),
        Reaction::Answer("308 Permanent Redirect", ""),
        Reaction::Answer("500 Internal Server Error", html),
        Reaction::Answer("502 Bad Gateway", html),
        Reaction::Answer("504 Gateway Timeout", ""),
        Reaction::Answer("200 OK", html),
        Reaction::Answer("200 OK", ""),
        Reaction::Answer("204 No Content", ""),
    ] {
        let server = Server::doing(reaction).await;
        let stalls = matches!(reaction, Reaction::Stall | Reaction::StallInBody);
        let wecom = if stalls { server.client_with_short_timeout() } else { server.client() };
        let error = wecom.create(&text_post("你好"), &[]).await.expect_err("no answer");
        assert!(matches!(error, Error::Lost { .. } | Error::NotWecom { .. }), "{reaction:?}: {error}");
        assert_eq!(error.next(), Next::InDoubt, "{reaction:?}");
        let seen = server.seen();
        assert_eq!(seen.len(), 1, "{reaction:?}");
        assert!(seen[0].ends_with("\r\n\r\n{\"text\":{\"content\":\"你好\"},\"visible_range\":{\"sender_list\":{\"user_list\":[\"zhangshan\",\"lisi\"]}}}"));
        for secret in ["TOKEN", "SECRET", "access_token", &server.address.to_string()] {
            assert!(!format!("{error} {error:?}").contains(secret), "{reaction:?}: {error:?}");
        }
    }
}

#[tokio::test]
async fn a_lost_read_can_be_retried() {
    for reaction in [Reaction::Close, Reaction::Stall, Reaction::Answer("502 Bad Gateway", "")] {
        let server = Server::doing(reaction).await;
        let error = server.client_with_short_timeout().cancel("mom").await.expect_err("no answer");
        assert!(matches!(error.next(), Next::TryAgain { .. }), "{reaction:?}: {error}");
    }
}

#[tokio::test]
async fn a_connection_that_dies_idle_costs_no_creation() {
    let server = Server::doing(Reaction::AnswerAndReset).await;
    let wecom = server.client();
    for round in 0..10 {
        let job = wecom.create(&text_post("你好"), &[]).await;
        assert_eq!(job, Ok(JobId("JOB".to_owned())), "round {round}");
    }
    assert_eq!(server.seen().len(), 10);
}

#[tokio::test]
async fn the_wire_form_of_an_upload() {
    let server = Server::doing(Reaction::Answer("200 OK", r#"{"errcode":0,"media_id":"MEDIA"}"#)).await;
    let file = png(20, 10);
    server.client().upload(file.kind, file.sha256(), file.bytes.clone()).await.expect("an id");
    let seen = server.seen();
    let (head, body) = seen[0].split_once("\r\n\r\n").expect("a head and a body");
    let first = head.lines().next().expect("a line");
    assert_eq!(
        first,
        "POST /prefix/cgi-bin/media/upload_attachment?access_token=TOKEN&media_type=image&attachment_type=1 HTTP/1.1"
    );
    let content_type = head.lines().find_map(|line| line.strip_prefix("content-type: ")).expect("a content type");
    let boundary = content_type.strip_prefix("multipart/form-data; boundary=").expect("nothing after the boundary");
    let (hash, length) = (file.sha256(), file.bytes.len());
    assert!(body.starts_with(&format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"media\"; filename=\"{hash}.png\"; filelength={length}\r\n\
         Content-Type: image/png\r\n\r\n"
    )));
    assert!(body.ends_with(&format!("\r\n--{boundary}--\r\n")));
}
