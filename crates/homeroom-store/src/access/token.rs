//! Tokens: issued for a secret, known again by their hash.

use super::database::{Change, Database, Session, text};
use super::key::random_hex;
use super::signed::Signer;
use super::{Access, App, ScopeSet, TombstonePolicy, app, sql, suspended};
use crate::plan::Value;
use crate::{Belief, Result};
use hashbrown::HashMap;
use oneroster::grant::{Bounds, Cover};
use oneroster::time::Timestamp;
use rusqlite::Connection;
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

/// How long a token is good for, in seconds: longer than a nightly full sync
/// of a consumer that never asks for a second one.
pub const TOKEN_LIFETIME: u32 = 3600;

/// An identifier and a secret as a caller sent them.
pub struct Claim<'a> {
    /// The client id.
    pub client_id: &'a str,
    /// The secret.
    pub secret: &'a str,
}

/// The answer to a request for a token.
pub enum Grant {
    /// A new token.
    Token {
        /// The token itself; it is kept nowhere.
        token: SecretString,
        /// What it opens.
        scopes: ScopeSet,
        /// The application's name.
        app: Arc<str>,
        /// For how many seconds it is good.
        seconds: u32,
    },
    /// No such application, or a wrong secret, or it is disabled.
    UnknownClient,
    /// Nothing of what was asked for is granted to the application.
    NoScope,
}

/// Who calls, by a token that is good.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Caller {
    /// The application's name.
    pub app: Arc<str>,
    /// What it calls itself.
    pub client_id: Arc<str>,
    /// What the token opens, of what the application is granted now.
    pub scopes: ScopeSet,
    /// When the application sees tombstones.
    pub tombstones: TombstonePolicy,
    /// Which records the application sees.
    pub bounds: Bounds,
    /// What it is shown of them.
    pub cover: Cover,
    /// How many requests a second it may make, if that is told of it.
    pub rate: Option<u32>,
    /// When the token ends.
    pub expires: Timestamp,
    /// A number of the token, which tells nothing of it.
    pub id: u64,
    /// The tenant whose records these are about.
    pub tenant: Arc<str>,
    /// Whether this tenant lets it read no more.
    pub withdrawn: bool,
    /// Whether this tenant is suspended: nothing of it is given.
    pub suspended: bool,
    /// The same of the other tenants that let it read.
    pub elsewhere: Vec<Arc<Caller>>,
}

/// What becomes of a request to end a token (RFC 7009).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Revocation {
    /// There is no such token of the application any more.
    Done,
    /// No such application, or a wrong secret, or it is disabled.
    UnknownClient,
}

impl Caller {
    /// An application that calls with a token of these scopes, narrowed to what
    /// it is granted now.
    pub(super) fn of(app: App, scopes: ScopeSet, expires: Timestamp, id: u64) -> Caller {
        Caller {
            client_id: app.client_id.into(),
            app: app.name,
            scopes: scopes.intersection(app.scopes),
            tombstones: app.tombstones,
            bounds: app.bounds,
            cover: app.cover,
            rate: app.rate,
            expires,
            id,
            tenant: app.tenant,
            withdrawn: app.withdrawn.is_some(),
            suspended: false,
            elsewhere: Vec::new(),
        }
    }

    /// What a tenant lets the application read; `None` if it does not, or does
    /// no more.
    pub fn at(self: &Arc<Caller>, tenant: &str) -> Option<Arc<Caller>> {
        self.everywhere().find(|caller| &*caller.tenant == tenant).cloned()
    }

    /// The same of every tenant that lets it read.
    pub fn everywhere(self: &Arc<Caller>) -> impl Iterator<Item = &Arc<Caller>> {
        std::iter::once(self).filter(|own| !own.withdrawn).chain(&self.elsewhere)
    }
}

/// An application that calls, with every tenant that lets it read.
pub(super) fn whole(
    session: &mut Session<'_>,
    app: App,
    scopes: ScopeSet,
    expires: Timestamp,
    id: u64,
) -> Result<Caller> {
    let rows = session.rows(sql::CONSENTS, &[text(&app.client_id)])?;
    let there = |row| Ok(Arc::new(Caller::of(app::read(row)?, scopes, expires, id)));
    let elsewhere = rows.iter().map(there).collect::<Result<_>>()?;
    suspended::marked(session, Caller { elsewhere, ..Caller::of(app, scopes, expires, id) })
}

impl Access {
    /// Issues a token to the first claim that holds. `asked` is what was asked
    /// for; without it, the token opens everything that is granted. Earlier
    /// tokens stay good.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn issue(&self, claims: &[Claim<'_>], asked: Option<ScopeSet>) -> Result<Grant> {
        // Guesses must not take the write lock.
        if self.database().look(|session| self.first_holder(session, claims))?.is_none() {
            return Ok(Grant::UnknownClient);
        }
        self.database().change(Change::Token, |session| {
            // Again, since the secret may have been rotated in between.
            let Some((app, ends)) = self.first_holder(session, claims)? else { return Ok(Grant::UnknownClient) };
            let granted = self.granted(session, &app)?;
            let scopes = asked.map_or(granted, |asked| asked.intersection(granted));
            if scopes.is_empty() {
                return Ok(Grant::NoScope);
            }
            let token = random_hex::<32>(self.outside())?;
            let now = self.outside().now().0;
            // A token does not outlive the secret it was given for.
            let expires = (now + i64::from(TOKEN_LIFETIME) * 1000).min(ends.map_or(i64::MAX, |ends| ends.0));
            let (hash, uris) = (super::key::hex(&hash(&token)), scopes.to_uris());
            session.purge(now)?;
            let texts = [&hash, &app.client_id, &uris].map(|value| text(value));
            let values: Vec<Value<'_>> = texts.into_iter().chain([now, expires].map(Value::Whole)).collect();
            session.execute(sql::ADD_TOKEN, &values)?;
            let seconds = u32::try_from((expires - now) / 1000).unwrap_or(TOKEN_LIFETIME).max(1);
            Ok(Grant::Token { token: token.into(), scopes, app: app.name, seconds })
        })
    }

    /// Ends a token of the application that the first claim which holds is of;
    /// a token of another one is left as it is.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn revoke(&self, claims: &[Claim<'_>], token: &str) -> Result<Revocation> {
        let Some((app, _)) = self.database().look(|session| self.first_holder(session, claims))? else {
            return Ok(Revocation::UnknownClient);
        };
        let hash = super::key::hex(&hash(token));
        self.database().change(Change::App, |session| {
            if session.execute(sql::REVOKE_TOKEN, &[text(&hash), text(&app.client_id)])? > 0 {
                // Every process forgets whom it has seen.
                session.execute(sql::NEXT_GENERATION, &[])?;
            }
            Ok(Revocation::Done)
        })
    }

    /// The application of the first claim that holds, and when the secret ends.
    fn first_holder(
        &self,
        session: &mut Session<'_>,
        claims: &[Claim<'_>],
    ) -> Result<Option<(App, Option<Timestamp>)>> {
        let mut holder = None;
        for claim in claims {
            holder = holder.or(self.holder(session, claim)?);
        }
        Ok(holder)
    }

    fn holder(&self, session: &mut Session<'_>, claim: &Claim<'_>) -> Result<Option<(App, Option<Timestamp>)>> {
        let row = session.first(sql::CLIENT, &[text(claim.client_id)])?;
        let app = row.map(|row| app::read(&row)).transpose()?;
        // The same work whether or not the client is known.
        let kept = self.secrets(session, claim.client_id)?;
        let held = self.held(claim.client_id, claim.secret, kept)?;
        let app = app.filter(|app| app.disabled.is_none());
        let known = app.as_ref().map(|app| self.is_known(session, app)).transpose()?.unwrap_or(false);
        let app = app.filter(|_| known);
        Ok(app.zip(held).map(|(app, held)| (app, held.expires)))
    }

    /// Whether the tenant that is meant made the application or lets it read; a
    /// token of one whom nobody lets read opens nothing, but may be had.
    fn is_known(&self, session: &mut Session<'_>, app: &App) -> Result<bool> {
        let tenant = self.tenant();
        if tenant.is_empty() || &*app.tenant == tenant {
            return Ok(true);
        }
        let rows = session.rows(sql::CONSENTS, &[text(&app.client_id)])?;
        let there = rows.iter().map(|row| Ok(&*app::read(row)?.tenant == tenant)).collect::<Result<Vec<_>>>()?;
        Ok(there.contains(&true))
    }

    /// What an application is granted by the tenant that is meant, or by any.
    fn granted(&self, session: &mut Session<'_>, app: &App) -> Result<ScopeSet> {
        let tenant = self.tenant();
        let mut granted = ScopeSet::default();
        for row in session.rows(sql::CONSENTS, &[text(&app.client_id)])? {
            let there = app::read(&row)?;
            if tenant.is_empty() || &*there.tenant == tenant {
                granted = granted.union(there.scopes);
            }
        }
        let own = app.withdrawn.is_none() && (tenant.is_empty() || &*app.tenant == tenant);
        Ok(if own { granted.union(app.scopes) } else { granted })
    }

    /// The caller as the tenant that is meant knows it; with every tenant if
    /// none is meant.
    pub(super) fn placed(&self, caller: Arc<Caller>) -> Option<Arc<Caller>> {
        if self.tenant().is_empty() {
            return Some(caller);
        }
        let there = caller.at(self.tenant())?;
        let alone = there.elsewhere.is_empty();
        Some(if alone { there } else { Arc::new(Caller { elsewhere: Vec::new(), ..Caller::clone(&there) }) })
    }

    /// Who calls with this token; `None` if it is unknown, expired or revoked.
    /// Tokens that were seen before cost a look at whether any application
    /// changed, so that another process's change counts from the next call on.
    ///
    /// # Errors
    /// `Busy`, `Internal`.
    pub fn verify(&self, token: &str) -> Result<Option<Arc<Caller>>> {
        let known = self.seen().verify(self.database(), &hash(token), self.outside().now())?;
        Ok(known.and_then(|caller| self.placed(caller)))
    }
}

impl Access {
    /// Who calls with a token that was seen before, without a look at whether any
    /// application changed since: what is read for the caller has to make sure of
    /// the belief. `None` if that would save nothing.
    pub fn believed(&self, token: &str) -> Option<(Arc<Caller>, Belief)> {
        let Database::Postgres(pool) = self.database() else { return None };
        if !pool.may_assume() {
            return None;
        }
        let (caller, belief) = self.seen().believed(&hash(token), self.outside().now())?;
        Some((self.placed(caller)?, belief))
    }
}

pub(super) fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token.as_bytes()).into()
}

/// A number that tells nothing of what was hashed.
pub(super) fn number(hash: &[u8; 32]) -> u64 {
    hash.first_chunk::<8>().map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

/// The tokens and signers that were seen, as long as no application changes.
#[derive(Default)]
pub(super) struct Tokens {
    /// Connections of its own to a file, which tell without a statement that
    /// nothing changed; a server is asked.
    readers: Box<[Mutex<Reader>]>,
    seen: RwLock<Seen>,
}

struct Reader {
    connection: Connection,
    /// The database's version as this connection last saw it.
    version: i64,
}

#[derive(Default)]
struct Seen {
    /// The state of the applications that the callers were read from.
    generation: String,
    callers: HashMap<[u8; 32], Arc<Caller>>,
    /// By client id.
    signers: HashMap<String, Arc<Signer>>,
}

impl Seen {
    fn clear(&mut self, generation: String) {
        *self = Seen { generation, ..Seen::default() };
    }
}

/// More tokens than this are looked up again: nobody has so many in use.
const MOST_SEEN: usize = 10_000;
const READERS: usize = 4;

impl Tokens {
    pub(super) fn of_file(path: &Path) -> Result<Tokens> {
        let reader = |_| Ok(Mutex::new(Reader { connection: super::schema::reader(path)?, version: -1 }));
        let readers = (0..READERS).map(reader).collect::<Result<_>>()?;
        Ok(Tokens { readers, seen: RwLock::default() })
    }

    /// Whether it looks at a file.
    pub(super) fn is_of_file(&self) -> bool {
        !self.readers.is_empty()
    }

    fn verify(&self, database: &Database, hash: &[u8; 32], now: Timestamp) -> Result<Option<Arc<Caller>>> {
        let load = |session: &mut Session<'_>| load(session, hash, now);
        let caller = self.known(
            database,
            |seen| seen.callers.get(hash).cloned(),
            load,
            |seen, caller| {
                if seen.callers.len() >= MOST_SEEN {
                    seen.callers.clear();
                }
                seen.callers.insert(*hash, caller);
            },
        )?;
        Ok(caller.filter(|caller| now < caller.expires))
    }

    /// Who was seen with a token, and how the applications stood then.
    fn believed(&self, hash: &[u8; 32], now: Timestamp) -> Option<(Arc<Caller>, Belief)> {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        let caller = seen.callers.get(hash).filter(|caller| now < caller.expires)?;
        Some((caller.clone(), Belief(seen.generation.parse().ok()?)))
    }

    /// The application that signs with a client id, loaded if it was not seen.
    pub(super) fn signer(
        &self,
        database: &Database,
        client_id: &str,
        load: impl FnMut(&mut Session<'_>) -> Result<Option<Signer>>,
    ) -> Result<Option<Arc<Signer>>> {
        self.known(
            database,
            |seen| seen.signers.get(client_id).cloned(),
            load,
            |seen, signer| {
                if seen.signers.len() >= MOST_SEEN {
                    seen.signers.clear();
                }
                seen.signers.insert(client_id.to_owned(), signer);
            },
        )
    }

    /// What was seen since the applications last changed, or else what is loaded
    /// now, and remembered.
    fn known<T>(
        &self,
        database: &Database,
        find: impl Fn(&Seen) -> Option<Arc<T>>,
        mut load: impl FnMut(&mut Session<'_>) -> Result<Option<T>>,
        keep: impl FnOnce(&mut Seen, Arc<T>),
    ) -> Result<Option<Arc<T>>> {
        let mut reader = self.reader();
        match &mut reader {
            Some(reader) => self.look_again(reader)?,
            None => self.stands_at(database.generation()?),
        }
        let generation = {
            let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
            if let Some(found) = find(&seen) {
                return Ok(Some(found));
            }
            seen.generation.clone()
        };
        let loaded = match &reader {
            Some(reader) => load(&mut Session::Sqlite(&reader.connection))?,
            None => database.look(load)?,
        };
        let Some(loaded) = loaded.map(Arc::new) else { return Ok(None) };
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        // What was read before a change that another thread has seen since
        // must not be remembered.
        if seen.generation == generation {
            keep(&mut seen, loaded.clone());
        }
        Ok(Some(loaded))
    }

    /// Forgets all if an application changed since the last look.
    fn look_again(&self, reader: &mut Reader) -> Result<()> {
        let version: i64 = reader.connection.prepare_cached("PRAGMA data_version")?.query_row([], |row| row.get(0))?;
        if version == reader.version {
            return Ok(());
        }
        self.stands_at(reader.connection.prepare_cached(sql::VALUE)?.query_row(["generation"], |row| row.get(0))?);
        reader.version = version;
        Ok(())
    }

    /// Forgets all if that is another state of the applications.
    fn stands_at(&self, generation: String) {
        if self.seen.read().unwrap_or_else(PoisonError::into_inner).generation == generation {
            return;
        }
        self.seen.write().unwrap_or_else(PoisonError::into_inner).clear(generation);
    }

    fn reader(&self) -> Option<MutexGuard<'_, Reader>> {
        let free = self.readers.iter().find_map(|reader| reader.try_lock().ok());
        free.or_else(|| self.readers.first().map(|reader| reader.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn load(session: &mut Session<'_>, hash: &[u8; 32], now: Timestamp) -> Result<Option<Caller>> {
    let hex = super::key::hex(hash);
    let Some(row) = session.first(sql::TOKEN, &[text(&hex), Value::Whole(now.0)])? else {
        return Ok(None);
    };
    let (scopes, expires) = (ScopeSet::parse(&row.text(13)?), Timestamp(row.whole(14)?));
    let app = app::read(&row)?;
    // Most applications are let read by one tenant.
    Ok(Some(match row.whole(15)? {
        0 => suspended::marked(session, Caller::of(app, scopes, expires, number(hash)))?,
        _ => whole(session, app, scopes, expires, number(hash))?,
    }))
}

impl std::fmt::Debug for Grant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Grant::Token { .. } => "Token",
            Grant::UnknownClient => "UnknownClient",
            Grant::NoScope => "NoScope",
        })
    }
}
