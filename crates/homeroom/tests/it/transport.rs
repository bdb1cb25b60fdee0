//! TLS, and proxies that ask for others.

use super::desk::Desk;
use super::house::House;
use homeroom::provider::{Options, Tls};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::version::{TLS12, TLS13};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion};

/// A certificate for localhost that vouches for itself.
fn made() -> CertifiedKey<KeyPair> {
    generate_simple_self_signed(["localhost".to_owned()]).unwrap()
}

fn write(folder: &Path, pair: &CertifiedKey<KeyPair>) -> [PathBuf; 2] {
    let files = ["cert.pem", "key.pem"].map(|name| folder.join(name));
    std::fs::write(&files[0], pair.cert.pem()).unwrap();
    std::fs::write(&files[1], pair.signing_key.serialize_pem()).unwrap();
    files
}

/// A request over TLS of some version by somebody who trusts one certificate.
fn over_tls(
    house: &House,
    trusted: &CertificateDer<'static>,
    version: &'static SupportedProtocolVersion,
    request: &str,
) -> std::io::Result<String> {
    let mut roots = RootCertStore::empty();
    roots.add(trusted.clone()).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = ClientConnection::new(Arc::new(config), "localhost".try_into().unwrap()).unwrap();
    let mut stream = StreamOwned::new(client, TcpStream::connect(house.address)?);
    stream.write_all(request.as_bytes())?;
    let mut answer = Vec::new();
    match stream.read_to_end(&mut answer) {
        Err(e) if e.kind() != std::io::ErrorKind::UnexpectedEof => return Err(e),
        _ => {}
    }
    Ok(String::from_utf8(answer).unwrap())
}

const HOME: &str = "GET / HTTP/1.1\r\nHost: localhost:9443\r\nConnection: close\r\n\r\n";

#[test]
fn tls_is_spoken_and_the_certificate_replaced_while_serving() {
    let folder = tempfile::tempdir().unwrap();
    let (first, second) = (made(), made());
    let [certificate, key] = write(folder.path(), &first);
    let tls = Tls::load(&certificate, &key).unwrap().looking_every(Duration::from_millis(5));
    let house = House::with(Options { tls: Some(tls), ..Options::default() });
    for version in [&TLS12, &TLS13] {
        let answer = over_tls(&house, first.cert.der(), version, HOME).unwrap();
        assert!(answer.starts_with("HTTP/1.1 200 OK"), "{answer}");
        assert!(answer.contains("https://localhost:9443/oauth/token"), "links speak of https");
    }
    assert!(over_tls(&house, second.cert.der(), &TLS13, HOME).is_err(), "a certificate that nobody vouches for");
    // Whoever speaks plain HTTP is hung up on, and others are still served.
    let mut plain = TcpStream::connect(house.address).unwrap();
    plain.write_all(HOME.as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = plain.read_to_end(&mut answer);
    assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    // Half of a new pair is not served.
    std::fs::write(&key, "no key").unwrap();
    assert!(over_tls(&house, first.cert.der(), &TLS13, HOME).is_ok());
    write(folder.path(), &second);
    let since = Instant::now();
    while over_tls(&house, second.cert.der(), &TLS13, HOME).is_err() {
        assert!(since.elapsed() < Duration::from_secs(60), "the new certificate is not served");
    }
    assert!(over_tls(&house, first.cert.der(), &TLS13, HOME).is_err());
}

/// The first message of a client that knows TLS 1.1 and nothing newer: a record that
/// holds the version, 32 bytes of chance, no session, one cipher, no compression, and
/// of extensions how signatures are made.
fn hello_of_1_1() -> Vec<u8> {
    let signatures = [0, 8, 0, 13, 0, 4, 0, 2, 4, 3];
    let hello = [&[3, 2][..], &[7; 32], &[0], &[0, 2, 0xC0, 0x09], &[1, 0], &signatures].concat();
    let message = [&[1, 0, 0, hello.len() as u8][..], &hello].concat();
    [&[22, 3, 1, 0, message.len() as u8][..], &message].concat()
}

#[test]
fn nothing_older_than_tls_1_2_is_spoken() {
    let folder = tempfile::tempdir().unwrap();
    let [certificate, key] = write(folder.path(), &made());
    let house = House::with(Options { tls: Some(Tls::load(&certificate, &key).unwrap()), ..Options::default() });
    let mut stream = TcpStream::connect(house.address).unwrap();
    stream.write_all(&hello_of_1_1()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    // A fatal alert: protocol_version (RFC 5246, 7.2).
    assert_eq!((answer.first(), answer.get(5..7)), (Some(&21), Some(&[2, 70][..])), "{answer:?}");
}

#[test]
fn a_trusted_proxy_says_by_which_address_we_are_known() {
    let headers =
        [("x-forwarded-proto", "https"), ("x-forwarded-host", "roster.example.org"), ("x-forwarded-for", "192.0.2.7")];
    let house = House::new();
    let page = house.send("GET", "/", &headers, "").body;
    assert!(page.contains(&format!("http://{}/oauth/token", house.address)), "nobody is trusted by itself");
    let trusted_proxies = vec!["127.0.0.0/8".parse().unwrap()];
    let house = House::with(Options { trusted_proxies, ..Options::default() });
    let page = house.send("GET", "/", &headers, "").body;
    assert!(page.contains("https://roster.example.org/oauth/token"));
    let forwarded = [("forwarded", "for=192.0.2.7;proto=https;host=\"a.example:8443\"")];
    assert!(house.send("GET", "/", &forwarded, "").body.contains("https://a.example:8443/oauth/token"));
    let odd = [("x-forwarded-host", "\"><script>")];
    assert!(!house.send("GET", "/", &odd, "").body.contains("script"));
}

/// What others could listen to is not spoken unless that is said.
#[test]
fn plain_http_for_other_machines_is_refused_unless_it_is_meant() {
    let desk = Desk::new();
    let refused = desk.json(2, "serve --listen 0.0.0.0:0");
    let error = &refused["error"];
    assert_eq!(error["code"], "usage", "{refused}");
    assert!(error["message"].as_str().unwrap().contains("can be reached from other machines"), "{refused}");
    let hint = error["hint"].as_str().unwrap();
    for way in ["--tls-cert", "--tls-key", "127.0.0.1 behind a proxy", "--insecure-http"] {
        assert!(hint.contains(way), "{hint}");
    }
    assert_eq!(desk.files(), [""; 0], "nothing is made by a refusal");
    assert_eq!(desk.json(2, "demo --listen [::]:0")["error"]["code"], "usage");

    let open = desk.serve_by("--listen 0.0.0.0:0 --insecure-http");
    assert_eq!((open.hello["url"].as_str().unwrap().starts_with("http://0.0.0.0:"), open.total("users")), (true, 0));
}
