//! Failures that pass and failures that stay (C7, C8 and worse).

use super::server::{Reply, Server, orgs, run};
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster_client::{Ask, Client, ErrorKind, Habit};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::unbounded_channel;

/// A server whose first answers are these, and then the good one.
async fn after(faults: Vec<Reply>) -> Server {
    let mut faults = faults.into_iter();
    Server::new(move |_| faults.next().unwrap_or_else(|| Reply::ok(orgs(0..3)).with("X-Total-Count", "3"))).await
}

async fn all(client: &Client) -> Result<Vec<Record>, oneroster_client::Error> {
    client.records(Ask::all(Kind::Org)).unwrap().all().await
}

#[test]
fn what_passes_is_waited_for() {
    let faults = [
        Reply::new(500, "<html><title>Oops</title></html>"),
        Reply::new(503, ""),
        Reply::new(429, "slow down"),
        Reply::new(502, ""),
        Reply { cut: Some(40), ..Reply::ok(orgs(0..3)) },
        Reply::ok(&orgs(0..3)[..40]),
        Reply { dropped: true, ..Reply::default() },
    ];
    for fault in faults {
        run(async {
            let server = after(vec![fault.clone(), fault.clone()]).await;
            let (config, world) = server.config();
            let found = all(&Client::new(config).unwrap()).await;
            assert_eq!(found.unwrap_or_else(|e| panic!("{fault:?}: {e}")).len(), 3);
            assert_eq!(world.waits().len(), 2, "{fault:?}");
        });
    }
}

#[test]
fn retry_after_is_honoured_in_both_forms() {
    // C7
    run(async {
        let server = after(vec![
            Reply::new(429, "").with("Retry-After", "7"),
            Reply::new(503, "").with("Retry-After", "Tue, 14 Nov 2023 22:13:40 GMT"),
        ])
        .await;
        let (config, world) = server.config();
        assert_eq!(all(&Client::new(config).unwrap()).await.unwrap().len(), 3);
        // Time began at 22:13:20 and seven seconds have passed.
        assert_eq!(world.waits(), [Duration::from_secs(7), Duration::from_secs(13)]);
    });
}

#[test]
fn patience_has_an_end_and_says_so() {
    run(async {
        let server = Server::new(|_| Reply::new(500, r#"{"message":"kaputt"}"#)).await;
        let (config, world) = server.config();
        let error = all(&Client::new(config).unwrap()).await.unwrap_err();
        assert_eq!((error.kind(), server.asked().len(), world.waits().len()), (ErrorKind::Server, 5, 4));
        assert!(error.to_string().contains("kaputt"), "{error}");
        // Longer than we have patience: no attempt at all.
        let server = Server::new(|_| Reply::new(429, "").with("Retry-After", "86400")).await;
        let (config, world) = server.config();
        let error = all(&Client::new(config).unwrap()).await.unwrap_err();
        assert_eq!((error.kind(), server.asked().len(), world.waits().len()), (ErrorKind::Busy, 1, 0));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(86_400)));
    });
}

#[test]
fn what_stays_is_not_asked_again() {
    let cases = [
        (400, ErrorKind::BadRequest),
        (401, ErrorKind::SignIn),
        (403, ErrorKind::Forbidden),
        (404, ErrorKind::NotFound),
        (422, ErrorKind::Refused),
        (501, ErrorKind::NotOffered),
        (302, ErrorKind::Redirected),
    ];
    for (status, kind) in cases {
        run(async {
            let server =
                Server::new(move |_| Reply::new(status, "").with("Location", "https://else.example.org/x")).await;
            let error = all(&server.client()).await.unwrap_err();
            assert_eq!((error.kind(), server.asked().len()), (kind, 1), "{status}");
        });
    }
}

#[test]
fn an_answer_beyond_all_bounds_is_refused() {
    run(async {
        let server = Server::new(|_| Reply::ok(orgs(0..100))).await;
        let (config, _) = server.config();
        let error = all(&Client::new(config.largest_answer(1000)).unwrap()).await.unwrap_err();
        // Smaller pages are tried; a server that does not care is given up.
        assert_eq!((error.kind(), server.asked().len()), (ErrorKind::TooLarge, 3));
    });
}

#[test]
fn nobody_there_is_said_after_some_attempts() {
    run(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        drop(listener);
        let server = Server::new(|_| Reply::default()).await;
        let (_, world) = server.config();
        let config = oneroster_client::Config::new(&url).unwrap().world(world.clone());
        let error = all(&Client::new(config).unwrap()).await.unwrap_err();
        assert_eq!((error.kind(), world.waits().len()), (ErrorKind::Unreachable, 4));
    });
}

#[test]
fn a_dropped_call_is_over() {
    run(async {
        let (told, mut begun) = unbounded_channel();
        let server = Server::new(move |_| {
            told.send(()).unwrap();
            Reply::new(429, "").with("Retry-After", "1")
        })
        .await;
        let (config, _) = server.config();
        let client = Client::new(config).unwrap();
        let mut pages = client.pages(Ask::all(Kind::Org)).unwrap();
        tokio::select! {
            _ = pages.next() => panic!("it cannot end"),
            _ = begun.recv() => {}
        }
        drop(pages);
        // Whatever was under way is answered; nothing is asked after it.
        let asked = server.asked().len();
        tokio::task::yield_now().await;
        assert_eq!(server.asked().len(), asked);
    });
}

#[test]
fn no_more_requests_are_under_way_than_were_allowed() {
    run(async {
        let gate = Arc::new(Semaphore::new(0));
        let (told, mut begun) = unbounded_channel();
        let of_server = gate.clone();
        let server = Server::new(move |_| {
            told.send(()).unwrap();
            Reply { gate: Some(of_server.clone()), ..Reply::ok(orgs(0..3)).with("X-Total-Count", "3") }
        })
        .await;
        let client = Client::new(server.config().0.concurrency(2)).unwrap();
        let reads: Vec<_> = (0..5)
            .map(|_| {
                tokio::spawn({
                    let client = client.clone();
                    async move { all(&client).await.unwrap().len() }
                })
            })
            .collect();
        begun.recv().await.unwrap();
        begun.recv().await.unwrap();
        // However long the others are given, they wait.
        for _ in 0..200 {
            tokio::task::yield_now().await;
        }
        assert_eq!(server.asked().len(), 2);
        gate.add_permits(5);
        for read in reads {
            assert_eq!(read.await.unwrap(), 3);
        }
        assert_eq!(server.asked().len(), 5);
    });
}

#[test]
fn no_more_requests_begin_in_a_second_than_were_allowed() {
    run(async {
        let server = after(Vec::new()).await;
        let (config, world) = server.config();
        let client = Client::new(config.rate(2)).unwrap();
        for _ in 0..6 {
            assert_eq!(all(&client).await.unwrap().len(), 3);
        }
        // Two at once, and then one each half second.
        let waited: Duration = world.waits().iter().sum();
        assert!((Duration::from_millis(1990)..Duration::from_millis(2100)).contains(&waited), "{waited:?}");
    });
}

#[test]
fn a_server_without_tls_is_told_at_once() {
    run(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("https://{}", listener.local_addr().unwrap());
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
            }
        });
        let world = Arc::new(super::server::Clockwork::default());
        let config = oneroster_client::Config::new(&url).unwrap();
        let error = all(&Client::new(config.world(world.clone())).unwrap()).await.unwrap_err();
        assert_eq!((error.kind(), world.waits().len()), (ErrorKind::Unsafe, 0), "{error}");
    });
}

#[test]
fn a_page_that_is_too_much_is_asked_for_in_pieces() {
    run(async {
        let server = Server::new(|asked| {
            let (offset, limit) = (asked.number("offset"), asked.number("limit"));
            if limit > 30 {
                return Reply::new(504, "");
            }
            Reply::ok(orgs(offset..(offset + limit).min(60))).with("X-Total-Count", "60")
        })
        .await;
        let client = Client::new(server.config().0.patience(1, Duration::ZERO)).unwrap();
        let mut pages = client.pages(Ask::all(Kind::Org)).unwrap();
        let mut count = 0;
        while let Some(page) = pages.next().await.unwrap() {
            count += page.len();
        }
        assert_eq!((count, client.findings().count(Habit::LargePagesFail)), (60, 1));
        assert!(pages.confirm().await.unwrap() && pages.ending(0).is_whole());
        let limits: Vec<usize> = server.asked().iter().map(|asked| asked.number("limit")).collect();
        assert_eq!(limits, [100, 25, 25, 25, 25]);
    });
}
