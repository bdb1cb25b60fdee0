//! Answers on their way to the consumer, as a vendor's server gives them.

use super::super::operations::TOTAL;
use super::{Disguise, old};
use axum::body::Body;
use http::{HeaderMap, HeaderName, HeaderValue, Response, header};
use oneroster_client::vendor::Trait;
use serde_json::Value;

/// The largest answer that is changed, in bytes.
const LARGEST: usize = 64 << 20;

/// Whether a quirk is played here.
pub(super) fn plays(what: Trait) -> bool {
    heads(what) || bodies(what)
}

fn heads(what: Trait) -> bool {
    matches!(what, Trait::NoTotal | Trait::NoLink | Trait::PermissionRevision(_))
}

fn bodies(what: Trait) -> bool {
    matches!(
        what,
        Trait::SchoolForOrg
            | Trait::JsonBooleans
            | Trait::CapitalBooleans
            | Trait::NumberYears
            | Trait::PasswordsSent
            | Trait::OrgType(_)
    )
}

/// Changes what stands in the header.
pub(super) fn headers(traits: impl Iterator<Item = Trait>, headers: &mut HeaderMap) {
    for what in traits {
        match what {
            Trait::NoTotal => drop(headers.remove(TOTAL)),
            Trait::NoLink => drop(headers.remove(header::LINK)),
            Trait::PermissionRevision(name) => {
                headers.insert(HeaderName::from_static(name), HeaderValue::from_static("1"));
            }
            _ => {}
        }
    }
}

/// The answer as the vendor gives it.
pub(super) async fn rewritten(disguise: &Disguise, is_old: bool, mut response: Response<Body>) -> Response<Body> {
    disguise.headers(response.headers_mut());
    if is_old {
        old::headers(response.headers_mut());
    }
    let changes: Vec<Trait> = disguise.traits().filter(|what| bodies(*what)).collect();
    if (changes.is_empty() && !is_old) || !response.status().is_success() {
        return response;
    }
    let (mut head, body) = response.into_parts();
    let Ok(bytes) = axum::body::to_bytes(body, LARGEST).await else {
        return Response::from_parts(head, Body::empty());
    };
    let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) else {
        return Response::from_parts(head, Body::from(bytes));
    };
    if is_old {
        old::body(&mut value, &disguise.left_out);
    }
    for change in changes {
        if change == Trait::SchoolForOrg
            && let Some(members) = value.as_object_mut()
            && let Some(org) = members.remove("org")
        {
            members.insert("school".to_owned(), org);
        }
        changed(&mut value, change);
    }
    head.headers.remove(header::CONTENT_LENGTH);
    head.headers.remove(header::ETAG);
    Response::from_parts(head, Body::from(value.to_string()))
}

/// Changes every record in a value.
fn changed(value: &mut Value, change: Trait) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| changed(item, change)),
        Value::Object(members) => {
            // A person has a name to sign in with.
            if change == Trait::PasswordsSent && members.contains_key("username") && members.contains_key("familyName")
            {
                members.insert("password".to_owned(), "Changeme-1".into());
            }
            for (name, member) in members.iter_mut() {
                match (change, name.as_str(), &*member) {
                    (Trait::JsonBooleans, _, Value::String(text)) if text == "true" || text == "false" => {
                        *member = Value::Bool(text == "true");
                    }
                    (Trait::CapitalBooleans, _, Value::String(text)) if text == "true" || text == "false" => {
                        *member = text.to_uppercase().into();
                    }
                    (Trait::NumberYears, "schoolYear", Value::String(text)) => {
                        if let Ok(year) = text.parse::<u32>() {
                            *member = year.into();
                        }
                    }
                    (Trait::OrgType(word), "type", Value::String(text)) if text == "department" => {
                        *member = word.into();
                    }
                    _ => changed(member, change),
                }
            }
        }
        _ => {}
    }
}
