//! The events of a suite's callbacks (official pages 90628, 90642).

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::Event as Xml;

use crate::ids::CorpId;
use crate::secret::Secret;

/// What WeCom tells a provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SuiteEvent {
    /// Every ten minutes.
    Ticket(Secret),
    /// A corp has authorised the app, or its permanent code is replaced: the code is exchanged for a permanent one.
    Authorised {
        auth_code: Secret,
    },
    Changed(CorpId),
    Cancelled(CorpId),
    /// An event that needs nothing, with its name.
    Other(String),
}

impl SuiteEvent {
    /// Reads the decrypted XML of an event. `None` if it is not one.
    pub fn read(xml: &str) -> Option<Self> {
        let mut fields = fields(xml)?;
        let mut take = |name: &str| fields.remove(name).filter(|text| !text.is_empty());
        Some(match take("InfoType")?.as_str() {
            "suite_ticket" => Self::Ticket(Secret::new(take("SuiteTicket")?)),
            "create_auth" | "reset_permanent_code" => Self::Authorised { auth_code: Secret::new(take("AuthCode")?) },
            "change_auth" => Self::Changed(CorpId(take("AuthCorpId")?)),
            "cancel_auth" => Self::Cancelled(CorpId(take("AuthCorpId")?)),
            other => Self::Other(other.to_owned()),
        })
    }
}

/// The text of `Encrypt` in the body of a callback.
pub fn encrypted(body: &str) -> Option<String> {
    fields(body)?.remove("Encrypt")
}

/// The texts of the elements in the outermost one.
fn fields(xml: &str) -> Option<BTreeMap<String, String>> {
    let mut reader = Reader::from_str(xml);
    let (mut fields, mut path) = (BTreeMap::new(), Vec::<String>::new());
    loop {
        let text = match reader.read_event().ok()? {
            Xml::Start(start) => {
                path.push(start.name().as_ref().to_owned());
                continue;
            }
            Xml::End(_) => {
                path.pop()?;
                continue;
            }
            Xml::Text(text) => text.trim().to_owned(),
            Xml::CData(text) => text.to_string(),
            // Entities would need a declaration, which no callback has.
            Xml::DocType(_) | Xml::GeneralRef(_) => return None,
            Xml::Eof => return path.is_empty().then_some(fields),
            _ => continue,
        };
        if let [_, name] = path.as_slice() {
            fields.entry(name.clone()).or_insert_with(String::new).push_str(&text);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(inside: &str) -> Option<SuiteEvent> {
        SuiteEvent::read(&format!(
            "<xml><SuiteId><![CDATA[ww1]]></SuiteId><TimeStamp>1403610513</TimeStamp>{inside}</xml>"
        ))
    }

    #[test]
    fn each_event_and_its_part() {
        let ticket = "<InfoType><![CDATA[suite_ticket]]></InfoType><SuiteTicket><![CDATA[a<b]]></SuiteTicket>";
        assert_eq!(event(ticket), Some(SuiteEvent::Ticket(Secret::new("a<b"))));
        for kind in ["create_auth", "reset_permanent_code"] {
            let told = event(&format!("<InfoType>{kind}</InfoType><AuthCode>c</AuthCode>"));
            assert_eq!(told, Some(SuiteEvent::Authorised { auth_code: Secret::new("c") }));
        }
        let of_corp = |kind: &str| event(&format!("<InfoType>{kind}</InfoType>\n<AuthCorpId>Ww1</AuthCorpId>"));
        assert_eq!(of_corp("cancel_auth"), Some(SuiteEvent::Cancelled(CorpId("Ww1".to_owned()))));
        assert_eq!(of_corp("change_auth"), Some(SuiteEvent::Changed(CorpId("Ww1".to_owned()))));
        assert_eq!(of_corp("share_agent_change"), Some(SuiteEvent::Other("share_agent_change".to_owned())));
    }

    #[test]
    fn rubbish_is_no_event() {
        for xml in ["", "hello", "<xml>", "<xml></xml>", "<xml><InfoType>cancel_auth</InfoType></xml>", "</xml>"] {
            assert_eq!(SuiteEvent::read(xml), None, "{xml}");
        }
        assert_eq!(SuiteEvent::read("<!DOCTYPE x [<!ENTITY a 'b'>]><xml><InfoType>&a;</InfoType></xml>"), None);
    }

    #[test]
    fn the_encrypted_part_of_a_body() {
        let body =
            "<xml><ToUserName><![CDATA[ww]]></ToUserName><Encrypt><![CDATA[AbC=]]></Encrypt><AgentID></AgentID></xml>";
        assert_eq!(encrypted(body).as_deref(), Some("AbC="));
        assert_eq!(encrypted("<xml><a><Encrypt>no</Encrypt></a></xml>"), None);
    }
}
