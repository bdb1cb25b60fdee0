//! Request lines as real clients send them.
//!
//! Filters come with raw `<`, `>` and `"`, and now and then with bytes that are
//! no UTF-8 (rest.md 3.5, T27). They may not stand in a URL, and the HTTP
//! library refuses the whole request for them. So they are percent-encoded
//! here, before it reads the line; everything else passes as it came.

use memchr::memchr;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// A connection whose request lines hold no byte that a URL cannot.
pub(super) struct Lenient<T> {
    inner: T,
    lines: Lines,
    /// What was read but did not fit, since encoding makes it longer.
    pending: Vec<u8>,
    given: usize,
}

impl<T> Lenient<T> {
    pub(super) fn new(inner: T) -> Lenient<T> {
        Lenient { inner, lines: Lines::default(), pending: Vec::new(), given: 0 }
    }

    fn give(&mut self, buf: &mut ReadBuf<'_>) {
        let rest = &self.pending[self.given..];
        let fits = rest.len().min(buf.remaining());
        buf.put_slice(&rest[..fits]);
        self.given += fits;
        if self.given == self.pending.len() {
            self.pending = Vec::new();
            self.given = 0;
        }
    }
}

impl<T: AsyncRead + Unpin> AsyncRead for Lenient<T> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.pending.is_empty() {
            let before = buf.filled().len();
            ready!(Pin::new(&mut self.inner).poll_read(cx, buf))?;
            let Some(encoded) = self.lines.encode(&buf.filled()[before..]) else { return Poll::Ready(Ok(())) };
            buf.set_filled(before);
            self.pending = encoded;
        }
        self.give(buf);
        Poll::Ready(Ok(()))
    }
}

impl<T: AsyncWrite + Unpin> AsyncWrite for Lenient<T> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

/// Where in the requests of a connection we are.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
enum Within {
    /// In the request line, which may have begun or not.
    #[default]
    Line,
    Headers,
    /// So many bytes of a body are to come.
    Body(u64),
    /// A body whose end is not told beforehand: nothing is looked at any more.
    Rest,
}

/// Follows requests just far enough to know where their lines are. If a
/// request is framed in a way that fools it, the HTTP library, which reads the
/// same bytes, is the one that decides.
#[derive(Default)]
struct Lines {
    within: Within,
    /// The line so far, where it came in pieces, as much of it as matters.
    line: Vec<u8>,
    /// How long the body will be, as the headers say.
    body: Option<Within>,
}

/// A header that tells how long the body is fits into this.
const LONGEST: usize = 128;

impl Lines {
    /// The bytes with their request lines encoded; `None` if nothing changes.
    fn encode(&mut self, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut changed: Option<Vec<u8>> = None;
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let end = match self.within {
                Within::Line | Within::Headers => memchr(b'\n', rest).map_or(rest.len(), |i| i + 1),
                Within::Body(left) => usize::try_from(left).map_or(rest.len(), |left| left.min(rest.len())),
                Within::Rest => rest.len(),
            };
            let piece = &rest[..end];
            if self.within == Within::Line && changed.is_none() && piece.iter().any(|b| is_foreign(*b)) {
                changed = Some(bytes[..at].to_vec());
            }
            if let Some(out) = &mut changed {
                if self.within == Within::Line { encode_line(piece, out) } else { out.extend_from_slice(piece) }
            }
            self.pass(piece);
            at += end;
        }
        changed
    }

    fn pass(&mut self, piece: &[u8]) {
        match self.within {
            Within::Rest => {}
            Within::Body(left) if left > piece.len() as u64 => self.within = Within::Body(left - piece.len() as u64),
            Within::Body(_) => self.within = Within::Line,
            Within::Line | Within::Headers if piece.last() != Some(&b'\n') => self.keep(piece),
            Within::Line | Within::Headers if self.line.is_empty() => self.end_of_line(piece),
            Within::Line | Within::Headers => {
                self.keep(piece);
                let line = std::mem::take(&mut self.line);
                self.end_of_line(&line);
            }
        }
    }

    fn keep(&mut self, piece: &[u8]) {
        let room = LONGEST.saturating_sub(self.line.len());
        self.line.extend_from_slice(&piece[..piece.len().min(room)]);
    }

    fn end_of_line(&mut self, line: &[u8]) {
        let line = line.trim_ascii_end();
        match (self.within, line.is_empty()) {
            // Empty lines before a request line are allowed.
            (Within::Line, true) => {}
            (Within::Line, false) => self.within = Within::Headers,
            (_, true) => self.within = self.body.take().unwrap_or_default(),
            (_, false) => self.header(line),
        }
    }

    fn header(&mut self, line: &[u8]) {
        let Some((name, value)) = line.split_at_checked(memchr(b':', line).unwrap_or_default()) else { return };
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.body = Some(Within::Rest);
        } else if name.eq_ignore_ascii_case(b"content-length") && self.body != Some(Within::Rest) {
            let length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
            self.body = match length {
                Some(0) => None,
                Some(length) => Some(Within::Body(length)),
                None => Some(Within::Rest),
            };
        }
    }
}

/// Whether the HTTP library would refuse a URL for this byte, or cut it off there.
fn is_foreign(byte: u8) -> bool {
    matches!(byte, b'"' | b'#' | b'<' | b'>' | b'`') || byte >= 0x80
}

fn encode_line(line: &[u8], out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    for byte in line {
        if is_foreign(*byte) {
            out.extend_from_slice(&[b'%', DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        } else {
            out.push(*byte);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn through(pieces: &[&[u8]]) -> Vec<u8> {
        let mut lines = Lines::default();
        pieces.iter().flat_map(|piece| lines.encode(piece).unwrap_or_else(|| piece.to_vec())).collect()
    }

    const REQUESTS: &[u8] = b"GET /a?filter=d>'2026'#x HTTP/1.1\r\nHost: <h>\r\n\r\n\
        \r\nPOST /b?c<\xff HTTP/1.1\r\ncontent-LENGTH: 9\r\nx: y>\r\n\r\n<a>\n\r\n<b\
        PUT /\"` HTTP/1.1\nContent-Length:0\n\n\
        GET /> HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<>\n\r\n0\r\n\r\nGET /> HTTP/1.1\r\n\r\n";
    const WANTED: &[u8] = b"GET /a?filter=d%3E'2026'%23x HTTP/1.1\r\nHost: <h>\r\n\r\n\
        \r\nPOST /b?c%3C%FF HTTP/1.1\r\ncontent-LENGTH: 9\r\nx: y>\r\n\r\n<a>\n\r\n<b\
        PUT /%22%60 HTTP/1.1\nContent-Length:0\n\n\
        GET /%3E HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n<>\n\r\n0\r\n\r\nGET /> HTTP/1.1\r\n\r\n";

    #[test]
    fn only_request_lines_are_encoded() {
        assert_eq!(String::from_utf8_lossy(&through(&[REQUESTS])), String::from_utf8_lossy(WANTED));
    }

    #[test]
    fn ordinary_requests_are_not_even_copied() {
        let mut lines = Lines::default();
        let plain = b"GET /users?filter=a%3E'1' HTTP/1.1\r\nHost: x\r\n\r\nGET /orgs HTTP/1.1\r\nHost: x\r\n\r\n";
        assert_eq!(lines.encode(plain), None);
    }

    #[test]
    fn a_small_buffer_gets_all_of_it() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            use tokio::io::AsyncReadExt;
            let mut connection = Lenient::new(REQUESTS);
            let mut read = Vec::new();
            let mut small = [0; 7];
            loop {
                let n = connection.read(&mut small).await.unwrap();
                if n == 0 {
                    break;
                }
                read.extend_from_slice(&small[..n]);
            }
            assert_eq!(String::from_utf8_lossy(&read), String::from_utf8_lossy(WANTED));
        });
    }

    proptest! {
        #[test]
        fn pieces_give_what_the_whole_gives(cuts in prop::collection::vec(0..REQUESTS.len(), 0..12)) {
            let mut cuts = cuts;
            cuts.extend([0, REQUESTS.len()]);
            cuts.sort_unstable();
            let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &REQUESTS[pair[0]..pair[1]]).collect();
            prop_assert_eq!(through(&pieces), WANTED);
        }

        #[test]
        fn any_bytes_pass(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = through(&[&bytes]);
        }
    }
}
