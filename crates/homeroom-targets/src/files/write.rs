//! The engine: a roster to the files of a format.

use super::error::Error;
use super::format::{File, Format, Presence};
use super::input::Input;
use super::judge::Judge;
use super::known::Known;
use super::report::Report;
use super::sent::Sent;
use super::settings::Settings;
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster::time::Date;

/// Whoever has a roster to be written: one version of it.
pub trait Source {
    /// Gives the live records of a kind, by their sourcedIds, one after the other.
    ///
    /// # Errors
    /// If they cannot be read, and what the sink says.
    fn each(&mut self, kind: Kind, sink: &mut dyn FnMut(&Record) -> Result<(), Error>) -> Result<(), Error>;
}

/// Where files go.
pub trait Out {
    /// Begins a file.
    ///
    /// # Errors
    /// If it cannot be written.
    fn begin(&mut self, name: &str) -> Result<(), Error>;

    /// Adds to the file that was begun.
    ///
    /// # Errors
    /// If it cannot be written.
    fn write(&mut self, bytes: &[u8]) -> Result<(), Error>;
}

/// Nowhere: for a look ahead.
#[derive(Debug)]
pub struct Nowhere;

impl Out for Nowhere {
    fn begin(&mut self, _: &str) -> Result<(), Error> {
        Ok(())
    }
    fn write(&mut self, _: &[u8]) -> Result<(), Error> {
        Ok(())
    }
}

/// So many bytes are handed on at once.
const PIECE: usize = 1 << 16;

/// Writes the files of a format; `sent` knows what was sent the last time, and
/// learns what is sent now. Nothing of the report's holds is acted on here.
///
/// # Errors
/// If the roster cannot be read or the files not be written.
pub fn write(
    format: &'static Format,
    settings: &Settings,
    today: Date,
    source: &mut dyn Source,
    sent: &mut Sent<'_>,
    out: &mut dyn Out,
) -> Result<Report, Error> {
    let known = Known::of(source, format, today)?;
    let mut job = Job { format, settings, today, known, judge: Judge::new(format), sent };
    for (place, file) in format.files.iter().enumerate() {
        let there = match file.presence {
            Presence::Demanded | Presence::Always => true,
            Presence::If(setting) => settings.is(setting),
            Presence::Said(setting) => settings.is_set(setting),
        };
        if there {
            job.file(place, file, source, out)?;
        }
    }
    let Job { judge, sent, .. } = job;
    let mut report = judge.report;
    hold(format, settings, sent, &mut report)?;
    Ok(report)
}

struct Job<'a, 'b> {
    format: &'static Format,
    settings: &'a Settings,
    today: Date,
    known: Known,
    judge: Judge<'static>,
    sent: &'a mut Sent<'b>,
}

impl Job<'_, '_> {
    fn file(
        &mut self,
        place: usize,
        file: &'static File,
        source: &mut dyn Source,
        out: &mut dyn Out,
    ) -> Result<(), Error> {
        self.measure(file, source)?;
        out.begin(file.name)?;
        let mut bytes = Vec::with_capacity(PIECE * 2);
        let header = header(file, self.settings, &self.known);
        self.format.style.row(header.iter().map(String::as_str), &mut bytes);
        let mut gone = self.make_room(place, file, header.len(), source, &mut bytes)?;
        let Job { format, settings, today, known, judge, sent } = self;
        let mut rows = 0;
        let (settings, known, today) = (*settings, &*known, *today);
        source.each(file.of, &mut |record| {
            for part in Input::parts(record, file.each, today) {
                let input = Input { record, part, known, settings, today };
                if !(file.when)(&input) {
                    continue;
                }
                let Some(cells) = judge.row(file, &input) else { continue };
                // The same row may come of several parts, a role held twice perhaps.
                if !sent.row(place, file, &cells)? {
                    continue;
                }
                format.style.row(cells.iter().map(String::as_str), &mut bytes);
                rows += 1;
            }
            if bytes.len() >= PIECE {
                out.write(&bytes)?;
                bytes.clear();
            }
            Ok(())
        })?;
        let there = |file: &str, name: &str| judge.has(file, name);
        for cells in sent.gone(place, file, header.len(), &there)? {
            format.style.row(cells.iter().map(String::as_str), &mut bytes);
            gone += 1;
        }
        out.write(&bytes)?;
        sent.end(place, rows);
        judge.report.files.push((file.name, rows + gone, gone));
        Ok(())
    }

    /// Writes first who is gone for sure, where no two rows may have one value: a
    /// newcomer may have it now, and rows are taken in one after the other.
    fn make_room(
        &mut self,
        place: usize,
        file: &'static File,
        width: usize,
        source: &mut dyn Source,
        bytes: &mut Vec<u8>,
    ) -> Result<u64, Error> {
        let Job { format, settings, today, known, judge, sent } = self;
        let once = file.columns.iter().any(|column| column.unique.is_some());
        if !once || file.gone.is_none() || file.key != 1 || !sent.knows() {
            return Ok(0);
        }
        let (settings, known, today) = (*settings, &*known, *today);
        source.each(file.of, &mut |record| {
            for part in Input::parts(record, file.each, today) {
                if (file.when)(&Input { record, part, known, settings, today }) {
                    sent.foresee(&record.sourced_id);
                }
            }
            Ok(())
        })?;
        let there = |file: &str, name: &str| judge.has(file, name);
        let gone = sent.gone(place, file, width, &there)?;
        gone.iter().for_each(|cells| format.style.row(cells.iter().map(String::as_str), bytes));
        Ok(gone.len() as u64)
    }

    /// Looks how many columns of several a file needs.
    fn measure(&mut self, file: &'static File, source: &mut dyn Source) -> Result<(), Error> {
        let several = file.columns.iter().filter(|column| matches!(column.most, Some((_, false))));
        for column in several {
            let Job { settings, today, known, .. } = self;
            let (settings, today, most) = (*settings, *today, column.most.map_or(1, |(most, _)| most));
            let mut widest = 1;
            source.each(file.of, &mut |record| {
                for part in Input::parts(record, file.each, today) {
                    let input = Input { record, part, known, settings, today };
                    if (file.when)(&input)
                        && let super::input::Value::Many(values) = input.value(&column.from)
                    {
                        widest = values.len().clamp(widest, most);
                    }
                }
                Ok(())
            })?;
            known.widen(file.name, column.name, widest);
        }
        Ok(())
    }
}

/// The names of columns: `location_id`, `location_id_2`, ...
fn header(file: &'static File, settings: &Settings, known: &Known) -> Vec<String> {
    let names = file.shown(settings).flat_map(|column| {
        (1..=known.width_of(file, column))
            .map(|at| if at == 1 { column.name.to_owned() } else { format!("{}_{at}", column.name) })
    });
    names.collect()
}

/// Why a set must not be sent.
fn hold(format: &Format, settings: &Settings, sent: &Sent<'_>, report: &mut Report) -> Result<(), Error> {
    for file in format.files.iter().filter(|file| file.presence == Presence::Demanded) {
        if report.files.iter().any(|(name, rows, gone)| *name == file.name && rows == gone) {
            let message = format!(
                "{} would have no rows, which {} takes for everyone being gone; see what was left out",
                file.name, format.label
            );
            report.holds.push(message);
        }
    }
    let share: f64 = settings.get("max_removed").parse().unwrap_or(10.0);
    for (place, file) in format.files.iter().enumerate() {
        let Some(before) = sent.before(place) else { continue };
        let now = report.files.iter().find(|(name, ..)| *name == file.name);
        let Some((_, rows, gone)) = now else {
            if format.absence_removes {
                report.holds.push(format!(
                    "{} was sent before and now is not to be: {} would take everything in it for gone; switch it on \
                     again",
                    file.name, format.label
                ));
            }
            continue;
        };
        let fewer = before.saturating_sub(rows - gone);
        #[expect(clippy::cast_precision_loss, reason = "a share of rows")]
        let percent = fewer as f64 * 100.0 / before.max(1) as f64;
        if fewer > 10 && percent > share {
            report.holds.push(format!(
                "{} would have {} rows where {before} were sent last: {percent:.0}% fewer; if that is meant, allow it \
                 with --set max_removed={}",
                file.name,
                rows - gone,
                percent.ceil()
            ));
        }
    }
    Ok(())
}
