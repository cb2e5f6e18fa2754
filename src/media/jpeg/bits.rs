//! The bits of a scan, and the Huffman codes in them.

/// A table of Huffman codes of up to 16 bits.
pub(super) struct Huffman {
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
            // More codes than this length allows.
            if code > 1 << length {
                return None;
            }
            code <<= 1;
        }
        Some((Self { greatest, shift, values: values.to_vec() }, rest))
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

    /// Skips bits, at most 16.
    pub(super) fn skip(&mut self, count: u32) {
        self.take(count);
    }

    /// The value of the next code; `None` if the table has no such code.
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
