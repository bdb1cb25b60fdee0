//! Randomness by counting: every draw is a function of the seed and of a path
//! of numbers, so that any person or class can be derived alone, in any order.

/// A point in the tree of draws; children are named by numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Key(pub u64);

/// The first step below the seed: what is being drawn.
#[derive(Clone, Copy)]
pub enum Stream {
    /// Sizes, places and names of schools.
    Layout = 1,
    /// Who sits where on the first day.
    Seating,
    /// What happens on a day.
    Day,
    /// Facts of students.
    Student,
    /// Facts of families and guardians.
    Family,
    /// Facts of staff.
    Staff,
    /// Classes and timetables.
    Class,
    /// Merges, splits and migrations.
    Upheaval,
}

/// The finalizer of splitmix64.
pub const fn mix(mut z: u64) -> u64 {
    z = z.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Key {
    /// The root of a stream.
    pub const fn root(seed: u64, stream: Stream) -> Key {
        Key(mix(seed)).with(stream as u64)
    }

    /// The child of a number.
    pub const fn with(self, n: u64) -> Key {
        Key(mix(self.0.rotate_left(17) ^ n.wrapping_mul(0xD6E8_FEB8_6659_FD93)))
    }

    /// The child of a text.
    pub fn text(self, text: &str) -> Key {
        text.as_bytes().chunks(8).fold(self.with(text.len() as u64), |key, chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            key.with(u64::from_le_bytes(word))
        })
    }

    /// A number below `n`, or 0 if `n` is 0.
    pub const fn below(self, n: u32) -> u32 {
        (((self.0 >> 32) * n as u64) >> 32) as u32
    }

    /// Whether something happens that does so `per` times in 100,000.
    pub const fn chance(self, per: u32) -> bool {
        self.below(100_000) < per
    }

    /// An entry of a list that is not empty.
    pub fn pick<T: Copy>(self, list: &[T]) -> T {
        list[self.below(list.len() as u32) as usize]
    }

    /// An identifier in the shape of a UUID (version 8: made by a rule of our own).
    pub fn uuid(self) -> Uuid {
        let (high, low) = (mix(self.0 ^ 0xA5A5), mix(self.0 ^ 0x5A5A_0000));
        let high = (high & !0xF000) | 0x8000;
        let low = (low & !(0b11 << 62)) | (0b10 << 62);
        let mut text = [b'-'; 36];
        let mut at = 0;
        for nibble in 0..32 {
            let word = if nibble < 16 { high } else { low };
            let digit = (word >> (60 - 4 * (nibble % 16))) & 15;
            if matches!(nibble, 8 | 12 | 16 | 20) {
                at += 1;
            }
            text[at] = b"0123456789abcdef"[digit as usize];
            at += 1;
        }
        Uuid(text)
    }
}

/// The text of a UUID.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Uuid([u8; 36]);

impl Uuid {
    /// The text; it is hexadecimal digits and hyphens by construction.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

/// A permutation of `0..n` that can be asked for one place alone.
#[derive(Clone, Copy)]
pub struct Shuffle {
    n: u32,
    factor: u32,
    shift: u32,
}

impl Shuffle {
    /// The permutation of `0..n` that `key` names.
    pub fn new(key: Key, n: u32) -> Shuffle {
        let n = n.max(1);
        let mut factor = 1 + key.with(1).below(n);
        while gcd(factor, n) != 1 {
            factor = factor % n + 1;
        }
        Shuffle { n, factor, shift: key.with(2).below(n) }
    }

    /// Where `i` goes.
    pub fn at(self, i: u32) -> u32 {
        ((u64::from(i) * u64::from(self.factor) + u64::from(self.shift)) % u64::from(self.n)) as u32
    }
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { gcd(b, a % b) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shuffle_is_a_permutation() {
        for n in [1, 2, 8, 77, 1_000] {
            let shuffle = Shuffle::new(Key(n.into()), n);
            let mut seen: Vec<u32> = (0..n).map(|i| shuffle.at(i)).collect();
            seen.sort_unstable();
            assert_eq!(seen, (0..n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn identifiers_have_the_shape_of_a_uuid() {
        let text = Key::root(7, Stream::Student).with(3).uuid();
        let parts: Vec<usize> = text.as_str().split('-').map(str::len).collect();
        assert_eq!(parts, [8, 4, 4, 4, 12]);
        assert_eq!(&text.as_str()[14..15], "8");
    }

    #[test]
    fn children_differ_by_order_and_number() {
        let root = Key::root(1, Stream::Day);
        assert_ne!(root.with(1).with(2), root.with(2).with(1));
        assert_ne!(root, Key::root(2, Stream::Day));
    }
}
