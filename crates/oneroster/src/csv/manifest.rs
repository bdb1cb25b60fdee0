//! manifest.csv: which version, and what is said of each file (csv.md 1.6).

use super::scan::{Row, ScanError, Scanner};
use crate::model::{Kind, MODEL, Version};
use crate::validate::{Code, Place, Report, Severity};
use std::io::Read;

/// What a package says of a file.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Mode {
    /// Not sent; nothing is said about its records.
    Absent,
    /// The whole state of its kind of record.
    Bulk,
    /// Changes against what the receiver holds.
    Delta,
}

impl Mode {
    /// Every mode.
    pub const ALL: [Mode; 3] = [Mode::Absent, Mode::Bulk, Mode::Delta];

    /// As the manifest writes it.
    pub const fn word(self) -> &'static str {
        match self {
            Mode::Absent => "absent",
            Mode::Bulk => "bulk",
            Mode::Delta => "delta",
        }
    }
}

/// The name of the file.
pub const MANIFEST: &str = "manifest.csv";
pub(super) const HEADER: [&str; 2] = ["propertyName", "value"];
const MANIFEST_VERSION: &str = "manifest.version";
const ONEROSTER_VERSION: &str = "oneroster.version";
const SOURCE: [&str; 2] = ["source.systemName", "source.systemCode"];
const FILE: &str = "file.";

/// The version of manifest that there is.
pub const MANIFEST_FORM: &str = "1.0";

/// The properties of a version, in the order of the standard: the two
/// versions, the files by name, the two of the source.
pub fn properties(version: Version) -> Vec<String> {
    let mut files: Vec<&str> = kinds(version).map(|k| k.entity().plural).collect();
    // By name without case, but a link file after the file that it extends.
    files.sort_by_key(|name| name.to_ascii_lowercase().replace("courseresources", "courses+"));
    let files = files.into_iter().map(|name| format!("{FILE}{name}"));
    let fixed = [MANIFEST_VERSION, ONEROSTER_VERSION].map(str::to_owned);
    fixed.into_iter().chain(files).chain(SOURCE.map(str::to_owned)).collect()
}

/// The kinds that have a file in a version.
pub fn kinds(version: Version) -> impl Iterator<Item = Kind> {
    MODEL.iter().filter(move |e| e.csv.has(version)).map(|e| e.kind)
}

/// What a manifest says.
#[derive(Debug)]
pub struct Manifest {
    /// The version of the package.
    pub version: Version,
    /// The modes of the files that it names, with the line.
    pub modes: Vec<(Kind, Mode, u32)>,
    /// Kinds of the version that it does not name.
    pub unnamed: Vec<Kind>,
}

struct Property {
    name: String,
    value: String,
    line: u32,
}

/// Reads a manifest; `None` if it is of no use, the report says why.
///
/// # Errors
/// If the bytes cannot be read.
pub fn read<R: Read>(scanner: Scanner<R>, strict: bool, report: &mut Report) -> Result<Option<Manifest>, ScanError> {
    let file = report.file(MANIFEST);
    report.columns(file, HEADER.map(str::to_owned));
    let mut reading = Reading { report, file, strict, fatal: false };
    let properties = reading.rows(scanner)?;
    if reading.fatal {
        return Ok(None);
    }
    let manifest = reading.manifest(&properties);
    Ok(if reading.fatal { None } else { manifest })
}

struct Reading<'a> {
    report: &'a mut Report,
    file: u8,
    strict: bool,
    fatal: bool,
}

impl Reading<'_> {
    fn say(&mut self, code: Code, line: u32, column: u16, message: impl Into<String>) {
        let Some(severity) = self.report.severity(code) else { return };
        let place = Place { file: Some(self.file), line, column: Some(column) };
        self.report.say(code, severity, place, "", message.into());
    }

    fn fail(&mut self, code: Code, line: u32, column: u16, message: impl Into<String>) {
        self.say(code, line, column, message);
        self.fatal = true;
    }

    fn rows<R: Read>(&mut self, mut scanner: Scanner<R>) -> Result<Vec<Property>, ScanError> {
        let mut properties = Vec::new();
        let mut header = true;
        while let Some(row) = scanner.next_row()? {
            let (line, width) = (row.line, row.len());
            if row.is_blank() && !header {
                self.say(if self.strict { Code::P6 } else { Code::D17 }, line, 0, "A blank row of the manifest.");
            } else if header {
                self.header(&row);
                header = false;
            } else if width != 2 {
                self.fail(Code::P6, line, 0, format!("The row has {width} cells; every row of the manifest has two."));
            } else {
                properties.push(Property { name: row.cell(0).to_owned(), value: row.cell(1).to_owned(), line });
            }
        }
        if header {
            self.fail(Code::P6, 1, 0, "The manifest is empty.");
        }
        Ok(properties)
    }

    fn header(&mut self, row: &Row<'_>) {
        if row.cells().eq(HEADER) {
            return;
        }
        if !self.strict && row.len() == 2 && row.cells().zip(HEADER).all(|(a, b)| a.trim().eq_ignore_ascii_case(b)) {
            self.say(Code::D5, 1, 0, "The header of the manifest was read without regard to case and spaces.");
        } else {
            self.fail(Code::P6, 1, 0, "The header of the manifest is not propertyName,value.");
        }
    }

    fn manifest(&mut self, properties: &[Property]) -> Option<Manifest> {
        let mut seen: Vec<(String, &Property)> = Vec::new();
        for property in properties {
            let name = self.known_name(property);
            if seen.iter().any(|(n, _)| *n == name) {
                self.fail(Code::P7, property.line, 0, format!("{name} stands in the manifest twice."));
            }
            seen.push((name, property));
        }
        let find = |name: &str| seen.iter().find(|(n, _)| n == name).map(|(_, p)| *p);
        match find(MANIFEST_VERSION) {
            Some(p) if p.value.trim() == MANIFEST_FORM => {}
            Some(p) => self.fail(Code::P8, p.line, 1, Code::P8.rule().sentence),
            None => self.fail(Code::P7, 0, 0, format!("{MANIFEST_VERSION} is missing.")),
        }
        let Some(stated) = find(ONEROSTER_VERSION) else {
            self.fail(Code::P7, 0, 0, format!("{ONEROSTER_VERSION} is missing."));
            return None;
        };
        let version = self.version(stated)?;
        let (mut modes, mut unnamed) = (Vec::new(), Vec::new());
        for kind in kinds(version) {
            match find(&format!("{FILE}{}", kind.entity().plural)) {
                Some(property) => modes.push((kind, self.mode(property), property.line)),
                None => unnamed.push(kind),
            }
        }
        let known = self::properties(version);
        for (name, property) in &seen {
            if !known.contains(name) {
                self.say(Code::P11, property.line, 0, "The standard does not know this property.");
            }
        }
        Some(Manifest { version, modes, unnamed })
    }

    /// The name of the standard that a property means, or its own.
    fn known_name(&mut self, property: &Property) -> String {
        let all = properties(Version::V1P2);
        let name = property.name.as_str();
        if self.strict || all.iter().any(|n| n == name) {
            return name.to_owned();
        }
        let starless = name.trim().trim_end_matches('*');
        let meant = all.iter().find(|n| n.eq_ignore_ascii_case(starless));
        if let Some(meant) = meant {
            let code = if name.trim().ends_with('*') { Code::D59 } else { Code::D5 };
            self.say(code, property.line, 0, format!("The property was read as {meant}."));
            return meant.clone();
        }
        name.to_owned()
    }

    fn version(&mut self, property: &Property) -> Option<Version> {
        let text = property.value.trim();
        let exact = Version::from_label(text).filter(|_| !self.strict || text == property.value);
        if exact.is_some() {
            return exact;
        }
        let corrected = Version::ALL.into_iter().find(|v| text.strip_prefix(v.label()) == Some(".1"));
        match corrected {
            Some(version) if !self.strict => {
                self.say(Code::D6, property.line, 1, format!("{text} was read as {version}."));
                Some(version)
            }
            _ => {
                self.fail(Code::P9, property.line, 1, Code::P9.rule().sentence);
                None
            }
        }
    }

    fn mode(&mut self, property: &Property) -> Mode {
        if let Some(mode) = Mode::ALL.into_iter().find(|m| m.word() == property.value) {
            return mode;
        }
        let meant = Mode::ALL.into_iter().find(|m| m.word().eq_ignore_ascii_case(property.value.trim()));
        match meant {
            Some(mode) if !self.strict => {
                self.say(Code::D5, property.line, 1, format!("The mode was read as {}.", mode.word()));
                mode
            }
            _ => {
                self.fail(Code::P10, property.line, 1, Code::P10.rule().sentence);
                Mode::Absent
            }
        }
    }
}

/// Adds that a manifest does not name a file.
pub(super) fn unnamed(report: &mut Report, kind: Kind, sent: bool, strict: bool) -> bool {
    let file = report.file(MANIFEST);
    let place = Place { file: Some(file), line: 0, column: None };
    let name = kind.entity().file_name();
    if sent || strict {
        let message = format!("The manifest does not say whether {name} is absent, bulk or delta.");
        report.say(Code::P7, Severity::Error, place, "", message);
    } else {
        let message = format!("The manifest does not name {name}, which was not sent; taken as absent.");
        report.say(Code::D4, Severity::Repaired, place, "", message);
    }
    sent
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str, strict: bool) -> (Option<Manifest>, Vec<Code>) {
        let mut report = Report::new(strict, false);
        let manifest = read(Scanner::new(text.as_bytes()), strict, &mut report).expect("UTF-8");
        let codes = report.findings().map(|f| f.code).collect();
        (manifest, codes)
    }

    #[test]
    fn a_version_has_its_fifteen_or_twenty_three_properties_and_two_of_the_source() {
        assert_eq!(properties(Version::V1P1).len(), 15 + 2);
        assert_eq!(properties(Version::V1P2).len(), 23 + 2);
        let wanted = ["file.lineItemLearningObjectiveIds", "file.lineItems", "file.lineItemScoreScales"];
        assert!(properties(Version::V1P2).windows(3).any(|w| w == wanted), "the order of csv.md 1.6");
    }

    #[test]
    fn the_order_is_that_of_the_samples() {
        for (version, text) in [
            (Version::V1P1, include_str!("../../tests/fixtures/v1p1/manifest.csv")),
            (Version::V1P2, include_str!("../../tests/fixtures/v1p2/manifest.csv")),
        ] {
            let names: Vec<&str> = text.lines().skip(1).filter_map(|l| l.split(',').next()).collect();
            assert_eq!(properties(version), names);
        }
    }

    #[test]
    fn each_fault_of_a_manifest_has_its_rule() {
        let base = include_str!("../../tests/fixtures/v1p2/manifest.csv");
        let edit = |from: &str, to: &str| base.replace(from, to);
        let cases = [
            (base.to_owned(), vec![], vec![], true),
            (edit("propertyName", "Property"), vec![Code::P6], vec![Code::P6], false),
            (edit("propertyName", "PropertyName"), vec![Code::D5], vec![Code::P6], true),
            (edit("file.orgs,bulk", "file.orgs"), vec![Code::P6], vec![Code::P6], false),
            (edit("manifest.version,1.0", "manifest.version,2.0"), vec![Code::P8], vec![Code::P8], false),
            (edit("oneroster.version,1.2", "oneroster.version,1.2.1"), vec![Code::D6], vec![Code::P9], true),
            (edit("oneroster.version,1.2", "oneroster.version,1.10"), vec![Code::P9], vec![Code::P9], false),
            (edit("file.orgs,bulk", "File.orgs,BULK "), vec![Code::D5, Code::D5], vec![Code::P11], true),
            (edit("file.orgs,", "file.orgs*,"), vec![Code::D59], vec![Code::P11], true),
            (edit("file.orgs,bulk", "file.orgs,full"), vec![Code::P10], vec![Code::P10], false),
            (String::new(), vec![Code::P6], vec![Code::P6], false),
        ];
        for (text, careful, strict, useful) in cases {
            let (manifest, codes) = read_text(&text, false);
            assert_eq!((codes, manifest.is_some()), (careful, useful), "{text}");
            assert_eq!(read_text(&text, true).1, strict, "{text}");
        }
    }
}
