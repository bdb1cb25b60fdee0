//! Where something lies on an SFTP server: `sftp://USER@HOST:PORT/FOLDER`.

use percent_encoding::percent_decode_str;
use std::fmt;

/// The port of SSH.
const PORT: u16 = 22;

/// A place on an SFTP server.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Address {
    /// By which name the server knows us.
    pub user: String,
    /// The server.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// The path there, from the root; below the home folder if it began with `/~/`.
    pub path: String,
}

impl Address {
    /// Whether a text is meant as one.
    pub fn is_meant(text: &str) -> bool {
        text.starts_with("sftp://")
    }

    /// Reads one.
    ///
    /// # Errors
    /// A sentence for people.
    pub fn parse(text: &str) -> Result<Address, String> {
        let told =
            |what: &str| Err(format!("{what}; write sftp://USER@HOST/FOLDER, or /~/FOLDER below the home folder"));
        let Ok(url) = url::Url::parse(text) else { return told("this is no address") };
        let text = |part: &str| percent_decode_str(part).decode_utf8().ok().map(|part| part.into_owned());
        let (Some(host), Some(user), Some(path)) = (url.host_str(), text(url.username()), text(url.path())) else {
            return told("the server is missing");
        };
        if url.scheme() != "sftp" || user.is_empty() {
            return told("it is not said who we are there");
        }
        if url.password().is_some() {
            return Err("write no password into the address; give it in a file".to_owned());
        }
        if url.query().is_some() || url.fragment().is_some() || path.chars().any(char::is_control) {
            return told("the path will not do");
        }
        let path = path.strip_prefix("/~/").map_or_else(|| path.clone(), str::to_owned);
        let path = match path.trim_end_matches('/') {
            "" if path.starts_with('/') => "/",
            "" => ".",
            path => path,
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        Ok(Address { user, host, port: url.port().unwrap_or(PORT), path: path.to_owned() })
    }

    /// The path of something below.
    pub fn below(&self, name: &str) -> String {
        match self.path.as_str() {
            "/" => format!("/{name}"),
            path => format!("{path}/{name}"),
        }
    }

    /// The name of the last part, and the folder around it.
    pub fn parts(&self) -> (&str, &str) {
        self.path.rsplit_once('/').map_or((".", self.path.as_str()), |(folder, name)| match folder {
            "" => ("/", name),
            folder => (folder, name),
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}:{}", self.user, self.host, self.port)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_says_who_where_and_what() {
        for (text, wanted) in [
            ("sftp://me@sis.example.org/out/day", ("me", "sis.example.org", 22, "/out/day")),
            ("sftp://me@sis.example.org:2222/", ("me", "sis.example.org", 2222, "/")),
            ("sftp://me@sis.example.org", ("me", "sis.example.org", 22, ".")),
            ("sftp://me@[::1]/~/in/", ("me", "::1", 22, "in")),
            ("sftp://a%40b@h/x%20y.zip", ("a@b", "h", 22, "/x y.zip")),
        ] {
            let read = Address::parse(text).unwrap();
            assert_eq!((read.user.as_str(), read.host.as_str(), read.port, read.path.as_str()), wanted, "{text}");
        }
        for bad in
            ["sftp://sis.example.org/x", "sftp://me:s3cret@h/x", "sftp://", "https://me@h/x", "sftp://me@h/x?y", "x"]
        {
            assert!(Address::parse(bad).is_err_and(|told| !told.contains("s3cret")), "{bad}");
        }
        assert_eq!(Address::parse("sftp://me@h/x/a.zip").unwrap().parts(), ("/x", "a.zip"));
        assert_eq!(Address::parse("sftp://me@h/a.zip").unwrap().parts(), ("/", "a.zip"));
        assert_eq!(Address::parse("sftp://me@h/~/a.zip").unwrap().parts(), (".", "a.zip"));
        assert_eq!(Address::parse("sftp://me@h/").unwrap().below("x"), "/x");
    }
}
