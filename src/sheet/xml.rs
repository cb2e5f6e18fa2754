//! Reading XML parts: elements by their local names, whatever prefix a program gives them.

use quick_xml::Reader;
use quick_xml::XmlVersion;
use quick_xml::events::{BytesStart, Event};

use super::error::SheetError;

/// Calls `visit` with each start, end and text of an XML text; an empty element is a start and an end.
pub(super) fn visit(
    text: &str,
    mut visit: impl FnMut(Node<'_, '_>) -> Result<(), SheetError>,
) -> Result<(), SheetError> {
    let mut reader = Reader::from_str(text);
    let config = reader.config_mut();
    config.expand_empty_elements = true;
    config.check_end_names = false;
    loop {
        let event = reader.read_event().map_err(|error| SheetError::Broken(error.to_string()))?;
        match &event {
            Event::Eof => return Ok(()),
            Event::Start(start) => visit(Node::Start(start))?,
            Event::End(end) => visit(Node::End(end.local_name().as_ref()))?,
            Event::Text(text) => visit(Node::Text(&text.xml10_content()))?,
            Event::CData(data) => visit(Node::Text(&data.xml10_content()))?,
            // The five predefined entities; others are not allowed.
            Event::GeneralRef(name) => {
                let resolved = name.resolve_char_ref().ok().flatten().or_else(|| match &*name.xml10_content() {
                    "amp" => Some('&'),
                    "lt" => Some('<'),
                    "gt" => Some('>'),
                    "quot" => Some('"'),
                    "apos" => Some('\''),
                    _ => None,
                });
                if let Some(c) = resolved {
                    visit(Node::Text(c.encode_utf8(&mut [0; 4])))?;
                }
            }
            _ => {}
        }
    }
}

pub(super) enum Node<'n, 'x> {
    Start(&'n BytesStart<'x>),
    /// The local name.
    End(&'n str),
    Text(&'n str),
}

/// The local name of an element.
pub(super) fn name<'n>(start: &'n BytesStart<'_>) -> &'n str {
    let whole = start.name().into_inner();
    whole.rsplit_once(':').map_or(whole, |(_, local)| local)
}

/// An attribute by its local name.
pub(super) fn attribute(start: &BytesStart<'_>, name: &str) -> Option<String> {
    let mut attributes = start.attributes();
    attributes.with_checks(false);
    let found = attributes.filter_map(Result::ok).find(|it| it.key.local_name().as_ref() == name)?;
    found.normalized_value(XmlVersion::Implicit1_0).ok().map(|value| value.into_owned())
}

/// An attribute that is a number.
pub(super) fn number(start: &BytesStart<'_>, name: &str) -> Option<u32> {
    attribute(start, name)?.parse().ok()
}

/// Whether a boolean attribute is true.
pub(super) fn flag(start: &BytesStart<'_>, name: &str) -> bool {
    matches!(attribute(start, name).as_deref(), Some("1" | "true"))
}
