//! Reads a TOML table key by key, records every error and continues.
//!
//! A reader requests each key that it knows and then calls [`Table::done`]: the remaining keys are unknown. Nothing is
//! ignored.

use std::cell::RefCell;
use std::ops::Range;

use toml::Spanned as TomlSpanned;
use toml::de::{DeString, DeTable, DeValue};
use toml::value::Datetime;

use super::parse_error::{ParseError, ValueType, Wanted};
use super::spanned::{SpanSet, Spanned};

/// The parse_errors of one file, shared by all its open tables.
pub(super) type ParseErrors = RefCell<Vec<ParseError>>;

/// A key and its value.
type Entry<'t> = (&'t TomlSpanned<DeString<'t>>, &'t TomlSpanned<DeValue<'t>>);

/// An open table; call [`Table::done`] after all known keys.
pub(super) struct Table<'t> {
    entries: Vec<Entry<'t>>,
    /// The header of the table; missing keys are reported there.
    span: Range<usize>,
    /// Such as `content.link`; empty for the root table.
    path: String,
    known: Vec<&'static str>,
    /// The known keys that are present.
    taken: Vec<&'static str>,
    parse_errors: &'t ParseErrors,
}

impl<'t> Table<'t> {
    pub(super) fn top(table: &'t DeTable<'t>, parse_errors: &'t ParseErrors) -> Self {
        Self::new(table, 0..0, String::new(), parse_errors)
    }

    fn new(table: &'t DeTable<'t>, span: Range<usize>, path: String, parse_errors: &'t ParseErrors) -> Self {
        Self { entries: table.iter().collect(), span, path, known: Vec::new(), taken: Vec::new(), parse_errors }
    }

    pub(super) fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// Its path from the top of the file, such as `content.link` or `content[2]`.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Every stretch of the file that belongs to the table, as long as no key of it has been read.
    pub(super) fn extent(&self) -> SpanSet {
        let mut stretches = vec![self.span.clone()];
        self.entries.iter().for_each(|(key, value)| collect(key.span(), value, &mut stretches));
        stretches.into_iter().collect()
    }

    fn take(&mut self, key: &'static str) -> Option<&'t TomlSpanned<DeValue<'t>>> {
        self.take_named(key).map(|(_, value)| value)
    }

    fn take_named(&mut self, key: &'static str) -> Option<Entry<'t>> {
        self.known.push(key);
        let at = self.entries.iter().position(|(name, _)| name.get_ref() == key)?;
        self.taken.push(key);
        Some(self.entries.swap_remove(at))
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() { key.to_owned() } else { format!("{}.{key}", self.path) }
    }

    pub(super) fn wrong(&self, key: &str, value: &TomlSpanned<DeValue<'_>>, wanted: Wanted) {
        let error =
            ParseError::WrongType { span: value.span(), key: self.path_of(key), wanted, got: type_of(value.get_ref()) };
        self.parse_errors.borrow_mut().push(error);
    }

    /// Reads the value of a key with `read`, which returns `None` if its type is not `wanted`.
    pub(super) fn value<T>(
        &mut self,
        key: &'static str,
        wanted: Wanted,
        read: impl FnOnce(&'t DeValue<'t>) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let value = self.take(key)?;
        let got = read(value.get_ref());
        if got.is_none() {
            self.wrong(key, value, wanted);
        }
        got.map(|got| Spanned::new(got, value.span()))
    }

    /// Reads a list. An entry of another type is an error; the others are kept, and without others there is no list.
    pub(super) fn list<T>(
        &mut self,
        key: &'static str,
        wanted: Wanted,
        wanted_entry: Wanted,
        read: impl Fn(&'t DeValue<'t>) -> Option<T>,
    ) -> Option<Spanned<Vec<Spanned<T>>>> {
        self.entries(key, wanted, |table, name, entry| table.entry(name, entry, wanted_entry, &read))
    }

    /// Reads a list whose entries are values or tables. `open` reports its own parse_errors.
    pub(super) fn list_or_tables<T>(
        &mut self,
        key: &'static str,
        wanted: Wanted,
        wanted_entry: Wanted,
        read: impl Fn(&'t DeValue<'t>) -> Option<T>,
        open: impl Fn(&mut Table<'t>) -> Option<T>,
    ) -> Option<Spanned<Vec<Spanned<T>>>> {
        self.entries(key, wanted, |table, name, entry| table.entry_or_table(name, entry, wanted_entry, &read, &open))
    }

    /// Reads a value or a table. `open` reports its own parse_errors.
    pub(super) fn value_or_table<T>(
        &mut self,
        key: &'static str,
        wanted: Wanted,
        read: impl Fn(&'t DeValue<'t>) -> Option<T>,
        open: impl Fn(&mut Table<'t>) -> Option<T>,
    ) -> Option<Spanned<T>> {
        let value = self.take(key)?;
        let got = self.entry_or_table(key, value, wanted, read, open);
        got.map(|got| Spanned::new(got, value.span()))
    }

    fn entries<T>(
        &mut self,
        key: &'static str,
        wanted: Wanted,
        read: impl Fn(&Self, &str, &'t TomlSpanned<DeValue<'t>>) -> Option<T>,
    ) -> Option<Spanned<Vec<Spanned<T>>>> {
        let value = self.take(key)?;
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(key, value, wanted);
            return None;
        };
        let mut entries = Vec::with_capacity(list.len());
        for (n, entry) in list.iter().enumerate() {
            let read = read(self, &format!("{key}[{n}]"), entry);
            entries.extend(read.map(|read| Spanned::new(read, entry.span())));
        }
        // A list of wrong entries alone is not an empty list.
        (list.is_empty() || !entries.is_empty()).then(|| Spanned::new(entries, value.span()))
    }

    fn entry_or_table<T>(
        &self,
        name: &str,
        entry: &'t TomlSpanned<DeValue<'t>>,
        wanted: Wanted,
        read: impl Fn(&'t DeValue<'t>) -> Option<T>,
        open: impl Fn(&mut Table<'t>) -> Option<T>,
    ) -> Option<T> {
        if !entry.get_ref().is_table() {
            return self.entry(name, entry, wanted, read);
        }
        let mut inner = self.open(name, entry.span(), entry)?;
        let opened = open(&mut inner);
        inner.done();
        opened
    }

    fn entry<T>(
        &self,
        name: &str,
        entry: &'t TomlSpanned<DeValue<'t>>,
        wanted: Wanted,
        read: impl Fn(&'t DeValue<'t>) -> Option<T>,
    ) -> Option<T> {
        let read = read(entry.get_ref());
        if read.is_none() {
            self.wrong(name, entry, wanted);
        }
        read
    }

    /// Reads one value or a list of values.
    pub(super) fn one_or_many<T>(
        &mut self,
        key: &'static str,
        wanted: Wanted,
        read: impl Fn(&'t DeValue<'t>) -> Option<T>,
    ) -> Option<Spanned<Vec<Spanned<T>>>> {
        let is_list = self.entries.iter().any(|(name, value)| name.get_ref() == key && value.get_ref().is_array());
        if is_list {
            return self.list(key, wanted, wanted, read);
        }
        let one = self.value(key, wanted, read)?;
        let span = one.span.clone();
        Some(Spanned::new(vec![one], span))
    }

    pub(super) fn text(&mut self, key: &'static str) -> Option<Spanned<String>> {
        self.value(key, Wanted::Text, text)
    }

    pub(super) fn texts(&mut self, key: &'static str) -> Option<Spanned<Vec<Spanned<String>>>> {
        self.list(key, Wanted::Texts, Wanted::Text, text)
    }

    pub(super) fn flag(&mut self, key: &'static str) -> Option<Spanned<bool>> {
        self.value(key, Wanted::Bool, DeValue::as_bool)
    }

    pub(super) fn number(&mut self, key: &'static str) -> Option<Spanned<i64>> {
        self.value(key, Wanted::Integer, whole_number)
    }

    /// Opens the table of a key. Its span is the key's, at which missing keys are reported.
    pub(super) fn table(&mut self, key: &'static str) -> Option<Table<'t>> {
        let (name, value) = self.take_named(key)?;
        self.open(key, name.span(), value)
    }

    /// Opens each table in a table whose keys are free names.
    pub(super) fn named(&mut self) -> Vec<(Spanned<String>, Table<'t>)> {
        let entries = std::mem::take(&mut self.entries);
        let open = |(key, value): Entry<'t>| {
            let name = Spanned::new(key.get_ref().to_string(), key.span());
            self.open(&name, key.span(), value).map(|table| (name, table))
        };
        entries.into_iter().filter_map(open).collect()
    }

    /// Reads each text of a table whose keys are names of the file's own choosing; `None` where it is no text.
    pub(super) fn named_texts(&mut self) -> Vec<(Spanned<String>, Option<Spanned<String>>)> {
        let entries = std::mem::take(&mut self.entries);
        let read = |(key, value): Entry<'t>| {
            let name = Spanned::new(key.get_ref().to_string(), key.span());
            let text = self.entry(&name, value, Wanted::Text, text);
            (name, text.map(|text| Spanned::new(text, value.span())))
        };
        entries.into_iter().map(read).collect()
    }

    /// Opens each table of a list of tables.
    pub(super) fn tables(&mut self, key: &'static str) -> Vec<Table<'t>> {
        let Some(value) = self.take(key) else { return Vec::new() };
        let Some(list) = value.get_ref().as_array() else {
            self.wrong(key, value, Wanted::Tables);
            return Vec::new();
        };
        let open =
            |(n, entry): (usize, &'t TomlSpanned<DeValue<'t>>)| self.open(&format!("{key}[{n}]"), entry.span(), entry);
        list.iter().enumerate().filter_map(open).collect()
    }

    /// Opens the table of a key, or each table of a list of tables that has at least one.
    pub(super) fn one_or_tables(&mut self, key: &'static str) -> Vec<Table<'t>> {
        let list = |(name, value): &Entry<'t>| {
            if name.get_ref() == key { value.get_ref().as_array().map(|list| !list.is_empty()) } else { None }
        };
        match self.entries.iter().find_map(list) {
            Some(true) => self.tables(key),
            Some(false) => {
                let span = self.take(key).map(TomlSpanned::span);
                self.parse_errors.borrow_mut().push(ParseError::MissingKey { span, key, table: self.path.clone() });
                Vec::new()
            }
            None => self.table(key).into_iter().collect(),
        }
    }

    fn open(&self, key: &str, span: Range<usize>, value: &'t TomlSpanned<DeValue<'t>>) -> Option<Table<'t>> {
        let Some(table) = value.get_ref().as_table() else {
            self.wrong(key, value, Wanted::Table);
            return None;
        };
        Some(Table::new(table, span, self.path_of(key), self.parse_errors))
    }

    /// Records which mandatory keys are missing. Call it before the keys are read.
    pub(super) fn require(&self, keys: &[&'static str]) {
        let is_missing = |key: &&&'static str| !self.entries.iter().any(|(name, _)| name.get_ref() == **key);
        self.parse_errors.borrow_mut().extend(keys.iter().filter(is_missing).map(|key| ParseError::MissingKey {
            // The table of the whole file has no place of its own.
            span: (!self.path.is_empty()).then(|| self.span.clone()),
            key,
            table: self.path.clone(),
        }));
    }

    /// Ends the reading: keys that were not read are unknown.
    pub(super) fn done(self) {
        let mut parse_errors = self.parse_errors.borrow_mut();
        parse_errors.extend(self.entries.iter().map(|(key, _)| ParseError::UnknownKey {
            span: key.span(),
            key: key.get_ref().to_string(),
            table: self.path.clone(),
            known: self.known.clone(),
            taken: self.taken.clone(),
        }));
    }
}

/// The stretches of a key and of everything under it.
fn collect(key: Range<usize>, value: &TomlSpanned<DeValue<'_>>, stretches: &mut Vec<Range<usize>>) {
    stretches.extend([key, value.span()]);
    if let Some(table) = value.get_ref().as_table() {
        table.iter().for_each(|(key, value)| collect(key.span(), value, stretches));
    }
}

pub(super) fn text(value: &DeValue<'_>) -> Option<String> {
    value.as_str().map(str::to_owned)
}

pub(super) fn whole_number(value: &DeValue<'_>) -> Option<i64> {
    let number = value.as_integer()?;
    i64::from_str_radix(number.as_str(), number.radix()).ok()
}

/// A date, time or date-time, with or without quotes: editors complete `"2026-12-12"` and `"2026-12-12 09:00"`.
pub(super) fn datetime(value: &DeValue<'_>) -> Option<Datetime> {
    match value.as_str() {
        Some(text) => quoted_datetime(text),
        None => value.as_datetime().copied(),
    }
}

/// A text in ISO form, parsed as TOML without quotes. Seconds are optional.
fn quoted_datetime(text: &str) -> Option<Datetime> {
    // TOML accepts a blank and lower case letters between the parts; dates have no other lengths.
    (5..=40).contains(&text.len()).then(|| text.parse().ok()).flatten()
}

fn type_of(value: &DeValue<'_>) -> ValueType {
    match value {
        DeValue::String(_) => ValueType::Text,
        DeValue::Integer(_) => ValueType::Integer,
        DeValue::Float(_) => ValueType::Float,
        DeValue::Boolean(_) => ValueType::Bool,
        DeValue::Datetime(_) => ValueType::DateOrTime,
        DeValue::Array(_) => ValueType::List,
        DeValue::Table(_) => ValueType::Table,
    }
}
