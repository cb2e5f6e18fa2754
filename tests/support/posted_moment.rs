//! A moment that exists at a sandbox in process, and its run in a store, in virtual time.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use chrono::TimeDelta;
use drumbeat::clock::Clock;
use drumbeat::post::{Attachments, Audience, Post};
use drumbeat::run::{Due, RejectedRecipients, Run, Transition};
use drumbeat::sandbox::{self, Company, Sandbox, SandboxConfig};
use drumbeat::store::{Address, Store, Wait};
use drumbeat::wecom::{Transport, WeCom};

use crate::support::client_harness::monday_nine;
use crate::support::sandbox_harness::{SandboxHarness, instant};
use crate::support::service_harness::manual_due;

pub(crate) struct PostedMoment {
    pub(crate) clock: Clock,
    pub(crate) store: Store,
    pub(crate) wecom: WeCom,
    pub(crate) sandbox: Arc<Mutex<Sandbox>>,
    pub(crate) run: Run,
}

/// The moment that a request creates, as members see it a minute later.
fn moment(sandbox: &mut Sandbox, clock: &Clock, members: &[&str]) -> String {
    let mut direct = SandboxHarness::new();
    direct.now = clock.now();
    std::mem::swap(&mut direct.sandbox, sandbox);
    direct.renew();
    let moment = direct.moment("春季新品上架", members);
    std::mem::swap(&mut direct.sandbox, sandbox);
    moment
}

/// Two members, who post within seconds.
pub(crate) fn prompt_members() -> SandboxConfig {
    SandboxConfig { never_confirm: 0, confirmed_within: Duration::from_secs(1), ..instant() }
}

impl PostedMoment {
    /// A moment of two members, zhangshan and lisi; the store is in memory.
    pub(crate) fn new(behaviour: SandboxConfig) -> Self {
        Self::of(Company::chunfeng(), &["zhangshan", "lisi"], behaviour)
    }

    /// A moment of these members of a company.
    pub(crate) fn of(company: Company, members: &[&str], behaviour: SandboxConfig) -> Self {
        Self::in_store(company, members, behaviour, Store::in_memory().expect("memory holds a store"))
    }

    /// The same with a store in a file.
    pub(crate) fn in_file(behaviour: SandboxConfig, path: PathBuf) -> Self {
        let store = Store::open_inline(&Address::Sqlite(path)).expect("a store");
        Self::in_store(Company::chunfeng(), &["zhangshan", "lisi"], behaviour, store)
    }

    fn in_store(company: Company, members: &[&str], behaviour: SandboxConfig, store: Store) -> Self {
        let (corp, secret) = (company.corp.clone(), company.secret.clone());
        let clock = Clock::starting_at(monday_nine());
        let mut sandbox = Sandbox::with_behaviour(company, behaviour);
        let moment_id = moment(&mut sandbox, &clock, members);
        let sandbox = Arc::new(Mutex::new(sandbox));
        let due = Due { corp: corp.clone(), ..manual_due("minutely", clock.now()) };
        let post = Post {
            text: Some("春季新品上架".to_owned()),
            attachments: Attachments::None,
            audience: Audience::Everyone,
        };
        let mut run = Run::claimed(due, post.into(), clock.now());
        store.record(std::slice::from_ref(&run)).wait().expect("recorded");
        let (jobid, errmsg, invalid, reason) = ("job".to_owned(), None, RejectedRecipients::default(), None);
        for step in
            [Transition::Send, Transition::Submit { jobid, errmsg }, Transition::Create { moment_id, invalid, reason }]
        {
            let event = run.apply(step, clock.now()).expect("a legal move");
            store.save((&run, &event)).wait().expect("saved");
        }
        let transport = sandbox::in_process(Arc::clone(&sandbox), clock.clone());
        let wecom = WeCom::new(corp, secret, transport, clock.clone());
        Self { clock, store, wecom, sandbox, run }
    }

    /// A client of the company over a transport.
    pub(crate) fn client(clock: &Clock, transport: Transport) -> WeCom {
        let company = Company::chunfeng();
        WeCom::new(company.corp, company.secret, transport, clock.clone())
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        self.clock.suspend(time);
    }

    pub(crate) fn sandbox(&self) -> MutexGuard<'_, Sandbox> {
        self.sandbox.lock().expect("no test has panicked with the sandbox in hand")
    }
}
