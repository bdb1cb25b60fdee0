//! Where a request came from: by the connection, or by what a trusted proxy
//! says of it (RFC 7239, and the X-Forwarded headers that came before it).

use http::{Extensions, HeaderMap, HeaderName, header};
use ipnet::IpNet;
use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};

/// The other end of a connection; it travels with each request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    pub(super) address: SocketAddr,
    pub(super) tls: bool,
}

/// Where a request came from, and by which address its sender knows us.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Origin<'a> {
    /// Who sent it; nobody if it came over no connection.
    pub(super) client: Option<IpAddr>,
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    /// The host, perhaps with a port, if the request tells.
    pub(super) host: Option<Cow<'a, str>>,
}

/// The networks of proxies whose word is taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Proxies(Vec<IpNet>);

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");
const FORWARDED_PORT: HeaderName = HeaderName::from_static("x-forwarded-port");

impl Proxies {
    pub(super) fn new(networks: Vec<IpNet>) -> Proxies {
        Proxies(networks)
    }

    fn trusts(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Where a request came from.
    pub(super) fn origin<'a>(&self, extensions: &Extensions, headers: &'a HeaderMap) -> Origin<'a> {
        let peer = extensions.get::<Peer>();
        let client = peer.map(|peer| peer.address.ip().to_canonical());
        let scheme = if peer.is_some_and(|peer| peer.tls) { "https" } else { "http" };
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).map(Cow::Borrowed);
        let direct = Origin { client, scheme, host };
        match client {
            Some(address) if !self.0.is_empty() && self.trusts(address) => self.told(direct, headers),
            _ => direct,
        }
    }

    /// What trusted proxies tell of a request that reached us like `direct`.
    fn told<'a>(&self, direct: Origin<'a>, headers: &'a HeaderMap) -> Origin<'a> {
        let hops = hops(headers);
        if hops.is_empty() {
            return direct;
        }
        // Each proxy adds whom it heard it from. The first one, from our end,
        // that is no proxy of ours is the client; what stands before it is only
        // what the client claims.
        let from = hops.iter().rposition(|hop| hop.from.is_none_or(|from| !self.trusts(from))).unwrap_or(0);
        let hop = &hops[from];
        Origin {
            client: hop.from.or(direct.client),
            scheme: hop.scheme.unwrap_or(direct.scheme),
            host: hop.host.clone().or(direct.host),
        }
    }
}

/// What one proxy tells of the request as it got it.
#[derive(Debug, Default)]
struct Hop<'a> {
    from: Option<IpAddr>,
    scheme: Option<&'static str>,
    host: Option<Cow<'a, str>>,
}

fn hops(headers: &HeaderMap) -> Vec<Hop<'_>> {
    let forwarded: Vec<_> = values(headers, &header::FORWARDED).map(forwarded).collect();
    if !forwarded.is_empty() {
        return forwarded;
    }
    let mut hops: Vec<Hop<'_>> =
        values(headers, &FORWARDED_FOR).map(|text| Hop { from: address(text), ..Hop::default() }).collect();
    if hops.is_empty() {
        hops.push(Hop::default());
    }
    // These are mostly written anew by each proxy, not added to: one value is
    // that of the client's own request.
    let protos: Vec<_> = values(headers, &FORWARDED_PROTO).map(scheme).collect();
    let hosts: Vec<_> = values(headers, &FORWARDED_HOST).collect();
    let port = values(headers, &FORWARDED_PORT).next();
    let count = hops.len();
    for (i, hop) in hops.iter_mut().enumerate() {
        let at = |given: usize| if given == count { i } else { 0 };
        hop.scheme = protos.get(at(protos.len())).copied().flatten();
        hop.host = hosts.get(at(hosts.len())).map(|host| with_port(host, port, hop.scheme));
    }
    if protos.is_empty() && hosts.is_empty() && hops.iter().all(|hop| hop.from.is_none()) { Vec::new() } else { hops }
}

/// The members of a header that is a list, in every line of it.
fn values<'a>(headers: &'a HeaderMap, name: &HeaderName) -> impl Iterator<Item = &'a str> {
    let lines = headers.get_all(name).iter().filter_map(|line| line.to_str().ok());
    lines.flat_map(|line| line.split(',')).map(str::trim).filter(|text| !text.is_empty())
}

/// `for=192.0.2.60;proto=http;host=example.org`; unknown members are passed over.
fn forwarded(element: &str) -> Hop<'_> {
    let mut hop = Hop::default();
    for pair in element.split(';') {
        let Some((name, value)) = pair.split_once('=') else { continue };
        let value = value.trim().trim_matches('"');
        match name.trim().to_ascii_lowercase().as_str() {
            "for" => hop.from = address(value),
            "proto" => hop.scheme = scheme(value),
            "host" if !value.is_empty() => hop.host = Some(value.into()),
            _ => {}
        }
    }
    hop
}

/// An address, perhaps with a port: `192.0.2.1`, `192.0.2.1:80`, `[2001:db8::1]:80`.
fn address(text: &str) -> Option<IpAddr> {
    let bare = text.trim_start_matches('[').split(']').next().unwrap_or_default();
    let parsed = text.parse::<IpAddr>().ok().or_else(|| text.parse::<SocketAddr>().ok().map(|a| a.ip()));
    parsed.or_else(|| bare.parse().ok()).map(|address| address.to_canonical())
}

fn scheme(text: &str) -> Option<&'static str> {
    ["https", "http"].into_iter().find(|scheme| text.eq_ignore_ascii_case(scheme))
}

/// A host with the port that another header tells, unless it is the scheme's.
fn with_port<'a>(host: &'a str, port: Option<&str>, scheme: Option<&str>) -> Cow<'a, str> {
    let named = host.rsplit_once(':').is_some_and(|(_, port)| !port.contains(']'));
    let own = matches!((scheme, port), (Some("https"), Some("443")) | (Some("http") | None, Some("80")));
    match port {
        Some(port) if !named && !own && port.parse::<u16>().is_ok() => format!("{host}:{port}").into(),
        _ => host.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    fn origin(peer: &str, tls: bool, headers: &[(&'static str, &str)]) -> (String, &'static str, String) {
        let proxies = Proxies::new(["10.0.0.0/8", "2001:db8::/32"].map(|n| n.parse().unwrap()).into());
        let mut map = HeaderMap::new();
        map.insert(header::HOST, HeaderValue::from_static("inner:8080"));
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let mut extensions = Extensions::new();
        extensions.insert(Peer { address: SocketAddr::new(peer.parse().unwrap(), 4711), tls });
        let origin = proxies.origin(&extensions, &map);
        (origin.client.unwrap().to_string(), origin.scheme, origin.host.unwrap().into_owned())
    }

    fn is(given: (String, &str, String), client: &str, scheme: &str, host: &str) {
        assert_eq!((given.0.as_str(), given.1, given.2.as_str()), (client, scheme, host));
    }

    const ALL: [(&str, &str); 3] =
        [("x-forwarded-for", "192.0.2.7"), ("x-forwarded-proto", "https"), ("x-forwarded-host", "outer")];

    #[test]
    fn only_trusted_proxies_are_believed() {
        is(origin("192.0.2.1", false, &ALL), "192.0.2.1", "http", "inner:8080");
        is(origin("192.0.2.1", true, &[("forwarded", "for=1.2.3.4;host=x")]), "192.0.2.1", "https", "inner:8080");
        is(origin("10.1.2.3", false, &ALL), "192.0.2.7", "https", "outer");
        is(origin("::ffff:10.1.2.3", false, &ALL), "192.0.2.7", "https", "outer");
        is(origin("10.1.2.3", true, &[]), "10.1.2.3", "https", "inner:8080");
    }

    #[test]
    fn a_client_cannot_put_itself_behind_another_address() {
        let long = [("x-forwarded-for", "203.0.113.9, 192.0.2.7"), ("x-forwarded-for", "10.9.9.9")];
        is(origin("10.1.2.3", false, &long), "192.0.2.7", "http", "inner:8080");
        let elements =
            "for=203.0.113.9;host=evil, For=\"[2001:db9::7]:99\";Proto=HTTPS;Host=outer, for=10.2.2.2;proto=http";
        is(origin("2001:db8::1", false, &[("forwarded", elements)]), "2001:db9::7", "https", "outer");
        // A hop that hides its address is no proxy of ours.
        is(origin("10.1.2.3", false, &[("forwarded", "for=1.2.3.4, for=_hidden;host=b")]), "10.1.2.3", "http", "b");
        // All of them are ours: the request began within.
        is(origin("10.1.2.3", false, &[("x-forwarded-for", "10.7.7.7, 10.8.8.8")]), "10.7.7.7", "http", "inner:8080");
    }

    #[test]
    fn ports_and_odd_values_are_taken_as_far_as_they_go() {
        let port = |port, proto, host| {
            origin(
                "10.0.0.1",
                false,
                &[("x-forwarded-port", port), ("x-forwarded-proto", proto), ("x-forwarded-host", host)],
            )
            .2
        };
        assert_eq!(port("443", "https", "a"), "a");
        assert_eq!(port("8443", "https", "a"), "a:8443");
        assert_eq!(port("8443", "https", "a:1"), "a:1");
        assert_eq!(port("8443", "https", "[::1]"), "[::1]:8443");
        assert_eq!(port("x", "https", "a"), "a");
        is(origin("10.0.0.1", true, &[("forwarded", ";;=,for")]), "10.0.0.1", "https", "inner:8080");
        is(
            origin("10.0.0.1", true, &[("x-forwarded-for", "nobody"), ("x-forwarded-proto", "ftp")]),
            "10.0.0.1",
            "https",
            "inner:8080",
        );
    }
}
