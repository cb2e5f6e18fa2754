//! Times of day as people say them: `9 pm`, `晚上8点`, `12:30 am`.

/// A part of the day that is said with an hour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Period {
    /// `am`: 12 is midnight.
    Am,
    /// `pm`, 下午, afternoon: 12 is noon.
    Pm,
    /// 凌晨: from midnight to dawn.
    Dawn,
    /// 早上, 上午, morning: 12 is ambiguous with it.
    Morning,
    /// 中午: from 11 to 14.
    Noon,
    /// 傍晚, evening.
    Evening,
    /// 晚上, 半夜, night: its last hours belong to the next date.
    Night,
}

/// A time as it was said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Told {
    pub hour: u16,
    pub minute: u16,
    pub period: Option<Period>,
    /// Whether the period was said of an earlier time of a list: `上午9点、12点`.
    pub is_carried: bool,
    /// Whether it is a number alone, as in `at 9`.
    pub is_bare: bool,
}

/// A time on the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clock {
    pub hour: u16,
    pub minute: u16,
    /// Whether it is past the midnight of a night that is named by the date before: `晚上12点`.
    pub is_past_midnight: bool,
}

impl Told {
    /// The time in 24-hour form; none if it does not exist or is ambiguous.
    pub(super) fn on_the_clock(self) -> Option<Clock> {
        let Self { hour, minute, period, is_carried, .. } = self;
        if minute > 59 {
            return None;
        }
        let at = |hour| Some(Clock { hour, minute, is_past_midnight: false });
        let past_midnight = |hour| Some(Clock { hour, minute, is_past_midnight: true });
        match (period, hour) {
            (None | Some(Period::Night), 24) => past_midnight(0),
            (None, 0..=23) => at(hour),
            (None, _) => None,
            // Of a list, `上午9点、18点`: the later ones are past it.
            (Some(Period::Morning), 12..=23) if is_carried => at(hour),
            (Some(Period::Am | Period::Dawn), 12) => at(0),
            (Some(Period::Am), 0..=11) | (Some(Period::Dawn), 0..=6) | (Some(Period::Morning), 1..=11) => at(hour),
            (Some(Period::Pm), 12..=23) => at(hour),
            (Some(Period::Pm), 1..=11) => at(hour + 12),
            (Some(Period::Noon), 11..=14) => at(hour),
            (Some(Period::Noon), 1..=2) => at(hour + 12),
            (Some(Period::Evening), 4..=11) | (Some(Period::Night), 5..=11) => at(hour + 12),
            (Some(Period::Evening), 16..=23) | (Some(Period::Night), 17..=23) => at(hour),
            (Some(Period::Night), 12) => past_midnight(0),
            (Some(Period::Night), 0..=4) => past_midnight(hour),
            _ => None,
        }
    }
}

/// A number in Chinese, up to 99, from the front of a text: its value and how many characters it has.
pub(super) fn chinese_number(text: &[char]) -> Option<(u16, usize)> {
    let digit = |at: usize| {
        let c = *text.get(at)?;
        if c == '两' {
            return Some(2);
        }
        let found = ['一', '二', '三', '四', '五', '六', '七', '八', '九'].iter().position(|digit| *digit == c)?;
        u16::try_from(found + 1).ok()
    };
    let ten = |at: usize| text.get(at) == Some(&'十');
    match (digit(0), ten(0)) {
        (None, true) => Some(digit(1).map_or((10, 1), |ones| (10 + ones, 2))),
        (Some(tens), _) if ten(1) => Some(digit(2).map_or((10 * tens, 2), |ones| (10 * tens + ones, 3))),
        (Some(ones), _) => Some((ones, 1)),
        (None, false) => text.first().filter(|c| matches!(c, '零' | '〇')).map(|_| (0, 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_with_their_part_of_the_day() {
        use Period::{Am, Dawn, Evening, Morning, Night, Noon, Pm};
        for (period, hour, clock) in [
            (Am, 12, Some((0, false))),
            (Am, 9, Some((9, false))),
            (Am, 13, None),
            (Pm, 12, Some((12, false))),
            (Pm, 1, Some((13, false))),
            (Dawn, 12, Some((0, false))),
            (Dawn, 9, None),
            (Morning, 9, Some((9, false))),
            (Morning, 12, None),
            (Noon, 12, Some((12, false))),
            (Noon, 1, Some((13, false))),
            (Noon, 9, None),
            (Evening, 8, Some((20, false))),
            (Night, 8, Some((20, false))),
            (Night, 20, Some((20, false))),
            (Night, 12, Some((0, true))),
            (Night, 1, Some((1, true))),
            (Night, 13, None),
        ] {
            let told = Told { hour, minute: 30, period: Some(period), is_carried: false, is_bare: false };
            let found = told.on_the_clock().map(|it| (it.hour, it.is_past_midnight));
            assert_eq!(found, clock, "{period:?} {hour}");
        }
    }

    #[test]
    fn numbers_in_chinese() {
        for (text, number) in
            [("八点", (8, 1)), ("十点", (10, 1)), ("十二点", (12, 2)), ("二十点", (20, 2)), ("二十一", (21, 3))]
        {
            assert_eq!(chinese_number(&text.chars().collect::<Vec<_>>()), Some(number), "{text}");
        }
        assert_eq!(chinese_number(&['点']), None);
    }
}
