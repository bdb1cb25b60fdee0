//! Spans, as a collector of OpenTelemetry gets them.

use super::house::House;
use homeroom::provider::{Options, Spans};
use serde_json::Value;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpListener;
use std::sync::Arc;

/// Takes one batch of spans, and thanks for it.
fn collect(listener: &TcpListener) -> (String, Value) {
    let (mut stream, _) = listener.accept().unwrap();
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let mut length = 0;
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).unwrap();
        let header = header.trim().to_ascii_lowercase();
        if let Some(given) = header.strip_prefix("content-length:") {
            length = given.trim().parse().unwrap();
        }
        if header.is_empty() {
            break;
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}").unwrap();
    (line, serde_json::from_slice(&body).unwrap())
}

#[test]
fn a_collector_is_told_of_requests_and_of_nobody() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let collector = std::thread::spawn(move || collect(&listener));
    let spans = Some(Arc::new(Spans::to(&address).unwrap()));
    let house = House::with(Options { spans, ..Options::default() });
    let token = house.token();
    house.get("/ims/oneroster/rostering/v1p2/users/secret-person", &token);
    // What is not sent yet is sent at the end.
    drop(house);
    let (line, body) = collector.join().unwrap();
    assert_eq!(line, "POST /v1/traces HTTP/1.1\r\n");
    let spans = &body["resourceSpans"][0]["scopeSpans"][0]["spans"];
    let names: Vec<&str> = spans.as_array().unwrap().iter().map(|span| span["name"].as_str().unwrap()).collect();
    assert_eq!(names, ["POST /oauth/token", "GET /ims/oneroster/rostering/v1p2/users/{sourcedId}"]);
    let text = body.to_string();
    assert!(text.contains("\"homeroom\"") && text.contains("everything") && !text.contains("secret-person"), "{text}");
}
