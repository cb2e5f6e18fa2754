//! Who may operate the service: people who know the key that the service wrote at its start. Reading needs no session.
//!
//! Sessions are in memory alone: they end with the service, as its key does.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::HeaderMap;
use chrono::{DateTime, TimeDelta, Utc};

use crate::ids::Sha256;
use crate::page::guard;
use crate::secret::Secret;

/// The cookie of a session.
const COOKIE: &str = "drumbeat_session";
/// How long a session lasts: a working day.
const SESSION_TIME: TimeDelta = TimeDelta::hours(12);
/// Sessions at a time; the oldest one ends for the next.
const MAX_SESSIONS: usize = 64;
/// How long a sign-in through WeCom may take.
const STATE_TIME: TimeDelta = TimeDelta::minutes(10);
/// Sign-ins that are under way at a time.
const MAX_STATES: usize = 1_000;
/// Longest name of a person, in characters.
const MAX_NAME_CHARS: usize = 40;

/// A person who is signed in.
#[derive(Clone, Debug)]
struct Session {
    name: String,
    ends: DateTime<Utc>,
}

/// Why somebody was not signed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    WrongKey,
    /// Empty, too long or with control characters.
    BadName,
}

/// The sessions of a service.
#[derive(Debug)]
pub(super) struct Sessions {
    /// Digests are compared: the time that this takes tells nothing about the key.
    key: Sha256,
    open: Mutex<HashMap<Sha256, Session>>,
    /// Sign-ins through WeCom that are under way: by state, where to go then, and until when.
    states: Mutex<HashMap<String, (String, DateTime<Utc>)>>,
}

impl Sessions {
    pub(crate) fn new(key: &Secret) -> Self {
        Self { key: Sha256::of(key.expose().as_bytes()), open: Mutex::default(), states: Mutex::default() }
    }

    /// Begins a session; returns its cookie. `id` is a fresh random one.
    pub(crate) fn begin(&self, key: &str, name: &str, id: &Secret, now: DateTime<Utc>) -> Result<String, Refused> {
        if Sha256::of(key.trim().as_bytes()) != self.key {
            return Err(Refused::WrongKey);
        }
        let name = name.trim();
        if name.is_empty() || name.chars().count() > MAX_NAME_CHARS || name.chars().any(char::is_control) {
            return Err(Refused::BadName);
        }
        self.open_session(name, id, now);
        Ok(format!(
            "{COOKIE}={}; Path=/; HttpOnly; SameSite=Strict; Max-Age={}",
            id.expose(),
            SESSION_TIME.num_seconds()
        ))
    }

    /// Begins the session of a member whom WeCom named; returns its cookie, for pages that are read through TLS.
    pub(crate) fn begin_for(&self, name: &str, id: &Secret, now: DateTime<Utc>) -> String {
        self.open_session(name, id, now);
        let (id, seconds) = (id.expose(), SESSION_TIME.num_seconds());
        format!("{COOKIE}={id}; Path=/; HttpOnly; Secure; SameSite=Lax; Max-Age={seconds}")
    }

    /// Notes that a sign-in through WeCom began.
    pub(crate) fn remember_state(&self, state: &Secret, to: &str, now: DateTime<Utc>) {
        let mut states = self.states.lock().unwrap_or_else(PoisonError::into_inner);
        states.retain(|_, (_, ends)| *ends > now);
        if states.len() < MAX_STATES {
            states.insert(state.expose().to_owned(), (to.to_owned(), now + STATE_TIME));
        }
    }

    /// Where the sign-in with a state leads. A state works once.
    pub(crate) fn take_state(&self, state: &str, now: DateTime<Utc>) -> Option<String> {
        let taken = self.states.lock().unwrap_or_else(PoisonError::into_inner).remove(state);
        taken.filter(|(_, ends)| *ends > now).map(|(to, _)| to)
    }

    fn open_session(&self, name: &str, id: &Secret, now: DateTime<Utc>) {
        let mut open = self.lock();
        open.retain(|_, session| session.ends > now);
        if open.len() >= MAX_SESSIONS
            && let Some(oldest) = open.iter().min_by_key(|(_, session)| session.ends).map(|(id, _)| *id)
        {
            open.remove(&oldest);
        }
        let ends = now + SESSION_TIME;
        open.insert(Sha256::of(id.expose().as_bytes()), Session { name: name.to_owned(), ends });
    }

    /// Who sends a request, if that person is signed in.
    pub(crate) fn name(&self, headers: &HeaderMap, now: DateTime<Utc>) -> Option<String> {
        let id = Sha256::of(guard::cookie(headers, COOKIE)?.as_bytes());
        self.lock().get(&id).filter(|session| session.ends > now).map(|session| session.name.clone())
    }

    /// Ends the session of a request; returns the cookie that takes the other's place.
    pub(crate) fn end(&self, headers: &HeaderMap) -> String {
        if let Some(id) = guard::cookie(headers, COOKIE) {
            self.lock().remove(&Sha256::of(id.as_bytes()));
        }
        format!("{COOKIE}=; Path=/; HttpOnly; SameSite=Strict; Max-Age=0")
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Sha256, Session>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sessions() -> Sessions {
        Sessions::new(&Secret::new("k3y"))
    }

    fn with_cookie(cookie: &str) -> HeaderMap {
        let pair = cookie.split(';').next().expect("a pair");
        HeaderMap::from_iter([(axum::http::header::COOKIE, pair.parse().expect("a value"))])
    }

    #[test]
    fn key_and_name_are_needed() {
        let (id, now) = (Secret::new("id"), DateTime::UNIX_EPOCH);
        assert_eq!(sessions().begin("k3x", "lisi", &id, now), Err(Refused::WrongKey));
        assert_eq!(sessions().begin("", "lisi", &id, now), Err(Refused::WrongKey));
        for name in ["", " ", "a\nb", &"很".repeat(41)] {
            assert_eq!(sessions().begin("k3y", name, &id, now), Err(Refused::BadName), "{name:?}");
        }
        assert!(sessions().begin(" k3y\n", "李四", &id, now).is_ok());
    }

    #[test]
    fn session_ends_after_its_time_and_by_hand() {
        let (sessions, now) = (sessions(), DateTime::UNIX_EPOCH);
        let headers = with_cookie(&sessions.begin("k3y", "lisi", &Secret::new("id"), now).expect("signed in"));
        assert_eq!(sessions.name(&headers, now).as_deref(), Some("lisi"));
        assert_eq!(sessions.name(&with_cookie("drumbeat_session=other"), now), None);
        assert_eq!(sessions.name(&headers, now + SESSION_TIME), None);
        sessions.end(&headers);
        assert_eq!(sessions.name(&headers, now), None);
    }

    #[test]
    fn sessions_are_bounded() {
        let (sessions, now) = (sessions(), DateTime::UNIX_EPOCH);
        for n in 0..100 {
            let id = Secret::new(format!("id{n}"));
            sessions.begin("k3y", "lisi", &id, now + TimeDelta::seconds(n)).expect("signed in");
        }
        assert_eq!(sessions.lock().len(), MAX_SESSIONS);
        assert!(sessions.name(&with_cookie("drumbeat_session=id99"), now).is_some());
        assert!(sessions.name(&with_cookie("drumbeat_session=id0"), now).is_none());
    }
}
