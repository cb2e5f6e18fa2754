//! The sandbox as an HTTP server, with requests in raw bytes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use drumbeat::clock::Clock;
use drumbeat::sandbox::{Company, Sandbox, serve};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::support::client_harness::{monday_nine, png};

struct HttpSandbox {
    address: SocketAddr,
    stop: CancellationToken,
    server: JoinHandle<std::io::Result<()>>,
}

impl HttpSandbox {
    async fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let stop = CancellationToken::new();
        let sandbox = Arc::new(Mutex::new(Sandbox::new(Company::chunfeng())));
        let server = tokio::spawn(serve(listener, sandbox, Clock::starting_at(monday_nine()), stop.clone()));
        Self { address, stop, server }
    }

    /// Status and body of one request.
    async fn ask(&self, line: &str, content_type: &str, body: &[u8]) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).await.expect("a connection");
        let head = format!(
            "{line} HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {}\r\n\r\n",
            body.len()
        );
        stream.write_all(head.as_bytes()).await.expect("written");
        // The server may refuse before it has read the whole request.
        let _ = stream.write_all(body).await;
        let mut answer = Vec::new();
        let _ = stream.read_to_end(&mut answer).await;
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
        let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).expect("a status");
        (status, body.to_owned())
    }

    async fn get(&self, path: &str) -> (u16, String) {
        self.ask(&format!("GET {path}"), "text/plain", b"").await
    }

    async fn token(&self, prefix: &str) -> String {
        let company = Company::chunfeng();
        let path = format!("{prefix}/cgi-bin/gettoken?corpid={}&corpsecret={}", company.corp, company.secret.expose());
        let answer: Value = serde_json::from_str(&self.get(&path).await.1).expect("JSON");
        answer["access_token"].as_str().expect("a token").to_owned()
    }
}

#[tokio::test]
async fn any_path_prefix_works() {
    let harness = HttpSandbox::open().await;
    assert_eq!(harness.get("/sandbox/ledger").await, (200, "[]".to_owned()));
    let token = harness.token("/wecom/proxy").await;
    let line = format!("POST /cgi-bin/externalcontact/add_moment_task?access_token={token}");
    let (status, answer) = harness.ask(&line, "application/json", r#"{"text":{"content":"你好"}}"#.as_bytes()).await;
    let answer: Value = serde_json::from_str(&answer).expect("JSON");
    assert_eq!((status, &answer["errcode"]), (200, &json!(0)));
    let ledger: Value = serde_json::from_str(&harness.get("/wecom/proxy/sandbox/ledger").await.1).expect("JSON");
    assert_eq!((&ledger[0]["jobid"], &ledger[0]["text"]), (&answer["jobid"], &json!("你好")));
    assert_eq!(ledger[0]["audience"], json!("everyone"));
}

#[tokio::test]
async fn what_is_none_of_its_paths_or_methods() {
    let harness = HttpSandbox::open().await;
    assert_eq!(harness.get("/").await.0, 404);
    assert_eq!(harness.get("/cgi-bin/unheard_of").await.0, 404);
    assert_eq!(harness.ask("DELETE /cgi-bin/gettoken", "text/plain", b"").await.0, 405);
}

#[tokio::test]
async fn an_unreadable_upload_is_rejected() {
    let harness = HttpSandbox::open().await;
    let token = harness.token("").await;
    let line = format!("POST /cgi-bin/media/upload_attachment?access_token={token}&media_type=image&attachment_type=1");
    let image = png(10, 10).bytes;
    let body = |disposition: &str| {
        let head = format!("--B\r\nContent-Disposition: form-data; {disposition}\r\nContent-Type: image/png\r\n\r\n");
        [head.as_bytes(), &image, b"\r\n--B--\r\n"].concat()
    };
    let good = "name=\"media\"; filename=\"a.png\"";
    let boundary = "multipart/form-data; boundary=B";
    let of_length = |length: usize| format!("{good}; filelength={length}");
    let (right, wrong) = (of_length(image.len()), of_length(image.len() - 1));
    for (content_type, disposition, errcode) in [
        (boundary, good, 0),
        (boundary, right.as_str(), 0),
        (boundary, wrong.as_str(), 41005),
        (boundary, "name=\"other\"; filename=\"a.png\"", 41005),
        (boundary, "name=\"media\"; filename*=utf-8''%E6%98%A5.png", 44001),
        (boundary, "name=\"media\"; filename=\"春.png\"", 44001),
        ("multipart/form-data; boundary=B; charset=utf-8", good, 41005),
        ("multipart/form-data", good, 41005),
        ("multipart/form-data; boundary=C", good, 41005),
    ] {
        let (status, answer) = harness.ask(&line, content_type, &body(disposition)).await;
        let answer: Value = serde_json::from_str(&answer).expect("JSON");
        assert_eq!((status, &answer["errcode"]), (200, &json!(errcode)), "{content_type} {disposition}");
    }
    let huge = vec![b' '; 13 * 1024 * 1024];
    assert_eq!(harness.ask(&line, boundary, &huge).await.0, 413);
}

#[tokio::test]
async fn it_stops_when_told() {
    let harness = HttpSandbox::open().await;
    harness.token("").await;
    harness.stop.cancel();
    // The listener ends with the task. A new connection would prove nothing: another test may have the port by now.
    assert!(harness.server.await.expect("no panic").is_ok());
}
