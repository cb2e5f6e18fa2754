//! What a provider keeps of the corps that have authorised its app, encrypted at rest.
//!
//! The newest ticket, codes to be exchanged, and the permanent code of each corp: one small file, or the same bytes in another
//! place. Each change replaces them in one step, and is on disk before the call returns. A reader sees the changes of
//! another process.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, mpsc};

use chrono::{DateTime, Utc};
use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use rustix::rand::{GetRandomFlags, getrandom};
use serde::{Deserialize, Serialize};

use crate::ids::CorpId;
use crate::secret::Secret;
use crate::text::{Text, UserError};

/// The first bytes of the file: its format.
const MAGIC: &[u8] = b"drumbeat-codes-1\n";
const KEY_BYTES: usize = 32;

/// Everything that is kept.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Codes {
    /// The newest ticket, and when it came.
    pub ticket: Option<(String, DateTime<Utc>)>,
    /// Codes that are to be exchanged, and when they came.
    pub pending: Vec<(String, DateTime<Utc>)>,
    pub corps: BTreeMap<CorpId, AuthorisedCorp>,
}

impl Codes {
    /// Keeps what a pending code was exchanged for; `false` if the corp withdrew after that code came.
    pub(super) fn keep(&mut self, corp: CorpId, pending: &str, permanent_code: String) -> bool {
        let came = self.pending.iter().find(|(code, _)| code == pending).map(|(_, at)| *at);
        self.pending.retain(|(code, _)| code != pending);
        let entry = self.corps.entry(corp).or_default();
        let has_withdrawn = entry.cancelled_at.is_some_and(|withdrawn| came.is_none_or(|at| at <= withdrawn));
        if !has_withdrawn {
            (entry.permanent_code, entry.cancelled_at, entry.removed_at) = (Some(permanent_code), None, None);
        }
        !has_withdrawn
    }
}

/// A corp that has authorised the app, or has withdrawn that.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct AuthorisedCorp {
    pub permanent_code: Option<String>,
    pub cancelled_at: Option<DateTime<Utc>>,
    /// The files with its data.
    pub stores: BTreeSet<PathBuf>,
    /// The addresses of the servers with its data.
    #[serde(default)]
    pub servers: BTreeSet<String>,
    /// When its data were removed from these servers.
    #[serde(default)]
    pub removed_at: Option<DateTime<Utc>>,
}

/// Why the file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// The key is not 64 hexadecimal digits.
    Key,
    /// The key does not open the file, or the file is damaged.
    Sealed(String),
    Io {
        place: String,
        #[source]
        source: io::Error,
    },
}

impl UserError for VaultError {
    fn text(&self) -> Text {
        match self {
            Self::Key => text!(
                en: "the key of the permanent codes must be 64 hexadecimal digits (`openssl rand -hex 32` makes one)",
                zh: "永久授权码的密钥要是 64 位十六进制数字（可以用 `openssl rand -hex 32` 生成）"
            ),
            Self::Sealed(place) => text!(
                en: "the key does not open the codes in {place}, or they are damaged",
                zh: "这个密钥打不开 `{place}` 里的授权码，或者内容已损坏"
            ),
            Self::Io { place, .. } => text!(en: "failed to read or write {place}", zh: "无法读写 `{place}`"),
        }
    }
}

display_in_english!(VaultError);

/// What makes new bytes of the former ones; `None` leaves them.
pub type Change = Box<dyn FnOnce(Option<Vec<u8>>) -> Option<Vec<u8>> + Send>;

/// Where the encrypted bytes are. The calls block.
pub trait Place: Send + Sync {
    /// Its name, for messages.
    fn shown(&self) -> String;

    /// # Errors
    /// It cannot be read.
    fn read(&self) -> io::Result<Option<Vec<u8>>>;

    /// Replaces the bytes, while no other process or thread does. They are on disk when this returns.
    ///
    /// # Errors
    /// It cannot be read or written.
    fn change(&self, change: Change) -> io::Result<()>;
}

/// The encrypted codes.
pub struct Vault {
    place: Box<dyn Place>,
    key: Arc<LessSafeKey>,
}

impl Vault {
    /// Codes in a file. One that does not exist yet is empty.
    ///
    /// # Errors
    /// The key has another form or does not open the file, or the file cannot be read.
    pub fn open(path: &Path, key: &Secret) -> Result<Self, VaultError> {
        Self::at(Box::new(CodesFile { path: path.to_owned(), changing: Mutex::new(()) }), key)
    }

    /// Codes in another place.
    ///
    /// # Errors
    /// The key has another form or does not open them, or they cannot be read.
    pub fn at(place: Box<dyn Place>, key: &Secret) -> Result<Self, VaultError> {
        let bytes = from_hex(key.expose()).ok_or(VaultError::Key)?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| VaultError::Key)?;
        let vault = Self { place, key: Arc::new(LessSafeKey::new(key)) };
        vault.read()?;
        Ok(vault)
    }

    /// Takes the codes of a file over, if there are none yet. Returns whether it did.
    ///
    /// # Errors
    /// As [`Vault::change`]; the key does not open the file.
    pub fn take_over(&self, former: &Path) -> Result<bool, VaultError> {
        let place = former.display().to_string();
        let bytes = match fs::read(former) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(VaultError::Io { place, source }),
        };
        let Some(codes) = unseal(&self.key, &bytes) else { return Err(VaultError::Sealed(place)) };
        self.change(move |now| {
            let is_empty = *now == Codes::default();
            if is_empty {
                *now = codes;
            }
            is_empty
        })
    }

    /// The content now.
    ///
    /// # Errors
    /// It cannot be read or opened with the key.
    pub fn read(&self) -> Result<Codes, VaultError> {
        let read = self.place.read().map_err(|source| VaultError::Io { place: self.place.shown(), source })?;
        opened(&self.key, read).ok_or_else(|| VaultError::Sealed(self.place.shown()))
    }

    /// Changes the content, and returns once that is on disk.
    ///
    /// # Errors
    /// It cannot be read or written; then nothing has changed.
    pub fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Codes) -> T + Send + 'static,
    ) -> Result<T, VaultError> {
        let (key, shown) = (Arc::clone(&self.key), self.place.shown());
        let (done, outcome) = mpsc::channel();
        let failed = |source| VaultError::Io { place: self.place.shown(), source };
        let changed = self.place.change(Box::new(move |bytes| {
            let (outcome, bytes) = changed(&key, bytes, change, shown);
            let _ = done.send(outcome);
            bytes
        }));
        changed.map_err(failed)?;
        outcome.recv().unwrap_or_else(|_| Err(failed(io::ErrorKind::Interrupted.into())))
    }
}

/// The result of a change, and the new bytes if there are any.
fn changed<T>(
    key: &LessSafeKey,
    bytes: Option<Vec<u8>>,
    change: impl FnOnce(&mut Codes) -> T,
    place: String,
) -> (Result<T, VaultError>, Option<Vec<u8>>) {
    let Some(before) = opened(key, bytes) else { return (Err(VaultError::Sealed(place)), None) };
    let mut codes = before.clone();
    let result = change(&mut codes);
    if codes == before {
        return (Ok(result), None);
    }
    match seal(key, &codes) {
        Ok(bytes) => (Ok(result), Some(bytes)),
        Err(source) => (Err(VaultError::Io { place, source }), None),
    }
}

/// No bytes are no codes.
fn opened(key: &LessSafeKey, bytes: Option<Vec<u8>>) -> Option<Codes> {
    bytes.map_or_else(|| Some(Codes::default()), |bytes| unseal(key, &bytes))
}

fn unseal(key: &LessSafeKey, bytes: &[u8]) -> Option<Codes> {
    let (nonce, sealed) = bytes.strip_prefix(MAGIC)?.split_at_checked(NONCE_LEN)?;
    let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
    let mut sealed = sealed.to_vec();
    let plain = key.open_in_place(nonce, Aad::from(MAGIC), &mut sealed).ok()?;
    serde_json::from_slice(plain).ok()
}

fn seal(key: &LessSafeKey, codes: &Codes) -> io::Result<Vec<u8>> {
    let mut nonce = [0; NONCE_LEN];
    if getrandom(&mut nonce, GetRandomFlags::empty())? < NONCE_LEN {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut sealed = serde_json::to_vec(codes)?;
    let unique = Nonce::assume_unique_for_key(nonce);
    let failed = |_| io::Error::other("failed to encrypt");
    key.seal_in_place_append_tag(unique, Aad::from(MAGIC), &mut sealed).map_err(failed)?;
    Ok([MAGIC, &nonce, &sealed].concat())
}

/// A file on this machine.
struct CodesFile {
    path: PathBuf,
    /// Held during a change.
    changing: Mutex<()>,
}

impl Place for CodesFile {
    fn shown(&self) -> String {
        self.path.display().to_string()
    }

    fn read(&self) -> io::Result<Option<Vec<u8>>> {
        match fs::read(&self.path) {
            Ok(bytes) => Ok(Some(bytes)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    fn change(&self, change: Change) -> io::Result<()> {
        let _one_at_a_time = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(bytes) = change(self.read()?) else { return Ok(()) };
        let mut name = self.path.clone().into_os_string();
        name.push(".new");
        let new = PathBuf::from(name);
        let _ = fs::remove_file(&new);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        let directory = self.path.parent().filter(|it| !it.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(directory)?.sync_all()
    }
}

fn from_hex(text: &str) -> Option<[u8; KEY_BYTES]> {
    let mut bytes = [0; KEY_BYTES];
    if text.len() != 2 * KEY_BYTES || !text.is_ascii() {
        return None;
    }
    for (byte, at) in bytes.iter_mut().zip((0..).step_by(2)) {
        *byte = u8::from_str_radix(&text[at..at + 2], 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(digit: &str) -> Secret {
        Secret::new(digit.repeat(64))
    }

    fn changed(vault: &Vault) {
        let corp = AuthorisedCorp { permanent_code: Some("hunter2".to_owned()), ..AuthorisedCorp::default() };
        vault.change(|codes| codes.corps.insert(CorpId("ww1".to_owned()), corp)).unwrap();
    }

    #[test]
    fn code_from_before_a_withdrawal_is_not_kept() {
        let (corp, at) = (CorpId("ww1".to_owned()), |second| DateTime::from_timestamp(second, 0).unwrap());
        for (came, is_kept) in [(9, false), (10, false), (11, true)] {
            let withdrawn = AuthorisedCorp { cancelled_at: Some(at(10)), ..AuthorisedCorp::default() };
            let mut codes = Codes { pending: vec![("a".to_owned(), at(came))], ..Codes::default() };
            codes.corps.insert(corp.clone(), withdrawn);
            assert_eq!(codes.keep(corp.clone(), "a", "p".to_owned()), is_kept);
            assert!(codes.pending.is_empty());
            assert_eq!(codes.corps[&corp].permanent_code.is_some(), is_kept);
            assert_eq!(codes.corps[&corp].cancelled_at.is_none(), is_kept);
        }
    }

    #[test]
    fn codes_are_kept_and_not_readable() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("codes");
        changed(&Vault::open(&path, &key("a")).unwrap());
        let read = Vault::open(&path, &key("a")).unwrap().read().unwrap();
        assert_eq!(read.corps[&CorpId("ww1".to_owned())].permanent_code.as_deref(), Some("hunter2"));
        let bytes = fs::read(&path).unwrap();
        assert!(!bytes.windows(7).any(|part| part == b"hunter2"));
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn another_key_or_a_changed_file_does_not_open() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("codes");
        changed(&Vault::open(&path, &key("a")).unwrap());
        assert!(matches!(Vault::open(&path, &key("b")), Err(VaultError::Sealed(_))));
        assert!(matches!(Vault::open(&path, &Secret::new("short")), Err(VaultError::Key)));
        let mut bytes = fs::read(&path).unwrap();
        for at in [0, MAGIC.len(), bytes.len() - 1] {
            bytes[at] ^= 1;
            fs::write(&path, &bytes).unwrap();
            assert!(matches!(Vault::open(&path, &key("a")), Err(VaultError::Sealed(_))), "byte {at}");
            bytes[at] ^= 1;
        }
    }

    #[test]
    fn codes_of_a_file_are_taken_over_once() {
        let directory = tempfile::tempdir().unwrap();
        let [former, now] = ["a", "b"].map(|name| directory.path().join(name));
        let vault = Vault::open(&now, &key("b")).unwrap();
        assert!(!vault.take_over(&former).unwrap(), "there is none");
        changed(&Vault::open(&former, &key("a")).unwrap());
        assert!(matches!(vault.take_over(&former), Err(VaultError::Sealed(_))));
        let vault = Vault::open(&now, &key("a")).unwrap();
        assert!(vault.take_over(&former).unwrap());
        assert_eq!(vault.read().unwrap().corps.len(), 1);
        vault.change(|codes| codes.corps.clear()).unwrap();
        vault.change(|codes| codes.ticket = Some(("t".to_owned(), DateTime::UNIX_EPOCH))).unwrap();
        assert!(!vault.take_over(&former).unwrap(), "an older state would come back");
    }

    #[test]
    fn a_change_that_cannot_be_written_is_an_error() {
        let directory = tempfile::tempdir().unwrap();
        let vault = Vault::open(&directory.path().join("gone/codes"), &key("a")).unwrap();
        assert!(vault.change(|codes| codes.ticket = Some(("t".to_owned(), DateTime::UNIX_EPOCH))).is_err());
        assert!(vault.change(|_| ()).is_ok());
    }
}
