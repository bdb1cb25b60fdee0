//! Every statement of the access database, in SQL that both engines read.

/// How the value of an installation is read.
pub(super) const VALUE: &str = "SELECT value FROM installation WHERE name = ?1";
/// How it is set for the first time.
pub(super) const SET_VALUE: &str = "INSERT INTO installation (name, value) VALUES (?1, ?2)";
/// What makes every process look at the applications again.
pub(super) const NEXT_GENERATION: &str =
    "UPDATE installation SET value = CAST(CAST(value AS BIGINT) + 1 AS TEXT) WHERE name = 'generation'";

/// The columns of an application as `app::read` takes them.
pub(super) const APPS: &str = "SELECT client_id, name, scopes, tombstones, created, disabled, bounds, cover
     FROM app WHERE tenant = ?1 ORDER BY name";
/// One application by its name.
pub(super) const APP: &str = "SELECT client_id, name, scopes, tombstones, created, disabled, bounds, cover
     FROM app WHERE tenant = ?1 AND name = ?2";
/// One application by its client id, with the hash of its secret.
pub(super) const CLIENT: &str = "SELECT client_id, name, scopes, tombstones, created, disabled, bounds, cover, secret
     FROM app WHERE tenant = ?1 AND client_id = ?2";
/// A new application.
pub(super) const ADD_APP: &str =
    "INSERT INTO app (client_id, tenant, name, secret, scopes, tombstones, bounds, cover, created)
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
/// What can be edited of it.
pub(super) const EDIT_APP: &str = "UPDATE app SET scopes = ?2, tombstones = ?3, disabled = ?4, bounds = ?5, cover = ?6
     WHERE client_id = ?1";
/// Its new secret.
pub(super) const ROTATE_APP: &str = "UPDATE app SET secret = ?2 WHERE client_id = ?1";
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
/// A token that is not expired, and its application if that may still call.
pub(super) const TOKEN: &str =
    "SELECT t.scopes, t.expires, a.client_id, a.name, a.scopes, a.tombstones, a.bounds, a.cover
     FROM token t JOIN app a ON a.client_id = t.client_id
     WHERE t.hash = ?1 AND a.tenant = ?2 AND a.disabled IS NULL AND t.expires > ?3";

/// One line of the audit.
pub(super) const AUDIT: &str =
    "INSERT INTO audit (at, tenant, who, action, subject, detail) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
/// The audit, latest first.
pub(super) const AUDITED: &str =
    "SELECT at, who, action, subject, detail FROM audit WHERE tenant = ?1 ORDER BY at DESC";
