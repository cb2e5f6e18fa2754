//! The address that always leads to the primary server of a cluster.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncWrite, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio_util::sync::CancellationToken;

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    Socket(PathBuf),
    /// On this machine.
    Port(u16),
}

pub(crate) struct PrimaryProxy {
    pub(crate) port: u16,
    /// `None` while no server is known to be the primary.
    target: Mutex<Option<Target>>,
    connections: Mutex<CancellationToken>,
}

impl PrimaryProxy {
    pub(crate) async fn start() -> Arc<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let proxy = Arc::new(Self { port, target: Mutex::default(), connections: Mutex::default() });
        tokio::spawn(run(listener, Arc::clone(&proxy)));
        proxy
    }

    pub(crate) fn lead_to(&self, target: Target) {
        *self.target.lock().expect("no panic") = Some(target);
    }

    /// Ends every connection through the address.
    pub(crate) fn reset_connections(&self) {
        std::mem::take(&mut *self.connections.lock().expect("no panic")).cancel();
    }
}

async fn run(listener: TcpListener, proxy: Arc<PrimaryProxy>) {
    while let Ok((client, _)) = listener.accept().await {
        let target = proxy.target.lock().expect("no panic").clone();
        let reset = proxy.connections.lock().expect("no panic").clone();
        tokio::spawn(async move {
            tokio::select! { () = carry(client, target) => {}, () = reset.cancelled() => {} }
        });
    }
}

/// Broken connections are intended here.
async fn carry(client: TcpStream, target: Option<Target>) {
    match target {
        Some(Target::Socket(path)) => copy(client, UnixStream::connect(path).await).await,
        Some(Target::Port(port)) => copy(client, TcpStream::connect(("127.0.0.1", port)).await).await,
        None => {}
    }
}

async fn copy(mut client: TcpStream, server: std::io::Result<impl AsyncRead + AsyncWrite + Unpin>) {
    if let Ok(mut server) = server {
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}
