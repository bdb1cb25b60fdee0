//! Showing who we are (C6, C9, C10 and worse).

use super::server::{Asked, Reply, Server, orgs, run};
use oneroster::model::Kind;
use oneroster::oauth1::{Address, Message, Signed};
use oneroster_client::{Ask, Client, Config, Edition, ErrorKind, Habit, Scopes, equal};

/// Answers tokens t1, t2, ... and organisations to whoever has one.
fn tokens(
    mut answer: impl FnMut(&Asked, usize) -> Option<Reply> + Send + 'static,
) -> impl FnMut(&Asked) -> Reply + Send {
    let mut given = 0;
    move |asked| {
        if asked.path() == "/token" {
            given += 1;
        }
        if let Some(reply) = answer(asked, given) {
            return reply;
        }
        match asked.path() {
            "/token" => Reply::ok(format!(r#"{{"access_token":"t{given}","token_type":"bearer","expires_in":3600}}"#)),
            _ => Reply::ok(orgs(0..3)).with("X-Total-Count", "3"),
        }
    }
}

fn config(server: &Server) -> (Config, std::sync::Arc<super::server::Clockwork>) {
    let (config, world) = server.config();
    (config.oauth2("id", "secret").token_url(format!("{}/token", server.url)), world)
}

async fn all(client: &Client) -> Result<usize, oneroster_client::Error> {
    Ok(client.records(Ask::all(Kind::Org))?.all().await?.len())
}

fn bearers(server: &Server) -> Vec<String> {
    server
        .asked()
        .iter()
        .filter(|asked| asked.path() != "/token")
        .map(|asked| asked.authorization().to_owned())
        .collect()
}

#[test]
fn one_token_serves_until_shortly_before_its_end() {
    // C9, C10
    run(async {
        let server = Server::new(tokens(|_, _| None)).await;
        let (config, world) = config(&server);
        let client = Client::new(config).unwrap();
        for (pass, bearer) in [(0, "Bearer t1"), (3539, "Bearer t1"), (2, "Bearer t2")] {
            world.pass(pass);
            assert_eq!(all(&client).await.unwrap(), 3);
            assert_eq!(bearers(&server).last().unwrap(), bearer);
        }
        let asked = server.asked();
        assert_eq!(asked[0].authorization(), "Basic aWQ6c2VjcmV0");
        assert!(asked[0].body.contains("grant_type=client_credentials&scope=https%3A%2F%2Fpurl.imsglobal.org"));
        assert_eq!(client.findings().count(Habit::TokenWithoutScope), 2);
    });
}

#[test]
fn a_token_refused_before_its_time_is_replaced_once() {
    // C6
    run(async {
        let server =
            Server::new(tokens(|asked, _| (asked.authorization() == "Bearer t1").then(|| Reply::new(401, "")))).await;
        let client = Client::new(config(&server).0).unwrap();
        assert_eq!(all(&client).await.unwrap(), 3);
        assert_eq!(bearers(&server), ["Bearer t1", "Bearer t2"]);
        let never = Server::new(tokens(|asked, _| (asked.path() != "/token").then(|| Reply::new(401, "")))).await;
        let error = all(&Client::new(config(&never).0).unwrap()).await.unwrap_err();
        assert_eq!((error.kind(), never.asked().len()), (ErrorKind::SignIn, 4));
    });
}

#[test]
fn endpoints_that_want_the_credentials_otherwise_get_them_so() {
    run(async {
        let in_body = |asked: &Asked, _| {
            let refused = asked.path() == "/token" && !asked.body.contains("client_id=id&client_secret=secret");
            refused.then(|| Reply::new(401, r#"{"error":"invalid_client"}"#))
        };
        let server = Server::new(tokens(in_body)).await;
        let client = Client::new(config(&server).0).unwrap();
        assert_eq!(all(&client).await.unwrap(), 3);
        assert_eq!(client.findings().count(Habit::CredentialsInBody), 1);
        let no_scopes = |asked: &Asked, _| {
            let refused = asked.path() == "/token" && asked.body.contains("scope=");
            refused.then(|| Reply::new(400, r#"{"error":"invalid_scope"}"#))
        };
        let server = Server::new(tokens(no_scopes)).await;
        let client = Client::new(config(&server).0).unwrap();
        assert_eq!(all(&client).await.unwrap(), 3);
        // Every read, rostering, its core: each refused, then none is named.
        assert_eq!(client.findings().count(Habit::ScopesRefused), 3);
        // Those that were named are not given up.
        let named = config(&server).0.scopes(Scopes::Named(vec!["gradebook.delete".to_owned()]));
        assert_eq!(all(&Client::new(named).unwrap()).await.unwrap_err().kind(), ErrorKind::SignIn);
    });
}

#[test]
fn refused_credentials_are_said_and_never_shown() {
    run(async {
        let server = Server::new(tokens(|asked, _| {
            (asked.path() == "/token")
                .then(|| Reply::new(401, r#"{"error":"invalid_client","error_description":"unknown"}"#))
        }))
        .await;
        let (config, _) = config(&server);
        let shown = format!("{config:?}");
        let error = all(&Client::new(config).unwrap()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
        for text in [shown, format!("{error} {error:?}")] {
            assert!(!text.contains("secret") || text.contains("client id and secret"), "{text}");
            assert!(!text.contains("aWQ6"), "{text}");
        }
    });
}

#[test]
fn the_token_url_is_found_but_never_on_another_server() {
    run(async {
        let server = Server::new(tokens(|asked, _| match asked.path() {
            "/.well-known/oauth-authorization-server" => Some(Reply::new(404, "")),
            "/.well-known/openid-configuration" => Some(Reply::ok(r#"{"token_endpoint":"/token"}"#)),
            _ => None,
        }))
        .await;
        let (config, _) = server.config();
        let client = Client::new(config.oauth2("id", "secret")).unwrap();
        assert_eq!(client.sign_in().await.unwrap().unwrap().token_url, format!("{}/token", server.url));
        let lure = Server::new(|_| Reply::ok(r#"{"token_endpoint":"https://evil.example.org/token"}"#)).await;
        let error = Client::new(lure.config().0.oauth2("id", "secret")).unwrap().sign_in().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
        assert!(error.to_string().contains("evil.example.org"), "{error}");
        assert!(lure.asked().iter().all(|asked| asked.method == "GET" && asked.authorization().is_empty()));
    });
}

#[test]
fn a_document_of_1_2_tells_where_tokens_are_given() {
    run(async {
        let server = Server::new(tokens(|asked, _| match asked.path() {
            "/token" | "/ims/oneroster/rostering/v1p2/orgs" => None,
            path if path.ends_with("/discovery/onerosterv1p2rostersservice_openapi3_v1p0.json") => Some(Reply::ok(
                r#"{"components":{"securitySchemes":{"OAuth2CC":{"flows":{"clientCredentials":{"tokenUrl":"/token"}}}}}}"#,
            )),
            _ => Some(Reply::new(404, "")),
        }))
        .await;
        let config = server.config().0.edition(Edition::V1P2).oauth2("id", "secret");
        assert_eq!(all(&Client::new(config).unwrap()).await.unwrap(), 3);
    });
}

#[test]
fn signed_requests_fit_their_signature() {
    // C15
    run(async {
        let server = Server::new(|asked: &Asked| {
            let url = format!("http://{}{}", asked.headers["host"], asked.target);
            let address = Address::split(&url).unwrap();
            let message = Message { method: &asked.method, query: address.query, form: None };
            let signed = Signed::read(&message, Some(asked.authorization())).unwrap().unwrap();
            assert_eq!((signed.consumer_key(), signed.timestamp()), ("key", 1_700_000_000));
            match signed.fit(&[address], "se cret/1", false) {
                Some(_) => Reply::ok(orgs(0..3)).with("X-Total-Count", "3"),
                None => Reply::new(401, ""),
            }
        })
        .await;
        let client = Client::new(server.config().0.oauth1("key", "se cret/1")).unwrap();
        let ask = Ask::all(Kind::Org).filter(equal("name", "O'Brien & Söhne +"));
        assert_eq!(client.records(ask).unwrap().all().await.unwrap().len(), 3);
        let config = server.config().0.edition(Edition::V1P2).oauth1("key", "x");
        assert_eq!(Client::new(config).unwrap_err().kind(), ErrorKind::Config);
    });
}

#[test]
fn nothing_goes_in_the_clear_unless_it_is_allowed() {
    let far = || Config::new("http://sis.example.org").unwrap();
    assert_eq!(Client::new(far()).unwrap_err().kind(), ErrorKind::Config);
    assert!(Client::new(far().allow_clear_text(true)).is_ok());
    run(async {
        let server = Server::new(|_| Reply::default()).await;
        let config = server.config().0.oauth2("id", "secret").token_url("http://sis.example.org/token");
        let error = Client::new(config).unwrap().sign_in().await.unwrap_err();
        assert_eq!((error.kind(), server.asked().len()), (ErrorKind::Config, 0));
    });
}
