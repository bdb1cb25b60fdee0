//! Kinds that are visible by what they name, and the way of views after the
//! roster.

use super::scratch::Scratch;
use super::{How, Refresh, known};
use crate::Result;
use crate::schema::history;
use crate::work::Work;
use oneroster::grant::{BY_USE, demanded, users};
use oneroster::model::Kind;
use std::collections::BTreeSet;

/// Lets every view of the roster follow to a version whose rows are written;
/// to be called within its transaction, after the instant is set.
pub(crate) fn follow(work: &mut Work<'_>, at: i64) -> Result<()> {
    let views = known::all(work)?;
    if views.is_empty() {
        return Ok(());
    }
    let mut touched = BTreeSet::new();
    for kind in Kind::all() {
        let (table, own) = (kind.entity().plural, work.own("t"));
        if work.any(&format!("SELECT 1 FROM \"{table}\" AS t WHERE {own}t.published = {at} LIMIT 1"), &[])? {
            touched.insert(kind);
        }
    }
    let scratch = &mut Scratch::new(work)?;
    for view in views {
        let (bounds, today) = (view.bounds, view.day);
        let moved = BTreeSet::new();
        Refresh { work, scratch, view: view.id, at, bounds, today, how: How::Followed, moved }.run(&touched)?;
    }
    Ok(())
}

impl Refresh<'_, '_> {
    /// Fills `view_few` with the records of a kind that are to be looked at:
    /// those that moved, and those that name what moved in the view. Gives
    /// whether there may be any.
    pub(super) fn candidates(&mut self, kind: Kind, touched: &BTreeSet<Kind>) -> Result<bool> {
        if self.whole() {
            return Ok(true);
        }
        let (table, own, at) = (kind.entity().plural, self.own("t"), self.at);
        let mut sources = Vec::new();
        if touched.contains(&kind) {
            sources.push(format!("SELECT t.rid FROM \"{table}\" AS t WHERE {own}t.published = {at}"));
        }
        let of_users = (kind == Kind::Demographics).then_some((Kind::User, None));
        let named = demanded(kind).map(|(field, target)| (target, Some(field)));
        for (target, field) in of_users.into_iter().chain(named) {
            if self.bounds.sees_all() || !self.moved.contains(&target) {
                continue;
            }
            let of = self.of("w", target);
            let moved = format!("SELECT w.rid FROM visible AS w WHERE {of} AND w.published = {at}");
            sources.push(match field.and_then(|field| kind.entity().fields.get(usize::from(field))) {
                Some(field) => {
                    format!("SELECT t.rid FROM \"{table}\" AS t WHERE {own}t.\"{}\" IN ({moved})", field.name)
                }
                None => format!(
                    "SELECT t.rid FROM \"{}\" AS u JOIN \"{table}\" AS t ON t.\"sourcedId\" = u.\"sourcedId\" \
                     WHERE {own}{}u.rid IN ({moved})",
                    target.entity().plural,
                    self.own("u")
                ),
            });
        }
        if !self.bounds.sees_all() && BY_USE.iter().any(|(known, _)| *known == kind) {
            sources.extend(self.used_anew(kind, touched));
        }
        if sources.is_empty() {
            return Ok(false);
        }
        self.clear("view_few")?;
        for source in sources {
            let sql = format!("INSERT INTO view_few (rid) {source} ON CONFLICT DO NOTHING");
            self.execute(&sql)?;
        }
        Ok(true)
    }

    /// The records of a kind that are visible by what names them, and were or are
    /// named by something that moved, or that names what moved.
    fn used_anew(&self, kind: Kind, touched: &BTreeSet<Kind>) -> Vec<String> {
        let (at, mut sources) = (self.at, Vec::new());
        for (user, field) in users(kind) {
            let entity = user.entity();
            let Some(name) = entity.fields.get(usize::from(field)).map(|field| field.name) else { continue };
            let own = self.own("k");
            let those = |table: &str, which: &str| {
                format!("SELECT k.\"{name}\" FROM \"{table}\" AS k WHERE {own}k.\"{name}\" IS NOT NULL AND {which}")
            };
            if touched.contains(&user) {
                sources.push(those(entity.plural, &format!("k.published = {at}")));
                sources.push(those(&history(entity), &format!("k.until = {at}")));
            }
            for (other, target) in demanded(user).filter(|(other, _)| *other != field) {
                let other = entity.fields.get(usize::from(other)).map(|field| field.name);
                let Some(other) = other.filter(|_| self.moved.contains(&target)) else { continue };
                let of = self.of("w", target);
                let moved = format!("SELECT w.rid FROM visible AS w WHERE {of} AND w.published = {at}");
                sources.push(those(entity.plural, &format!("k.\"{other}\" IN ({moved})")));
            }
        }
        sources
    }

    /// Puts those of a kind's candidates into `view_seen` that are visible.
    pub(super) fn settle(&mut self, kind: Kind) -> Result<()> {
        let mut holds = vec![format!("{}t.status = 0", self.own("t"))];
        if !self.bounds.sees_all() {
            holds.extend(self.named(kind));
        }
        let from = if self.whole() { "" } else { "view_few AS f JOIN " };
        let on = if self.whole() { "" } else { "ON t.rid = f.rid " };
        let sql = format!(
            "INSERT INTO view_seen (kind, rid, bare) SELECT {}, t.rid, 0 FROM {from}\"{}\" AS t {on}WHERE {}",
            kind as u8,
            kind.entity().plural,
            holds.join(" AND ")
        );
        self.execute(&sql).map(drop)
    }

    /// The conditions that what a record must name is visible.
    fn named(&self, kind: Kind) -> Vec<String> {
        if kind == Kind::Demographics {
            let (of, own) = (self.of("w", Kind::User), self.own("u"));
            return vec![format!(
                "EXISTS (SELECT 1 FROM users AS u JOIN visible AS w ON w.rid = u.rid WHERE {own}u.\"sourcedId\" = \
                 t.\"sourcedId\" AND {of} AND w.status = 0)"
            )];
        }
        let one = |(field, target): (u8, Kind)| {
            let name = kind.entity().fields.get(usize::from(field))?.name;
            let column = format!("t.\"{name}\"");
            Some(format!("({column} IS NULL OR {})", self.shown(target, &column)))
        };
        demanded(kind).filter_map(one).chain(self.used(kind)).collect()
    }

    /// The condition that something names a record which is visible but for
    /// that; or that nothing does, of kinds that are visible then, too.
    fn used(&self, kind: Kind) -> Option<String> {
        let (_, alone) = BY_USE.into_iter().find(|(known, _)| *known == kind)?;
        let (mut any, mut none) = (Vec::new(), Vec::new());
        for (user, field) in users(kind) {
            let entity = user.entity();
            let name = |field: u8| entity.fields.get(usize::from(field)).map_or("rid", |field| field.name);
            let others = demanded(user).filter(|(other, _)| *other != field).map(|(other, target)| {
                let column = format!("k.\"{}\"", name(other));
                format!(" AND ({column} IS NULL OR {})", self.shown(target, &column))
            });
            let live = format!(
                "SELECT 1 FROM \"{}\" AS k WHERE {}k.\"{}\" = t.rid AND k.status = 0",
                entity.plural,
                self.own("k"),
                name(field)
            );
            any.push(format!("EXISTS ({live}{})", others.collect::<String>()));
            none.push(format!("NOT EXISTS ({live})"));
        }
        let used = any.join(" OR ");
        Some(if alone { format!("({used} OR ({}))", none.join(" AND ")) } else { format!("({used})") })
    }
}
