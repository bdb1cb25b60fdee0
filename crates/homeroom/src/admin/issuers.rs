//! Outside issuers as documents, and what is asked of them in JSON.

use crate::output::Failure;
use crate::provider::is_safe_issuer;
use homeroom_store::access::{Issuer, NewIssuer};
use oneroster::at;
use oneroster::model::{COMMON, Kind};
use serde::Deserialize;
use serde_json::{Value, json};

/// The fields by which a person may be named.
pub fn members() -> [&'static str; 4] {
    let own = [at!(User.username), at!(User.email), at!(User.identifier)];
    let [username, email, identifier] = own.map(|at| Kind::User.entity().fields[usize::from(at)].name);
    [COMMON[0].name, username, email, identifier]
}

/// An issuer.
pub fn document(issuer: &Issuer) -> Value {
    let user = issuer.user_claim.as_ref().map(|claim| json!({ "claim": claim, "field": issuer.user_member }));
    json!({
        "issuer": issuer.name,
        "url": issuer.url,
        "audience": issuer.audience,
        "app": &*issuer.app,
        "user": user,
        "created": issuer.created.to_string(),
    })
}

/// What a new issuer is to be.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    issuer: String,
    url: String,
    audience: String,
    /// The application as which its tokens call.
    pub app: String,
    user: Option<User>,
}

/// How tokens name a person.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct User {
    claim: String,
    field: Option<String>,
}

impl Asked {
    /// The new issuer.
    ///
    /// # Errors
    /// `usage` if its address is none, or no field of a person is named.
    pub fn new_issuer(self) -> Result<NewIssuer, Failure> {
        if !is_safe_issuer(&self.url) {
            let message = "the url of an issuer is its https address, exactly as its tokens have it in `iss`";
            return Err(Failure::usage(message));
        }
        let field = self.user.as_ref().and_then(|user| user.field.clone()).unwrap_or_else(|| members()[0].to_owned());
        if !members().contains(&field.as_str()) {
            let message = format!("a claim holds one of {} of a person", members().join(", "));
            return Err(Failure::usage(message));
        }
        let user_claim = self.user.map(|user| user.claim);
        let (name, user_member) = (self.issuer, field);
        Ok(NewIssuer { name, url: self.url, audience: self.audience, app: self.app, user_claim, user_member })
    }
}
