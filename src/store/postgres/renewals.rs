//! Renews the leases of all corps of one address, on one connection.
//!
//! It never waits for a row that a transaction has locked: that lease is renewed a second later.

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::database::Database;
use super::server::Server;

/// Pause between two renewals. The lease lasts 25 s (`LEASE_TAKE`).
pub(super) const RENEWAL_INTERVAL: Duration = Duration::from_secs(5);
/// When a lease is renewed whose row was locked.
const SOON: Duration = Duration::from_secs(1);

/// By address. A thread ends with its last lease.
static ALL: Mutex<BTreeMap<String, Weak<Renewals>>> = Mutex::new(BTreeMap::new());

#[derive(Debug)]
pub(in crate::store) struct Renewals {
    /// `None` only while it is dropped.
    orders: Mutex<Option<Sender<Order>>>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
enum Order {
    Renew(i64, Arc<Server>),
    /// Gives a lease back, then drops the other value.
    Release(i64, Sender<()>),
}

impl Renewals {
    /// The thread for an address.
    pub(super) fn of(server: &Arc<Server>) -> io::Result<Arc<Self>> {
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, renewals| renewals.strong_count() > 0);
        if let Some(renewals) = all.get(&server.address_text()).and_then(Weak::upgrade) {
            return Ok(renewals);
        }
        let database = Database::new(Arc::clone(server))?;
        let (orders, waiting) = mpsc::channel();
        let thread = std::thread::Builder::new().name("lease".to_owned()).spawn(move || run(database, &waiting))?;
        let renewals = Arc::new(Self { orders: Mutex::new(Some(orders)), thread: Some(thread) });
        all.insert(server.address_text(), Arc::downgrade(&renewals));
        Ok(renewals)
    }

    pub(super) fn add(&self, token: i64, server: Arc<Server>) {
        self.send(Order::Renew(token, server));
    }

    /// Gives a lease back, so that another process can take it at once.
    pub(super) fn release(&self, token: i64) {
        let (done, is_done) = mpsc::channel();
        self.send(Order::Release(token, done));
        let _ = is_done.recv();
    }

    /// The thread lives as long as this value.
    fn send(&self, order: Order) {
        if let Some(orders) = &*self.orders.lock().unwrap_or_else(PoisonError::into_inner) {
            let _ = orders.send(order);
        }
    }
}

impl Drop for Renewals {
    fn drop(&mut self) {
        self.orders.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(mut database: Database, orders: &Receiver<Order>) {
    let (mut leases, mut next) = (BTreeMap::<i64, Arc<Server>>::new(), Instant::now() + RENEWAL_INTERVAL);
    loop {
        match orders.recv_timeout(next.saturating_duration_since(Instant::now())) {
            Ok(Order::Renew(token, server)) => drop(leases.insert(token, server)),
            Ok(Order::Release(token, done)) => {
                if let Some(server) = leases.remove(&token) {
                    database.serve(&server);
                    database.release_lease(token);
                }
                drop(done);
            }
            Err(RecvTimeoutError::Timeout) => {
                let renewed = if leases.is_empty() { Ok(false) } else { database.renew_leases(&leases) };
                if let Err(error) = &renewed {
                    tracing::warn!(%error, "the leases were not renewed; trying again");
                }
                let is_left = !matches!(renewed, Ok(false));
                next = Instant::now() + if is_left { SOON } else { RENEWAL_INTERVAL };
            }
            Err(RecvTimeoutError::Disconnected) => return,
        }
    }
}
