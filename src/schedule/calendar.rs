//! Which days are workdays, holidays and make-up workdays.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Days of a country, as far as they are published.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    pub name: String,
}

/// What a date is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Day {
    Workday,
    Weekend,
    Holiday {
        name: String,
    },
    /// A day of the weekend on which people work (调休).
    MakeUpWorkday {
        name: String,
    },
    /// Nothing is published for it.
    Unknown,
}

impl Calendar {
    pub fn day(&self, _date: NaiveDate) -> Day {
        Day::Unknown
    }
}
