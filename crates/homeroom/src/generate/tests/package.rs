//! A package read back, and held against the model.

use oneroster::model::{Entity, Kind, Slot, Type, Version};
use oneroster::time::Date;
use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::ops::Index;
use std::path::Path;
use std::rc::Rc;

/// One row: its cells by the names of the columns.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Cells {
    header: Rc<[String]>,
    cells: Vec<String>,
}

impl Index<&str> for Cells {
    type Output = String;

    fn index(&self, column: &str) -> &String {
        let at = self.header.iter().position(|name| name == column);
        &self.cells[at.unwrap_or_else(|| panic!("no column {column}"))]
    }
}

/// Rows of each file by base name and sourcedId.
pub(super) type Roster = BTreeMap<&'static str, HashMap<String, Cells>>;

/// Splits one line; the generator writes no line break inside a cell.
fn split(line: &str) -> Vec<String> {
    if !line.contains('"') {
        return line.split(',').map(str::to_owned).collect();
    }
    let mut cells = vec![String::new()];
    let (mut quoted, mut chars) = (false, line.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => {
                chars.next();
                cells.last_mut().unwrap().push('"');
            }
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            c => cells.last_mut().unwrap().push(c),
        }
    }
    assert!(!quoted, "{line}");
    cells
}

pub(super) fn read(at: &Path, version: Version) -> Roster {
    let mut roster = Roster::new();
    let manifest = fs::read_to_string(at.join("manifest.csv")).unwrap();
    for entity in Kind::all().map(Kind::entity).filter(|e| e.csv.has(version)) {
        let path = at.join(entity.file_name());
        let mode = if path.exists() { "bulk" } else { "absent" };
        let lines = manifest.matches(&format!("\r\nfile.{},{mode}\r\n", entity.plural)).count();
        assert_eq!(lines, 1, "manifest, {}", entity.plural);
        if path.exists() {
            roster.insert(entity.plural, table(entity, version, &fs::read_to_string(path).unwrap()));
        }
    }
    assert_eq!(fs::read_dir(at).unwrap().count(), roster.len() + 1);
    roster
}

fn table(entity: &'static Entity, version: Version, text: &str) -> HashMap<String, Cells> {
    let body = text.strip_suffix("\r\n").unwrap();
    assert_eq!(body.matches('\n').count(), body.matches("\r\n").count(), "{}: line ends", entity.plural);
    let mut lines = body.split("\r\n").map(split);
    let header: Rc<[String]> = lines.next().unwrap().into();
    let columns: Vec<&str> = entity.columns(version).map(|(_, f)| f.column).collect();
    assert_eq!(header[..columns.len()], columns[..]);
    assert!(header[columns.len()..].iter().all(|h| h.starts_with("metadata.")));
    let mut rows = HashMap::new();
    for cells in lines {
        assert_eq!(cells.len(), header.len(), "{}: {cells:?}", entity.plural);
        let row = Cells { header: header.clone(), cells };
        let id = row["sourcedId"].clone();
        assert!(rows.insert(id.clone(), row).is_none(), "{}: {id} twice", entity.plural);
    }
    assert!(!rows.is_empty());
    rows
}

pub(super) fn items(cell: &str) -> impl Iterator<Item = &str> {
    cell.split(',').filter(move |_| !cell.is_empty())
}

/// Every cell against the model: filled where it must be, of its type, its
/// words known, its references to be found.
pub(super) fn check_model(roster: &Roster, version: Version) {
    for (plural, rows) in roster {
        let entity = Kind::from_plural(plural).unwrap().entity();
        let columns: Vec<_> = entity.columns(version).enumerate().collect();
        for (row, &(at, (slot, field))) in rows.values().flat_map(|r| columns.iter().map(move |c| (r, c))) {
            let cell = &row.cells[at];
            let said = || format!("{plural}.{} of {}", field.column, row["sourcedId"]);
            assert!(!field.csv_required.has(version) || !cell.is_empty(), "{} is blank", said());
            assert!(!matches!(slot, Slot::Status | Slot::Modified) || cell.is_empty(), "{} is filled", said());
            let values: Vec<&str> =
                if field.many { items(cell).collect() } else { Some(&**cell).into_iter().collect() };
            for value in values.into_iter().filter(|v| field.many || !v.is_empty()) {
                assert!(fits(field.ty, value, version, roster), "{}: {value:?}", said());
            }
        }
    }
    for id in roster["demographics"].keys() {
        assert!(roster["users"].contains_key(id));
    }
}

fn fits(ty: Type, value: &str, version: Version, roster: &Roster) -> bool {
    let clean = !value.is_empty() && !value.starts_with(' ') && !value.ends_with(' ');
    let clean = clean && !value.bytes().any(|b| b.is_ascii_control());
    let guid = |c: char| c.is_ascii_alphanumeric() || ".-_/@".contains(c);
    clean
        && match ty {
            Type::SourcedId => value.chars().all(guid),
            Type::Bool => matches!(value, "true" | "false"),
            Type::Date => Date::parse(value).is_some(),
            Type::Year => value.len() == 4 && value.bytes().all(|b| b.is_ascii_digit()),
            Type::Word(vocabulary) => vocabulary.allows(version, value),
            Type::Pairs(..) => {
                let inner = value.strip_prefix('{').and_then(|v| v.strip_suffix('}')).unwrap_or_default();
                inner.split_once(':').is_some_and(|(l, r)| !l.is_empty() && !r.is_empty() && !r.contains(':'))
            }
            Type::Ref(kind, types) => {
                let target = roster.get(kind.entity().plural).and_then(|rows| rows.get(value));
                target.is_some_and(|row| types.is_empty() || types.contains(&&*row["type"]))
            }
            Type::ProfileRef => roster["userProfiles"].contains_key(value),
            _ => true,
        }
}
