//! Common rules of all HTTP clients of Drumbeat: accepted addresses, and safe client settings.
//!
//! No client follows a redirect (a 307 would repeat a post, or send a key to another host) or retries by itself. An
//! error of reqwest prints its URL with tokens: only [`innermost`] may read its text.

use std::error::Error as _;
use std::net::IpAddr;
use std::sync::Once;

use reqwest::{Client, ClientBuilder, Url};

/// Why an address is not accepted. The text is not repeated: it may contain a password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadUrl {
    /// The parser's reason, which does not contain the text.
    NotAUrl(String),
    NotHttps,
}

/// Reads an address: `https://` for any host, `http://` only for this machine.
///
/// # Errors
/// The text is not a URL, or has another scheme.
pub fn read_url(text: &str) -> Result<Url, BadUrl> {
    let url = Url::parse(text.trim()).map_err(|error| BadUrl::NotAUrl(error.to_string()))?;
    match url.scheme() {
        "https" if url.has_host() => Ok(url),
        "http" if is_loopback(&url) => Ok(url),
        _ => Err(BadUrl::NotHttps),
    }
}

/// A client for one address, without timeouts. HTTP/1.1 only: HTTP/2 may resend requests by itself.
pub fn builder(url: &Url) -> ClientBuilder {
    install_tls();
    let builder = Client::builder()
        .user_agent(concat!("drumbeat/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .http1_only();
    if is_loopback(url) {
        // Programs on one machine need neither a proxy nor the system's certificates, which a container may lack.
        builder.no_proxy().tls_certs_only([])
    } else {
        builder
    }
}

/// The deepest cause of an error ("Connection refused"). Never contains the URL.
pub fn innermost(error: &reqwest::Error) -> String {
    let Some(mut deepest) = error.source() else { return "no reason given".to_owned() };
    while let Some(source) = deepest.source() {
        deepest = source;
    }
    deepest.to_string()
}

/// Uses `ring` for the cryptography of the whole process. An installed provider is kept.
fn install_tls() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

fn is_loopback(url: &Url) -> bool {
    url.host_str().is_some_and(|host| {
        let address = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
        address.map_or(host == "localhost", |address| address.is_loopback())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn https_is_accepted_anywhere_and_http_on_this_machine_only() {
        for good in [
            crate::limits::OFFICIAL_URL,
            "https://wecom.example.com/prefix/",
            "http://127.0.0.1:8080",
            "http://localhost:1/a/b",
            "http://[::1]:9",
        ] {
            assert!(read_url(good).is_ok(), "{good}");
        }
        for bad in ["http://qyapi.weixin.qq.com", "http://localhost.example.com", "http://10.0.0.1", "ftp://127.0.0.1"]
        {
            assert_eq!(read_url(bad), Err(BadUrl::NotHttps), "{bad}");
        }
        assert!(matches!(read_url("qyapi.weixin.qq.com"), Err(BadUrl::NotAUrl(_))));
        assert!(read_url("127.0.0.1:8080").is_err());
    }
}
