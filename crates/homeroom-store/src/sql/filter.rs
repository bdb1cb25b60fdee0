//! A clause of a filter as a condition.

use super::{Bind, Builder, Wrap, col, concat, literal, not};
use crate::schema::{CARRIED, Column, Content, Dialect, carried, column, columns};
use oneroster::model::{Entity, Field, Kind, Slot, Type};
use oneroster::query::{Part, Path, Predicate};
use sea_query::{Condition, Expr, ExprTrait, IntoColumnRef, SelectStatement};

/// What decides the text of a clause.
#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct ClauseShape {
    /// What is compared.
    pub path: Path,
    /// How.
    pub predicate: Predicate,
    /// How many items the literal has, if it is a list.
    pub items: Option<usize>,
}

impl Builder<'_> {
    /// A clause as a condition on the table `alias`.
    ///
    /// "Not equal" is "not (equal)", so that a record without the value
    /// matches it, and of several values none may be equal.
    pub(super) fn clause(&mut self, number: usize, clause: &ClauseShape, alias: &str) -> Expr {
        match clause.predicate {
            Predicate::NotEqual => not(self.positive(number, clause, Predicate::Equal, alias)),
            predicate => self.positive(number, clause, predicate, alias),
        }
    }

    fn positive(&mut self, number: usize, clause: &ClauseShape, predicate: Predicate, alias: &str) -> Expr {
        let path = &clause.path;
        let entity = path.entity();
        match path.slot {
            Slot::SourcedId => self.identifier(number, predicate, alias, "sourcedId"),
            Slot::Status => self.status(number, predicate, alias),
            Slot::Modified => self.compare(number, predicate, col(alias, "published")),
            Slot::Own(field) => match (&path.part, path.field().ty) {
                (Part::Row(leaf), Type::Rows(kind)) if is_carried(entity.kind, kind) => {
                    self.carried(number, predicate, alias, path.field().name, &kind.entity().fields[*leaf as usize])
                }
                (Part::Row(leaf), Type::Rows(kind)) => self.rows(number, predicate, alias, kind, |builder, rows| {
                    builder.own(number, clause, predicate, rows, kind, *leaf)
                }),
                (Part::RowRefType(leaf), Type::Rows(kind)) => {
                    let present = column(kind, *leaf).map(|c| c.name.clone()).unwrap_or_default();
                    self.rows(number, predicate, alias, kind, |builder, rows| {
                        builder.constant(number, predicate, path).and(col(rows, &present).is_not_null())
                    })
                }
                (Part::RefType, _) => {
                    let there = self.present(alias, entity, field);
                    self.constant(number, predicate, path).and(there)
                }
                _ => self.own(number, clause, predicate, alias, entity.kind, field),
            },
        }
    }

    /// A field of the table's own.
    fn own(
        &mut self,
        number: usize,
        clause: &ClauseShape,
        predicate: Predicate,
        alias: &str,
        kind: Kind,
        field: u8,
    ) -> Expr {
        if let Some(through) = self.through(number, predicate, alias, kind, field) {
            return through;
        }
        // JSON shows a row's own identifier as a member of it.
        if matches!(kind.entity().fields[field as usize].ty, Type::SourcedId) {
            return self.identifier(number, predicate, alias, "sourcedId");
        }
        let wanted = match clause.path.part {
            Part::Left => Content::Left,
            Part::Right => Content::Right,
            _ => Content::Text,
        };
        let mut found = columns(kind).iter().filter(|c| c.field == field);
        let chosen = match wanted {
            Content::Text => found.next(),
            side => found.find(|c| c.content == side),
        };
        let Some(column) = chosen else { return literal("1").eq(literal("0")) };
        self.by_content(number, clause, predicate, alias, column)
    }

    fn by_content(
        &mut self,
        number: usize,
        clause: &ClauseShape,
        predicate: Predicate,
        alias: &str,
        column: &Column,
    ) -> Expr {
        let here = || col(alias, &column.name);
        match column.content {
            Content::Text if predicate == Predicate::Contains => {
                let part = self.literal(number, None, Wrap::Plain);
                let text = self.lower(alias, &column.name);
                self.holds(text, part)
            }
            Content::Text | Content::Day | Content::Instant | Content::Number => {
                self.compare(number, predicate, here())
            }
            Content::RowId(kind) => self.reference(number, predicate, here(), kind),
            Content::Texts => self.texts(number, clause.items, predicate, alias, &column.name),
            Content::Ids | Content::Left | Content::Right if predicate == Predicate::Contains => {
                let part = self.literal(number, None, Wrap::Plain);
                let text = self.lower(alias, &column.name);
                self.holds(text, part)
            }
            Content::Ids | Content::Left | Content::Right => {
                let item = self.literal(number, None, Wrap::Item);
                self.holds(here(), item)
            }
            Content::Metadata => self.metadata(number, predicate, alias),
        }
    }

    fn literal(&mut self, clause: usize, item: Option<usize>, wrap: Wrap) -> Expr {
        self.bind(Bind::Literal { clause, item, wrap })
    }

    /// A plain comparison; a missing value compares with nothing.
    fn compare(&mut self, number: usize, predicate: Predicate, value: Expr) -> Expr {
        let bound = self.literal(number, None, Wrap::Plain);
        ordered(value, predicate, bound)
    }

    fn identifier(&mut self, number: usize, predicate: Predicate, alias: &str, column: &str) -> Expr {
        if predicate == Predicate::Contains {
            let part = self.literal(number, None, Wrap::Plain);
            let text = self.lower(alias, column);
            return self.holds(text, part);
        }
        self.compare(number, predicate, col(alias, column))
    }

    fn status(&mut self, number: usize, predicate: Predicate, alias: &str) -> Expr {
        if predicate == Predicate::Equal {
            let bound = self.literal(number, None, Wrap::Status);
            return col(alias, "status").eq(bound);
        }
        let word = self.status_word(alias);
        if predicate == Predicate::Contains {
            let part = self.literal(number, None, Wrap::Plain);
            return self.holds(word, part);
        }
        self.compare(number, predicate, word)
    }

    /// The `type` of a reference is one word, whatever it names.
    fn constant(&mut self, number: usize, predicate: Predicate, path: &Path) -> Expr {
        let word = path.reference_type().unwrap_or_default();
        let word = self.text(Expr::val(word).cast_as("text"));
        if predicate == Predicate::Contains {
            let part = self.literal(number, None, Wrap::Plain);
            return self.holds(Expr::expr(sea_query::Func::lower(word)), part);
        }
        self.compare(number, predicate, word)
    }

    /// A list: `=` asks for every listed value, `~` for any of them.
    fn texts(&mut self, number: usize, items: Option<usize>, predicate: Predicate, alias: &str, column: &str) -> Expr {
        let mut all = if predicate == Predicate::Contains { Condition::any() } else { Condition::all() };
        for item in 0..items.unwrap_or(1) {
            let bound = self.literal(number, items.map(|_| item), Wrap::Item);
            let list = match predicate {
                Predicate::Contains => self.lower(alias, column),
                _ => col(alias, column),
            };
            all = all.add(self.holds(list, bound));
        }
        Expr::from(all)
    }

    /// A reference is compared by the sourcedId of what it names.
    fn reference(&mut self, number: usize, predicate: Predicate, rid: Expr, target: Kind) -> Expr {
        let alias = format!("t{}", self.binds.len());
        let mut ids = SelectStatement::new();
        ids.expr(col(&alias, "rid"));
        self.table(&mut ids, target.entity(), &alias);
        let same = self.identifier(number, predicate, &alias, "sourcedId");
        ids.and_where(same);
        rid.in_subquery(ids)
    }

    fn metadata(&mut self, number: usize, predicate: Predicate, alias: &str) -> Expr {
        let name = self.bind(Bind::MetadataName(Some(number)));
        let value = self.json_member(col(alias, "metadata"), name);
        if predicate == Predicate::Contains {
            let name = self.bind(Bind::MetadataName(Some(number)));
            let name = concat(Expr::val("metadata."), self.text(name));
            let folded = self.json_member(col(alias, "folded"), name);
            let lower = sea_query::Func::coalesce([folded, sea_query::Func::lower(value).into()]);
            let part = self.literal(number, None, Wrap::Plain);
            return self.holds(lower.into(), part);
        }
        self.compare(number, predicate, value)
    }

    /// Some live row of a nested kind satisfies the condition. The rows of a
    /// tombstone are those that were marked together with it.
    fn rows(
        &mut self,
        _number: usize,
        _predicate: Predicate,
        alias: &str,
        kind: Kind,
        condition: impl FnOnce(&mut Self, &str) -> Expr,
    ) -> Expr {
        let mut some = SelectStatement::new();
        let rows = self.inside(&mut some, kind, alias);
        some.expr(literal("1"));
        let holds = condition(self, &rows);
        some.and_where(holds);
        Expr::exists(some)
    }

    /// The rows of a nested or linking kind that stand in a record. Gives the
    /// name by which the statement knows them.
    pub(super) fn inside(&mut self, select: &mut SelectStatement, kind: Kind, alias: &str) -> String {
        let entity = kind.entity();
        let rows = format!("r{}", self.binds.len());
        let parent = parent_column(entity);
        self.from(select, entity, &rows);
        let live = col(&rows, "status").eq(literal("0"));
        let gone = col(alias, "status")
            .eq(literal("1"))
            .and(Expr::col((rows.clone(), "published").into_column_ref()).equals((alias.to_owned(), "published")));
        let belongs = Expr::col((rows.clone(), parent.to_owned()).into_column_ref()).equals((alias.to_owned(), "rid"));
        select.and_where(belongs).and_where(live.or(gone));
        rows
    }

    /// Some row that stands in the record only satisfies the comparison.
    fn carried(&mut self, number: usize, predicate: Predicate, alias: &str, member: &str, leaf: &Field) -> Expr {
        let (mut some, row) = self.carried_rows(alias, member);
        some.expr(literal("1"));
        let value = self.carried_value(&row, leaf);
        let holds = if predicate == Predicate::Contains {
            let folded = self.json_member(col(&row, "value"), Expr::val(format!("{}~", leaf.name)));
            let lower = sea_query::Func::coalesce([folded, sea_query::Func::lower(value).into()]);
            let part = self.literal(number, None, Wrap::Plain);
            self.holds(lower.into(), part)
        } else {
            self.compare(number, predicate, value)
        };
        some.and_where(holds);
        Expr::exists(some)
    }

    /// The rows of a member that stand in the record only, by the name by which
    /// the statement knows them; each is a JSON object in its column `value`.
    pub(super) fn carried_rows(&mut self, alias: &str, member: &str) -> (SelectStatement, String) {
        let row = format!("j{}", self.binds.len());
        let list = self.json_member(col(alias, CARRIED), Expr::val(member.to_owned()));
        let all = match self.dialect {
            Dialect::Sqlite => sea_query::Func::cust("json_each").arg(list),
            Dialect::Postgres => sea_query::Func::cust("json_array_elements").arg(list.cast_as("json")),
        };
        let mut rows = SelectStatement::new();
        rows.from_function(all, row.clone());
        (rows, row)
    }

    /// A value of such a row.
    pub(super) fn carried_value(&mut self, row: &str, leaf: &Field) -> Expr {
        let text = self.json_member(col(row, "value"), Expr::val(leaf.name));
        match leaf.ty {
            Type::Number => text.cast_as(match self.dialect {
                Dialect::Sqlite => "real",
                Dialect::Postgres => "double precision",
            }),
            _ => text,
        }
    }

    /// Fields without a column: children, and what link rows attach.
    fn through(&mut self, number: usize, predicate: Predicate, alias: &str, kind: Kind, field: u8) -> Option<Expr> {
        let entity = kind.entity();
        let row = &entity.fields[field as usize];
        let (entity, by, target) = match row.ty {
            Type::Ref(child, _) if row.name == "children" => (child.entity(), "parent", None),
            Type::Through(link) => {
                let link = link.entity();
                (link, parent_column(link), link.fields.iter().rev().find_map(|f| Some((f.name, f.target()?))))
            }
            _ => return None,
        };
        let rows = format!("l{}", self.binds.len());
        let mut ids = SelectStatement::new();
        ids.expr(col(&rows, by));
        self.from(&mut ids, entity, &rows);
        let same = match target {
            None => self.identifier(number, predicate, &rows, "sourcedId"),
            Some((name, kind)) => self.reference(number, predicate, col(&rows, name), kind),
        };
        ids.and_where(col(&rows, "status").eq(literal("0"))).and_where(same);
        Some(col(alias, "rid").in_subquery(ids))
    }

    /// Whether a reference field names anything.
    pub(super) fn present(&mut self, alias: &str, entity: &'static Entity, field: u8) -> Expr {
        match column(entity.kind, field) {
            Some(column) => col(alias, &column.name).is_not_null(),
            None => {
                let row = &entity.fields[field as usize];
                let (table, by) = match row.ty {
                    Type::Through(link) => (link.entity(), parent_column(link.entity())),
                    _ => (entity, "parent"),
                };
                let rows = format!("p{}", self.binds.len());
                let mut ids = SelectStatement::new();
                ids.expr(col(&rows, by));
                self.from(&mut ids, table, &rows);
                ids.and_where(col(&rows, "status").eq(literal("0"))).and_where(col(&rows, by).is_not_null());
                col(alias, "rid").in_subquery(ids)
            }
        }
    }
}

/// Whether rows of a kind stand in records of another one only.
pub(super) fn is_carried(kind: Kind, rows: Kind) -> bool {
    carried(kind).any(|(_, _, inner)| inner == rows)
}

/// The column by which a nested or linking row names what it belongs to.
pub(super) fn parent_column(entity: &'static Entity) -> &'static str {
    entity.parent_field().map_or("rid", |field| entity.fields[field as usize].name)
}

fn ordered(value: Expr, predicate: Predicate, bound: Expr) -> Expr {
    match predicate {
        Predicate::Less => value.lt(bound),
        Predicate::LessOrEqual => value.lte(bound),
        Predicate::Greater => value.gt(bound),
        Predicate::GreaterOrEqual => value.gte(bound),
        _ => value.eq(bound),
    }
}
