//! No URL, token or secret is in any error, `Debug` output or log line, whatever the peer answers.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use drumbeat::clock::Clock;
use drumbeat::ids::CorpId;
use drumbeat::sandbox::Company;
use drumbeat::secret::Secret;
use drumbeat::wecom::{CallFailure, Network, Request, Response, Timeouts, Transport, TransportError, WeCom};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpSocket};

use crate::support::client_harness::{ClientHarness, TransportKind, png, text_post};
use crate::support::log_capture::Log;

const SECRET: &str = "S3CR3T +/%&=末";
const SECRET_IN_URL: &str = "S3CR3T+%2B%2F%25%26%3D%E6%9C%AB";
const TOKEN: &str = "T0K3N +/%&=末";
const TOKEN_IN_URL: &str = "T0K3N+%2B%2F%25%26%3D%E6%9C%AB";

#[track_caller]
fn is_clean(text: &str) {
    for secret in [SECRET, SECRET_IN_URL, TOKEN, TOKEN_IN_URL, "S3CR3T", "T0K3N"] {
        assert!(!text.contains(secret), "{text:?} holds {secret:?}");
    }
}

/// The errors of every call of the client.
async fn everything_that_fails(wecom: &WeCom) -> Vec<String> {
    let (file, now) = (png(5, 5), Clock::System.now());
    let errors = [
        wecom.token().await.err(),
        wecom.upload(file.kind, file.sha256(), file.bytes.clone()).await.err(),
        wecom.create(&text_post("你好"), &[]).await.err(),
        wecom.result("JOB").await.err(),
        wecom.moments(now, now, |_| true).await.err(),
        wecom.task("mom").await.err(),
        wecom.cancel("mom").await.err(),
        wecom.follow_users().await.err(),
        wecom.department_ids().await.err(),
        wecom.tags().await.err(),
    ];
    errors
        .into_iter()
        .flatten()
        .map(|error| format!("{error} {error:?} {:?} {}", error.next(), error.help().get(drumbeat::text::Lang::En)))
        .collect()
}

fn wecom(transport: Transport) -> WeCom {
    WeCom::new(CorpId("CORP".to_owned()), Secret::new(SECRET), transport, Clock::System)
}

/// A server that issues a token and then echoes the request line in every possible way.
async fn parrot(status: &'static str, errcode: i64) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut bytes = vec![0; 65536];
            let count = stream.read(&mut bytes).await.unwrap_or(0);
            let head = String::from_utf8_lossy(&bytes[..count]).into_owned();
            let url = head.lines().next().unwrap_or_default();
            let body = if errcode == 40013 {
                format!(r#"{{"errcode":40013,"errmsg":"bad {url} and {SECRET}"}}"#)
            } else if head.starts_with("GET /cgi-bin/gettoken") {
                format!(r#"{{"access_token":"{TOKEN}"}}"#)
            } else {
                format!(r#"{{"errcode":{errcode},"errmsg":"bad {url} with {TOKEN} and {SECRET}, hint: [1]"}}"#)
            };
            let status = if body.contains("errmsg") { status } else { "200 OK" };
            let answer = format!(
                "HTTP/1.1 {status}\r\nLocation: {url}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn echoed_credentials_reach_no_error_or_log() {
    let log = Log::default();
    let _listening = log.listen();
    for (status, errcode) in [
        ("200 OK", 40013),
        ("200 OK", 40001),
        ("200 OK", 60020),
        ("200 OK", -1),
        ("302 Found", 0),
        ("502 Bad Gateway", 0),
    ] {
        let base = parrot(status, errcode).await;
        let wecom = wecom(Transport::Network(Network::new(&base).expect("loopback")));
        let errors = everything_that_fails(&wecom).await;
        assert!(errors.len() >= 9, "{status} {errcode}: {errors:?}");
        errors.iter().for_each(|error| is_clean(error));
        is_clean(&format!("{wecom:?}"));
    }
    is_clean(&log.text());
    assert!(log.text().contains("add_moment_task"), "the log was captured");
}

#[tokio::test]
async fn connections_that_break_name_no_address() {
    let log = Log::default();
    let _listening = log.listen();
    // Bound and never listening: connections are refused, and no other test gets the port.
    let refusing = TcpSocket::new_v4().expect("a socket");
    refusing.bind("127.0.0.1:0".parse().expect("an address")).expect("a port");
    let closed = refusing.local_addr().expect("an address");
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let patience = Duration::from_millis(300);
    let timeouts = Timeouts { connect: patience, answer: patience, upload: patience };
    for base in [format!("http://{closed}"), format!("http://{}", silent.local_addr().expect("an address"))] {
        let network = Network::with_timeouts(&base, timeouts).expect("loopback");
        for error in everything_that_fails(&wecom(Transport::Network(network))).await {
            is_clean(&error);
            for part in ["http:", "127.0.0.1", "corpsecret", "access_token"] {
                assert!(!error.contains(part), "{error}");
            }
        }
    }
    is_clean(&log.text());
}

#[tokio::test]
async fn in_process_transport_errors_are_redacted_too() {
    let transport = Transport::InProcess(Arc::new(|request: Request| {
        let token = Response::new(200, format!(r#"{{"access_token":"{TOKEN}"}}"#).into_bytes());
        let broken = TransportError::Lost(CallFailure::ConnectionBroken(format!(
            "at /x?s={SECRET_IN_URL}&t={TOKEN_IN_URL} {SECRET} {TOKEN}"
        )));
        let answer = if request.path == "/cgi-bin/gettoken" { Ok(token) } else { Err(broken) };
        Box::pin(std::future::ready(answer))
    }));
    let errors = everything_that_fails(&wecom(transport)).await;
    assert_eq!(errors.len(), 9);
    errors.iter().for_each(|error| is_clean(error));
}

#[tokio::test]
async fn requests_and_answers_print_no_values() {
    let seen = Arc::new(Mutex::new(String::new()));
    let requests = Arc::clone(&seen);
    let transport = Transport::InProcess(Arc::new(move |request: Request| {
        let body = format!(r#"{{"access_token":"{TOKEN}","jobid":"JOB"}}"#).into_bytes();
        let response = Response::new(200, body);
        requests.lock().expect("no panic").push_str(&format!("{request:?} {response:?}\n"));
        Box::pin(std::future::ready(Ok(response)))
    }));
    wecom(transport).create(&text_post("你好"), &[]).await.expect("a job");
    let seen = seen.lock().expect("no panic").clone();
    is_clean(&seen);
    assert!(seen.contains("\"corpsecret\"") && seen.contains("add_moment_task"), "{seen}");
}

#[tokio::test]
async fn the_sandbox_shows_its_secret_nowhere() {
    let company = Company::chunfeng();
    let secret = company.secret.expose().to_owned();
    assert!(!format!("{company:?}").contains(&secret));
    let harness = ClientHarness::on(TransportKind::Socket).await;
    harness.wecom.create(&text_post("你好"), &[]).await.expect("a job");
    let ledger = serde_json::to_string(harness.sandbox().ledger()).expect("JSON");
    assert!(!ledger.contains(&secret) && !ledger.contains("sandbox-token"));
}

/// A credential as a peer may write it back.
fn encoded(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let percent: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let base64 = base64_of(secret.as_bytes());
    let url_safe = base64.replace('+', "-").replace('/', "_").trim_end_matches('=').to_owned();
    let reversed: String = secret.chars().rev().collect();
    vec![hex.to_uppercase(), hex, percent, base64, url_safe, reversed, secret.to_lowercase()]
}

fn base64_of(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let three = [chunk[0], *chunk.get(1).unwrap_or(&0), *chunk.get(2).unwrap_or(&0)];
        let bits = u32::from_be_bytes([0, three[0], three[1], three[2]]);
        for n in 0..4 {
            let digit = char::from(DIGITS[(bits >> (18 - 6 * n)) as usize & 63]);
            text.push(if n <= chunk.len() { digit } else { '=' });
        }
    }
    text
}

#[tokio::test]
async fn credentials_in_another_encoding_are_kept_out_too() {
    // As long as WeCom's secrets.
    const SECRET: &str = "qZ7pWx0LmN4vB2sK9dF6gH1jT3yR5uE8iO0aC-hUk_w";
    const TOKEN: &str = "hAnXe81mUnFvJ2kQpZtRw0yLsDg4bC6oIx7EfVuMq3T5jKlS";
    let log = Log::default();
    let _listening = log.listen();
    for form in encoded(SECRET).into_iter().chain(encoded(TOKEN)) {
        let said = form.clone();
        let transport = Transport::InProcess(Arc::new(move |request: Request| {
            let body = if request.path == "/cgi-bin/gettoken" {
                format!(r#"{{"access_token":"{TOKEN}"}}"#)
            } else {
                let words = format!("bad {said}, hint: [1700000000000000000000000], from ip: 203.0.113.7");
                format!(r#"{{"errcode":60020,"errmsg":"{words}"}}"#)
            };
            Box::pin(std::future::ready(Ok(Response::new(200, body.into_bytes()))))
        }));
        let errors = everything_that_fails(&WeCom::new(
            CorpId("CORP".to_owned()),
            Secret::new(SECRET),
            transport,
            Clock::System,
        ))
        .await;
        for error in errors {
            assert!(!error.contains(&form), "{form}: {error}");
            assert!(error.contains("[1700000000000000000000000], from ip: 203.0.113.7"), "{error}");
        }
        assert!(!log.text().contains(&form), "{form}");
    }
}
