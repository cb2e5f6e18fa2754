//! The scans of a JPG. Every code is read, so that missing or changed bytes are noticed.
//!
//! A decoder silently fills what it cannot read with grey. The decoded values are not needed. For a progressive image
//! the reader only tracks which coefficients are non-zero, because later scans depend on it.

use super::Tables;
use super::bits::{Bits, Huffman};
use crate::media_index::ImageDamage;

/// Bytes, besides fill bytes, allowed between the last code and the next marker: some encoders leave a few.
const LEFT_OVER: usize = 4;

/// The number of coefficients in a block.
const BLOCK: u8 = 64;

const UNREADABLE: ImageDamage = ImageDamage::InvalidStructure("picture data");

pub(super) struct Component {
    pub(super) id: u8,
    /// Blocks of this component in one unit, across and down.
    pub(super) across: u8,
    pub(super) down: u8,
    pub(super) quantization: u8,
}

/// The blocks of an image.
pub(super) struct Frame {
    is_progressive: bool,
    planes: Vec<Plane>,
    /// Units of the image, across and down.
    units: (usize, usize),
}

struct Plane {
    component: Component,
    /// Blocks that show a part of the image, across and down.
    shown: (usize, usize),
    /// Blocks per row, including those that fill the last unit.
    row: usize,
    /// For each block, a bit set of its non-zero coefficients; empty unless the image is progressive.
    set: Vec<u64>,
    is_begun: bool,
}

/// The header of a scan.
pub(super) struct Scan {
    /// The planes, each with its tables for the first coefficient and for the others.
    parts: Vec<(usize, usize, usize)>,
    /// The range of coefficients, both ends included.
    first: u8,
    last: u8,
    /// Whether it adds a bit to coefficients of earlier scans.
    is_refinement: bool,
}

impl Frame {
    pub(super) fn new(width: usize, height: usize, is_progressive: bool, components: Vec<Component>) -> Self {
        let most = |of: fn(&Component) -> u8| usize::from(components.iter().map(of).max().unwrap_or(1));
        let (across, down) = (most(|it| it.across), most(|it| it.down));
        let units = (width.div_ceil(8 * across), height.div_ceil(8 * down));
        let planes = components.into_iter().map(|component| {
            let (wide, high) = (usize::from(component.across), usize::from(component.down));
            let shown = ((width * wide).div_ceil(8 * across), (height * high).div_ceil(8 * down));
            Plane { row: units.0 * wide, component, shown, set: Vec::new(), is_begun: false }
        });
        Self { is_progressive, planes: planes.collect(), units }
    }

    /// Whether every plane has been coded.
    pub(super) fn is_complete(&self) -> bool {
        self.planes.iter().all(|plane| plane.is_begun)
    }

    /// Reads the codes of a scan; returns the length of its data in bytes.
    pub(super) fn walk(&mut self, scan: &Scan, tables: &Tables, data: &[u8]) -> Result<usize, ImageDamage> {
        for &(plane, ..) in &scan.parts {
            let plane = &mut self.planes[plane];
            if !tables.quantization[usize::from(plane.component.quantization)] {
                return Err(ImageDamage::InvalidStructure("quantization table"));
            }
            plane.is_begun |= scan.first == 0;
            if self.is_progressive && plane.set.is_empty() {
                plane.set = vec![0; plane.row * self.units.1 * usize::from(plane.component.down)];
            }
        }
        // A scan of one plane has no blocks that only fill a unit.
        let alone = match scan.parts[..] {
            [(plane, ..)] => Some(plane),
            _ => None,
        };
        let (across, down) = alone.map_or(self.units, |plane| self.planes[plane].shown);
        let units = across * down;
        let stretch = match usize::from(tables.restart) {
            0 => units,
            interval => interval,
        };
        let (mut begin, mut unit) = (0, 0);
        loop {
            let mut bits = Bits::new(&data[begin..]);
            let mut skipped = 0;
            let end = units.min(unit + stretch);
            while unit < end {
                let (x, y) = (unit % across, unit / across);
                for part in &scan.parts {
                    let plane = &mut self.planes[part.0];
                    let (wide, high) = match alone {
                        Some(_) => (1, 1),
                        None => (usize::from(plane.component.across), usize::from(plane.component.down)),
                    };
                    for block in 0..wide * high {
                        let at = (y * high + block / wide) * plane.row + x * wide + block % wide;
                        let mut none = 0;
                        let set = plane.set.get_mut(at).unwrap_or(&mut none);
                        let read = scan.block(self.is_progressive, part, tables, &mut bits, &mut skipped, set);
                        read.ok_or(if bits.is_short() { ImageDamage::Truncated } else { UNREADABLE })?;
                    }
                }
                unit += 1;
                // The last bits of the last unit may be missing: that is invisible.
                if bits.is_short() && unit < end {
                    return Err(ImageDamage::Truncated);
                }
            }
            let (left, mark) = bits.end();
            if left > LEFT_OVER {
                return Err(UNREADABLE);
            }
            begin += mark;
            if unit == units {
                return Ok(begin);
            }
            // A restart marker separates two intervals.
            let filling = data[begin..].iter().take_while(|byte| **byte == 0xff).count();
            match data.get(begin + filling) {
                Some(0xd0..=0xd7) => begin += filling + 1,
                _ => return Err(ImageDamage::Truncated),
            }
        }
    }
}

impl Scan {
    /// Reads the header of a scan; `None` if it does not match the frame.
    pub(super) fn read(segment: &[u8], frame: &Frame) -> Option<Self> {
        let count = usize::from(*segment.first()?);
        let (parts, rest) = segment.get(1..)?.split_at_checked(2 * count)?;
        let &[first, last, steps, ..] = rest else { return None };
        let part = |it: &[u8]| {
            let plane = frame.planes.iter().position(|plane| plane.component.id == it[0])?;
            Some((plane, usize::from(it[1] >> 4), usize::from(it[1] & 15)))
        };
        let parts = parts.chunks_exact(2).map(part).collect::<Option<Vec<_>>>()?;
        let (first, last) = if frame.is_progressive { (first, last) } else { (0, BLOCK - 1) };
        let is_valid = !parts.is_empty()
            && first <= last
            && last < BLOCK
            && (!frame.is_progressive || if first == 0 { last == 0 } else { parts.len() == 1 })
            && parts.iter().all(|(_, dc, ac)| *dc < 4 && *ac < 4);
        is_valid.then_some(Self { parts, first, last, is_refinement: frame.is_progressive && steps >> 4 > 0 })
    }

    /// Reads the codes of one block; `None` if they are invalid.
    fn block(
        &self,
        is_progressive: bool,
        &(_, dc, ac): &(usize, usize, usize),
        tables: &Tables,
        bits: &mut Bits<'_>,
        skipped: &mut u32,
        set: &mut u64,
    ) -> Option<()> {
        if self.first == 0 {
            if self.is_refinement {
                bits.skip(1);
                return Some(());
            }
            let size = bits.value(tables.dc[dc].as_ref()?).filter(|size| *size <= 11)?;
            bits.skip(u32::from(size));
            if is_progressive {
                return Some(());
            }
        }
        let table = tables.ac[ac].as_ref()?;
        match (is_progressive, self.is_refinement) {
            (false, _) => sequential(table, bits),
            (true, false) => self.first_pass(table, bits, skipped, set),
            (true, true) => self.refinement(table, bits, skipped, set),
        }
    }

    fn first_pass(&self, table: &Huffman, bits: &mut Bits<'_>, skipped: &mut u32, set: &mut u64) -> Option<()> {
        if *skipped > 0 {
            *skipped -= 1;
            return Some(());
        }
        let mut at = self.first;
        while at <= self.last {
            let (run, size) = halves(bits.value(table)?);
            match (run, size) {
                (15, 0) => at += 16,
                (run, 0) => {
                    *skipped = (1 << run) - 1 + bits.take(u32::from(run));
                    break;
                }
                (run, size) => {
                    at += run;
                    if at > self.last {
                        return None;
                    }
                    bits.skip(u32::from(size));
                    *set |= 1 << at;
                    at += 1;
                }
            }
        }
        Some(())
    }

    /// Reads one more bit for each non-zero coefficient; new ones may come in between.
    fn refinement(&self, table: &Huffman, bits: &mut Bits<'_>, skipped: &mut u32, set: &mut u64) -> Option<()> {
        let mut at = self.first;
        if *skipped == 0 {
            while at <= self.last {
                let (mut run, size) = halves(bits.value(table)?);
                match (run, size) {
                    (15, 0) => {}
                    (run, 0) => {
                        *skipped = (1 << run) + bits.take(u32::from(run));
                        break;
                    }
                    (_, 1) => bits.skip(1),
                    _ => return None,
                }
                while at <= self.last {
                    if *set >> at & 1 == 1 {
                        bits.skip(1);
                    } else if run == 0 {
                        break;
                    } else {
                        run -= 1;
                    }
                    at += 1;
                }
                if size == 1 {
                    if at > self.last {
                        return None;
                    }
                    *set |= 1 << at;
                }
                at += 1;
            }
        }
        if *skipped > 0 {
            *skipped -= 1;
            let up_to_last = *set & u64::MAX >> (63 - self.last);
            let left = up_to_last.checked_shr(u32::from(at)).unwrap_or(0);
            (0..left.count_ones()).for_each(|_| bits.skip(1));
        }
        Some(())
    }
}

fn sequential(table: &Huffman, bits: &mut Bits<'_>) -> Option<()> {
    let mut at = 1;
    while at < BLOCK {
        match halves(bits.value(table)?) {
            (15, 0) => at += 16,
            (_, 0) => break,
            (run, size) => {
                at += run;
                if at >= BLOCK {
                    return None;
                }
                bits.skip(u32::from(size));
                at += 1;
            }
        }
    }
    Some(())
}

/// Splits a value into a run of zeros and the bits of the coefficient after it.
fn halves(value: u8) -> (u8, u8) {
    (value >> 4, value & 15)
}
