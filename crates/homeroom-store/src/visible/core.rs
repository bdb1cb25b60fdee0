//! The kinds that bounds speak of, as sets of row ids in `view_seen`.

use super::{How, Refresh};
use crate::Result;
use oneroster::grant::{GUARDIANS, STUDENT, TermLimit};
use oneroster::model::Kind;
use std::collections::BTreeSet;

/// These are seen by the bounds; others by what they name.
pub(super) const KINDS: [Kind; 6] =
    [Kind::Org, Kind::AcademicSession, Kind::Course, Kind::Class, Kind::User, Kind::Role];

/// Rows in `view_seen` of a kind.
fn seen(kind: Kind) -> String {
    format!("SELECT s.rid FROM view_seen AS s WHERE s.kind = {}", kind as u8)
}

impl Refresh<'_, '_> {
    /// Computes the sets, if anything that they follow from has changed.
    pub(super) fn core(&mut self, touched: &BTreeSet<Kind>) -> Result<bool> {
        let moves = KINDS.iter().chain([&Kind::Enrollment]).any(|kind| touched.contains(kind));
        if self.bounds.sees_all() || (self.how == How::Followed && !moves) {
            return Ok(false);
        }
        self.words()?;
        self.full_orgs()?;
        self.classes()?;
        self.bare_orgs()?;
        self.courses_and_sessions()?;
        self.people()?;
        Ok(true)
    }

    /// Adds to `view_seen` a part of a tree: some records with all that is live
    /// below or above them.
    fn tree(&mut self, kind: Kind, from: &str, up: bool, bare: u8) -> Result<()> {
        let (table, own) = (kind.entity().plural, self.own("t"));
        let step = if up {
            let own = self.own("b");
            format!(
                "\"{table}\" AS b JOIN tree ON b.rid = tree.rid AND {own}true JOIN \"{table}\" AS t ON t.rid = b.parent"
            )
        } else {
            format!("\"{table}\" AS t JOIN tree ON t.parent = tree.rid")
        };
        let sql = format!(
            "INSERT INTO view_seen (kind, rid, bare) WITH RECURSIVE tree (rid) AS ({from} UNION \
             SELECT t.rid FROM {step} WHERE {own}t.status = 0) \
             SELECT {}, rid, {bare} FROM tree WHERE true ON CONFLICT DO NOTHING",
            kind as u8
        );
        self.execute(&sql).map(drop)
    }

    /// Granted organisations, and what lies below them.
    fn full_orgs(&mut self) -> Result<()> {
        let own = self.own("t");
        let live = format!("SELECT t.rid FROM orgs AS t WHERE {own}t.status = 0");
        if !self.bounds.schools.is_empty() {
            let granted = "t.\"sourcedId\" IN (SELECT w.word FROM view_words AS w WHERE w.part = 'school')";
            return self.tree(Kind::Org, &format!("{live} AND {granted}"), false, 0);
        }
        if !self.bounds.classes.is_empty() || self.bounds.person.is_some() {
            return Ok(());
        }
        let sql =
            format!("INSERT INTO view_seen (kind, rid, bare) SELECT {}, l.rid, 0 FROM ({live}) AS l", Kind::Org as u8);
        self.execute(&sql).map(drop)
    }

    fn classes(&mut self) -> Result<()> {
        let mut passes = vec![format!("{}t.status = 0", self.own("t"))];
        let school = match self.bounds.schools.is_empty() {
            true => self.live(Kind::Org, "t.school"),
            false => format!("t.school IN ({})", seen(Kind::Org)),
        };
        passes.push(format!("(t.school IS NULL OR {school})"));
        passes.push(format!("(t.course IS NULL OR {})", self.live(Kind::Course, "t.course")));
        if !self.bounds.classes.is_empty() {
            passes.push("t.\"sourcedId\" IN (SELECT w.word FROM view_words AS w WHERE w.part = 'class')".to_owned());
        }
        if !self.bounds.grades.is_empty() {
            let holds = self.holds("t.grades", "w.word");
            passes.push(format!("EXISTS (SELECT 1 FROM view_words AS w WHERE w.part = 'grade' AND {holds})"));
        }
        if self.bounds.person.is_some() {
            let (of_e, of_p) = (self.own("e"), self.own("p"));
            passes.push(format!(
                "t.rid IN (SELECT e.class FROM users AS p JOIN enrollments AS e ON e.\"user\" = p.rid AND {of_e}e.status = 0 \
                 WHERE {of_p}p.status = 0 AND p.\"sourcedId\" IN (SELECT w.word FROM view_words AS w WHERE w.part = 'person'))"
            ));
        }
        self.clear("view_few")?;
        let sql = format!("INSERT INTO view_few (rid) SELECT t.rid FROM classes AS t WHERE {}", passes.join(" AND "));
        self.execute(&sql)?;
        self.split(Kind::Class, "terms", "SELECT rid FROM view_few")?;
        self.resolve(Kind::AcademicSession)?;
        let (own, passes) = (self.own("t"), self.passes_terms()?);
        let sql = format!(
            "INSERT INTO view_seen (kind, rid, bare) SELECT {}, t.rid, 0 FROM view_few AS f JOIN classes AS t \
             ON t.rid = f.rid WHERE {own}{passes}",
            Kind::Class as u8
        );
        self.execute(&sql).map(drop)
    }

    /// The condition that some session of a class is live and within the limits.
    fn passes_terms(&mut self) -> Result<String> {
        if self.bounds.terms.is_empty() {
            return Ok("(t.terms IS NULL OR EXISTS (SELECT 1 FROM view_named AS n WHERE n.rid = t.rid))".to_owned());
        }
        let mut limits = Vec::new();
        for limit in self.bounds.terms.clone() {
            let (first, last) = match limit {
                TermLimit::Current => (self.today, self.today),
                TermLimit::Days(first, last) => (first, last),
                TermLimit::Session(_) => continue,
            };
            // The end is the day after the last one.
            limits.push(format!("(y.\"startDate\" <= {} AND y.\"endDate\" > {})", last.0, first.0));
        }
        let own = self.own("t");
        limits.push(format!(
            "y.rid IN (WITH RECURSIVE within (rid) AS (SELECT t.rid FROM \"academicSessions\" AS t WHERE {own}t.status = 0 \
             AND t.\"sourcedId\" IN (SELECT w.word FROM view_words AS w WHERE w.part = 'session') UNION \
             SELECT t.rid FROM \"academicSessions\" AS t JOIN within ON t.parent = within.rid WHERE {own}t.status = 0) \
             SELECT rid FROM within)"
        ));
        let own = self.own("y");
        Ok(format!(
            "EXISTS (SELECT 1 FROM view_named AS n JOIN \"academicSessions\" AS y ON y.rid = n.target \
             WHERE n.rid = t.rid AND {own}({}))",
            limits.join(" OR ")
        ))
    }

    /// What stands above granted organisations, and the schools of classes that
    /// are visible by themselves.
    fn bare_orgs(&mut self) -> Result<()> {
        let own = self.own("t");
        let from = format!(
            "{} UNION SELECT t.school FROM view_seen AS s JOIN classes AS t ON t.rid = s.rid \
             WHERE {own}s.kind = {} AND t.school IS NOT NULL",
            seen(Kind::Org),
            Kind::Class as u8
        );
        self.tree(Kind::Org, &from, true, 1)
    }

    fn courses_and_sessions(&mut self) -> Result<()> {
        let own = self.own("t");
        let sql = format!(
            "INSERT INTO view_seen (kind, rid, bare) SELECT DISTINCT {}, t.course, 0 FROM view_seen AS s \
             JOIN classes AS t ON t.rid = s.rid WHERE {own}s.kind = {} AND t.course IS NOT NULL",
            Kind::Course as u8,
            Kind::Class as u8
        );
        self.execute(&sql)?;
        let used = format!(
            "SELECT n.target FROM view_named AS n JOIN view_seen AS s ON s.kind = {} AND s.rid = n.rid",
            Kind::Class as u8
        );
        self.tree(Kind::AcademicSession, &used, false, 0)?;
        self.tree(Kind::AcademicSession, &seen(Kind::AcademicSession), true, 0)
    }

    /// The condition that a role `r` passes the limit, at a visible org; of the
    /// roles of guardians, or of the others.
    fn entry(&self, guardians: bool) -> String {
        let words: Vec<String> = GUARDIANS.iter().map(|word| format!("'{word}'")).collect();
        let not = if guardians { "" } else { "NOT " };
        let passes = match self.bounds.roles.is_empty() {
            true => "r.role IS NOT NULL",
            false => "r.role IN (SELECT w.word FROM view_words AS w WHERE w.part = 'role')",
        };
        format!(
            "{}r.status = 0 AND r.role {not}IN ({}) AND {passes} AND r.org IN ({})",
            self.own("r"),
            words.join(", "),
            seen(Kind::Org)
        )
    }

    /// People, and the entries of their roles that remain.
    fn people(&mut self) -> Result<()> {
        self.clear("view_few")?;
        let entry = self.entry(false);
        if self.bounds.person.is_none() {
            let sql = format!(
                "INSERT INTO view_few (rid) SELECT DISTINCT r.\"user\" FROM roles AS r WHERE {entry} \
                 AND r.\"user\" IS NOT NULL AND r.org IN ({} AND s.bare = 0)",
                seen(Kind::Org)
            );
            self.execute(&sql)?;
        }
        let sql = format!(
            "INSERT INTO view_few (rid) SELECT DISTINCT e.\"user\" FROM enrollments AS e WHERE {}e.status = 0 \
             AND e.class IN ({}) AND e.\"user\" IS NOT NULL ON CONFLICT DO NOTHING",
            self.own("e"),
            seen(Kind::Class)
        );
        self.execute(&sql)?;
        self.see_roles("SELECT rid FROM view_few", &entry)?;
        if GUARDIANS.iter().any(|word| self.bounds.roles.is_empty() || self.bounds.roles.contains(*word)) {
            self.guardians()?;
        }
        let sql = format!(
            "INSERT INTO view_seen (kind, rid, bare) SELECT DISTINCT {}, r.\"user\", 0 FROM view_seen AS s \
             JOIN roles AS r ON r.rid = s.rid WHERE {}s.kind = {}",
            Kind::User as u8,
            self.own("r"),
            Kind::Role as u8
        );
        self.execute(&sql).map(drop)
    }

    /// Guardians are seen with a student who names them.
    fn guardians(&mut self) -> Result<()> {
        let students = format!(
            "SELECT DISTINCT r.\"user\" AS rid FROM view_seen AS s JOIN roles AS r ON r.rid = s.rid \
             WHERE {}s.kind = {} AND r.role = '{STUDENT}'",
            self.own("r"),
            Kind::Role as u8
        );
        self.split(Kind::User, "agents", &students)?;
        self.resolve(Kind::User)?;
        let entry = self.entry(true);
        self.see_roles("SELECT DISTINCT target AS rid FROM view_named", &entry)
    }

    fn see_roles(&mut self, people: &str, entry: &str) -> Result<()> {
        let live = self.live(Kind::User, "f.rid");
        let sql = format!(
            "INSERT INTO view_seen (kind, rid, bare) SELECT {}, r.rid, 0 FROM ({people}) AS f \
             JOIN roles AS r ON r.\"user\" = f.rid WHERE {entry} AND {live} ON CONFLICT DO NOTHING",
            Kind::Role as u8
        );
        self.execute(&sql).map(drop)
    }
}
