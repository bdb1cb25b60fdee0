//! Vectors of the RFC and of rest.md, and clients as they really sign.

use super::base;
use super::parameters::{of_form, of_header, of_query};
use super::*;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;

const URL: &str =
    "https://sis.example.org/ims/oneroster/v1p1/users?filter=givenName%3D%27Colin%20Robert%27&limit=100&offset=0";
const CREDENTIALS: Credentials<'_> = Credentials { key: "demo-key", secret: "demo secret/1" };
const STAMP: Stamp<'_> = Stamp { nonce: "n0nceAbc123", timestamp: 1_700_000_000 };

fn get(address: &Address<'static>) -> Message<'static> {
    Message { method: "GET", query: address.query, form: None }
}

fn read<'a>(message: &Message<'a>, header: &'a str) -> Signed<'a> {
    Signed::read(message, Some(header)).unwrap().unwrap()
}

/// The signature of a header.
fn signature(header: &str) -> Vec<u8> {
    let parameters = of_header(header).unwrap();
    parameters.into_iter().find(|p| &*p.name == b"oauth_signature").unwrap().value.into_owned()
}

#[test]
fn requests_are_signed_as_the_vectors_say() {
    // rest.md 5.4
    let address = Address::split(URL).unwrap();
    let cases =
        [(Hash::Sha256, "E+H80AuYGr/5Fi2ZXcA404b3z2eiad8N8eOa3AZ3eZE="), (Hash::Sha1, "6289+QYXgZ/vh+JEjgzrqi6HvIw=")];
    for (hash, wanted) in cases {
        let header = sign(&get(&address), &address, &CREDENTIALS, hash, STAMP);
        assert_eq!(String::from_utf8(signature(&header)).unwrap(), wanted);
        let message = get(&address);
        let signed = read(&message, &header);
        assert_eq!(
            (signed.consumer_key(), signed.nonce(), signed.timestamp()),
            ("demo-key", "n0nceAbc123", 1_700_000_000)
        );
        assert!(signed.fit(&[address], CREDENTIALS.secret, false).unwrap().is_standard());
        for wrong in ["demo secret/2", "", "demo%20secret%2F1"] {
            assert_eq!(signed.fit(&[address], wrong, false), None, "{wrong}");
        }
    }
}

#[test]
fn the_base_string_is_that_of_the_rfc() {
    // RFC 5849, 3.4.1.1: parameters of header, query and body, some of them
    // twice, and without a value.
    let header = "OAuth realm=\"Example\", oauth_consumer_key=\"9djdj82h48djs9d2\", \
                  oauth_token=\"kkk9d7dh3k39sjv7\", oauth_signature_method=\"HMAC-SHA1\", \
                  oauth_timestamp=\"137131201\", oauth_nonce=\"7d8f3e4a\"";
    let address = Address::split("HTTP://EXAMPLE.COM:80/request?b5=%3D%253D&a3=a&c%40=&a2=r%20b").unwrap();
    let mut parameters = of_header(header).unwrap();
    parameters.extend(address.query.into_iter().flat_map(of_query));
    parameters.extend(of_form(b"c2&a3=2+q"));
    let text = base::string("POST", &base::uri(&address, false), &parameters, Writing::Standard);
    let wanted = "POST&http%3A%2F%2Fexample.com%2Frequest&a2%3Dr%2520b%26a3%3D2%2520q%26a3%3Da%26b5%3D%253D%25253D%26\
                  c%2540%3D%26c2%3D%26oauth_consumer_key%3D9djdj82h48djs9d2%26oauth_nonce%3D7d8f3e4a%26\
                  oauth_signature_method%3DHMAC-SHA1%26oauth_timestamp%3D137131201%26oauth_token%3Dkkk9d7dh3k39sjv7";
    assert_eq!(text, wanted);
}

#[test]
fn the_signatures_of_the_rfc_come_out() {
    // RFC 5849, 1.2, and OAuth Core 1.0a, appendix A.5. Both have a token, so
    // the key is that of a client with a token.
    let cases = [
        ("137131202", "chapoH", "", "MdpQcU8iPSUjWoN/UDMsK2sui9I="),
        ("1191242096", "kllo9940pd9333jh", ", oauth_version=\"1.0\"", "tR3+Ty81lMeYAr/Fid0kMTYa/WM="),
    ];
    let address = Address::split("http://photos.example.net/photos?file=vacation.jpg&size=original").unwrap();
    for (timestamp, nonce, version, wanted) in cases {
        let header = format!(
            "OAuth realm=\"Photos\", oauth_consumer_key=\"dpf43f3p2l4k3l03\", oauth_token=\"nnch734d00sl2jdk\", \
             oauth_signature_method=\"HMAC-SHA1\", oauth_timestamp=\"{timestamp}\", oauth_nonce=\"{nonce}\"{version}"
        );
        let mut parameters = of_header(&header).unwrap();
        parameters.extend(address.query.into_iter().flat_map(of_query));
        let text = base::string("GET", &base::uri(&address, false), &parameters, Writing::Standard);
        assert_eq!(STANDARD.encode(Hash::Sha1.code(b"kd94hf93k423kf44&pfkkdhi9sl3r4s00", &text)), wanted);
    }
}

#[test]
fn addresses_are_compared_as_the_rfc_says() {
    let uri = |url| base::uri(&Address::split(url).unwrap(), false);
    // RFC 5849, 3.4.1.2.
    assert_eq!(uri("HTTP://EXAMPLE.COM:80/r%20v/X?id=123"), "http://example.com/r%20v/X");
    assert_eq!(uri("https://www.example.net:8080/?q=1"), "https://www.example.net:8080/");
    assert_eq!(uri("https://a.example:443#x"), "https://a.example/");
    assert_eq!(uri("https://[2001:DB8::1]/a"), "https://[2001:db8::1]/a");
    assert_eq!(uri("http://[::1]:8080/a"), "http://[::1]:8080/a");
    assert!(Address::split("example.org/a").is_none() && Address::split("https:///a").is_none());
    let behind = Address { prefix: "/north", path: "/a", ..Address::split("https://a.example").unwrap() };
    assert_eq!(base::uri(&behind, false), "https://a.example/north/a");
}

#[test]
fn the_parameters_may_stand_in_query_or_body() {
    let address = Address::split("https://a.example/x?b=1&b=0").unwrap();
    let message = Message { method: "PUT", query: address.query, form: Some(b"c=2+3") };
    let header = sign(&message, &address, &CREDENTIALS, Hash::Sha1, STAMP);
    let own: Vec<String> = of_header(&header)
        .unwrap()
        .iter()
        .map(|p| {
            let mut pair = String::from_utf8(p.name.to_vec()).unwrap() + "=";
            Writing::Standard.value(&p.value, &mut pair);
            pair
        })
        .collect();
    let query = format!("b=1&{}&b=0", own.join("&"));
    let in_query = Message { query: Some(&query), ..message };
    let form = format!("{}&c=2%203", own.join("&"));
    let in_form = Message { form: Some(form.as_bytes()), ..message };
    for message in [in_query, in_form] {
        for header in [None, Some("Basic eDp5")] {
            let signed = Signed::read(&message, header).unwrap().unwrap();
            assert!(signed.fit(&[address], CREDENTIALS.secret, false).is_some());
        }
        assert_eq!(Signed::read(&message, Some(&header)).unwrap_err(), Malformed::Repeated);
    }
    assert!(Signed::read(&message, None).unwrap().is_none());
}

#[test]
fn what_is_no_signature_is_told_apart() {
    let address = Address::split(URL).unwrap();
    let message = get(&address);
    let whole = sign(&message, &address, &CREDENTIALS, Hash::Sha256, STAMP);
    let refused = |header: &str| Signed::read(&message, Some(header)).unwrap_err();
    for name in ["oauth_consumer_key", "oauth_nonce", "oauth_timestamp", "oauth_signature_method", "oauth_signature"] {
        let without = whole.replace(&format!("{name}="), "x=");
        assert_eq!(refused(&without), Malformed::Missing(name));
    }
    for (from, to, why) in [
        ("HMAC-SHA256", "PLAINTEXT", Malformed::Method),
        ("\"1.0\"", "\"2.0\"", Malformed::Version),
        ("oauth_version=\"1.0\"", "oauth_token=\"t\"", Malformed::Token),
        ("oauth_version=\"1.0\"", "oauth_nonce=\"t\"", Malformed::Repeated),
        ("1700000000", "-1", Malformed::Missing("oauth_timestamp")),
        ("1700000000", "soon", Malformed::Missing("oauth_timestamp")),
        ("n0nceAbc123", "", Malformed::Missing("oauth_nonce")),
        ("n0nceAbc123", "%FF", Malformed::Missing("oauth_nonce")),
        ("\", oauth", "\" oauth", Malformed::Header),
        ("oauth_signature=", "oauth_signature", Malformed::Header),
    ] {
        assert_eq!(refused(&whole.replacen(from, to, 1)), why, "{from} {to}");
    }
    assert_eq!(refused(&whole.replace("n0nceAbc123", &"n".repeat(256))), Malformed::Missing("oauth_nonce"));
    assert_eq!(refused("OAuth"), Malformed::Missing("oauth_signature_method"));
    for other in ["Bearer x", "OAuth2 x", ""] {
        assert!(Signed::read(&message, Some(other)).unwrap().is_none(), "{other}");
    }
    // Forms of a header that clients send.
    for header in [
        whole.replace("OAuth ", "oauth\t"),
        whole.replace("OAuth ", "OAuth, "),
        whole.replace(", ", ","),
        whole.replace("OAuth ", "OAuth realm=\"a, b\", "),
        whole.replace("%3D\"", "=\"").replace("%2B", "+").replace("%2F", "/"),
        whole.replace("%3D\"", "\""),
        whole.replace("\"demo-key\"", "demo-key"),
    ] {
        assert!(read(&message, &header).fit(&[address], CREDENTIALS.secret, false).is_some(), "{header}");
    }
}

#[test]
fn timestamps_are_good_for_a_while() {
    for (age, timely) in [(600, true), (601, false), (-300, true), (-301, false), (0, true)] {
        assert_eq!(is_timely(1_700_000_000 - age, 1_700_000_000), timely, "{age}");
    }
    assert!(!is_timely(i64::MIN, i64::MAX) && is_timely(i64::MAX, i64::MAX));
}

/// A client that deviates: how it writes values, the whole and the secret.
struct Client {
    value: fn(&str) -> String,
    whole: fn(&str) -> String,
    secret: fn(&str) -> String,
    port: bool,
}

/// Encodes every byte but letters, digits and those given.
fn but(keep: &str, text: &str) -> String {
    let byte = |b: u8| {
        let kept = b.is_ascii_alphanumeric() || keep.as_bytes().contains(&b);
        if kept { char::from(b).to_string() } else { format!("%{b:02X}") }
    };
    text.bytes().map(byte).collect()
}

fn rfc(text: &str) -> String {
    but("-._~", text)
}

fn plus(text: &str) -> String {
    but("-._~ ", text).replace(' ', "+")
}

fn marks(text: &str) -> String {
    but("-._~!'()*", text)
}

impl Client {
    /// The header of a request with decoded values in its query, made from
    /// scratch.
    fn header(&self, host: &str, path: &str, query: &[(&str, &str)]) -> String {
        let own = [
            ("oauth_consumer_key", CREDENTIALS.key),
            ("oauth_signature_method", "HMAC-SHA256"),
            ("oauth_timestamp", "1700000000"),
            ("oauth_nonce", "Ab1"),
        ];
        let mut pairs: Vec<_> = own.iter().chain(query).map(|(n, v)| format!("{n}={}", (self.value)(v))).collect();
        pairs.sort();
        let host = if self.port { host } else { host.split(':').next().unwrap() };
        let whole = self.whole;
        let text = format!("GET&{}&{}", whole(&format!("https://{host}{path}")), whole(&pairs.join("&")));
        let key = (self.secret)(CREDENTIALS.secret) + "&";
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).unwrap();
        mac.update(text.as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        let last = ("oauth_signature", signature.as_str());
        let pairs = own.iter().chain([&last]);
        format!("OAuth {}", pairs.map(|(n, v)| format!("{n}=\"{}\"", but("-._~", v))).collect::<Vec<_>>().join(","))
    }
}

#[test]
fn clients_in_use_are_understood_and_known_apart() {
    let standard = Client { value: rfc, whole: rfc, secret: rfc, port: true };
    let raw = |text: &str| text.to_owned();
    let cases = [
        (Writing::Standard, SecretWriting::Standard, Client { port: true, ..standard }),
        // ClassLink, Python: quote() of values, quote_plus() of the rest.
        (
            Writing::SlashKept,
            SecretWriting::PlusForSpace,
            Client { value: |t| but("-._~/", t), secret: plus, ..standard },
        ),
        (
            Writing::TildeEncoded,
            SecretWriting::PlusForSpace,
            Client { value: |t| but("-._/", t), whole: rfc, secret: plus, port: true },
        ),
        // ClassLink, Ruby: form encoding everywhere, the port forgotten.
        (
            Writing::PlusForSpace,
            SecretWriting::PlusForSpace,
            Client { value: plus, whole: plus, secret: plus, port: false },
        ),
        // ClassLink, Node.js.
        (Writing::MarksKept, SecretWriting::Standard, Client { value: marks, whole: marks, secret: marks, port: true }),
        // ClassLink, .NET: the query as it stands.
        (Writing::AsSent, SecretWriting::Standard, Client { value: |t| t.replace(' ', "%20"), ..standard }),
        // Moodle's plugin.
        (Writing::Standard, SecretWriting::Raw, Client { secret: raw, ..standard }),
    ];
    let query = [("filter", "name~'a b/c*'"), ("limit", "10000")];
    let sent = "filter=name~'a%20b/c*'&limit=10000";
    let address = Address { query: Some(sent), ..Address::split("https://a.example:8443/v1p1/users").unwrap() };
    for (writing, secret, client) in cases {
        let header = client.header("a.example:8443", "/v1p1/users", &query);
        let message = get(&address);
        let signed = read(&message, &header);
        let fit = signed.fit(&[address], CREDENTIALS.secret, true).unwrap_or_else(|| panic!("{writing:?} {secret:?}"));
        assert_eq!(fit, Fit { writing, secret, port_left_out: !client.port });
        let strict = signed.fit(&[address], CREDENTIALS.secret, false);
        assert_eq!(strict.is_some(), fit.is_standard(), "{fit}");
        assert_eq!(signed.fit(&[address], "demo secret/2", true), None);
        let elsewhere = Address { authority: "b.example", ..address };
        assert_eq!(signed.fit(&[elsewhere], CREDENTIALS.secret, true), None);
        assert!(signed.fit(&[elsewhere, address], CREDENTIALS.secret, true).is_some());
    }
}

proptest! {
    #[test]
    fn what_is_signed_is_good_and_anything_else_is_not(
        key in "\\PC{1,20}", secret in "\\PC{0,20}", nonce in "\\PC{1,20}", query in "[ -~]{0,60}", other in "[ -~]{1,5}",
    ) {
        let query = query.replace('#', "");
        prop_assume!(!query.contains("oauth_"));
        let url = "https://a.example/x";
        let address = Address { query: Some(&query), ..Address::split(url).unwrap() };
        let message = Message { method: "GET", query: Some(&query), form: None };
        let stamp = Stamp { nonce: &nonce, timestamp: 7 };
        let header = sign(&message, &address, &Credentials { key: &key, secret: &secret }, Hash::Sha256, stamp);
        let signed = Signed::read(&message, Some(&header)).unwrap().unwrap();
        prop_assert_eq!(signed.consumer_key(), &*key);
        prop_assert!(signed.fit(&[address], &secret, false).unwrap().is_standard());
        let more = format!("{query}&x={other}");
        let changed = Message { query: Some(&more), ..message };
        let signed = Signed::read(&changed, Some(&header)).unwrap().unwrap();
        prop_assert!(signed.fit(&[address], &secret, true).is_none());
    }

    #[test]
    fn anything_is_read_or_refused(header in "(OAuth[ ,])?[ -~é\"=,]*", query in "[ -~]*", form in any::<Vec<u8>>()) {
        let message = Message { method: "GET", query: Some(&query), form: Some(&form) };
        if let Ok(Some(signed)) = Signed::read(&message, Some(&header)) {
            prop_assert!(signed.fit(&[Address::split(URL).unwrap()], "", true).is_none());
        }
    }
}
