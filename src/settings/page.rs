//! Settings of the pages: where they are served, and the proxy whose users may read or operate.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;

use super::monitoring::listen;
use super::{Listen, Origin, Settings, SettingsError};
use crate::text::Text;

/// The default address of the pages.
pub const DEFAULT_PAGE: &str = "127.0.0.1:9119";

/// A proxy that signs people in, and names them in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageProxy {
    /// The networks from which the header counts. Requests from others get no page.
    pub from: Vec<IpNetwork>,
    /// In lower case.
    pub user_header: String,
    /// The name under which browsers reach the proxy, with its port if that is not the usual one.
    pub host: String,
    /// The users who may operate the service; all others only read.
    pub operators: Vec<String>,
}

/// Signing in through WeCom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageSignIn {
    /// The host of the pages' address in the browser, without `https://`: the app's trusted domain (可信域名).
    pub host: String,
    /// The number of the app in WeCom.
    pub agent_id: u64,
    /// The address of WeCom's page.
    pub url: String,
    /// The members who may operate the service.
    pub operators: Vec<String>,
    /// The members who may read; `*` is every member.
    pub viewers: Vec<String>,
}

impl PageSignIn {
    pub fn may_operate(&self, user: &str) -> bool {
        self.operators.iter().any(|it| it == user)
    }

    pub fn may_read(&self, user: &str) -> bool {
        self.may_operate(user) || self.viewers.iter().any(|it| it == user || it == "*")
    }
}

/// A range of addresses, such as `10.1.0.0/16`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IpNetwork {
    address: IpAddr,
    prefix: u8,
}

impl IpNetwork {
    pub fn contains(&self, address: IpAddr) -> bool {
        // A listener of IPv6 sees the addresses of IPv4 as mapped ones.
        let address = address.to_canonical();
        match (self.address, address) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let mask = u32::MAX.checked_shl(32 - u32::from(self.prefix)).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let mask = u128::MAX.checked_shl(128 - u32::from(self.prefix)).unwrap_or(0);
                own.to_bits() & mask == other.to_bits() & mask
            }
            _ => false,
        }
    }
}

impl FromStr for IpNetwork {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, prefix) = text.split_once('/').map_or((text, None), |(address, prefix)| (address, Some(prefix)));
        let address: IpAddr = address.parse().map_err(|_| ())?;
        let widest = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(widest), str::parse).map_err(|_| ())?;
        if prefix <= widest { Ok(Self { address, prefix }) } else { Err(()) }
    }
}

impl fmt::Display for IpNetwork {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.address, self.prefix)
    }
}

impl Settings {
    /// Where the pages are served. An address that other machines can reach needs a proxy that signs people in.
    ///
    /// # Errors
    /// It is no address, or other machines can reach it and there is no such proxy.
    pub fn page(&self) -> Result<Listen, SettingsError> {
        let told = self.pick(self.flags.page.clone(), "--page", "DRUMBEAT_PAGE", "page", |file| file.page.clone());
        // The pages are those of one corp: an address that is not its own would be the same for several.
        let told = match told {
            Some((text, origin)) if self.sections.len() > 1 && !matches!(origin, Origin::Corp(..)) && text != "off" => {
                return Err(SettingsError::invalid(origin, page_of_one_corp()));
            }
            None if self.sections.len() > 1 => return Ok(Listen::Off),
            told => told,
        };
        match listen(told, DEFAULT_PAGE) {
            (Some(Listen::Explicit(at)), origin) if !at.ip().is_loopback() && !self.has_sign_in()? => {
                Err(SettingsError::invalid(origin, no_sign_in(at)))
            }
            (Some(listen), _) => Ok(listen),
            (None, origin) => {
                let why = text!(
                    en: "write an address and a port, such as 127.0.0.1:9119, or `off`",
                    zh: "请写地址和端口，例如 `127.0.0.1:9119`；不需要就写 `off`"
                );
                Err(SettingsError::invalid(origin, why))
            }
        }
    }

    fn has_sign_in(&self) -> Result<bool, SettingsError> {
        Ok(self.page_proxy()?.is_some() || self.page_sign_in()?.is_some())
    }

    /// How people sign in through WeCom, if the service file says so.
    ///
    /// # Errors
    /// Its host is invalid, or there is a proxy too.
    pub fn page_sign_in(&self) -> Result<Option<PageSignIn>, SettingsError> {
        let Some((sign_in, origin)) = self.in_file("page_sign_in", |file| file.page_sign_in.as_ref()) else {
            return Ok(None);
        };
        let invalid = |key, why| SettingsError::invalid(origin.clone().with_key(key), why);
        if !is_host(&sign_in.host) {
            return Err(invalid("page_sign_in.host", write_host()));
        }
        if self.page_proxy()?.is_some() {
            let why = text!(
                en: "[page_proxy] is set as well: one of the two signs people in",
                zh: "`[page_proxy]` 也设置了：登录方式只能选一种"
            );
            return Err(invalid("page_sign_in", why));
        }
        // The page of the sandbox is beside its API.
        let (wecom, _) = self.wecom_url();
        let is_official = wecom == crate::limits::OFFICIAL_URL;
        let beside = || format!("{}/wwlogin/sso/login", wecom.trim_end_matches('/'));
        Ok(Some(PageSignIn {
            host: sign_in.host.to_ascii_lowercase(),
            agent_id: sign_in.agent_id,
            url: if is_official { crate::limits::SIGN_IN_URL.to_owned() } else { beside() },
            operators: sign_in.operators.clone(),
            viewers: sign_in.viewers.clone(),
        }))
    }

    /// The proxy in front of the pages, if the service file names one.
    ///
    /// # Errors
    /// Its networks, header or host are invalid.
    pub fn page_proxy(&self) -> Result<Option<PageProxy>, SettingsError> {
        let Some((proxy, origin)) = self.in_file("page_proxy", |file| file.page_proxy.as_ref()) else {
            return Ok(None);
        };
        let invalid = |key, why| SettingsError::invalid(origin.clone().with_key(key), why);
        let networks: Result<Vec<IpNetwork>, ()> = proxy.from.iter().map(|text| text.parse()).collect();
        let from = networks.ok().filter(|networks| !networks.is_empty()).ok_or_else(|| {
            let why = text!(
                en: "write the addresses or networks of the proxy, such as [\"10.0.0.2\", \"10.1.0.0/16\"]",
                zh: "请写代理服务器的地址或网段，例如 `[\"10.0.0.2\", \"10.1.0.0/16\"]`"
            );
            invalid("page_proxy.from", why)
        })?;
        let is_token = |text: &str| {
            !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
        };
        if !is_token(&proxy.user_header) {
            let why = text!(
                en: "write the name of the header, such as X-Forwarded-User",
                zh: "请写请求头的名称，例如 `X-Forwarded-User`"
            );
            return Err(invalid("page_proxy.user_header", why));
        }
        if !is_host(&proxy.host) {
            return Err(invalid("page_proxy.host", write_host()));
        }
        Ok(Some(PageProxy {
            from,
            user_header: proxy.user_header.to_ascii_lowercase(),
            host: proxy.host.to_ascii_lowercase(),
            operators: proxy.operators.clone(),
        }))
    }
}

fn page_of_one_corp() -> Text {
    text!(
        en: "the pages are those of one corp, and several are configured: write `page` into each [[corp]] that has pages",
        zh: "网页只显示一家企业，而现在配置了几家：要看网页的企业，请在它的 `[[corp]]` 里写 `page`"
    )
}

fn is_host(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.:[]".contains(&byte))
}

fn write_host() -> Text {
    text!(
        en: "write the host of the pages' address in the browser, such as drumbeat.example.com",
        zh: "请写浏览器里用的主机名，例如 `drumbeat.example.com`"
    )
}

fn no_sign_in(at: SocketAddr) -> Text {
    text!(
        en: "other machines can reach {at}, and no sign-in is set up: write 127.0.0.1:9119 and forward the port with ssh, or \
             set up [page_sign_in] or [page_proxy]",
        zh: "其他电脑也能访问 {at}，而那里没有登录：请写 `127.0.0.1:9119`，在别的电脑上用端口转发来看；或者设置 `[page_sign_in]` 或 `[page_proxy]`"
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Flags;

    fn settings(page: &str, file: &str) -> Settings {
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("drumbeat.toml");
        std::fs::write(&config, file).unwrap();
        Settings::new(Flags { page: Some(page.to_owned()), config: Some(config), ..Flags::default() }).unwrap()
    }

    #[test]
    fn pages_are_for_this_machine_only() {
        let page = |address: &str| settings(address, "").page();
        assert_eq!(page("off").unwrap(), Listen::Off);
        assert!(matches!(page("127.0.0.1:1").unwrap(), Listen::Explicit(_)));
        assert!(matches!(page("[::1]:1").unwrap(), Listen::Explicit(_)));
        for address in ["0.0.0.0:9119", "10.0.0.1:80", "[::]:9119", "localhost", "9119"] {
            assert!(page(address).is_err(), "{address}");
        }
    }

    #[test]
    fn a_proxy_allows_other_addresses() {
        let proxy = "[page_proxy]\nfrom = ['10.0.0.0/8']\nuser_header = 'X-User'\nhost = 'Drumbeat.example.com'\n";
        let settings = settings("0.0.0.0:9119", proxy);
        assert!(settings.page().is_ok());
        let read = settings.page_proxy().unwrap().unwrap();
        assert_eq!((&*read.user_header, &*read.host), ("x-user", "drumbeat.example.com"));
        assert_eq!(read.operators, [""; 0]);
    }

    #[test]
    fn a_proxy_without_a_network_is_none() {
        for from in ["[]", "['all']", "['10.0.0.0/33']", "['']"] {
            let file = format!("[page_proxy]\nfrom = {from}\nuser_header = 'X-User'\nhost = 'a.example'\n");
            assert!(settings("0.0.0.0:9119", &file).page().is_err(), "{from}");
        }
    }

    #[test]
    fn networks_contain_their_addresses() {
        let contains =
            |network: &str, address: &str| network.parse::<IpNetwork>().unwrap().contains(address.parse().unwrap());
        assert!(contains("10.1.0.0/16", "10.1.200.3") && !contains("10.1.0.0/16", "10.2.0.1"));
        assert!(contains("10.0.0.2", "10.0.0.2") && !contains("10.0.0.2", "10.0.0.3"));
        assert!(contains("10.0.0.2", "::ffff:10.0.0.2"));
        assert!(contains("0.0.0.0/0", "1.2.3.4") && !contains("0.0.0.0/0", "::1"));
        assert!(contains("fd00::/8", "fd12::1") && !contains("fd00::/8", "fe80::1"));
        assert!(contains("::/0", "fd12::1"));
    }
}
