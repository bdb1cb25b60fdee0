//! Reads in one way to the server and back.
//!
//! Of what a page asks before it is read, a process mostly knows the answers:
//! for which district its connection works, how the roster stands, where the
//! view of the caller stands, what its token opens. They are taken for granted
//! as they were seen last, and the one statement that gives the records says in
//! its first row how they are, in the same snapshot. If anything differs,
//! nothing was given yet, and it is all asked for, as
//! docs/decisions/2026-11-22-one-way.md tells.

use super::pool::{Leased, Pool};
use super::{places, wall};
use crate::plan::Value;
use crate::reader::{Ask, Counts, Jump, Standing};
use crate::sql::Order;
use crate::{Error, ErrorKind, Result, ViewId};
use postgres::Row;
use std::collections::HashMap;

/// The version of a view, and the one before which its bounds were others.
pub type Seen = (i64, i64);

/// What of a version decides a number of records: that of the roster, and of a
/// view.
type At = (i64, Option<Seen>);

/// How things stood when they were last looked at, by tenant. Old ones cost a
/// look more, and nothing else.
#[derive(Default)]
pub struct Last {
    standings: HashMap<i64, Standing>,
    views: HashMap<(i64, i64), Seen>,
    /// By tenant, view and kind.
    counts: HashMap<(i64, i64, u8), (At, Counts)>,
    /// Places of other nodes that were come upon, by tenant and jump.
    places: HashMap<(i64, [i64; 3]), String>,
}

/// More than this are looked at again.
const MOST: usize = 20_000;

impl Last {
    /// Notes how a roster stands.
    pub fn stands(&mut self, tenant: i64, standing: Standing) {
        self.standings.insert(tenant, standing);
    }

    /// Notes where a view stands.
    pub fn seen(&mut self, tenant: i64, view: i64, seen: Seen) {
        if self.views.len() >= MOST {
            self.views.clear();
        }
        self.views.insert((tenant, view), seen);
    }

    /// Numbers of records that are those of a version.
    pub fn counts(&self, place: (i64, i64, u8), at: At) -> Option<Counts> {
        self.counts.get(&place).filter(|(kept, _)| *kept == at).map(|(_, counts)| *counts)
    }

    /// The place of a jump that was come upon, once.
    pub fn place(&mut self, tenant: i64, jump: Jump) -> Option<String> {
        self.places.remove(&(tenant, places::numbers(jump)))
    }

    /// Notes one.
    fn came_upon(&mut self, tenant: i64, jump: Jump, cursor: &str) {
        if self.places.len() >= MOST {
            self.places.clear();
        }
        self.places.insert((tenant, places::numbers(jump)), cursor.to_owned());
    }

    /// Notes them.
    pub fn counted(&mut self, place: (i64, i64, u8), at: At, counts: Counts) {
        if self.counts.len() >= MOST {
            self.counts.clear();
        }
        self.counts.insert(place, (at, counts));
    }
}

/// What a session takes for granted.
pub struct Assumed {
    pub standing: Standing,
    pub view: Option<(i64, Seen)>,
    /// The number of the last change of an application.
    pub belief: Option<i64>,
    /// That no other node gave the page before this one.
    pub jump: Option<Jump>,
    /// Whether the server has said so.
    pub proven: bool,
}

impl Assumed {
    /// As the first row says it.
    fn words(&self) -> String {
        let Standing { published, written, base } = self.standing;
        let view = self.view.map_or_else(String::new, |(_, (at, revised))| format!(" {at} {revised}"));
        format!("{published} {written} {base}{view}")
    }
}

/// What is told to whoever assumed something else.
pub fn stale() -> Error {
    let message = "the roster, or what this application may read, was changed at this very moment; ask again";
    Error::new(ErrorKind::Stale, message)
}

/// What the first row has in the place of a status.
const SAID: i64 = -1;

/// A statement of a page with a row before its own that says how things stand;
/// more values are bound: tenant, view and the numbers of a jump. A place of
/// that jump is a word more than was assumed.
fn guarded(ask: &Ask<'_>, jump: bool) -> String {
    let bound = ask.values.len();
    let (tenant, view) = (bound + 1, bound + 2);
    // An order may have a value of its own.
    let more = if matches!(ask.order, Order::Member { .. }) { ", NULL" } else { "" };
    let (passed, places) = match jump {
        true => (", p.cursor", format!("LEFT JOIN places AS p ON p.tenant = s.tenant AND {} ", places::at(view + 1))),
        false => ("", String::new()),
    };
    format!(
        "SELECT 0::bigint, concat_ws(' ', s.published, s.written, s.base, v.published, v.revised{passed}), \
         {SAID}::bigint, g.value::bigint, ''::bytea{more} FROM state AS s \
         LEFT JOIN views AS v ON v.tenant = s.tenant AND v.id = ${view} {places}\
         LEFT JOIN installation AS g ON g.name = 'generation' WHERE s.tenant = ${tenant} UNION ALL ({})",
        ask.statement.sql
    )
}

impl Pool {
    /// A session that assumes how things stand, if that is known; behind a pooler
    /// the session of the server is not ours, and where there is a replica, it is
    /// asked how far it is.
    pub fn assuming(&self, view: Option<ViewId>, belief: Option<i64>, jump: Option<Jump>) -> Result<Option<Leased>> {
        if !self.may_assume() {
            return Ok(None);
        }
        let last = self.last();
        // Before the first version the tables may be somebody's alone.
        let standing = last.standings.get(&self.number()).copied().filter(|standing| standing.published > 0);
        let seen = view.map(|view| last.views.get(&(self.number(), view.0)).map(|seen| (view.0, *seen)));
        drop(last);
        let (Some(standing), None | Some(Some(_))) = (standing, seen) else { return Ok(None) };
        let assumed = Assumed { standing, view: seen.flatten(), belief, jump, proven: false };
        self.get_assuming(assumed).map(Some)
    }

    /// Whether there is anything to be gained by assuming.
    pub fn may_assume(&self) -> bool {
        !self.is_pooled() && !self.has_replica()
    }

    /// A transaction that knows how the roster stands. If it is believed that no
    /// application changed since a number, that is made sure of.
    ///
    /// # Errors
    /// `Stale` if one did.
    pub fn begin_sure(&self, belief: Option<i64>) -> Result<Leased> {
        let leased = self.begin_told(BEGIN, &asked(self.number(), belief))?;
        self.note(leased.told(), belief)?;
        Ok(leased)
    }

    /// Keeps what was told when a transaction began.
    fn note(&self, told: Option<&[Option<i64>]>, belief: Option<i64>) -> Result<()> {
        if let Some(&[Some(published), Some(written), Some(base), ..]) = told {
            self.last().stands(self.number(), Standing { published, written, base });
        }
        let believed = belief.is_none_or(|belief| told.and_then(|told| told.get(3)) == Some(&Some(belief)));
        if believed { Ok(()) } else { Err(stale()) }
    }
}

/// How a read begins: one snapshot for all of its statements.
const BEGIN: &str = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";

/// How the roster stands is what every read asks first.
fn asked(tenant: i64, belief: Option<i64>) -> String {
    let generation = "(SELECT g.value FROM installation AS g WHERE g.name = 'generation')";
    let more = if belief.is_some() { format!(", {generation}") } else { String::new() };
    format!("SELECT published, written, base{more} FROM state WHERE tenant = {tenant}")
}

impl Leased {
    /// Begins in earnest, because more is asked than one statement gives.
    ///
    /// # Errors
    /// `Stale` if something stands otherwise than was assumed.
    pub fn settle(&mut self) -> Result<()> {
        let Some(assumed) = self.assumed.take() else { return Ok(()) };
        let pool = self.pool().clone();
        self.enter_told(BEGIN, &asked(pool.number(), assumed.belief))?;
        pool.note(self.told(), assumed.belief)?;
        let now = crate::reader::Session::standing(self)?;
        let view = assumed.view.map(|(view, seen)| Ok::<_, Error>((self.look_at(view)?, seen))).transpose()?;
        let given = assumed.jump.map(|jump| self.place(jump)).transpose()?.flatten().is_some();
        let stays = now == assumed.standing && view.is_none_or(|(now, seen)| now == Some(seen)) && !given;
        if stays { Ok(()) } else { Err(stale()) }
    }

    /// Gives the rows of the one statement of a page behind the row that says how
    /// things stand.
    pub fn guarded(&mut self, ask: &Ask<'_>, take: &mut dyn FnMut(&Row) -> Result<()>) -> Result<()> {
        let Some(assumed) = &self.assumed else { return Err(stale()) };
        let (words, belief, view, jump) = (assumed.words(), assumed.belief, assumed.view, assumed.jump);
        let (tenant, sql) = (self.tenant(), guarded(ask, jump.is_some()));
        let more = [tenant, view.map_or(0, |(view, _)| view)].into_iter();
        let more: Vec<Value<'_>> = more.chain(jump.into_iter().flat_map(places::numbers)).map(Value::Whole).collect();
        let values: Vec<&Value<'_>> = ask.values.iter().chain(&more).collect();
        let (client, statement) = self.prepared(&sql)?;
        let mut rows = super::session::rows(client, statement, &values, ask.last)?;
        let first = rows.next()?.filter(|row| row.try_get::<_, i64>(2).is_ok_and(|status| status == SAID));
        let Some(first) = first else { return Err(stale()) };
        let (said, generation): (&str, Option<i64>) = (first.try_get(1)?, first.try_get(3)?);
        if said != words || (belief.is_some() && belief != generation) {
            let said = said.to_owned();
            drop(rows);
            match (jump, said.strip_prefix(&words).and_then(|more| more.strip_prefix(' '))) {
                (Some(jump), Some(cursor)) => self.pool().last().came_upon(tenant, jump, cursor),
                _ => self.learn(&said, view),
            }
            return Err(stale());
        }
        while let Some(row) = rows.next()? {
            take(&row)?;
        }
        drop(rows);
        if let Some(assumed) = &mut self.assumed {
            assumed.proven = true;
        }
        Ok(())
    }

    /// Notes how things stand instead.
    fn learn(&self, said: &str, view: Option<(i64, Seen)>) {
        let numbers: Vec<i64> = said.split(' ').filter_map(|word| word.parse().ok()).collect();
        let mut last = self.pool().last();
        if let [published, written, base, ..] = numbers[..] {
            last.stands(self.tenant(), Standing { published, written, base });
        }
        if let ([_, _, _, at, revised], Some((view, _))) = (&numbers[..], view) {
            last.seen(self.tenant(), view, (*at, *revised));
        }
    }

    /// Makes the server's session one of the tenant, until it is another's.
    pub(super) fn turn(&mut self) -> Result<()> {
        let tenant = self.tenant();
        if self.connection()?.tenant == tenant {
            return Ok(());
        }
        wall::turn_session(self.client()?, tenant)?;
        self.connection()?.tenant = tenant;
        Ok(())
    }

    /// Makes it nobody's again.
    pub(super) fn turn_away(&mut self) -> Result<()> {
        if self.connection()?.tenant != 0 {
            // By itself: a transaction that is given up would take it back.
            self.client()?.batch_execute(wall::NOBODY)?;
            self.connection()?.tenant = 0;
        }
        Ok(())
    }
}
