//! What is known of the files of a package, while it is judged or after.

use super::prefix::Known;
use super::{CHECKING, Step};
use crate::interrupt;
use crate::output::Failure;
use homeroom_store::{Rename, Roster};
use oneroster::csv::{Mode, Package, PackageError, Records, Terms, records, records_of};
use oneroster::model::{Kind, MODEL, Version};
use oneroster::validate::{FileJudgement, FileState, Judgement, Opened, Options, Told, Verdict, judge_telling};
use std::cell::{Cell, OnceCell, RefCell};
use std::sync::mpsc::{Receiver, TryRecvError, channel};

/// Whom to tell how far it has come.
type Show<'a> = RefCell<&'a mut dyn FnMut(Step)>;

/// The judged files of a package, of which some may be yet to come.
pub struct Judged<'a> {
    /// The version of the package.
    pub version: Version,
    /// Whether nothing may be removed because of it.
    pub no_deletions: bool,
    /// Whether people's material stands in their own rows.
    pub resources_in_users: bool,
    modes: Vec<(Kind, Mode)>,
    files: Files<'a>,
    show: Show<'a>,
}

enum Files<'a> {
    /// All of them.
    Whole(&'a Judgement),
    /// Those that have come, one place a kind, and where further ones come from.
    Coming(Box<Coming>),
}

struct Coming {
    terms: Terms,
    come: [OnceCell<FileJudgement>; MODEL.len()],
    news: Receiver<News>,
    ended: Cell<bool>,
    /// Whether a file that was counted on turned out to be of no use.
    broken: Cell<bool>,
}

/// What the judging side says.
enum News {
    Opened(Opened),
    Step(Step),
    File(Box<FileJudgement>),
}

impl<'a> Judged<'a> {
    /// Of a package that is judged to its end.
    pub fn whole(judgement: &'a Judgement, show: &'a mut dyn FnMut(Step)) -> Judged<'a> {
        let read = judgement.files.iter().filter(|file| file.state == FileState::Judged);
        Judged {
            version: judgement.version.unwrap_or(Version::V1P2),
            no_deletions: judgement.no_deletions,
            resources_in_users: judgement
                .file(Kind::User)
                .and_then(|file| file.plan.as_ref())
                .is_some_and(|plan| plan.lists_resources()),
            modes: read.map(|file| (file.kind, file.mode)).collect(),
            files: Files::Whole(judgement),
            show: RefCell::new(show),
        }
    }

    /// The mode of the file of a kind, if it is taken, or will be as far as
    /// can be told.
    pub fn mode(&self, kind: Kind) -> Option<Mode> {
        self.modes.iter().find(|(of, _)| *of == kind).map(|(_, mode)| *mode)
    }

    /// The file of a kind, if it is taken; waits until it is judged.
    pub fn file(&self, kind: Kind) -> Option<&FileJudgement> {
        self.mode(kind)?;
        match &self.files {
            Files::Whole(judgement) => judgement.file(kind),
            Files::Coming(coming) => {
                let place = coming.come.get(kind as usize)?;
                while place.get().is_none() && coming.listen(&self.show, true) {}
                place.get()
            }
        }
    }

    /// The records of a file.
    pub fn records(&self, package: &mut Package, file: &FileJudgement) -> Result<Option<Records>, PackageError> {
        match &self.files {
            Files::Whole(judgement) => records(package, judgement, file.kind),
            Files::Coming(coming) => records_of(package, &coming.terms, file),
        }
    }

    /// Tells how many records were taken; as long as files are judged, how far
    /// that has come.
    pub fn step(&self, doing: &'static str, done: u64) {
        let of = match &self.files {
            Files::Whole(judgement) => judgement.files.iter().map(FileJudgement::accepted).sum(),
            Files::Coming(coming) => {
                while coming.listen(&self.show, false) {}
                if !coming.ended.get() {
                    return;
                }
                coming.come.iter().filter_map(OnceCell::get).map(FileJudgement::accepted).sum()
            }
        };
        (self.show.borrow_mut())(Step { doing, done, of });
    }
}

impl Coming {
    /// Takes one message; whether there was one.
    fn listen(&self, show: &Show<'_>, wait: bool) -> bool {
        let next = if wait { self.news.recv().map_err(|_| TryRecvError::Disconnected) } else { self.news.try_recv() };
        match next {
            Ok(News::Step(step)) => (show.borrow_mut())(step),
            Ok(News::File(file)) if file.state == FileState::Judged => {
                if let Some(place) = self.come.get(file.kind as usize) {
                    // A file is judged once.
                    let _ = place.set(*file);
                }
            }
            Ok(News::File(_)) => self.broken.set(true),
            Ok(News::Opened(_)) => {}
            Err(reason) => {
                self.ended.set(self.ended.get() || reason == TryRecvError::Disconnected);
                return false;
            }
        }
        true
    }
}

/// What was made of files while the package was judged.
pub struct Early<T> {
    /// It.
    pub made: T,
    /// Whether it counts: every file was of use, the package was accepted.
    /// Else it is to be undone and made anew.
    pub counts: bool,
}

/// A judgement, and the version of the roster that changes were judged by.
pub type By = (Judgement, Option<i64>);

/// Judges a package in a thread of its own, and lets `make` work meanwhile on
/// the files that are judged already. Packages that are not whole, and those of
/// 1.0, are judged to their end first: their records depend on later files.
///
/// # Errors
/// What kept the package from being read.
pub fn judge_and<T>(
    package: &mut Package,
    options: &Options,
    (roster, source, mapping): (&Roster, u32, &[Rename]),
    show: &mut dyn FnMut(Step),
    make: impl FnOnce(&Judged<'_>) -> T,
) -> Result<(By, Option<Early<T>>), Failure> {
    std::thread::scope(|scope| {
        let (tell, news) = channel();
        let judging = scope.spawn(move || -> Result<By, Failure> {
            let mut known = Known::of(roster, source, mapping)?;
            let judgement = judge_telling(package, options, &mut known, &mut |told| {
                // Who does not listen any more will join.
                let _ = tell.send(News::from(told));
            })?;
            Ok((judgement, known.finish()?))
        });
        let mut made = None;
        // A package that cannot be judged is not opened.
        if let Ok(News::Opened(opened)) = news.recv() {
            made = meanwhile(opened, options, news, show, make);
        }
        let (judgement, by) =
            judging.join().map_err(|_| Failure::refused("the package could not be checked; please report this"))??;
        let accepted = judgement.verdict == Verdict::Accepted;
        let early = made.map(|(made, counts)| Early { made, counts: counts && accepted });
        Ok(((judgement, by), early))
    })
}

fn meanwhile<T>(
    opened: Opened,
    options: &Options,
    news: Receiver<News>,
    show: &mut dyn FnMut(Step),
    make: impl FnOnce(&Judged<'_>) -> T,
) -> Option<(T, bool)> {
    let bulk = opened.modes.iter().all(|(_, mode)| *mode != Mode::Delta);
    let Some(terms) = Terms::of(opened.edition, options).filter(|_| bulk) else {
        for step in news {
            if let News::Step(step) = step {
                show(step);
            }
        }
        return None;
    };
    let come = [const { OnceCell::new() }; MODEL.len()];
    let judged = Judged {
        version: opened.edition.version(),
        no_deletions: opened.no_deletions,
        resources_in_users: opened.resources_in_users,
        modes: opened.modes,
        files: Files::Coming(Box::new(Coming { terms, come, news, ended: Cell::new(false), broken: Cell::new(false) })),
        show: RefCell::new(show),
    };
    let made = make(&judged);
    let Files::Coming(coming) = &judged.files else { return None };
    while coming.listen(&judged.show, true) {}
    Some((made, !coming.broken.get() && interrupt::go_on().is_ok()))
}

impl From<Told<'_>> for News {
    fn from(told: Told<'_>) -> News {
        match told {
            Told::Opened(opened) => News::Opened(opened.clone()),
            Told::Progress(at) => News::Step(Step { doing: CHECKING, done: at.bytes, of: at.total }),
            Told::File(file) => News::File(Box::new(file.clone())),
        }
    }
}
