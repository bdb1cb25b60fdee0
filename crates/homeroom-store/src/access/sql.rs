//! Every statement of the access database, in SQL that both engines read.

/// How the value of an installation is read.
pub(super) const VALUE: &str = "SELECT value FROM installation WHERE name = ?1";
/// How it is set for the first time.
pub(super) const SET_VALUE: &str = "INSERT INTO installation (name, value) VALUES (?1, ?2)";
/// How it is set, whether it was or not.
pub(super) const PUT_VALUE: &str =
    "INSERT INTO installation (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
/// What makes every process look at the applications again.
pub(super) const NEXT_GENERATION: &str =
    "UPDATE installation SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE name = 'generation'";

/// The applications of a tenant, and those of others that it lets read, with
/// the columns that `app::read` takes.
pub(super) const APPS: &str =
    "SELECT client_id, name, scopes, tombstones, created, disabled, bounds, cover, signs, rate, tenant, withdrawn, tenant
     FROM app WHERE tenant = ?1
     UNION ALL
     SELECT a.client_id, a.name, c.scopes, c.tombstones, c.since, a.disabled, c.bounds, c.cover, a.signs, a.rate,
         c.tenant, c.withdrawn, a.tenant
     FROM consent c JOIN app a ON a.client_id = c.client_id WHERE c.tenant = ?1
     ORDER BY 2";
/// One of them by its name.
pub(super) const APP: &str =
    "SELECT client_id, name, scopes, tombstones, created, disabled, bounds, cover, signs, rate, tenant, withdrawn, tenant
     FROM app WHERE tenant = ?1 AND name = ?2
     UNION ALL
     SELECT a.client_id, a.name, c.scopes, c.tombstones, c.since, a.disabled, c.bounds, c.cover, a.signs, a.rate,
         c.tenant, c.withdrawn, a.tenant
     FROM consent c JOIN app a ON a.client_id = c.client_id WHERE c.tenant = ?1 AND a.name = ?2";
/// One application by its client id.
pub(super) const CLIENT: &str =
    "SELECT client_id, name, scopes, tombstones, created, disabled, bounds, cover, signs, rate, tenant, withdrawn, tenant
     FROM app WHERE client_id = ?1";
/// The applications of a name, in whatever tenant they were made.
pub(super) const NAMED: &str =
    "SELECT client_id, name, scopes, tombstones, created, disabled, bounds, cover, signs, rate, tenant, withdrawn, tenant
     FROM app WHERE name = ?1";
/// The other tenants that let an application read.
pub(super) const CONSENTS: &str =
    "SELECT a.client_id, a.name, c.scopes, c.tombstones, c.since, a.disabled, c.bounds, c.cover, a.signs, a.rate,
         c.tenant, c.withdrawn, a.tenant
     FROM consent c JOIN app a ON a.client_id = c.client_id WHERE c.client_id = ?1 AND c.withdrawn IS NULL
     ORDER BY c.tenant";
/// Another tenant that lets an application read.
pub(super) const ADD_CONSENT: &str = "INSERT INTO consent (client_id, tenant, scopes, tombstones, bounds, cover, since) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
/// What is changed of that.
pub(super) const EDIT_CONSENT: &str = "UPDATE consent SET scopes = ?3, tombstones = ?4, bounds = ?5, cover = ?6
     WHERE client_id = ?1 AND tenant = ?2";
/// Whether it is withdrawn.
pub(super) const WITHDRAW_CONSENT: &str = "UPDATE consent SET withdrawn = ?3 WHERE client_id = ?1 AND tenant = ?2";
/// The same of the tenant where the application was made.
pub(super) const WITHDRAW_APP: &str = "UPDATE app SET withdrawn = ?2 WHERE client_id = ?1";
/// The end of it.
pub(super) const REMOVE_CONSENT: &str = "DELETE FROM consent WHERE client_id = ?1 AND tenant = ?2";
/// A new application.
pub(super) const ADD_APP: &str =
    "INSERT INTO app (client_id, tenant, name, scopes, tombstones, bounds, cover, created, signs, rate)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)";
/// What can be edited of it.
pub(super) const EDIT_APP: &str = "UPDATE app SET scopes = ?2, tombstones = ?3, disabled = ?4, bounds = ?5, cover = ?6,
     rate = ?7 WHERE client_id = ?1";
/// Whether it signs.
pub(super) const SIGNS: &str = "UPDATE app SET signs = ?2 WHERE client_id = ?1";
/// A new secret of it.
pub(super) const ADD_SECRET: &str =
    "INSERT INTO secret (client_id, hash, sealed, created, expires) VALUES (?1, ?2, ?3, ?4, ?5)";
/// The secrets of it that are good at an instant.
pub(super) const SECRETS: &str =
    "SELECT hash, sealed, expires FROM secret WHERE client_id = ?1 AND (expires IS NULL OR expires > ?2)";
/// Every secret that is sealed.
pub(super) const SEALED: &str = "SELECT client_id, hash, sealed FROM secret WHERE sealed IS NOT NULL";
/// The same secret, sealed with another key.
pub(super) const RESEAL: &str = "UPDATE secret SET sealed = ?3 WHERE client_id = ?1 AND hash = ?2";
/// The end of its secrets.
pub(super) const REMOVE_SECRETS: &str = "DELETE FROM secret WHERE client_id = ?1";
/// The end of those that are good no more.
pub(super) const PURGE_SECRETS: &str = "DELETE FROM secret WHERE client_id = ?1 AND expires <= ?2";
/// An earlier end of its secrets.
pub(super) const END_SECRETS: &str =
    "UPDATE secret SET expires = ?2 WHERE client_id = ?1 AND (expires IS NULL OR expires > ?2)";
/// An earlier end of its tokens.
pub(super) const END_TOKENS: &str = "UPDATE token SET expires = ?2 WHERE client_id = ?1 AND expires > ?2";
/// Its end; its tokens go with it.
pub(super) const REMOVE_APP: &str = "DELETE FROM app WHERE client_id = ?1";

/// A new token.
pub(super) const ADD_TOKEN: &str =
    "INSERT INTO token (hash, client_id, scopes, issued, expires) VALUES (?1, ?2, ?3, ?4, ?5)";
/// The end of an application's tokens.
pub(super) const REMOVE_TOKENS: &str = "DELETE FROM token WHERE client_id = ?1";
/// The end of tokens that nobody can use any more.
pub(super) const PURGE_TOKENS: &str = "DELETE FROM token WHERE expires <= ?1";
/// The same, without waiting for another one that does it at this moment.
pub(super) const PURGE_TOKENS_SIDE_BY_SIDE: &str = "DELETE FROM token WHERE hash IN
     (SELECT hash FROM token WHERE expires <= ?1 FOR UPDATE SKIP LOCKED)";
/// The end of one token of an application.
pub(super) const REVOKE_TOKEN: &str = "DELETE FROM token WHERE hash = ?1 AND client_id = ?2";
/// A token that is not expired, behind its application if that may still call.
pub(super) const TOKEN: &str = "SELECT a.client_id, a.name, a.scopes, a.tombstones, a.created, a.disabled, a.bounds,
     a.cover, a.signs, a.rate, a.tenant, a.withdrawn, a.tenant, t.scopes, t.expires,
     (SELECT COUNT(*) FROM consent c WHERE c.client_id = a.client_id)
     FROM token t JOIN app a ON a.client_id = t.client_id
     WHERE t.hash = ?1 AND a.disabled IS NULL AND t.expires > ?2";

/// A nonce that nobody used for its second, if it is one (PostgreSQL).
pub(super) const ADD_NONCE: &str =
    "INSERT INTO nonce (client_id, second, nonce) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING";
/// The end of nonces whose second nobody can use any more (PostgreSQL).
pub(super) const PURGE_NONCES: &str = "DELETE FROM nonce WHERE (client_id, second, nonce) IN
     (SELECT client_id, second, nonce FROM nonce WHERE second < ?1 FOR UPDATE SKIP LOCKED)";
/// The latest second of each application, where it is not before another one (SQLite).
pub(super) const SIGNED_UNTIL: &str = "SELECT client_id, second FROM signed_until WHERE second >= ?1";
/// The latest second of an application (SQLite).
pub(super) const SIGNED: &str = "INSERT INTO signed_until (client_id, second) VALUES (?1, ?2)
     ON CONFLICT (client_id) DO UPDATE SET second = excluded.second WHERE excluded.second > signed_until.second";

/// A district of which nothing is given.
pub(super) const SUSPEND: &str = "INSERT INTO suspended (tenant, since) VALUES (?1, ?2) ON CONFLICT DO NOTHING";
/// The end of that.
pub(super) const RESUME: &str = "DELETE FROM suspended WHERE tenant = ?1";
/// All of them.
pub(super) const SUSPENDED: &str = "SELECT tenant FROM suspended";
/// Since when one of them is.
pub(super) const SUSPENDED_SINCE: &str = "SELECT since FROM suspended WHERE tenant = ?1";
/// The end of a district; secrets, tokens and the rest go with applications.
pub(super) const REMOVE_TENANT: [&str; 5] = [
    "DELETE FROM app WHERE tenant = ?1",
    "DELETE FROM consent WHERE tenant = ?1",
    "DELETE FROM issuer WHERE tenant = ?1",
    "DELETE FROM disclosed_request WHERE tenant = ?1",
    "DELETE FROM suspended WHERE tenant = ?1",
];
/// The end of answers to requests that are no more.
pub(super) const END_LOST_DISCLOSURES: &str =
    "DELETE FROM disclosure WHERE request NOT IN (SELECT digest FROM disclosed_request)";

/// The issuers of a tenant, or of every one, each with its application.
pub(super) const ISSUERS: &str =
    "SELECT i.name, i.url, i.audience, i.client_id, a.name, i.user_claim, i.user_member, i.created, i.tenant
     FROM issuer i JOIN app a ON a.client_id = i.client_id WHERE ?1 IN (i.tenant, '') ORDER BY i.name";
/// A new issuer.
pub(super) const ADD_ISSUER: &str =
    "INSERT INTO issuer (tenant, name, url, audience, client_id, user_claim, user_member, created)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
/// Its end.
pub(super) const REMOVE_ISSUER: &str = "DELETE FROM issuer WHERE tenant = ?1 AND name = ?2";

/// One line of the audit.
pub(super) const AUDIT: &str =
    "INSERT INTO audit (at, tenant, who, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
/// The audit, latest first.
pub(super) const AUDITED: &str =
    "SELECT at, who, action, subject, detail FROM audit WHERE tenant = ?1 ORDER BY at DESC";

/// What an application asked; the same request is kept once.
pub(super) const KEEP_REQUEST: &str = "INSERT INTO disclosed_request (digest, tenant, app, asked)
     VALUES (?1, ?2, ?3, ?4) ON CONFLICT (digest) DO NOTHING";
/// What it was given, so many times.
pub(super) fn keep_disclosures(answers: usize) -> String {
    const COLUMNS: [&str; 8] = ["request", "at", "roster", "skipped", "given", "after", "upto", "own"];
    let row = |answer: usize| {
        let places: Vec<String> = (1..=COLUMNS.len()).map(|i| format!("?{}", answer * COLUMNS.len() + i)).collect();
        format!("({})", places.join(", "))
    };
    let rows: Vec<String> = (0..answers).map(row).collect();
    format!("INSERT INTO disclosure ({}) VALUES {}", COLUMNS.join(", "), rows.join(", "))
}
/// All requests of a district.
pub(super) const DISCLOSED_REQUESTS: &str = "SELECT digest, app, asked FROM disclosed_request WHERE tenant = ?1";
/// Whether an application was given anything, or may have been just now.
pub(super) const WAS_GIVEN: &str = "SELECT CAST(1 AS BIGINT) FROM disclosed_request WHERE tenant = ?1 AND app = ?2
     UNION SELECT CAST(1 AS BIGINT) FROM token WHERE client_id = ?3
     UNION SELECT CAST(1 AS BIGINT) FROM app WHERE client_id = ?3 AND signs = 1";
/// Answers of a district after one of them.
pub(super) const DISCLOSURES: &str = "SELECT id, request, at, roster, skipped, given, after, upto, own
     FROM disclosure WHERE id > ?1 AND request IN (SELECT digest FROM disclosed_request WHERE tenant = ?3)
     ORDER BY id LIMIT ?2";
/// The end of old ones.
pub(super) const END_DISCLOSURES: &str = "DELETE FROM disclosure
     WHERE request IN (SELECT digest FROM disclosed_request WHERE tenant = ?1) AND at < ?2";
/// The end of requests that gave nothing which is still kept.
pub(super) const END_REQUESTS: &str =
    "DELETE FROM disclosed_request WHERE tenant = ?1 AND digest NOT IN (SELECT request FROM disclosure)";
/// Other words for a request.
pub(super) const CHANGE_REQUEST: &str = "UPDATE disclosed_request SET asked = ?2 WHERE digest = ?1";
/// The identifier of who was forgotten.
pub(super) const FORGET_OWN: &str = "UPDATE disclosure SET own = NULL
     WHERE request IN (SELECT digest FROM disclosed_request WHERE tenant = ?1) AND own = ?2";
