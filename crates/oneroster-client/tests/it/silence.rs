//! What the log holds: neither secrets nor people.

use super::server::{Reply, Server, run};
use oneroster::model::Kind;
use oneroster_client::{Ask, Client, equal};
use std::io::Write;
use std::sync::{Arc, Mutex};
use std::thread::{self, ThreadId};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// What one thread logs; the tests beside it are not listened to.
#[derive(Clone)]
struct Log {
    bytes: Arc<Mutex<Vec<u8>>>,
    of: ThreadId,
}

impl Log {
    fn of_this_thread() -> Log {
        Log { bytes: Arc::default(), of: thread::current().id() }
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if thread::current().id() == self.of {
            self.bytes.lock().unwrap().extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Log;
    fn make_writer(&'a self) -> Log {
        self.clone()
    }
}

#[test]
fn the_log_knows_operations_and_statuses_only() {
    let log = Log::of_this_thread();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("oneroster_client=trace"))
        .with_writer(log.clone())
        .finish();
    // For the whole process: with a subscriber of one thread alone, what another thread is the first to log is never logged again.
    tracing::subscriber::set_global_default(subscriber).unwrap();
    tracing::callsite::rebuild_interest_cache();
    run(async {
        let mut first = true;
        let server = Server::new(move |asked| match asked.path() {
            "/token" => Reply::ok(r#"{"access_token":"t0ken","expires_in":3600}"#),
            _ if std::mem::take(&mut first) => Reply::new(500, "Zoë Okafor could not be found"),
            _ => Reply::ok(r#"{"users":[{"sourcedId":"u-zoe","status":"active","givenName":"Zoë","x":1}]}"#)
                .with("X-Total-Count", "1"),
        })
        .await;
        let config = server.config().0.oauth2("client-id", "s3cret").token_url(format!("{}/token", server.url));
        let ask = Ask::all(Kind::User).filter(equal("familyName", "Okafor"));
        assert_eq!(Client::new(config).unwrap().records(ask).unwrap().all().await.unwrap().len(), 1);
    });
    let text = String::from_utf8(log.bytes.lock().unwrap().clone()).unwrap();
    assert!(text.contains("getAllUsers") && text.contains("200") && text.contains("500"), "{text}");
    for hidden in ["t0ken", "s3cret", "client-id", "Okafor", "Zoë", "u-zoe", "http://"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
}
