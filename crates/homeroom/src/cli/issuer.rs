//! `homeroom issuer`: who else vouches for callers.

use super::setting::{Setting, who};
use crate::admin::issuers::{document, members};
use crate::output::{Failure, Status};
use crate::provider::is_safe_issuer;
use homeroom_store::access::{self, NewIssuer};
use serde_json::json;

/// Outside issuers (OpenID Connect) whose tokens are taken as bearer tokens
#[derive(Debug, clap::Subcommand)]
pub(super) enum Issuer {
    /// Take the tokens of an issuer, as those of an application
    ///
    /// Its tokens are JWTs, verified with the keys that it publishes. They open
    /// what the application is granted. With --user-claim, a token that names a
    /// person sees the classes of that person only.
    Add {
        /// What people call it
        name: String,
        /// Its identifier, as its tokens have it in `iss`: https://login.example.org
        #[arg(long, value_parser = url)]
        url: String,
        /// What its tokens for us have in `aud`
        #[arg(long)]
        audience: String,
        /// The application as which its tokens call
        #[arg(long, value_name = "NAME")]
        app: String,
        /// The claim that names a person, such as sub or email
        #[arg(long, value_name = "CLAIM")]
        user_claim: Option<String>,
        /// The field of the person that the claim holds
        #[arg(long, value_name = "FIELD", requires = "user_claim", value_parser = members(), default_value = members()[0])]
        user_field: String,
    },
    /// List the issuers
    List,
    /// Take no tokens of an issuer any more
    Remove {
        /// Its name
        name: String,
    },
}

fn url(text: &str) -> Result<String, String> {
    if is_safe_issuer(text) {
        return Ok(text.to_owned());
    }
    Err("write the issuer's https address, exactly as its tokens have it in `iss`".to_owned())
}

impl Issuer {
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let access = setting.access(&setting.database()?)?;
        let (document, text) = match self {
            Issuer::Add { name, url, audience, app, user_claim, user_field } => {
                let [name, url, audience, app] = [name, url, audience, app].map(String::clone);
                let (user_claim, user_member) = (user_claim.clone(), user_field.clone());
                let new = NewIssuer { name, url, audience, app, user_claim, user_member };
                let issuer = access.add_issuer(&who(), &new)?;
                (document(&issuer), line(&issuer))
            }
            Issuer::List => {
                let issuers = access.issuers()?;
                let documents: Vec<_> = issuers.iter().map(document).collect();
                let lines: Vec<_> = issuers.iter().map(line).collect();
                let none = "There are no issuers; `homeroom issuer add` takes the tokens of one.".to_owned();
                (json!({ "issuers": documents }), if lines.is_empty() { none } else { lines.join("\n") })
            }
            Issuer::Remove { name } => {
                access.remove_issuer(&who(), name)?;
                (json!({ "issuer": name, "removed": true }), format!("Tokens of {name} are taken no more."))
            }
        };
        setting.output.result(&document, &text)?;
        Ok(Status::Done)
    }
}

fn line(issuer: &access::Issuer) -> String {
    let user = issuer.user_claim.as_ref();
    let user = user.map(|claim| format!("; {claim} is the {} of a person", issuer.user_member)).unwrap_or_default();
    format!("{}  {} for {}, as {}{user}", issuer.name, issuer.url, issuer.audience, issuer.app)
}
