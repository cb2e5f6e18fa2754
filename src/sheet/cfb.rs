//! The container of an xls file (OLE compound file), as far as it takes to find one stream in it.

use super::error::SheetError;

/// Sector numbers from this value on are special markers (MAXREGSECT).
const FREE: u32 = 0xffff_fffa;
/// Streams shorter than this are in the mini stream.
const MIN_SECTOR_STREAM: u64 = 4_096;
const MINI_SECTOR: usize = 64;

pub(super) struct Compound<'b> {
    bytes: &'b [u8],
    sector: usize,
    fat: Vec<u32>,
    entries: Vec<Entry>,
}

struct Entry {
    name: String,
    start: u32,
    bytes: u64,
}

fn broken() -> SheetError {
    SheetError::Broken("OLE".to_owned())
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2).map(|it| u16::from_le_bytes([it[0], it[1]]))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4).map(|it| u32::from_le_bytes([it[0], it[1], it[2], it[3]]))
}

impl<'b> Compound<'b> {
    pub(super) fn open(bytes: &'b [u8]) -> Result<Self, SheetError> {
        let shift = u16_at(bytes, 30).filter(|shift| matches!(shift, 9 | 12)).ok_or_else(broken)?;
        let mut file = Self { bytes, sector: 1 << shift, fat: Vec::new(), entries: Vec::new() };
        let most = bytes.len() / file.sector + 1;
        let mut sectors: Vec<u32> =
            (0..109).filter_map(|at| u32_at(bytes, 76 + at * 4)).filter(|it| *it < FREE).collect();
        let mut next = u32_at(bytes, 68).unwrap_or(FREE);
        let per_sector = file.sector / 4;
        let mut seen = 0;
        while next < FREE && seen < most {
            let Some(table) = file.sector_at(next) else { break };
            sectors.extend((0..per_sector - 1).filter_map(|at| u32_at(table, at * 4)).filter(|it| *it < FREE));
            next = u32_at(table, (per_sector - 1) * 4).unwrap_or(FREE);
            seen += 1;
        }
        for sector in sectors.into_iter().take(most) {
            let table = file.sector_at(sector).ok_or_else(broken)?;
            let entries: Vec<u32> = (0..per_sector).filter_map(|at| u32_at(table, at * 4)).collect();
            file.fat.extend(entries);
        }
        let directory = file.chain(u32_at(bytes, 48).ok_or_else(broken)?);
        for entry in directory.chunks_exact(128) {
            let length = u16_at(entry, 64).unwrap_or(0).saturating_sub(2).min(62) as usize;
            let units: Vec<u16> =
                entry[..length].chunks_exact(2).map(|it| u16::from_le_bytes([it[0], it[1]])).collect();
            let size = u64::from(u32_at(entry, 120).unwrap_or(0));
            file.entries.push(Entry {
                name: String::from_utf16_lossy(&units),
                start: u32_at(entry, 116).unwrap_or(FREE),
                bytes: size,
            });
        }
        Ok(file)
    }

    fn sector_at(&self, sector: u32) -> Option<&'b [u8]> {
        let from = (sector as usize).checked_add(1)?.checked_mul(self.sector)?;
        // The last sector may be cut short.
        let to = (from + self.sector).min(self.bytes.len());
        self.bytes.get(from..to)
    }

    /// The sectors of a chain, one after the other. No longer than the file itself.
    fn chain(&self, start: u32) -> Vec<u8> {
        let mut whole = Vec::new();
        let mut next = start;
        while let Some(sector) = self.sector_at(next).filter(|_| next < FREE && whole.len() <= self.bytes.len()) {
            whole.extend_from_slice(sector);
            next = self.fat.get(next as usize).copied().unwrap_or(FREE);
        }
        whole
    }

    pub(super) fn has(&self, name: &str) -> bool {
        self.entries.iter().any(|entry| entry.name == name)
    }

    pub(super) fn stream(&self, name: &str) -> Option<Vec<u8>> {
        let entry = self.entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name))?;
        let mut stream =
            if entry.bytes < MIN_SECTOR_STREAM { self.mini_chain(entry.start)? } else { self.chain(entry.start) };
        stream.truncate(usize::try_from(entry.bytes).unwrap_or(usize::MAX));
        Some(stream)
    }

    /// The small sectors of a chain: they stand in the stream of the root entry.
    fn mini_chain(&self, start: u32) -> Option<Vec<u8>> {
        let container = self.chain(self.entries.first()?.start);
        let table = self.chain(u32_at(self.bytes, 60)?);
        let mut whole = Vec::new();
        let mut next = start;
        while next < FREE && whole.len() as u64 <= MIN_SECTOR_STREAM {
            let from = (next as usize).checked_mul(MINI_SECTOR)?;
            whole.extend_from_slice(container.get(from..(from + MINI_SECTOR).min(container.len()))?);
            next = u32_at(&table, (next as usize).checked_mul(4)?).unwrap_or(FREE);
        }
        Some(whole)
    }
}
