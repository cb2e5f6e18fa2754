//! The bits of a scan, and the codes in them.

/// A table of codes of up to 16 bits.
pub(super) struct Huffman {
    /// For each length the greatest code of it and all shorter ones, -1 where there is none yet.
    greatest: [i32; 17],
    /// What to add to a code of a length to get the place of its value.
    shift: [i32; 17],
    values: Vec<u8>,
}

impl Huffman {
    /// Reads a table, and gives what follows it.
    pub(super) fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (counts, rest) = bytes.split_at_checked(16)?;
        let total = counts.iter().map(|count| usize::from(*count)).sum();
        let (values, rest) = rest.split_at_checked(total)?;
        if total > 256 {
            return None;
        }
        let (mut greatest, mut shift) = ([-1; 17], [0; 17]);
        let (mut code, mut place) = (0, 0);
        for (length, count) in (1..).zip(counts) {
            let count = i32::from(*count);
            if count > 0 {
                shift[length] = place - code;
                code += count;
                place += count;
                greatest[length] = code - 1;
            }
            // More codes than bits of this length can tell apart.
            if code > 1 << length {
                return None;
            }
            code <<= 1;
        }
        Some((Self { greatest, shift, values: values.to_vec() }, rest))
    }
}

/// Reads bits up to the next mark. Past it come zeros, which [`Bits::is_short`] tells.
pub(super) struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
    /// The next bits, the first one on top.
    ahead: u64,
    count: u32,
    /// How many of those taken in were never there.
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

    /// Ends a stretch of codes: how many bytes of it were not read that are no filling, and where the marker is.
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

    fn fill(&mut self) {
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

    /// Passes over bits, at most 16.
    pub(super) fn skip(&mut self, count: u32) {
        self.take(count);
    }

    /// The value of the next code; nothing if it is none of the table.
    #[inline]
    pub(super) fn value(&mut self, table: &Huffman) -> Option<u8> {
        self.fill();
        let ahead = i32::try_from(self.ahead >> 48).unwrap_or_default();
        for length in 1..=16 {
            let code = ahead >> (16 - length);
            if code <= table.greatest[length] {
                self.pass(u32::try_from(length).unwrap_or_default());
                return table.values.get(usize::try_from(code + table.shift[length]).ok()?).copied();
            }
        }
        None
    }
}
