//! Tokens, signatures, and what they open.

use super::super::answer::Answer;
use super::super::call::{Call, Odd, Way, scope_uris};
use super::super::look::{Look, Stop};
use super::super::names::{member, route};
use super::super::site::{bearer, every_scope};
use super::super::{Step, sign};
use super::CORE;
use oneroster::json::ProblemKind;
use serde_json::Value;

/// A token that was asked for in some way.
fn given(look: &mut Look<'_, '_>, what: &str, answer: &Answer) -> Step {
    let token = answer.json().is_some_and(|body| body["access_token"].as_str().is_some_and(|t| !t.is_empty()));
    if answer.status == 200 && token {
        return Ok(());
    }
    look.fault(format!("a token request {what} is answered with {} instead of 200 and an access_token", answer.status));
    Err(Stop::Failed)
}

/// T1: the token request of Google's tests.
pub(super) fn token(look: &mut Look<'_, '_>) -> Step {
    let names = ["roster.readonly", "gradebook.readonly", "gradebook.createput", "gradebook.delete"];
    let answer = look.site.token(&scope_uris(look.version, &names));
    let answer = look.token("several scopes", answer)?;
    given(look, "for several scopes", &answer)
}

/// T2: id and secret form-encoded before base64.
pub(super) fn encoded_client(look: &mut Look<'_, '_>) -> Step {
    let (id, secret) = look.site.client();
    // Whatever a secret holds, one sign of it may always be encoded.
    let encode = |text: &str| {
        let mut signs = text.chars();
        let first: String =
            signs.next().into_iter().flat_map(|c| c.to_string().into_bytes()).map(|b| format!("%{b:02X}")).collect();
        first + &super::super::call::encoded(signs.as_str())
    };
    let basic = sign::basic(&encode(&id), &encode(&secret));
    let form =
        format!("grant_type=client_credentials&scope={}", super::super::call::encoded(&every_scope(look.version)));
    let answer = look.site.ask_token(Some(basic), &form);
    let answer = look.token("form-encoded credentials", answer)?;
    given(look, "with id and secret form-encoded", &answer)
}

/// T3: without a scope.
pub(super) fn no_scope(look: &mut Look<'_, '_>) -> Step {
    let answer = look.site.token("");
    let answer = look.token("no scope", answer)?;
    given(look, "without a scope", &answer)?;
    let call = Call::new(route!(getAllOrgs), &[]).with("limit", 1);
    let way = Way::Header(bearer(&answer).unwrap_or_default());
    let opened = look.send(&call.clone().by(way))?;
    look.holds(&call, opened.status == 200, "a token that was asked for without a scope does not open it");
    Ok(())
}

/// T4: a new token leaves the earlier ones valid.
pub(super) fn earlier_tokens(look: &mut Look<'_, '_>) -> Step {
    let scopes = every_scope(look.version);
    let mut ways = Vec::new();
    for _ in 0..2 {
        let answer = look.site.token(&scopes);
        let answer = look.token("again", answer)?;
        given(look, "again", &answer)?;
        ways.push(bearer(&answer).unwrap_or_default());
    }
    for way in ways {
        let call = Call::new(route!(getAllOrgs), &[]).with("limit", 1).by(Way::Header(way));
        let answer = look.send(&call)?;
        look.holds(&call, answer.status == 200, "an earlier token is refused");
    }
    Ok(())
}

/// T5: what a token answer says.
pub(super) fn token_members(look: &mut Look<'_, '_>) -> Step {
    let answer = look.site.token(&every_scope(look.version));
    let answer = look.token("every scope", answer)?;
    given(look, "for every scope", &answer)?;
    let none = Value::Null;
    let body = answer.json().unwrap_or(&none);
    let mut faults = Vec::new();
    if body["expires_in"].as_i64().is_none_or(|n| n <= 0) {
        faults.push("expires_in is no whole number above 0");
    }
    if !body["token_type"].as_str().is_some_and(|t| t.eq_ignore_ascii_case("bearer")) {
        faults.push("token_type is not Bearer");
    }
    if body["scope"].as_str().is_none_or(str::is_empty) {
        faults.push("scope is missing");
    }
    for fault in faults {
        look.fault(format!("in the token answer {fault}"));
    }
    Ok(())
}

/// Token answers are not to be kept by caches.
pub(super) fn not_cached(look: &mut Look<'_, '_>) -> Step {
    let answer = look.site.token(&every_scope(look.version));
    let answer = look.token("every scope", answer)?;
    given(look, "for every scope", &answer)?;
    if !answer.header("cache-control").is_some_and(|value| value.to_ascii_lowercase().contains("no-store")) {
        look.fault("the token answer lacks Cache-Control: no-store");
    }
    Ok(())
}

/// Token requests that must fail.
pub(super) fn refused_tokens(look: &mut Look<'_, '_>) -> Step {
    let (id, _) = look.site.client();
    let wrong = look.site.chance().unwrap_or_default();
    let cases = [
        (Some(sign::basic(&id, &wrong)), "grant_type=client_credentials", 401, "invalid_client", "with a wrong secret"),
        (None, "grant_type=password", 400, "unsupported_grant_type", "of the grant type password"),
        (None, "x=y", 400, "invalid_request", "without a grant type"),
    ];
    for (basic, form, status, error, what) in cases {
        let answer = look.site.ask_token(basic, form);
        let answer = look.token(what, answer)?;
        if answer.status != status {
            look.fault(format!("a token request {what} is answered with {} instead of {status}", answer.status));
        } else if answer.json().is_none_or(|body| body["error"] != error) {
            look.fault(format!("a token request {what} is not answered with the error {error}"));
        }
    }
    Ok(())
}

/// T56: no credentials.
pub(super) fn nobody(look: &mut Look<'_, '_>) -> Step {
    for kind in CORE {
        let call = look.all(*kind)?.by(Way::Nobody);
        unauthorized(look, &call)?;
    }
    Ok(())
}

fn unauthorized(look: &mut Look<'_, '_>, call: &Call) -> Step {
    let answer = look.refused(call, ProblemKind::Unauthorized)?;
    look.holds(
        call,
        answer.status != 401 || answer.header("www-authenticate").is_some(),
        "401 without WWW-Authenticate",
    );
    Ok(())
}

/// Tokens that were never given out.
pub(super) fn forged(look: &mut Look<'_, '_>) -> Step {
    let chance = look.site.chance().unwrap_or_default();
    for value in [format!("Bearer {chance}"), "Bearer".to_owned(), "Bearer ".to_owned(), format!("Basic {chance}")] {
        let call = Call::new(route!(getAllUsers), &[]).by(Way::Header(value));
        unauthorized(look, &call)?;
    }
    Ok(())
}

/// T6: roster.readonly opens plain reads, too.
pub(super) fn roster_opens_all(look: &mut Look<'_, '_>) -> Step {
    let call = Call::new(route!(getAllTeachers), &[]).with("limit", 1).by(Way::Scoped(&["roster.readonly"]));
    let page = look.page(&call)?;
    look.holds(&call, page.records.len() <= 1, "more than one record");
    Ok(())
}

/// A token opens no more than its scopes.
pub(super) fn scopes(look: &mut Look<'_, '_>) -> Step {
    let core: &[&str] = &["roster-core.readonly"];
    let answer = look.site.token(&scope_uris(look.version, core));
    let answer = look.token("one scope", answer)?;
    if answer.status != 200 {
        return Err(Stop::NotTried(
            "the application was not granted roster-core.readonly, by which this is tried".to_owned(),
        ));
    }
    let open = look.send(&Call::new(route!(getAllOrgs), &[]).with("limit", 1).by(Way::Scoped(core)))?;
    if open.status != 200 {
        look.fault("a token of roster-core.readonly does not open GET /orgs");
    }
    let room = look.classroom()?;
    for call in [Call::new(route!(getAllDemographics), &[]), Call::new(route!(getStudentsForClass), &[&room.class])] {
        let call = call.with("limit", 1).by(Way::Scoped(core));
        let answer = look.send(&call)?;
        if answer.status == 404 || answer.status == 501 {
            continue;
        }
        look.holds(
            &call,
            answer.status == 403,
            &format!("status {} for a token of roster-core.readonly only", answer.status),
        );
        if answer.status == 403 {
            look.status_info(&call, &answer, Some(ProblemKind::Forbidden));
        }
    }
    Ok(())
}

/// T28: a signed filter with a space, and values beyond ASCII.
pub(super) fn signed_filter(look: &mut Look<'_, '_>) -> Step {
    for value in ["Colin Robert", "Zoë O'Brien", "a+b=c&d/e~*()!"] {
        let call = Call::new(route!(getAllUsers), &[])
            .with("limit", 200)
            .with("offset", 0)
            .with("sort", member!(User.familyName))
            .filter(&format!("{}='{{}}'", member!(User.givenName)), value);
        look.page(&call)?;
    }
    Ok(())
}

/// T45: without oauth_version; and by HMAC-SHA1.
pub(super) fn signatures(look: &mut Look<'_, '_>) -> Step {
    for odd in [Odd::NoVersion, Odd::Sha1] {
        let call = Call::new(route!(getAllUsers), &[]).with("limit", 10_000).with("offset", 0).by(Way::Signed(odd));
        look.page(&call)?;
    }
    Ok(())
}

/// T58: how old a signature may be.
pub(super) fn ages(look: &mut Look<'_, '_>) -> Step {
    let call = Call::new(route!(getAllOrgs), &[]).with("limit", 1);
    look.page(&call.clone().by(Way::Signed(Odd::Minutes(-4))))?;
    for minutes in [11, -11] {
        unauthorized(look, &call.clone().by(Way::Signed(Odd::Minutes(minutes))))?;
    }
    let earlier = look.send(&call.clone().by(Way::Signed(Odd::Minutes(4))))?;
    match earlier.status {
        200 => Ok(()),
        // Who forgets the nonces of before a start may not take such times.
        401 => Err(Stop::NotTried("a signature of 4 minutes ago is refused, as a server may for some minutes after its start; try again later".to_owned())),
        status => look.fail(&call, &format!("status {status} for a signature of 4 minutes ago")),
    }
}

/// Signatures that must be refused.
pub(super) fn bad_signatures(look: &mut Look<'_, '_>) -> Step {
    let call = Call::new(route!(getAllOrgs), &[]).with("limit", 1);
    for odd in [Odd::Wrong, Odd::UnknownKey] {
        unauthorized(look, &call.clone().by(Way::Signed(odd)))?;
    }
    let header = look.site.signature(look.version, &call).unwrap_or_default();
    let again = call.by(Way::Header(header));
    look.page(&again)?;
    unauthorized(look, &again)
}
