//! One field of an entity: the only place where it is written down.

use super::entity::Kind;
use super::version::{Span, Version};
use super::vocabulary::Vocabulary;

/// What a value is, on the wire and in the store.
#[derive(Clone, Copy, Debug)]
pub enum Type {
    /// Free text without line breaks.
    Text,
    /// The identifier of a record: 1 to 255 characters of the guid alphabet.
    SourcedId,
    /// `"true"` or `"false"`; a string in JSON, too.
    Bool,
    /// `YYYY-MM-DD`.
    Date,
    /// `YYYY-MM-DDTHH:MM:SS.sssZ`.
    DateTime,
    /// Four digits, a string in JSON.
    Year,
    /// A decimal number, a number in JSON. Its text is kept as it came.
    Number,
    /// A word of a vocabulary.
    Word(&'static Vocabulary),
    /// A record of another kind, if not empty restricted to those types of it.
    Ref(Kind, &'static [&'static str]),
    /// The account that a role uses: a `UserProfile` in CSV, a URI in JSON.
    ProfileRef,
    /// `{left:right}` items in CSV, objects of two named members in JSON.
    Pairs(&'static str, &'static str),
    /// The rows of another kind whose parent is this record.
    Rows(Kind),
    /// The records that rows of a link kind point at.
    Through(Kind),
    /// Open map of further members; `metadata.` columns in CSV.
    Metadata,
}

/// How carefully a value must be kept.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Privacy {
    /// Says nothing about a person.
    Open,
    /// Names or describes a person.
    Personal,
    /// Contact data and demographics.
    Sensitive,
    /// Must never be shown or logged.
    Secret,
}

/// The form of a cell where CSV and JSON part company.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum CellForm {
    /// As the type says.
    Same,
    /// A date, where JSON has a date-time.
    Day,
    /// Digits only, where JSON has any number.
    Integer,
}

/// One field: names, type, versions, obligations and privacy.
#[derive(Clone, Copy, Debug)]
pub struct Field {
    /// The JSON member; the name in filters; unique within the entity.
    pub name: &'static str,
    /// The header of the CSV column.
    pub column: &'static str,
    /// What the value is.
    pub ty: Type,
    /// Whether it is a list.
    pub many: bool,
    /// Versions whose JSON class has the member.
    pub json: Span,
    /// Versions whose JSON class demands it.
    pub json_required: Span,
    /// Versions whose CSV file has the column.
    pub csv: Span,
    /// Versions whose CSV file wants the cell filled in every row.
    pub csv_required: Span,
    /// Where the cell differs from the JSON value in form.
    pub cell: CellForm,
    /// The JSON array, below the class, whose element this is a member of.
    pub within: Option<&'static str>,
    /// How carefully the value must be kept.
    pub privacy: Privacy,
    /// Whether queries by this field must be quick.
    pub indexed: bool,
    /// One sentence for documents and help.
    pub doc: &'static str,
}

/// A field of both versions, in JSON and CSV alike, optional.
pub const fn field(name: &'static str, ty: Type, doc: &'static str) -> Field {
    Field {
        name,
        column: name,
        ty,
        many: false,
        json: Span::ALL,
        json_required: Span::NONE,
        csv: Span::ALL,
        csv_required: Span::NONE,
        cell: CellForm::Same,
        within: None,
        privacy: Privacy::Open,
        indexed: false,
        doc,
    }
}

/// Free text.
pub const fn text(name: &'static str, doc: &'static str) -> Field {
    field(name, Type::Text, doc)
}

impl Field {
    /// A list.
    pub const fn many(mut self) -> Self {
        self.many = true;
        self
    }
    /// Another column header than the member's name.
    pub const fn column(mut self, column: &'static str) -> Self {
        self.column = column;
        self
    }
    /// In these versions only, JSON and CSV alike.
    pub const fn only(mut self, span: Span) -> Self {
        self.json = span;
        self.csv = span;
        self
    }
    /// JSON of these versions.
    pub const fn json(mut self, span: Span) -> Self {
        self.json = span;
        self
    }
    /// CSV of these versions.
    pub const fn csv(mut self, span: Span) -> Self {
        self.csv = span;
        self
    }
    /// Mandatory wherever it exists.
    pub const fn required(mut self) -> Self {
        self.json_required = self.json;
        self.csv_required = self.csv;
        self
    }
    /// Mandatory in the JSON of these versions.
    pub const fn json_required(mut self, span: Span) -> Self {
        self.json_required = span;
        self
    }
    /// Mandatory in the CSV of these versions.
    pub const fn csv_required(mut self, span: Span) -> Self {
        self.csv_required = span;
        self
    }
    /// A cell of another form than the JSON value.
    pub const fn cell(mut self, form: CellForm) -> Self {
        self.cell = form;
        self
    }
    /// A member of the elements of an array below the class.
    pub const fn within(mut self, array: &'static str) -> Self {
        self.within = Some(array);
        self
    }
    /// Names or describes a person.
    pub const fn personal(mut self) -> Self {
        self.privacy = Privacy::Personal;
        self
    }
    /// Contact data or demographics.
    pub const fn sensitive(mut self) -> Self {
        self.privacy = Privacy::Sensitive;
        self
    }
    /// Never shown or logged.
    pub const fn secret(mut self) -> Self {
        self.privacy = Privacy::Secret;
        self
    }
    /// Looked up often.
    pub const fn indexed(mut self) -> Self {
        self.indexed = true;
        self
    }

    /// Whether the JSON class of `version` has it.
    pub const fn in_json(&self, version: Version) -> bool {
        self.json.has(version)
    }
    /// Whether the CSV file of `version` has it.
    pub const fn in_csv(&self, version: Version) -> bool {
        self.csv.has(version)
    }
    /// The kind that a value of this field names, if it names one.
    pub const fn target(&self) -> Option<Kind> {
        match self.ty {
            Type::Ref(kind, _) => Some(kind),
            Type::ProfileRef => Some(Kind::UserProfile),
            _ => None,
        }
    }
}
