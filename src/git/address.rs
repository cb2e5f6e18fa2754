//! The address of a repository, in parts: what git's command line may show, and what must stay secret.

use crate::secret::Secret;
use crate::text::{Text, UserError};

/// Protocols that a repository may be fetched with.
pub(super) const PROTOCOLS: &str = "file:git:http:https:ssh";

/// An address without its credentials, and the credentials.
#[derive(Clone, Debug)]
pub struct Address {
    bare: String,
    /// For the header `Authorization` of HTTP.
    pub(super) authorization: Option<Secret>,
    /// Everything that must not be shown, in each form in which git or a server may write it.
    secrets: Vec<Secret>,
}

/// Why an address is invalid. Never contains the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadAddress {
    Dash,
    Protocol,
    Host,
    PasswordElsewhere,
    Query,
    Escape,
}

impl UserError for BadAddress {
    fn text(&self) -> Text {
        match self {
            Self::Dash => text!(
                en: "the repository address may not begin with a dash",
                zh: "仓库地址不能以“-”开头"
            ),
            Self::Protocol => text!(
                en: "the repository address has an unsupported protocol; use https, ssh, http, git, or a path",
                zh: "不支持这种仓库地址；请用 `https`、`ssh`、`http`、`git`，或本机路径"
            ),
            Self::Host => text!(
                en: "the repository address has no valid host; in a password write `%2F` for `/` and `%40` for `@`",
                zh: "认不出仓库地址里的主机；密码里的 `/` 请写成 `%2F`，`@` 请写成 `%40`"
            ),
            Self::PasswordElsewhere => text!(
                en: "only http and https take a password; for ssh use a key, and remove the password from the address",
                zh: "密码只能用在 `http` 和 `https` 地址里；`ssh` 请用密钥，地址里不要写密码"
            ),
            Self::Query => text!(
                en: "the repository address may not contain `?` or `#`: other users could see the text after it; write a token as https://user:token@host/path",
                zh: "仓库地址里不能有 `?` 或 `#`，后面的内容会被其他用户看到；令牌请写成 `https://user:token@host/path`"
            ),
            Self::Escape => text!(
                en: "the user or password in the repository address has an invalid percent escape",
                zh: "仓库地址里的用户名或密码，百分号编码写得不对"
            ),
        }
    }
}

display_in_english!(BadAddress);

impl Address {
    /// Parses an address of a repository.
    ///
    /// # Errors
    /// Git may not fetch from such an address.
    pub fn parse(text: &str) -> Result<Self, BadAddress> {
        if text.starts_with('-') {
            return Err(BadAddress::Dash);
        }
        let plain = |bare: &str| Self { bare: bare.to_owned(), authorization: None, secrets: Vec::new() };
        let Some((scheme, rest)) = text.split_once("://") else {
            // A path, or host:path as in scp. Two colons would start a program.
            let is_helper = text.split_once("::").is_some_and(|(name, _)| !name.contains('/'));
            return if is_helper { Err(BadAddress::Protocol) } else { Ok(plain(text)) };
        };
        let scheme = scheme.to_ascii_lowercase();
        if scheme == "file" {
            return Ok(plain(text));
        }
        if !PROTOCOLS.split(':').any(|known| known == scheme) {
            return Err(BadAddress::Protocol);
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        if !is_host(host) || path.contains('@') || host.is_empty() {
            return Err(BadAddress::Host);
        }
        if text.contains(['?', '#']) {
            return Err(BadAddress::Query);
        }
        let is_http = scheme.starts_with("http");
        let Some(user) = user.filter(|user| !user.is_empty()) else {
            return Ok(plain(&format!("{scheme}://{host}{path}")));
        };
        if !is_http {
            let has_password = user.contains(':');
            return if has_password { Err(BadAddress::PasswordElsewhere) } else { Ok(plain(text)) };
        }
        let (name, password) = user.split_once(':').unwrap_or((user, ""));
        let (plain_name, plain_password) = (unescaped(name)?, unescaped(password)?);
        let pair = [&plain_name[..], b":", &plain_password].concat();
        let encoded = base64(&pair);
        // A user name without a password is a token.
        let (secret, plain_secret) = if password.is_empty() { (name, plain_name) } else { (password, plain_password) };
        let mut secrets: Vec<Secret> = String::from_utf8(plain_secret)
            .into_iter()
            .chain([user.to_owned(), secret.to_owned(), encoded.clone()])
            .filter(|text| text.len() > 3)
            .map(Secret::new)
            .collect();
        secrets.sort_by_key(|secret| std::cmp::Reverse(secret.expose().len()));
        let authorization = Some(Secret::new(format!("Authorization: Basic {encoded}")));
        Ok(Self { bare: format!("{scheme}://{host}{path}"), authorization, secrets })
    }

    /// For git, logs and people: host and path, without credentials.
    pub fn bare(&self) -> &str {
        &self.bare
    }

    /// A message of git or a server, without the credentials.
    pub fn clean(&self, said: &str) -> String {
        let mut clean = without_credentials(said);
        for secret in &self.secrets {
            clean = clean.replace(secret.expose(), "…");
        }
        clean
    }
}

/// `host`, `host:port`, or an IPv6 address in brackets.
fn is_host(text: &str) -> bool {
    let is_port = |port: &str| port.is_empty() || port.parse::<u16>().is_ok();
    if let Some((address, port)) = text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        let is_address = address.chars().all(|c| c.is_ascii_hexdigit() || ":.%".contains(c));
        return is_address && (port.is_empty() || port.strip_prefix(':').is_some_and(is_port));
    }
    let (name, port) = text.split_once(':').unwrap_or((text, ""));
    let is_name = |c: char| c.is_alphanumeric() || "-._~".contains(c);
    !name.is_empty() && name.chars().all(is_name) && is_port(port)
}

fn unescaped(text: &str) -> Result<Vec<u8>, BadAddress> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16)).ok_or(BadAddress::Escape);
        let value = digit()? * 16 + digit()?;
        bytes.push(u8::try_from(value).map_err(|_| BadAddress::Escape)?);
    }
    Ok(bytes)
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for at in 0..4 {
            let digit = DIGITS[(bits >> (18 - 6 * at) & 63) as usize];
            text.push(if at <= three.len() { char::from(digit) } else { '=' });
        }
    }
    text
}

/// A text without the user, password, query and fragment of each URL in it.
pub fn without_credentials(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (head, tail) = rest.split_at(at + 3);
        clean.push_str(head);
        let end = tail.find(|c: char| c.is_whitespace() || "'\"<>".contains(c)).unwrap_or(tail.len());
        let (url, after) = tail.split_at(end);
        // A password may contain a bare `/`, so the last `@` counts.
        let url = url.rfind('@').map_or(url, |at| &url[at + 1..]);
        clean.push_str(url.split(['?', '#']).next().unwrap_or(url));
        rest = after;
    }
    clean.push_str(rest);
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn becomes(text: &str, clean: &str) {
        assert_eq!(without_credentials(text), clean);
    }

    #[test]
    fn credentials_are_taken_out_of_every_url() {
        becomes("https://u:p@git.example.com/book.git", "https://git.example.com/book.git");
        becomes(
            "cannot read 'https://token@a.example/' or ssh://git:x@b.example:22/y",
            "cannot read 'https://a.example/' or ssh://b.example:22/y",
        );
        becomes("https://u:p@ss@a.example", "https://a.example");
        becomes("'https://u:p/w@a.example/b' failed", "'https://a.example/b' failed");
        becomes("https://a.example/b?private_token=x failed", "https://a.example/b failed");
    }

    #[test]
    fn other_texts_stay() {
        becomes("git@example.com:book.git", "git@example.com:book.git");
        becomes("no URL at all ://", "no URL at all ://");
    }

    #[track_caller]
    fn header(text: &str) -> (String, Option<String>) {
        let address = Address::parse(text).expect("an address");
        (address.bare().to_owned(), address.authorization.map(|secret| secret.expose().to_owned()))
    }

    #[test]
    fn a_password_becomes_a_header() {
        let expected = ("https://a.example/b.git".to_owned(), Some("Authorization: Basic bGk6aHVudGVyMg==".to_owned()));
        assert_eq!(header("https://li:hunter2@a.example/b.git"), expected);
        assert_eq!(header("https://li:hunter%32@a.example/b.git"), expected);
        assert_eq!(header("https://token@a.example/").1.as_deref(), Some("Authorization: Basic dG9rZW46"));
        assert_eq!(header("https://@a.example/b"), ("https://a.example/b".to_owned(), None));
    }

    #[test]
    fn what_has_no_password_is_taken_as_it_is() {
        let addresses = [
            "git@a.example:b.git",
            "/srv/book.git",
            "../b::c",
            "file:///srv/b",
            "ssh://git@a.example:22/b",
            "https://[::1]:8443/b",
        ];
        for address in addresses {
            assert_eq!(header(address), (address.to_owned(), None));
        }
    }

    #[test]
    fn what_cannot_be_kept_secret_is_refused() {
        let refused = |text: &str| Address::parse(text).err();
        assert_eq!(refused("https://li:pass/word@a.example/b"), Some(BadAddress::Host));
        assert_eq!(refused("https://li:1/word@a.example/b"), Some(BadAddress::Host));
        assert_eq!(refused("https://a.example/b?private_token=x"), Some(BadAddress::Query));
        assert_eq!(refused("https://a.example/b#x"), Some(BadAddress::Query));
        assert_eq!(refused("https://li:p?x@a.example/b"), Some(BadAddress::Query));
        assert_eq!(refused("ssh://git:secret@a.example/b"), Some(BadAddress::PasswordElsewhere));
        assert_eq!(refused("https://li:p%zz@a.example/b"), Some(BadAddress::Escape));
    }

    #[test]
    fn what_starts_programs_is_refused() {
        let refused = |text: &str| Address::parse(text).err();
        assert_eq!(refused("ext::sh -c date"), Some(BadAddress::Protocol));
        assert_eq!(refused("fd://17"), Some(BadAddress::Protocol));
        assert_eq!(refused("--upload-pack=date"), Some(BadAddress::Dash));
    }

    #[test]
    fn what_git_says_is_cleaned_of_every_form() {
        let address = Address::parse("https://li:hunter%32@a.example/b.git").expect("an address");
        let said = address.clean("got bGk6aHVudGVyMg== and hunter2 and hunter%32 for https://li:hunter2@a.example/b");
        assert_eq!(said, "got … and … and … for https://a.example/b");
    }
}
