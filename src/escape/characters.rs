//! Characters that a reader cannot see, and their names.

/// Whether a character alone is invisible: Unicode's Default_Ignorable_Code_Point and Bidi_Control, annotation marks,
/// and the Braille pattern without dots.
pub fn is_ignorable(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}')
        || matches!(c, '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}')
        || matches!(c, '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}')
        || matches!(c, '\u{e0000}'..='\u{e0fff}')
}

/// Whether an invisible character belongs to its neighbours: to an emoji, a flag, or a letter of a joining script.
pub fn belongs(c: char, before: Option<char>, after: Option<char>) -> bool {
    let Some(before) = before else { return false };
    match c {
        // Variation selectors: of a picture, a digit in a keycap, a mark.
        '\u{fe0e}' | '\u{fe0f}' => {
            is_pictorial(before)
                || matches!(
                    before,
                    '0'..='9' | '#' | '*' | '©' | '®' | '‼' | '⁉' | '™' | 'ℹ' | '〰' | '〽' | '㊗' | '㊙'
                )
        }
        '\u{200d}' if is_pictorial(before) => after.is_some_and(is_pictorial),
        '\u{200c}' | '\u{200d}' => is_joining(before),
        // The flags of Scotland and Wales are a black flag followed by tag letters.
        '\u{e0020}'..='\u{e007f}' => matches!(before, '\u{1f3f4}' | '\u{e0020}'..='\u{e007e}'),
        '\u{180b}'..='\u{180d}' | '\u{180f}' => matches!(before, '\u{1820}'..='\u{18aa}'),
        _ => false,
    }
}

/// Letters of scripts that join or stack: Arabic to Sinhala, and South-East Asian scripts.
fn is_joining(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{dff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{18aa}')
}

/// Whether a character changes the direction of text, breaks a line or is invisible.
pub fn is_hidden(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
        | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{2800}' | '\u{3164}'
        | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{1d173}'..='\u{1d17a}'
        | '\u{e0000}'..='\u{e0fff}'
    ) || (u32::from(c) & 0xfffe) == 0xfffe
        || matches!(c, '\u{fdd0}'..='\u{fdef}')
}

/// The name of a control character or an invisible one; `None` for all others, and for one that belongs to an emoji or
/// a letter `before` it.
pub fn name_of_hidden(c: char, before: Option<char>) -> Option<String> {
    let joins = match c {
        // Variation selectors of the character before, as for a red heart or a keycap.
        '\u{fe00}'..='\u{fe0f}' => before.is_some_and(|before| !before.is_whitespace() && !before.is_control()),
        '\u{200d}' => before.is_some_and(is_pictorial),
        // The flags of Scotland and Wales are a black flag followed by tag letters.
        '\u{e0020}'..='\u{e007f}' => {
            before.is_some_and(|before| matches!(before, '\u{1f3f4}' | '\u{e0020}'..='\u{e007f}'))
        }
        _ => false,
    };
    if joins || !(c.is_control() || is_hidden(c)) {
        return None;
    }
    let name = match c {
        '\u{1b}' => "escape",
        '\u{ad}' => "soft hyphen",
        '\u{61c}' | '\u{200e}' | '\u{200f}' => "direction mark",
        '\u{200b}' => "zero-width space",
        '\u{200c}' | '\u{200d}' | '\u{2060}' => "invisible joiner",
        '\u{2028}' => "line separator",
        '\u{2029}' => "paragraph separator",
        '\u{202a}' => "left-to-right embedding",
        '\u{202b}' => "right-to-left embedding",
        '\u{202c}' => "end of direction",
        '\u{202d}' => "left-to-right override",
        '\u{202e}' => "right-to-left override",
        '\u{2066}'..='\u{2069}' => "direction isolate",
        '\u{feff}' => "byte order mark",
        '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{2800}' => "blank letter",
        c if (u32::from(c) & 0xfffe) == 0xfffe || matches!(c, '\u{fdd0}'..='\u{fdef}') => "noncharacter",
        c if c.is_control() => "",
        _ => "invisible character",
    };
    Some(format!("U+{:04X} {name}", u32::from(c)).trim_end().to_owned())
}

/// Whether a character is an emoji, or modifies one.
fn is_pictorial(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{2bff}' | '\u{fe0f}' | '\u{1f000}'..='\u{1faff}')
}
