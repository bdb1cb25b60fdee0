//! The form of a sourcedId (the type GUID of both versions).

/// Most characters of a sourcedId.
pub const LONGEST_ID: usize = 255;

/// Whether a text has the alphabet and length of a sourcedId.
pub fn is_sourced_id(text: &str) -> bool {
    (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(is_id_byte)
}

/// Whether a byte belongs to the alphabet of sourcedIds.
#[inline]
pub fn is_id_byte(byte: u8) -> bool {
    ALPHABET[byte as usize]
}

static ALPHABET: [bool; 256] = {
    let mut table = [false; 256];
    let marks = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz.-_/@";
    let mut i = 0;
    while i < marks.len() {
        table[marks[i] as usize] = true;
        i += 1;
    }
    table
};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sourced_ids_have_their_alphabet() {
        for good in ["a", "00-Z.z_/@", &"x".repeat(255)] {
            assert!(is_sourced_id(good));
        }
        for bad in ["", "a b", "ü", "a:b", &"x".repeat(256)] {
            assert!(!is_sourced_id(bad));
        }
    }
}
