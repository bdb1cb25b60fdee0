//! `homeroom get`: people, classes and the rest in one line.

mod from;

use super::Setting;
use crate::get::show::{Form, Show};
use crate::get::{Asked, unknown};
use crate::output::{Failure, Status, standard};
use from::From;
use oneroster::model::{Entity, Kind, Privacy, Slot, Version};
use oneroster::query::{Filter, parse_filter};
use oneroster_client::get::{Answer, Matching, Request, collection, words};
use std::io::{self, Write};

const NARROWED: &str = "Whose (each may be repeated; several kinds of group must all hold)";

/// List people, classes and the rest, of the roster or of any provider
///
/// WHAT is users, students, teachers, classes, courses, schools, enrollments,
/// sessions, demographics, or another collection of rostering. Groups are
/// named in any case; a course means the people of its classes. The number
/// found is told on standard error.
#[derive(Debug, clap::Args)]
pub(super) struct Get {
    /// What is wanted, such as students
    #[arg(value_name = "WHAT", value_parser = what)]
    what: String,

    /// Of this school, by its name or sourcedId
    #[arg(long = "school", value_name = "NAME-OR-ID", help_heading = NARROWED)]
    schools: Vec<String>,
    /// Of the classes of this course
    #[arg(long = "course", value_name = "NAME-OR-ID", help_heading = NARROWED)]
    courses: Vec<String>,
    /// Of this class
    #[arg(long = "class", value_name = "NAME-OR-ID", help_heading = NARROWED)]
    classes: Vec<String>,
    /// The fields of a group that are compared with its name, parted by commas,
    /// such as location for a room [default: sourcedId,name,title]
    #[arg(long = "match", value_name = "FIELD", value_delimiter = ',', help_heading = NARROWED)]
    matching: Vec<String>,

    /// Only records of which this holds, as in the API: "familyName='Jones'"
    #[arg(long, value_name = "FILTER")]
    filter: Option<String>,
    /// Only these fields, parted by commas
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    fields: Vec<String>,
    /// At most so many records
    #[arg(long, value_name = "N")]
    max: Option<u64>,
    /// How they are written [default: table; with --json json]
    #[arg(long, value_name = "FORM", conflicts_with = "json")]
    format: Option<Form>,
    #[command(flatten)]
    from: From,
}

fn what(word: &str) -> Result<String, String> {
    collection(word).map(|_| word.to_owned()).ok_or_else(|| {
        let known: Vec<&str> = words().collect();
        format!("{word} is nothing to be listed; these are: {}", known.join(", "))
    })
}

impl Get {
    /// Runs the command.
    pub(super) fn run(&self, setting: &Setting) -> Result<Status, Failure> {
        let route = collection(&self.what).ok_or_else(|| Failure::usage("there is no such collection"))?;
        let mut asked = self.from.open(setting, route.access)?;
        let version = asked.version();
        let request = self.request(version)?;
        let fields = self.fields(request.route.kind.entity(), version)?;
        let answer = self.show(setting, &mut asked, &request, fields.as_deref())?;
        if let Some(answer) = &answer {
            asked.notes().iter().for_each(|note| setting.output.note(&format!("note: {note}")));
            self.tell(setting, answer);
        }
        Ok(Status::Done)
    }

    fn request(&self, version: Version) -> Result<Request, Failure> {
        let route = collection(&self.what).ok_or_else(|| Failure::usage("there is no such collection"))?;
        Ok(Request {
            schools: named("school", &self.schools)?,
            courses: named("course", &self.courses)?,
            classes: named("class", &self.classes)?,
            matching: self.matching(version)?,
            filter: self.filter(route.kind.entity(), version)?,
            most: self.max,
            ..Request::all(route, version)
        })
    }

    /// What of groups is compared: each kind that is named has something of it.
    fn matching(&self, version: Version) -> Result<Matching, Failure> {
        if self.matching.is_empty() {
            return Ok(Matching::default());
        }
        let matching = Matching::new(&self.matching);
        let have = |kind: Kind| format!("{} have {}", kind.entity().plural, fields(kind.entity(), version));
        if let Some(field) = matching.unknown(version) {
            let kinds = Matching::KINDS.map(have);
            return Err(Failure::usage(format!("--match: no group has a field {field:?}")).hint(kinds.join("; ")));
        }
        let flags = [("school", &self.schools), ("course", &self.courses), ("class", &self.classes)];
        for ((word, given), kind) in flags.into_iter().zip(Matching::KINDS) {
            if !given.is_empty() && matching.paths(kind, version).is_empty() {
                return Err(Failure::usage(format!("--match: a {word} has none of these fields")).hint(have(kind)));
            }
        }
        Ok(matching)
    }

    fn filter(&self, entity: &'static Entity, version: Version) -> Result<Option<Filter>, Failure> {
        let Some(text) = &self.filter else { return Ok(None) };
        parse_filter(text, entity.kind, version).map_err(|error| {
            Failure::usage(format!("--filter: {error}")).hint(format!("the fields are {}", fields(entity, version)))
        })
    }

    fn fields(&self, entity: &'static Entity, version: Version) -> Result<Option<Vec<Slot>>, Failure> {
        if self.fields.is_empty() {
            return Ok(None);
        }
        let slot = |name: &String| match entity.member(name.trim(), version) {
            Some((slot, field)) if field.privacy != Privacy::Secret => Ok(slot),
            _ => Err(Failure::usage(format!("--fields: {} have no field {:?}", entity.plural, name.trim()))
                .hint(format!("the fields are {}", fields(entity, version)))),
        };
        self.fields.iter().map(slot).collect::<Result<Vec<_>, _>>().map(Some)
    }

    fn show(
        &self,
        setting: &Setting,
        asked: &mut Asked,
        request: &Request,
        fields: Option<&[Slot]>,
    ) -> Result<Option<Answer>, Failure> {
        let form = match self.format {
            Some(form) => form,
            None if setting.output.json => Form::Json,
            None => Form::Table,
        };
        let key = request.route.response_key().unwrap_or_default();
        let spoken = (asked.version(), asked.prefix());
        let mut ended = None;
        standard(|out| {
            let mut pipe = Pipe { out, closed: false };
            let out: &mut dyn Write = &mut pipe;
            let mut work = || -> Result<Answer, Failure> {
                let mut show = Show::new(form, (request.route.kind, key), (spoken.0, &spoken.1), fields, out)?;
                let answer = asked.get(request, &mut |row| show.row(row))?;
                // Who reads the document reads nothing else.
                let notes: Vec<String> = asked.notes().into_iter().chain(answer.unknown.iter().map(unknown)).collect();
                show.end((answer.found, answer.cut), &notes)?;
                Ok(answer)
            };
            let done = work();
            // Who closed the pipe has seen enough.
            ended = if pipe.closed { None } else { Some(done) };
            Ok(())
        })?;
        ended.transpose()
    }

    /// Says what was found, and what was not.
    fn tell(&self, setting: &Setting, answer: &Answer) {
        for group in &answer.unknown {
            setting.output.note(&unknown(group));
        }
        let what = &self.what;
        setting.output.note(&match (answer.found, answer.cut) {
            (found, false) => format!("{found} {what} found"),
            (found, true) => format!("the first {found} {what}; there may be more: raise --max to see them"),
        });
    }
}

/// Standard output, and whether anyone still reads it.
struct Pipe<'a> {
    out: &'a mut dyn Write,
    closed: bool,
}

impl Write for Pipe<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes).inspect_err(|error| self.closed |= error.kind() == io::ErrorKind::BrokenPipe)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush().inspect_err(|error| self.closed |= error.kind() == io::ErrorKind::BrokenPipe)
    }
}

fn fields(entity: &'static Entity, version: Version) -> String {
    let shown = entity.members(version).filter(|(_, field)| field.privacy != Privacy::Secret);
    shown.map(|(_, field)| field.name).collect::<Vec<_>>().join(", ")
}

/// A name that is blank would match what has none.
fn named(flag: &str, texts: &[String]) -> Result<Vec<String>, Failure> {
    if texts.iter().any(|text| text.trim().is_empty()) {
        return Err(Failure::usage(format!("--{flag} names nothing")).hint("give a name or a sourcedId"));
    }
    Ok(texts.to_vec())
}
