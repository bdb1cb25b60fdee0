//! Percent-encoding, as the RFC wants it and as clients do it.

/// How a client writes names and values into what it signs.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum Writing {
    /// RFC 5849, 3.6: all but letters, digits, `-`, `.`, `_` and `~` encoded.
    Standard,
    /// `/` left as it is: ClassLink's client for Python.
    SlashKept,
    /// The same, and `~` encoded: that client on Python before 3.7.
    TildeEncoded,
    /// A space as `+`: ClassLink's clients for Ruby and Go.
    PlusForSpace,
    /// `!`, `'`, `(`, `)` and `*` left as they are: ClassLink's client for
    /// Node.js, and other users of `encodeURIComponent`.
    MarksKept,
    /// The query as it was sent, whatever its encoding: ClassLink's client for
    /// .NET.
    AsSent,
}

/// How a client writes the secret into the key it signs with.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum SecretWriting {
    /// RFC 5849, 3.4.2: encoded.
    Standard,
    /// A space as `+`: ClassLink's clients.
    PlusForSpace,
    /// As it is: Moodle's plugin.
    Raw,
}

impl Writing {
    /// The standard first.
    pub const ALL: [Writing; 6] = [
        Writing::Standard,
        Writing::SlashKept,
        Writing::PlusForSpace,
        Writing::MarksKept,
        Writing::AsSent,
        Writing::TildeEncoded,
    ];

    pub(super) fn value(self, bytes: &[u8], out: &mut String) {
        for byte in bytes {
            match (self, byte) {
                (Writing::SlashKept | Writing::TildeEncoded, b'/') => out.push('/'),
                (Writing::TildeEncoded, b'~') => out.push_str("%7E"),
                (Writing::PlusForSpace, b' ') => out.push('+'),
                _ => self.whole_byte(*byte, out),
            }
        }
    }

    /// Encodes the parts of the base string once more.
    pub(super) fn whole(self, text: &str, out: &mut String) {
        for byte in text.bytes() {
            self.whole_byte(byte, out);
        }
    }

    fn whole_byte(self, byte: u8, out: &mut String) {
        if self == Writing::MarksKept && b"!'()*".contains(&byte) {
            out.push(char::from(byte));
        } else {
            standard(byte, out);
        }
    }
}

impl SecretWriting {
    /// The standard first.
    pub const ALL: [SecretWriting; 3] = [SecretWriting::Standard, SecretWriting::PlusForSpace, SecretWriting::Raw];

    /// The key of a signature: the secret, and no token's.
    pub(super) fn key(self, secret: &str) -> String {
        let mut key = String::with_capacity(secret.len() + 1);
        match self {
            SecretWriting::Standard => Writing::Standard.value(secret.as_bytes(), &mut key),
            SecretWriting::PlusForSpace => Writing::PlusForSpace.value(secret.as_bytes(), &mut key),
            SecretWriting::Raw => key.push_str(secret),
        }
        key.push('&');
        key
    }
}

fn standard(byte: u8, out: &mut String) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        out.push(char::from(byte));
    } else {
        out.push('%');
        out.push(char::from(DIGITS[usize::from(byte >> 4)]));
        out.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
}
