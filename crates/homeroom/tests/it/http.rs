//! What HTTP itself asks of a server, and the pages beside the standard.

use super::house::{FORM, House, minor};
use oneroster::model::Version;

const USERS: &str = "/ims/oneroster/rostering/v1p2/users";

#[test]
fn head_answers_like_get_without_a_body() {
    let house = House::new();
    let token = house.token();
    let authorization = format!("Bearer {token}");
    for path in [USERS, "/ims/oneroster/v1p1/users/nobody", "/ims/oneroster/v1p1/users?limit=x", "/", "/healthz"] {
        let headers = [("authorization", authorization.as_str())];
        let (get, head) = (house.send("GET", path, &headers, ""), house.send("HEAD", path, &headers, ""));
        assert_eq!((head.status, head.body.as_str()), (get.status, ""), "{path}");
        for name in ["content-type", "content-length", "x-total-count", "link"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
    assert_eq!(house.send("HEAD", USERS, &[], "").status, 401);
}

#[test]
fn queries_come_as_clients_send_them() {
    let house = House::new();
    let token = house.token();
    let ask = |query: &[u8]| {
        let head = format!(
            " HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\r\n",
            house.address
        );
        let answer = house.raw(&[b"GET /ims/oneroster/v1p1/users?filter=", query, head.as_bytes()].concat());
        answer.split(' ').nth(1).unwrap().parse::<u16>().unwrap()
    };
    // T7, T27, T36, T40 raw; non-ASCII raw and encoded; a plus for a space.
    for good in [
        "email='t@x.org'&limit=10000",
        "dateLastModified>'2026-08-01T00:00:00Z'",
        "dateLastModified<='2026-08-01'",
        "familyName!='\"<>#`'",
        "familyName~'Müller'",
        "familyName='M%C3%BCller'+AND+status='active'",
        "familyName='%F0%9F%98%80'",
    ] {
        assert_eq!(ask(good.as_bytes()), 200, "{good}");
    }
    assert_eq!(ask(b"familyName='M\xfcller'"), 400);
    assert_eq!(ask(b"shoeSize>'9'"), 400);
}

#[test]
fn the_body_of_a_get_is_ignored() {
    // T10
    let house = House::new();
    let token = house.token();
    let (body, address) = ("limit=0&grant_type=<x>", house.address);
    let request = |last: &str| {
        format!(
            "GET {USERS}?limit=1 HTTP/1.1\r\nHost: {address}\r\nAuthorization: Bearer {token}\r\n{last}\
             Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        )
    };
    let answer = house.raw([request(""), request("Connection: close\r\n")].concat().as_bytes());
    assert_eq!(answer.matches("HTTP/1.1 200 OK").count(), 2, "{answer}");
}

#[test]
fn what_is_too_large_is_refused_in_the_shapes_of_the_place() {
    let house = House::new();
    let large = "x".repeat(1 << 21);
    for (version, path) in [
        (Version::V1P1, "/ims/oneroster/v1p1/lineItems/1"),
        (Version::V1P2, "/ims/oneroster/gradebook/v1p2/lineItems/1"),
    ] {
        let head =
            format!("PUT {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", large.len());
        let answer = house.raw(head.as_bytes());
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains(minor(version, "\"invalid data\"", "\"invaliddata\"")), "{answer}");
    }
    let header = format!("GET {USERS} HTTP/1.1\r\nHost: x\r\nX-Long: {}\r\n\r\n", "x".repeat(70_000));
    assert!(house.raw(header.as_bytes()).starts_with("HTTP/1.1 431 "));
}

#[test]
fn every_answer_has_an_id_and_callers_may_choose_it() {
    let house = House::new();
    let id =
        |headers: &[(&str, &str)]| house.send("GET", USERS, headers, "").header("x-request-id").unwrap().to_owned();
    assert_ne!(id(&[]), id(&[]));
    assert_eq!(id(&[("x-request-id", "mine-1")]), "mine-1");
    assert_ne!(id(&[("x-request-id", "not mine!")]), "not mine!");
}

#[test]
fn links_speak_of_the_host_or_the_public_address() {
    let house = House::known_as("https://roster.example.org/north");
    let page = house.send("GET", "/", &[("host", "other.example")], "");
    assert!(page.body.contains("https://roster.example.org/north/oauth/token"));
    let house = House::new();
    let page = house.send("GET", "/", &[("host", "other.example:81")], "");
    assert!(page.body.contains("http://other.example:81/oauth/token"));
    let page = house.send("GET", "/", &[("host", "\"><script>")], "");
    assert!(!page.body.contains("script") && page.body.contains(&house.address.to_string()));
}

#[test]
fn a_large_answer_is_compressed_when_asked() {
    let house = House::new();
    let plain = house.send("GET", "/", &[("accept-encoding", "identity")], "");
    assert_eq!(plain.header("content-encoding"), None);
    let head = format!("GET / HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAccept-Encoding: ", house.address);
    let mut stream = std::net::TcpStream::connect(house.address).unwrap();
    std::io::Write::write_all(&mut stream, format!("{head}deflate, gzip, br, zstd\r\n\r\n").as_bytes()).unwrap();
    let mut answer = Vec::new();
    std::io::Read::read_to_end(&mut stream, &mut answer).unwrap();
    assert!(String::from_utf8_lossy(&answer).to_ascii_lowercase().contains("content-encoding: gzip"));
    assert!(answer.len() < plain.body.len());
    let small = house.raw(
        head.replace("GET / ", "GET /healthz ")
            .as_bytes()
            .iter()
            .copied()
            .chain(*b"gzip\r\n\r\n")
            .collect::<Vec<_>>()
            .as_slice(),
    );
    assert!(!small.to_ascii_lowercase().contains("content-encoding"));
}

#[test]
fn pages_beside_the_standard_answer() {
    let house = House::new();
    let page = house.send("GET", "/", &[], "");
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert!(!page.body.contains("{{"));
    for (path, word) in [("/healthz", "ok"), ("/readyz", "ready")] {
        let answer = house.send("GET", path, &[], "");
        assert_eq!((answer.status, answer.json()), (200, serde_json::json!({ "status": word })));
    }
    let posted = house.send("POST", "/healthz", &[FORM], "x=y");
    assert_eq!((posted.status, posted.header("allow")), (405, Some("GET, HEAD")));
    assert_eq!(house.send("GET", "/nothing", &[], "").status, 404);
}
