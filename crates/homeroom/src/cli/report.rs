//! `homeroom report`: numbers for others.

use super::Setting;
use crate::counts::{Ask, Dimension, Line, Subject, Tally, count, dimension, withhold};
use crate::output::{Failure, Status, standard, whole_file};
use crate::report::harmless;
use crate::table::Table;
use homeroom_store::{Roster, Tenants};
use oneroster::csv::write::write_row;
use oneroster::time::Timestamp;
use serde_json::{Map, Value, json};
use std::io::Write;
use std::path::PathBuf;

/// The districts that were counted, each with the instant that was.
type Districts = Vec<(String, Option<Timestamp>)>;

/// What a withheld number is.
const WITHHELD: &str = "*";
/// So many districts of which nothing had come in are named.
const NAMED: usize = 20;
/// What stands where a line is of all values.
const ALL: &str = "all";

/// Numbers for reports: counts
#[derive(Debug, clap::Subcommand)]
pub(super) enum Report {
    /// Count students, teachers, classes or enrollments
    ///
    /// Each person is counted once in every line. Sums stand before their parts.
    /// Numbers of people below --least are withheld, and so many others that
    /// they do not follow from what is told; two reports over the same people by
    /// other columns may still tell more together than each by itself.
    Counts(Counts),
}

#[derive(Debug, clap::Args)]
pub(super) struct Counts {
    /// By what, from the whole to its parts: district, school, grade, role,
    /// course, class, term, or a field of demographics such as sex
    #[arg(long, value_name = "COLUMN", value_delimiter = ',', required = true, value_parser = column)]
    by: Vec<&'static Dimension>,
    /// What is counted
    #[arg(long, value_name = "WHAT", value_enum, default_value = "students")]
    of: Subject,
    /// The roster as it was at this time, such as 2026-10-01T00:00:00Z
    #[arg(long, value_name = "TIME", value_parser = super::export::time)]
    as_of: Option<Timestamp>,
    /// Smaller numbers of people than this are withheld; 0 tells all
    #[arg(long, value_name = "N", default_value_t = 10)]
    least: u64,
    /// How to write it
    #[arg(long, value_name = "FORMAT", value_enum, default_value = "table")]
    format: Form,
    /// Write it here instead of to the terminal
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, clap::ValueEnum)]
enum Form {
    /// Columns for people
    Table,
    /// One JSON document
    Json,
    /// A header and one row a count
    Csv,
}

fn column(name: &str) -> Result<&'static Dimension, String> {
    dimension::named(name).ok_or_else(|| {
        let all: Vec<&str> = dimension::all().map(|dimension| dimension.name).collect();
        format!("nothing is counted by {name}; choose among {}", all.join(", "))
    })
}

impl Report {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let Report::Counts(counts) = self;
        counts.run(setting)
    }
}

impl Counts {
    fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        if let Some(other) = self.by.iter().find(|dimension| !dimension.fits(self.of)) {
            let fit: Vec<&str> = dimension::all().filter(|d| d.fits(self.of)).map(|d| d.name).collect();
            let message = format!("{} are not counted by {}", self.of.word(), other.name);
            return Err(Failure::usage(message).hint(format!("choose among {}", fit.join(", "))));
        }
        super::export::there(setting, "count")?;
        let (tenants, lines) = self.lines(setting)?;
        let form = if setting.output.json { Form::Json } else { self.format };
        let write = |out: &mut dyn Write| Ok(self.write(form, &tenants, &lines, out)?);
        match &self.output {
            Some(path) => whole_file(path, write)?,
            None => standard(write)?,
        }
        let nothing: Vec<&str> = tenants.iter().filter(|(_, at)| at.is_none()).map(|(name, _)| &**name).collect();
        if form == Form::Table && !nothing.is_empty() {
            let those = if nothing.len() > NAMED { format!("{} districts", nothing.len()) } else { nothing.join(", ") };
            setting.output.note(&format!("Nothing had come in yet of {those}."));
        }
        if form == Form::Table && lines.iter().any(|line| line.withheld) {
            setting.output.note(&format!(
                "{WITHHELD} is withheld: a number below {}, or one from which such a number would follow.",
                self.least
            ));
        }
        Ok(Status::Done)
    }

    /// Every count, with the time of which it is, by district.
    fn lines(&self, setting: &Setting) -> Result<(Districts, Vec<Line>), Failure> {
        let database = setting.database()?;
        let all = self.by.iter().any(|dimension| dimension.from == dimension::From::Tenant);
        let districts = Tenants::of(&database);
        let tenants = if all { districts.names()? } else { vec![setting.tenant().to_owned()] };
        let ask = Ask { of: self.of, by: self.by.clone(), as_of: self.as_of };
        let of =
            |tenant: &str, failure: Failure| Failure { message: format!("{tenant}: {}", failure.message), ..failure };
        let (mut tally, mut counted, mut later) = (Tally::default(), Vec::new(), Vec::new());
        for tenant in tenants {
            let roster = Roster::open_tenant(&database, &tenant)?;
            // To look closer takes a connection of its own.
            if roster.published()?.at.is_none() {
                counted.push((tenant, None));
                continue;
            }
            // A district that joined later keeps nobody from asking about the others.
            if let Some(at) = self.as_of.filter(|_| all)
                && roster.was_nothing(at)?
            {
                later.push((tenant.clone(), roster));
                counted.push((tenant, None));
                continue;
            }
            let at = count(&roster, &tenant, &ask, &mut tally).map_err(|failure| of(&tenant, failure))?;
            counted.push((tenant, at));
        }
        if counted.iter().all(|(_, at)| at.is_none()) {
            for (tenant, roster) in &later {
                count(roster, tenant, &ask, &mut tally).map_err(|failure| of(tenant, failure))?;
            }
        }
        let mut lines = tally.lines();
        if self.of.is_personal() {
            withhold(&mut lines, self.least);
        }
        Ok((counted, lines))
    }

    fn write(&self, form: Form, tenants: &Districts, lines: &[Line], out: &mut dyn Write) -> std::io::Result<()> {
        let header = self.by.iter().map(|dimension| dimension.name).chain([self.of.word()]);
        match form {
            Form::Json => writeln!(out, "{}", self.document(tenants, lines)),
            Form::Csv => {
                let mut row = String::new();
                write_row(&mut row, header);
                out.write_all(row.as_bytes())?;
                for line in lines {
                    row.clear();
                    let cells = self.cells(line);
                    let safe: Vec<_> = cells.iter().map(|cell| harmless(cell)).collect();
                    write_row(&mut row, safe.iter().map(AsRef::as_ref));
                    out.write_all(row.as_bytes())?;
                }
                Ok(())
            }
            Form::Table => {
                let mut table = Table::default();
                table.row(header.map(str::to_owned).collect(), out)?;
                lines.iter().try_for_each(|line| table.row(self.cells(line), out))?;
                table.end(out)
            }
        }
    }

    fn cells(&self, line: &Line) -> Vec<String> {
        let named = |place: usize| match line.key.get(place) {
            Some(value) if value.text.is_empty() => "not said".to_owned(),
            Some(value) => value.text.to_string(),
            None => ALL.to_owned(),
        };
        let count = if line.withheld { WITHHELD.to_owned() } else { line.count.to_string() };
        (0..self.by.len()).map(named).chain([count]).collect()
    }

    fn document(&self, tenants: &Districts, lines: &[Line]) -> Value {
        let of = |line: &Line| {
            let by = self.by.iter().zip(&line.key).map(|(dimension, value)| {
                let text = Some(value.text.as_ref()).filter(|text| !text.is_empty());
                let said = match &value.id {
                    Some(id) => json!({ "sourcedId": id.as_ref(), "name": text }),
                    None => json!(text),
                };
                (dimension.name.to_owned(), said)
            });
            let count = (!line.withheld).then_some(line.count);
            json!({ "by": by.collect::<Map<_, _>>(), "count": count, "withheld": line.withheld })
        };
        let as_of = tenants.iter().map(|(name, at)| (name.clone(), json!(at.map(|at| at.to_string()))));
        json!({
            "of": self.of.word(),
            "by": self.by.iter().map(|dimension| dimension.name).collect::<Vec<_>>(),
            "as_of": as_of.collect::<Map<_, _>>(),
            "least": self.least,
            "counts": lines.iter().map(of).collect::<Vec<_>>(),
        })
    }
}
