//! Settings of reminders: the app that sends them, when, and their text.

use std::time::Duration;

use super::{Settings, SettingsError};
use crate::duration;
use crate::ids::AgentId;
use crate::limits;
use crate::store::MAX_NUDGES;

/// Later than this, no member is waiting to be reminded.
const MAX_AGE: Duration = Duration::from_secs(30 * 86_400);
/// What a title and a time may add to a text.
const FILLED_IN_BYTES: usize = 512;

/// A text with places for the title and the time of a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NudgeText(String);

impl NudgeText {
    const TITLE: &str = "{{ title }}";
    const TIME: &str = "{{ time }}";

    /// The text of one moment.
    pub fn fill(&self, title: &str, time: &str) -> String {
        // Split first: a title may contain the other name.
        let with_time = |part: &str| part.replace(Self::TIME, time);
        self.0.split(Self::TITLE).map(with_time).collect::<Vec<_>>().join(title)
    }
}

impl Settings {
    /// How long after its creation the members who have not posted a moment are reminded. Empty: never.
    ///
    /// # Errors
    /// They are no durations, more than two, or the app's number is not set.
    pub fn nudge_after(&self) -> Result<Vec<Duration>, SettingsError> {
        let in_file = self.in_file("nudge_after", |file| file.nudge_after.as_ref());
        let Some((texts, origin)) = in_file else { return Ok(Vec::new()) };
        let ages: Result<Vec<Duration>, _> = texts.iter().map(|text| duration::parse(text)).collect();
        let is_good = |ages: &Vec<Duration>| {
            let is_off = matches!(&ages[..], [only] if only.is_zero());
            is_off || ages.len() <= MAX_NUDGES && ages.iter().all(|age| !age.is_zero() && *age <= MAX_AGE)
        };
        let ages = match ages {
            Ok(ages) if is_good(&ages) => ages.into_iter().filter(|age| !age.is_zero()).collect::<Vec<_>>(),
            _ => {
                let why = text!(
                    en: "write one or two ages of at most 30 days, such as [\"4h\", \"1d\"], or [\"0s\"] for none",
                    zh: "请写一个或两个时长，每个不超过 30 天，例如 `[\"4h\", \"1d\"]`；不要提醒就写 `[\"0s\"]`"
                );
                return Err(SettingsError::invalid(origin, why));
            }
        };
        if !ages.is_empty() && self.agent()?.is_none() {
            let why = text!(
                en: "`agentid` is not set: write the number of the app that reminds the members (AgentId on the app's page in WeCom's console)",
                zh: "还没有设置 `agentid`：请写用来提醒成员的应用的 AgentId，在企业微信管理后台的应用详情里"
            );
            return Err(SettingsError::invalid(origin, why));
        }
        Ok(ages)
    }

    /// The number of the app: its own key, or that of the sign-in, which is the same app.
    ///
    /// # Errors
    /// The setting cannot be read, or its value is not allowed.
    pub fn agent(&self) -> Result<Option<AgentId>, SettingsError> {
        let agent = self.in_file("agentid", |file| file.agentid).map(|(agent, _)| AgentId(agent));
        Ok(agent.or(self.page_sign_in()?.map(|sign_in| AgentId(sign_in.agent_id))))
    }

    /// The text of reminders, if it is not the usual one.
    ///
    /// # Errors
    /// It is empty or too long, or names something else than the title and the time.
    pub fn nudge_text(&self) -> Result<Option<NudgeText>, SettingsError> {
        let Some((text, origin)) = self.in_file("nudge_text", |file| file.nudge_text.as_ref()) else { return Ok(None) };
        let text = text.trim();
        let rest = text.replace(NudgeText::TITLE, "").replace(NudgeText::TIME, "");
        let most = limits::MESSAGE_BYTES - FILLED_IN_BYTES;
        let why = if text.is_empty() {
            text!(en: "it is empty: leave the key out for the usual text", zh: "内容是空的：要用默认的内容，请删掉这一项")
        } else if rest.contains("{{") || rest.contains("}}") {
            text!(
                en: "only `{{{{ title }}}}` and `{{{{ time }}}}` are filled in",
                zh: "只能用 `{{{{ title }}}}`（活动名称）和 `{{{{ time }}}}`（应发时间）"
            )
        } else if text.len() > most {
            text!(
                en: "it has {bytes} bytes; at most {most}, because WeCom cuts a message off",
                zh: "共 {bytes} 字节，最多 {most} 字节，再长企业微信会截断",
                bytes = text.len()
            )
        } else {
            return Ok(Some(NudgeText(text.to_owned())));
        };
        Err(SettingsError::invalid(origin, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Flags;

    fn settings(file: &str) -> Settings {
        let directory = tempfile::tempdir().unwrap();
        let config = directory.path().join("drumbeat.toml");
        std::fs::write(&config, file).unwrap();
        Settings::new(Flags { config: Some(config), ..Flags::default() }).unwrap()
    }

    #[track_caller]
    fn ages(file: &str) -> Option<Vec<u64>> {
        Some(settings(file).nudge_after().ok()?.iter().map(Duration::as_secs).collect())
    }

    #[test]
    fn one_or_two_ages_with_an_app() {
        assert_eq!(ages(""), Some(vec![]));
        assert_eq!(ages("agentid = 7\nnudge_after = ['4h', '1d']"), Some(vec![14_400, 86_400]));
        assert_eq!(ages("nudge_after = ['0s']"), Some(vec![]));
        for wrong in ["['4h']", "['1h', '2h', '3h']", "['0s', '1h']", "['31d']", "['soon']"] {
            let agent = if wrong == "['4h']" { "" } else { "agentid = 7\n" };
            assert_eq!(ages(&format!("{agent}nudge_after = {wrong}")), None, "{wrong}");
        }
    }

    #[test]
    fn the_app_of_the_sign_in_is_the_app() {
        let sign_in = "nudge_after = ['4h']\n[page_sign_in]\nhost = 'a.example'\nagent_id = 9\n";
        assert_eq!(settings(sign_in).agent().unwrap(), Some(AgentId(9)));
        assert_eq!(settings(&format!("agentid = 7\n{sign_in}")).agent().unwrap(), Some(AgentId(7)));
        assert_eq!(
            settings("[[corp]]\nname = 'a'\nagentid = 3\n").of_selected_corp().unwrap().agent().unwrap(),
            Some(AgentId(3))
        );
    }

    #[test]
    fn a_text_has_a_title_and_a_time() {
        let text = |text: &str| settings(&format!("nudge_text = '{text}'")).nudge_text();
        let filled = text("{{ title }}：{{ time }}，请发表").unwrap().unwrap().fill("{{ time }}", "9:00");
        assert_eq!(filled, "{{ time }}：9:00，请发表");
        for wrong in ["", "{{ name }}", "{{ title", &"很".repeat(600)] {
            assert!(text(wrong).is_err(), "{wrong}");
        }
    }
}
