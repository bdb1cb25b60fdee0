//! What an order compares, as an expression.

use super::filter::is_carried;
use super::{Bind, Builder, col, literal};
use crate::schema::{Content, Dialect, SEPARATOR, column, columns};
use oneroster::model::{Kind, Slot, Type};
use oneroster::query::{Part, Path};
use sea_query::{CaseStatement, Expr, ExprTrait, Func, SelectStatement};

impl Builder<'_> {
    /// What a path is ordered by: the value, of a list its first item, of nested
    /// rows the least of theirs, of a reference the sourcedId of what it names.
    pub(super) fn sort_value(&mut self, path: &Path, alias: &str) -> Expr {
        let field = match path.slot {
            Slot::Own(field) => field,
            Slot::Status => return self.status_word(alias),
            Slot::SourcedId => return col(alias, "sourcedId"),
            Slot::Modified => return col(alias, "published"),
        };
        match (&path.part, path.field().ty) {
            (Part::Metadata(_), _) => {
                let name = self.bind(Bind::MetadataName(None));
                self.json_member(col(alias, path.field().name), name)
            }
            (Part::RefType, _) => {
                let there = self.present(alias, path.entity(), field);
                self.word_if(there, path)
            }
            (Part::Row(leaf), Type::Rows(rows)) if is_carried(path.kind, rows) => {
                let (mut all, row) = self.carried_rows(alias, path.field().name);
                let value = self.carried_value(&row, &rows.entity().fields[usize::from(*leaf)]);
                all.expr(Func::min(value));
                Expr::SubQuery(None, Box::new(all.into()))
            }
            (Part::Row(leaf), Type::Rows(rows)) => {
                self.least(alias, rows, |builder, row| builder.stored_value(rows, *leaf, &path.part, row))
            }
            (Part::RowRefType(leaf), Type::Rows(rows)) => self.least(alias, rows, |builder, row| {
                let named = builder.stored_value(rows, *leaf, &path.part, row);
                builder.word_if(named.is_not_null(), path)
            }),
            (_, Type::Through(link)) => self.linked(alias, link, path.field().many),
            (_, Type::Ref(child, _)) if column(path.kind, field).is_none() => self.child(alias, child),
            _ => self.stored_value(path.kind, field, &path.part, alias),
        }
    }

    /// The value of a field of a table's own.
    fn stored_value(&mut self, kind: Kind, field: u8, part: &Part, alias: &str) -> Expr {
        // JSON shows a row's own identifier as a member of it.
        if kind.entity().fields.get(usize::from(field)).is_some_and(|field| matches!(field.ty, Type::SourcedId)) {
            return col(alias, "sourcedId");
        }
        let side = if *part == Part::Right { Content::Right } else { Content::Left };
        let found = columns(kind)
            .iter()
            .find(|c| c.field == field && (!matches!(c.content, Content::Left | Content::Right) || c.content == side));
        match found.map(|c| (c, c.content)) {
            None => literal("CAST(NULL AS text)"),
            Some((c, Content::RowId(target))) => self.name_of(target, alias, &c.name),
            Some((c, Content::Texts | Content::Ids | Content::Left | Content::Right)) => {
                self.first_item(col(alias, &c.name))
            }
            Some((c, _)) => col(alias, &c.name),
        }
    }

    /// The sourcedId of the record that a column names.
    fn name_of(&mut self, target: Kind, alias: &str, column: &str) -> Expr {
        let mut id = SelectStatement::new();
        let rows = format!("k{}", self.binds.len());
        id.expr(col(&rows, "sourcedId"));
        self.table(&mut id, target.entity(), &rows);
        id.and_where(Expr::col((rows, "rid")).equals((alias.to_owned(), column.to_owned())));
        Expr::SubQuery(None, Box::new(id.into()))
    }

    /// The least value of the rows inside a record: their order says nothing.
    fn least(&mut self, alias: &str, rows: Kind, value: impl FnOnce(&mut Self, &str) -> Expr) -> Expr {
        let mut all = SelectStatement::new();
        let row = self.inside(&mut all, rows, alias);
        let value = value(self, &row);
        all.expr(Func::min(value));
        Expr::SubQuery(None, Box::new(all.into()))
    }

    /// What link rows attach: of several the least, or where one is shown the
    /// one that is.
    fn linked(&mut self, alias: &str, link: Kind, many: bool) -> Expr {
        let mut fields = link.entity().fields.iter().rev();
        let Some((name, target)) = fields.find_map(|field| Some((field.name, field.target()?))) else {
            return literal("CAST(NULL AS text)");
        };
        if many {
            return self.least(alias, link, |builder, row| builder.name_of(target, row, name));
        }
        let mut one = SelectStatement::new();
        let row = self.inside(&mut one, link, alias);
        one.expr(Func::min(col(&row, "sourcedId")));
        self.least(alias, link, |builder, row| {
            let shown = col(row, "sourcedId").eq(Expr::SubQuery(None, Box::new(one.into())));
            let value = builder.name_of(target, row, name);
            CaseStatement::new().case(shown, value).into()
        })
    }

    /// The least identifier of the live records below one of a tree.
    fn child(&mut self, alias: &str, child: Kind) -> Expr {
        let rows = format!("k{}", self.binds.len());
        let mut all = SelectStatement::new();
        self.from(&mut all, child.entity(), &rows);
        all.and_where(Expr::col((rows.clone(), "parent")).equals((alias.to_owned(), "rid".to_owned())))
            .and_where(col(&rows, "status").eq(literal("0")))
            .expr(Func::min(col(&rows, "sourcedId")));
        Expr::SubQuery(None, Box::new(all.into()))
    }

    /// The word of the `type` of references, where there is one.
    fn word_if(&self, there: Expr, path: &Path) -> Expr {
        let word = self.text(Expr::val(path.reference_type().unwrap_or_default()).cast_as("text"));
        CaseStatement::new().case(there, word).into()
    }

    fn first_item(&self, list: Expr) -> Expr {
        let separator = || Expr::val(SEPARATOR.to_string());
        match self.dialect {
            Dialect::Sqlite => {
                let tail = || Expr::expr(Func::cust("substr").arg(list.clone()).arg(literal("2")));
                let end = Expr::expr(Func::cust("instr").arg(tail()).arg(separator())).sub(literal("1"));
                Func::cust("substr").arg(list.clone()).arg(literal("2")).arg(end).into()
            }
            Dialect::Postgres => Func::cust("split_part").arg(list).arg(separator()).arg(literal("2")).into(),
        }
    }
}
