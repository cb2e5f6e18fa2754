//! A real HTTP server for notifications: a group robot or a webhook.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::{port, until};

/// Records requests and gives scripted answers.
#[derive(Clone)]
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    seen: Arc<Mutex<Vec<(String, Value)>>>,
    answers: Arc<Mutex<Vec<(u16, String)>>>,
}

impl Receiver {
    /// Gives these answers in turn, and successful ones after them.
    pub(crate) async fn answering(answers: &[(u16, &str)]) -> Self {
        let (listener, address) = port().await;
        let mut answers: Vec<(u16, String)> =
            answers.iter().map(|(status, body)| (*status, (*body).to_owned())).collect();
        answers.reverse();
        let this = Self { address, seen: Arc::default(), answers: Arc::new(Mutex::new(answers)) };
        let server = this.clone();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let server = server.clone();
                tokio::spawn(async move {
                    let mut bytes = Vec::new();
                    loop {
                        let mut piece = [0; 65536];
                        let count = stream.read(&mut piece).await.unwrap_or(0);
                        bytes.extend_from_slice(&piece[..count]);
                        if count == 0 || whole(&bytes) {
                            break;
                        }
                    }
                    let text = String::from_utf8_lossy(&bytes).into_owned();
                    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
                    let line = head.lines().next().unwrap_or_default().to_owned();
                    server.seen.lock().expect("no panic").push((line, serde_json::from_str(body).unwrap_or_default()));
                    let answer = server.answers.lock().expect("no panic").pop();
                    let (status, body) = answer.unwrap_or((200, r#"{"errcode":0,"errmsg":"ok"}"#.to_owned()));
                    let answer = format!(
                        "HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                        body.len()
                    );
                    let _ = stream.write_all(answer.as_bytes()).await;
                });
            }
        });
        this
    }

    pub(crate) async fn new() -> Self {
        Self::answering(&[]).await
    }

    /// Request lines and bodies of all requests.
    pub(crate) fn seen(&self) -> Vec<(String, Value)> {
        self.seen.lock().expect("no panic").clone()
    }

    /// Waits for this many requests.
    pub(crate) async fn wait_for(&self, calls: usize) -> Vec<(String, Value)> {
        until(|| std::future::ready(self.seen()), |seen| seen.len() >= calls).await
    }

    /// The Markdown text of every message.
    pub(crate) fn texts(&self) -> Vec<String> {
        let text = |(_, body): (String, Value)| body["markdown"]["content"].as_str().unwrap_or_default().to_owned();
        self.seen().into_iter().map(text).collect()
    }
}

fn whole(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    bytes.len() >= head.len() + 4 + length.unwrap_or(0usize)
}
