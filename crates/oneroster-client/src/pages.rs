//! Reading a collection page by page: `Link` first, then totals, then offsets.
//!
//! A short page alone never ends a reading, a link is followed on its own
//! server only, a circle ends with an error, and what speaks against the
//! reading being whole is kept for its [`Ending`].

use crate::address::same_server;
use crate::ask::Ask;
use crate::client::Client;
use crate::config::ForeignLinks;
use crate::error::{Error, ErrorKind};
use crate::habit::Habit;
use crate::page::Page;
use crate::place::{Doubt, Ending, Place};
use crate::vendor::Trait;
use crate::wire::{Answer, Request};
use hashbrown::HashSet;
use url::Url;
use xxhash_rust::xxh3::xxh3_64;

/// Pages are not made smaller than this.
const SMALLEST: u32 = 10;

/// A reading under way. Dropping it ends it; nothing goes on in the background.
pub struct Pages {
    client: Client,
    ask: Ask,
    path: Url,
    size: u32,
    place: Place,
    seen_links: HashSet<u64>,
    /// The digest of the page before.
    last: Option<u64>,
    /// Only some members were asked for.
    fields: bool,
}

impl Pages {
    pub(crate) fn new(client: Client, ask: Ask, place: Place) -> Result<Pages, Error> {
        let path = client.url(&ask)?;
        let size = ask.limit.unwrap_or_else(|| client.page_size());
        let fields = !ask.fields.is_empty();
        Ok(Pages { client, ask, path, size, place, seen_links: HashSet::new(), last: None, fields })
    }

    /// Where the reading stands now; what came before need not be asked again.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// What the reading is of.
    pub fn ask(&self) -> &Ask {
        &self.ask
    }

    /// How many records there are, as the provider said so far.
    pub fn total(&self) -> Option<u64> {
        self.place.totals.map(|(_, most)| most)
    }

    /// The next page; `None` at the end.
    ///
    /// # Errors
    /// If the provider fails for good, or its pages lead nowhere. The reading
    /// can be tried again from where it stands.
    pub async fn next(&mut self) -> Result<Option<Page>, Error> {
        if self.place.over {
            return Ok(None);
        }
        let (url, mut page) = self.page().await?;
        let mut digest = page.digest();
        if !page.is_empty() && self.last == Some(digest) {
            if self.ignores_offsets(&page) {
                self.doubt(Doubt::OffsetIgnored, Habit::OffsetIgnored);
                self.place.over = true;
                return Ok(None);
            }
            self.note(Habit::PageRepeated);
            page = self.get(url).await?;
            digest = page.digest();
            if self.last == Some(digest) {
                let message = "The provider gives the same page again in place of the next one; reading cannot go on.";
                return Err(Error::new(ErrorKind::Repeated, message));
            }
        }
        self.arrived(&page, digest)?;
        // An empty page at the end is nobody's business.
        if page.is_empty() && self.place.over && self.place.pages > 1 { Ok(None) } else { Ok(Some(page)) }
    }

    /// The next page; smaller ones if such a large one is too much.
    async fn page(&mut self) -> Result<(Url, Page), Error> {
        loop {
            let url = self.url()?;
            match self.get(url.clone()).await {
                // A link has its size in it; an offset goes with any size.
                Err(error) if is_too_much(&error) && self.place.next.is_none() && self.size > SMALLEST => {
                    self.note(Habit::LargePagesFail);
                    self.size = (self.size / 4).max(SMALLEST);
                }
                page => return Ok((url, page?)),
            }
        }
    }

    /// How the reading ended, or where it stands; `twice` is how many records
    /// came more than once, which only who keeps their identifiers can tell.
    pub fn ending(&self, twice: u64) -> Ending {
        let place = &self.place;
        let mut doubts = place.doubts.clone();
        let mut doubt = |holds: bool, doubt: Doubt| {
            if holds && !doubts.contains(&doubt) {
                doubts.push(doubt);
            }
        };
        let records = place.received.saturating_sub(twice);
        doubt(place.totals.is_none(), Doubt::NoTotal);
        doubt(place.totals.is_some_and(|(least, most)| least != most), Doubt::TotalMoved);
        doubt(place.totals.is_some_and(|(_, most)| records < most), Doubt::Fewer);
        doubt(place.totals.is_some_and(|(_, most)| records > most), Doubt::More);
        doubt(twice > 0, Doubt::Twice);
        Ending { pages: place.pages, records, total: self.total(), doubts }
    }

    /// Asks for the first page once more: if it is another one now, records
    /// may have moved past the reading.
    ///
    /// # Errors
    /// If the provider fails.
    pub async fn confirm(&mut self) -> Result<bool, Error> {
        let url = self.ask.page(&self.path, Some((self.place.first_size.max(1), self.ask.offset)));
        let page = self.get(url).await?;
        let same = page.digest() == self.place.first;
        if !same {
            self.doubt(Doubt::FirstPageMoved, Habit::RangeMoved);
        }
        Ok(same)
    }

    pub(crate) fn note(&self, habit: Habit) {
        self.client.findings().note_kind(habit, self.ask.kind());
    }

    fn doubt(&mut self, doubt: Doubt, habit: Habit) {
        self.note(habit);
        if !self.place.doubts.contains(&doubt) {
            self.place.doubts.push(doubt);
        }
    }

    /// The URL of the next page.
    fn url(&self) -> Result<Url, Error> {
        match &self.place.next {
            Some(next) => {
                let broken = || Error::new(ErrorKind::Config, "The place of the reading is of another provider.");
                let url = self.path.join(next).map_err(|_| broken())?;
                if same_server(&url, &self.path) { Ok(url) } else { Err(broken()) }
            }
            None => Ok(self.ask.page(&self.path, Some((self.size, self.ask.offset + self.place.received)))),
        }
    }

    async fn get(&self, url: Url) -> Result<Page, Error> {
        let request = Request::get(url, self.ask.route.operation);
        let (reader, findings) = (self.client.reader(self.ask.kind(), self.fields), self.client.findings());
        let make = |answer: Answer| Page::of(answer, self.ask.route, reader.clone(), findings);
        self.client.wire().read(&request, make).await
    }

    /// A second page that is the first again, from a provider that names
    /// neither links nor totals and gave another number than was asked for:
    /// it gives all there is, each time.
    fn ignores_offsets(&self, page: &Page) -> bool {
        self.place.pages == 1
            && !self.place.links
            && self.place.totals.is_none()
            && page.len() as u64 != u64::from(self.size)
    }

    fn arrived(&mut self, page: &Page, digest: u64) -> Result<(), Error> {
        // First, for it may fail, and then the page counts as not come.
        let next = self.link(page)?;
        let count = page.len() as u64;
        self.last = Some(digest);
        if self.place.pages == 0 {
            (self.place.first, self.place.first_size) = (digest, self.size);
        }
        self.place.pages += 1;
        self.place.received += count;
        self.count(page);
        self.permissions(page);
        let seen = self.ask.offset + self.place.received;
        self.place.over = match (&next, self.place.totals) {
            // A provider that always names a next page (rest.md T47).
            (Some(_), _) if count == 0 => {
                self.doubt(Doubt::EmptyWithNext, Habit::NextOnLastPage);
                true
            }
            (Some(_), _) => false,
            (None, _) if self.place.links || count == 0 => true,
            (None, Some((_, most))) => seen >= most,
            // Links, of which none is to a next page.
            (None, None) => page.has_links(),
        };
        if self.place.over {
            self.ended(seen);
        } else if self.place.pages == 1 {
            self.began(next.is_some(), count);
        }
        self.place.links |= next.is_some();
        self.place.next = next;
        Ok(())
    }

    /// Keeps the totals that were named.
    fn count(&mut self, page: &Page) {
        let Some(total) = page.total() else { return };
        let (least, most) = self.place.totals.unwrap_or((total, total));
        if total != most && total != least {
            self.note(Habit::TotalMoved);
        }
        self.place.totals = Some((least.min(total), most.max(total)));
    }

    /// Keeps the revision of permissions, where there is one.
    fn permissions(&mut self, page: &Page) {
        let told = self.client.vendor().facts.iter().find_map(|fact| match fact.what {
            Trait::PermissionRevision(header) => page.header(header),
            _ => None,
        });
        let Some(told) = told else { return };
        self.note(Habit::RevisionOfPermissions);
        let moved = self.place.revision.as_deref().is_some_and(|before| before != told);
        if moved && !self.place.doubts.contains(&Doubt::PermissionsMoved) {
            self.place.doubts.push(Doubt::PermissionsMoved);
        }
        self.place.revision = Some(told.to_owned());
    }

    /// The revision of permissions, where the provider tells one: when it
    /// changes between two readings, what is shared has changed.
    pub fn revision(&self) -> Option<&str> {
        self.place.revision.as_deref()
    }

    /// Says what the first page showed of paging.
    fn began(&self, linked: bool, count: u64) {
        if !linked {
            self.note(Habit::NoLink);
        }
        match count.cmp(&u64::from(self.size)) {
            std::cmp::Ordering::Less => self.note(Habit::LimitCapped),
            std::cmp::Ordering::Greater => self.note(Habit::LimitIgnored),
            std::cmp::Ordering::Equal => {}
        }
    }

    fn ended(&self, seen: u64) {
        match self.place.totals {
            None => self.note(Habit::NoTotal),
            Some((_, most)) if seen < most => self.note(Habit::FewerThanTotal),
            Some(_) => {}
        }
    }

    /// The next page as a link names it: path and query on our server.
    fn link(&mut self, page: &Page) -> Result<Option<String>, Error> {
        let Some(target) = page.link("next") else { return Ok(None) };
        let unreadable = |_| Error::new(ErrorKind::NotOneRoster, "The link to the next page cannot be read.");
        let mut url = self.path.join(target).map_err(unreadable)?;
        if !target.contains("://") {
            self.note(Habit::RelativeLink);
        }
        if !same_server(&url, &self.path) {
            url = self.foreign(&url)?;
        }
        let next = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        // The reading itself began without a link; its URL counts, too.
        if self.seen_links.is_empty() {
            let begin = self.ask.page(&self.path, Some((self.size, self.ask.offset)));
            self.seen_links
                .insert(xxh3_64(format!("{}?{}", begin.path(), begin.query().unwrap_or_default()).as_bytes()));
        }
        if !self.seen_links.insert(xxh3_64(next.as_bytes())) && !page.is_empty() {
            let message = "The provider's pages lead in a circle: a link names a page that was read already.";
            return Err(Error::new(ErrorKind::Loop, message));
        }
        Ok(Some(next))
    }

    fn foreign(&self, url: &Url) -> Result<Url, Error> {
        match self.client.foreign_links() {
            ForeignLinks::Rebase => {
                self.note(Habit::ForeignLink);
                let mut own = self.path.clone();
                own.set_query(url.query());
                Ok(own)
            }
            ForeignLinks::Refuse => {
                let to = url.origin().ascii_serialization();
                let message = format!(
                    "The link to the next page names another server, {to}; nothing was sent there. If the provider \
                     does not know its own name, let its links be followed on the server that you gave."
                );
                Err(Error::new(ErrorKind::ForeignLink, message))
            }
        }
    }
}

/// Whether a smaller page may do better.
fn is_too_much(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::TooLarge | ErrorKind::Timeout)
}
