//! The bits of a scan, and the Huffman codes in them.

/// Codes of up to this many bits are looked up in one step; most are.
const SHORT: u32 = 9;

/// A table of Huffman codes of up to 16 bits.
pub(super) struct Huffman {
    /// For each [`SHORT`] bits, the length and the value of the code that they begin with; length 0 if it is longer.
    short: Box<[(u8, u8); 1 << SHORT]>,
    /// For each length, the greatest code of this length or shorter; -1 if there is none.
    greatest: [i32; 17],
    /// For each length, the offset from a code to the index of its value.
    shift: [i32; 17],
    values: Vec<u8>,
}

impl Huffman {
    /// Reads a table; returns it with the bytes after it.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (counts, rest) = bytes.split_at_checked(16)?;
        let total = counts.iter().map(|count| usize::from(*count)).sum();
        let (values, rest) = rest.split_at_checked(total)?;
        if total > 256 {
            return None;
        }
        let (mut greatest, mut shift, mut short) = ([-1; 17], [0; 17], Box::new([(0, 0); 1 << SHORT]));
        let (mut code, mut place) = (0, 0);
        for (length, count) in (1..).zip(counts) {
            let count = i32::from(*count);
            if let Some(further) = SHORT.checked_sub(length as u32) {
                let codes = values.iter().skip(place as usize).take(count as usize);
                for (slots, value) in short.chunks_exact_mut(1 << further).skip(code as usize).zip(codes) {
                    slots.fill((length as u8, *value));
                }
            }
            if count > 0 {
                shift[length] = place - code;
                code += count;
                place += count;
                greatest[length] = code - 1;
            }
            // More codes than this length allows.
            if code > 1 << length {
                return None;
            }
            code <<= 1;
        }
        Some((Self { short, greatest, shift, values: values.to_vec() }, rest))
    }
}

/// Reads bits up to the next marker. After it the reader returns zeros, which [`Bits::is_short`] detects.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next bits, the first one in the highest bit.
    ahead: u64,
    count: u32,
    /// How many of the buffered bits are zeros after the end.
    absent: u32,
}

impl<'a> Bits<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0, ahead: 0, count: 0, absent: 0 }
    }

    /// Whether more bits were read than there are.
    #[inline]
    pub(super) fn is_short(&self) -> bool {
        self.absent > self.count
    }

    /// Ends a restart interval: the number of unread bytes that are not fill bytes, and the offset of the marker.
    pub(super) fn end(&self) -> (usize, usize) {
        let rest = &self.bytes[self.at..];
        let mark = rest.windows(2).position(|pair| pair[0] == 0xff && !matches!(pair[1], 0 | 0xff));
        let mark = mark.unwrap_or(rest.len());
        let is_data = |byte: &u8| !matches!(byte, 0 | 0xff);
        let held = self.count.saturating_sub(self.absent);
        let bytes = (self.ahead << (held % 8)).to_be_bytes();
        let in_hand = bytes.iter().take(held as usize / 8).filter(|byte| is_data(byte)).count();
        (in_hand + rest[..mark].iter().filter(|byte| is_data(byte)).count(), self.at + mark)
    }

    /// Holds at least 16 bits afterwards.
    #[inline]
    fn fill(&mut self) {
        if self.count < 16 {
            self.fill_up();
        }
    }

    fn fill_up(&mut self) {
        // Most bytes begin no marker.
        while self.count <= 32
            && let Some(bytes) = self.bytes[self.at..].first_chunk::<4>()
            && !bytes.contains(&0xff)
        {
            self.at += 4;
            self.ahead |= u64::from(u32::from_be_bytes(*bytes)) << (32 - self.count);
            self.count += 32;
        }
        while self.count <= 48 {
            let byte = match self.bytes[self.at..] {
                [0xff, 0, ..] => {
                    self.at += 2;
                    0xff
                }
                [0xff, ..] | [] => {
                    self.absent += 8;
                    0
                }
                [byte, ..] => {
                    self.at += 1;
                    byte
                }
            };
            self.ahead |= u64::from(byte) << (56 - self.count);
            self.count += 8;
        }
    }

    fn pass(&mut self, count: u32) {
        self.ahead <<= count;
        self.count -= count;
    }

    /// The next bits, at most 16.
    #[inline]
    pub(super) fn take(&mut self, count: u32) -> u32 {
        if count == 0 {
            return 0;
        }
        self.fill();
        let bits = self.ahead >> (64 - count);
        self.pass(count);
        u32::try_from(bits).unwrap_or_default()
    }

    /// Skips bits, at most 16.
    pub(super) fn skip(&mut self, count: u32) {
        self.take(count);
    }

    /// The value of the next code; `None` if the table has no such code.
    #[inline]
    pub(super) fn value(&mut self, table: &Huffman) -> Option<u8> {
        self.fill();
        let (length, value) = table.short[(self.ahead >> (64 - SHORT)) as usize];
        if length > 0 {
            self.pass(u32::from(length));
            return Some(value);
        }
        let ahead = i32::try_from(self.ahead >> 48).unwrap_or_default();
        for length in SHORT as usize + 1..=16 {
            let code = ahead >> (16 - length);
            if code <= table.greatest[length] {
                self.pass(u32::try_from(length).unwrap_or_default());
                return table.values.get(usize::try_from(code + table.shift[length]).ok()?).copied();
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A random table as a JPG has it: codes of each length from 1 to 16, in order, with values from 0 up.
    fn table(dice: &mut fastrand::Rng) -> (Vec<u8>, Vec<(u32, u32)>) {
        let (mut bytes, mut codes, mut code) = (Vec::new(), Vec::new(), 0_u32);
        for length in 1..=16 {
            let free = (1 << length) - code;
            let count = if length == 16 { free.min(9) } else { dice.u32(0..=free / 2).min(15) };
            codes.extend((0..count).map(|n| (code + n, length)));
            bytes.push(count as u8);
            code = (code + count) << 1;
        }
        bytes.extend(0..codes.len() as u8);
        (bytes, codes)
    }

    /// Bits as a scan has them: a byte 0xff is followed by 0.
    fn written(bits: &[bool]) -> Vec<u8> {
        let byte = |bits: &[bool]| (0..8).fold(0, |byte, n| byte << 1 | u8::from(bits.get(n) == Some(&true)));
        bits.chunks(8).map(byte).flat_map(|byte| if byte == 0xff { vec![0xff, 0] } else { vec![byte] }).collect()
    }

    #[test]
    fn codes_and_bits_are_read_as_written() {
        for seed in 0..300 {
            let dice = &mut fastrand::Rng::with_seed(seed);
            let (bytes, codes) = table(dice);
            let (table, _) = Huffman::read(&bytes).expect("a table");
            let (mut bits, mut wanted) = (Vec::new(), Vec::new());
            for _ in 0..200 {
                let (value, extra) = (dice.usize(0..codes.len()), dice.u32(0..=16));
                let (code, length) = codes[value];
                let number = dice.u32(..) & ((1 << extra) - 1);
                bits.extend((0..length).rev().map(|n| code >> n & 1 == 1));
                bits.extend((0..extra).rev().map(|n| number >> n & 1 == 1));
                wanted.push((value as u8, extra, number));
            }
            let data = written(&bits);
            let mut bits = Bits::new(&data);
            for &(value, extra, number) in &wanted {
                assert_eq!((bits.value(&table), bits.take(extra)), (Some(value), number), "seed {seed}");
            }
            assert!(!bits.is_short(), "seed {seed}");
        }
    }
}
