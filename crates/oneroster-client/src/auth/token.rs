//! OAuth 2.0 client credentials: tokens, asked for before they are needed.

use super::{check_token_url, discovery, secret_header};
use crate::config::{Config, OAuth2, Scopes};
use crate::error::{Error, ErrorKind};
use crate::findings::Findings;
use crate::habit::Habit;
use crate::wire::{Answer, receive};
use crate::world::World;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::{Serializer, byte_serialize};
use http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use oneroster::model::{Access, Method, ROUTES, Route, Service, Version, scope_uri};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::sync::Arc;
use tokio::sync::Mutex;
use url::Url;

/// How long before its end a token is replaced, in milliseconds (rest.md C9).
const MARGIN: i64 = 60_000;

/// The largest answer of a token endpoint, in bytes.
const LARGEST: usize = 1 << 20;

/// What signing in showed.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct SignIn {
    /// Where the token was given.
    pub token_url: String,
    /// How long it lives, in seconds, if the provider said so.
    pub lifetime: Option<u64>,
    /// The scopes that were given, if the provider said so.
    pub scopes: Option<Vec<String>>,
}

pub(super) struct Tokens {
    oauth2: OAuth2,
    config: Config,
    http: reqwest::Client,
    findings: Findings,
    world: Arc<dyn World>,
    // Held while a token is asked for, so that callers share one.
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    url: Option<Url>,
    token: Option<Token>,
    /// How many tokens there were.
    number: u64,
    style: Style,
    /// Which of the sets of scopes is asked for.
    rung: usize,
}

struct Token {
    secret: SecretString,
    /// When it is to be replaced.
    until: Option<i64>,
    sign_in: SignIn,
}

/// How id and secret are shown.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
enum Style {
    /// In the header, as most do.
    #[default]
    Header,
    /// In the header, form-encoded, as RFC 6749 has it.
    Encoded,
    /// In the body.
    Body,
}

impl Tokens {
    pub fn new(config: &Config, oauth2: &OAuth2, http: reqwest::Client, findings: Findings) -> Tokens {
        let world = config.world.clone();
        Tokens { oauth2: oauth2.clone(), config: config.clone(), http, findings, world, state: Mutex::default() }
    }

    /// A token that is good for a while, and its number.
    pub async fn get(&self) -> Result<(SecretString, u64), Error> {
        let mut state = self.state.lock().await;
        let now = self.world.now().0;
        let good = |token: &&Token| token.until.is_none_or(|until| now < until);
        if let Some(token) = state.token.as_ref().filter(good) {
            return Ok((token.secret.clone(), state.number));
        }
        let token = self.fetch(&mut state).await?;
        let secret = token.secret.clone();
        state.token = Some(token);
        state.number += 1;
        Ok((secret, state.number))
    }

    pub async fn forget(&self, number: u64) {
        let mut state = self.state.lock().await;
        if state.number == number {
            state.token = None;
        }
    }

    pub async fn sign_in(&self) -> Result<SignIn, Error> {
        self.get().await?;
        let state = self.state.lock().await;
        let none = || Error::new(ErrorKind::SignIn, "The token was refused while it was looked at.");
        state.token.as_ref().map(|token| token.sign_in.clone()).ok_or_else(none)
    }

    /// Asks for a token; in another way if the provider does not take the
    /// first, and for fewer scopes if it refuses them.
    async fn fetch(&self, state: &mut State) -> Result<Token, Error> {
        let url = self.url(state).await?;
        let rungs = self.rungs();
        let mut styles = self.styles(state.style).into_iter();
        let mut style = styles.next().unwrap_or_default();
        let mut refused = None;
        loop {
            let asked = rungs.get(state.rung).map_or(&[][..], Vec::as_slice);
            match self.ask(&url, style, asked).await {
                Ok(token) => {
                    self.took(state, style);
                    return Ok(token);
                }
                Err(error) if is_about_scope(&error) && state.rung + 1 < rungs.len() => {
                    self.findings.note(Habit::ScopesRefused);
                    state.rung += 1;
                }
                Err(error) if error.kind() == ErrorKind::SignIn && !is_about_scope(&error) => match styles.next() {
                    Some(next) => {
                        style = next;
                        refused.get_or_insert(error);
                    }
                    None => return Err(refused.unwrap_or(error)),
                },
                Err(error) => return Err(error),
            }
        }
    }

    fn took(&self, state: &mut State, style: Style) {
        if style != state.style {
            match style {
                Style::Header => {}
                Style::Encoded => self.findings.note(Habit::CredentialsEncoded),
                Style::Body => self.findings.note(Habit::CredentialsInBody),
            }
        }
        state.style = style;
    }

    /// The way that worked, else each that makes a difference.
    fn styles(&self, known: Style) -> Vec<Style> {
        let plain = |text: &str| byte_serialize(text.as_bytes()).collect::<String>() == text;
        let same = plain(&self.oauth2.client_id) && plain(self.oauth2.secret.expose_secret());
        let mut styles = vec![known];
        let first = if self.config.vendor.credentials_in_body() {
            [Style::Body, Style::Header]
        } else {
            [Style::Header, Style::Body]
        };
        if known == Style::Header {
            styles = first.to_vec();
            if !same {
                styles.insert(styles.len() - 1, Style::Encoded);
            }
        }
        styles
    }

    async fn url(&self, state: &mut State) -> Result<Url, Error> {
        if let Some(url) = &state.url {
            return Ok(url.clone());
        }
        let url = match &self.oauth2.token_url {
            Some(text) => Url::parse(text).map_err(|_| {
                Error::new(
                    ErrorKind::Config,
                    "The token URL cannot be read; it is like https://sis.example.org/oauth/token.",
                )
            })?,
            None => discovery::token_url(&self.config, &self.http, &self.findings).await?,
        };
        check_token_url(&url, self.config.clear_text)?;
        state.url = Some(url.clone());
        Ok(url)
    }

    async fn ask(&self, url: &Url, style: Style, asked: &[String]) -> Result<Token, Error> {
        let request = self.request(url, style, asked)?;
        let answer = receive(request, LARGEST, &*self.world).await.map_err(sign_in)?;
        self.token(&answer, url, asked)
    }

    /// The token request, with id and secret in one of the ways.
    fn request(&self, url: &Url, style: Style, asked: &[String]) -> Result<reqwest::RequestBuilder, Error> {
        let (id, secret) = (self.oauth2.client_id.as_str(), self.oauth2.secret.expose_secret());
        let mut form = Serializer::new(String::new());
        form.append_pair("grant_type", "client_credentials");
        if !asked.is_empty() {
            form.append_pair("scope", &asked.join(" "));
        }
        for (name, value) in &self.oauth2.extra {
            form.append_pair(name, value);
        }
        let mut request = self.http.post(url.clone()).header(ACCEPT, "application/json");
        let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
        let pair = match style {
            Style::Header => Some(format!("{id}:{secret}")),
            Style::Encoded => Some(format!("{}:{}", encoded(id), encoded(secret))),
            Style::Body => {
                form.append_pair("client_id", id).append_pair("client_secret", secret);
                None
            }
        };
        if let Some(pair) = pair {
            request = request.header(AUTHORIZATION, secret_header(&format!("Basic {}", STANDARD.encode(pair)))?);
        }
        Ok(request.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(form.finish()))
    }

    /// The sets of scopes that are asked for in turn, as full URIs; an empty
    /// one names none.
    fn rungs(&self) -> Vec<Vec<String>> {
        let version = self.config.spoken().version();
        let uri = |name: &str| if name.contains(':') { name.to_owned() } else { scope_uri(version, name) };
        let uris = |names: &[&str]| names.iter().map(|name| uri(name)).collect::<Vec<_>>();
        let core = uris(Access::RosterCore.scopes(version));
        let rostering = uris(&read_scopes(version, |route| route.service == Service::Rostering));
        match &self.oauth2.scopes {
            Scopes::Reading => vec![uris(&read_scopes(version, |_| true)), rostering, core, Vec::new()],
            Scopes::Rostering => vec![rostering, core, Vec::new()],
            Scopes::Unnamed => vec![Vec::new()],
            Scopes::Named(names) => vec![names.iter().map(|name| uri(name)).collect()],
        }
    }

    fn token(&self, answer: &Answer, url: &Url, asked: &[String]) -> Result<Token, Error> {
        let wrong = |what: &str| {
            let message = format!("The token endpoint answers {what}; check the token URL.");
            Error::new(ErrorKind::SignIn, message)
        };
        let body: Value = serde_json::from_slice(&answer.body).map_err(|_| wrong("something that is no JSON"))?;
        let secret = body["access_token"].as_str().filter(|token| !token.is_empty());
        let secret = secret.ok_or_else(|| wrong("without a token"))?;
        let lifetime = self.lifetime(&body["expires_in"]);
        let scopes = body["scope"].as_str().map(|text| text.split([' ', ',']).map(str::to_owned).collect());
        if scopes.is_none() && !asked.is_empty() {
            self.findings.note(Habit::TokenWithoutScope);
        }
        let until = lifetime.map(|seconds| {
            let life = i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1000);
            // A short life is used for half of it.
            self.world.now().0.saturating_add(life - MARGIN.min(life / 2))
        });
        let sign_in = SignIn { token_url: url.to_string(), lifetime, scopes };
        Ok(Token { secret: secret.into(), until, sign_in })
    }

    fn lifetime(&self, value: &Value) -> Option<u64> {
        let seconds = match value {
            Value::Number(number) => number.as_u64().or_else(|| number.as_f64().map(|seconds| seconds as u64)),
            Value::String(text) => {
                self.findings.note(Habit::ExpiryAsText);
                text.trim().parse().ok()
            }
            _ => None,
        };
        if seconds.is_none() {
            self.findings.note(Habit::TokenWithoutExpiry);
        }
        seconds.filter(|seconds| *seconds > 0)
    }
}

/// The scopes that open the reads of a version, each once.
fn read_scopes(version: Version, of: impl Fn(&Route) -> bool) -> Vec<&'static str> {
    let reads = ROUTES.iter().filter(|route| route.method == Method::Get && route.versions.has(version) && of(route));
    let mut names: Vec<&str> = Vec::new();
    for name in reads.flat_map(|route| route.access.scopes(version)) {
        if !names.contains(name) {
            names.push(name);
        }
    }
    names
}

/// A refusal of the token endpoint is one of the credentials, whatever its status.
fn sign_in(error: Error) -> Error {
    match error.status() {
        Some(400 | 401 | 403 | 422) => error.with_kind(ErrorKind::SignIn),
        _ => error,
    }
}

fn says(error: &Error, word: &str) -> bool {
    let said = error.failure().and_then(|failure| failure.summary()).unwrap_or_default();
    said.to_ascii_lowercase().contains(word)
}

fn is_about_scope(error: &Error) -> bool {
    error.kind() == ErrorKind::SignIn && says(error, "scope")
}
