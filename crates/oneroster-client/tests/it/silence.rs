//! What the log holds: neither secrets nor people.

use super::server::{Reply, Server, run};
use oneroster::model::Kind;
use oneroster_client::{Ask, Client, equal};
use std::io::Write;
use std::sync::{Arc, Mutex};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
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
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::new("oneroster_client=trace"))
        .with_writer(log.clone())
        .finish();
    tracing::subscriber::with_default(subscriber, || {
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
    });
    let text = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    assert!(text.contains("getAllUsers") && text.contains("200") && text.contains("500"), "{text}");
    for hidden in ["t0ken", "s3cret", "client-id", "Okafor", "Zoë", "u-zoe", "http://"] {
        assert!(!text.contains(hidden), "{hidden}: {text}");
    }
}
