//! The innermost loops, one row (or one request) a pass.
//!
//! `cargo bench --package xtask --bench hot`, with `HOMEROOM_BENCH_PACKAGE` naming the folder of
//! a package, as `homeroom generate FOLDER` writes one; `cargo xtask bench micro` sees to both.

#![expect(clippy::expect_used, reason = "a benchmark that cannot go on says why")]

use divan::{AllocProfiler, Bencher, black_box};
use oneroster::at;
use oneroster::csv::{Package, Scanner, records};
use oneroster::json::{Bases, Plan, Row};
use oneroster::model::{Kind, Version};
use oneroster::oauth1::{Address, Credentials, Hash, Message, Signed, Stamp, sign};
use oneroster::query::{matches, parse_filter};
use oneroster::record::{Record, Status};
use oneroster::time::Timestamp;
use oneroster::validate::{Options, judge};
use std::path::PathBuf;
use std::sync::LazyLock;

#[global_allocator]
static ALLOC: AllocProfiler = AllocProfiler::system();

/// The kinds whose rows are many.
const KINDS: [Kind; 2] = [Kind::User, Kind::Enrollment];
const NOW: Timestamp = Timestamp(1_786_689_005_120);
/// So many rows are gone through, again and again.
const ROWS: usize = 1_000;

/// The rows of the package, in every form that is measured.
struct Rows {
    /// Lines of the file.
    lines: Vec<u8>,
    records: Vec<Record>,
    packed: Vec<(String, Vec<u8>)>,
}

static USERS: LazyLock<Rows> = LazyLock::new(|| Rows::of(Kind::User));
static ENROLLMENTS: LazyLock<Rows> = LazyLock::new(|| Rows::of(Kind::Enrollment));

fn rows(kind: Kind) -> &'static Rows {
    if kind == Kind::User { &USERS } else { &ENROLLMENTS }
}

impl Rows {
    fn of(kind: Kind) -> Rows {
        let folder = std::env::var_os("HOMEROOM_BENCH_PACKAGE").map(PathBuf::from);
        let folder =
            folder.expect("HOMEROOM_BENCH_PACKAGE names the folder of a package; `cargo xtask bench micro` sets it");
        let mut package = Package::open(&folder).expect("the package can be opened");
        let judgement = judge(&mut package, &Options::careful(NOW), &mut |_| {}).expect("the package can be judged");
        let mut reader =
            records(&mut package, &judgement, kind).expect("its file can be read").expect("it holds the file");
        let (mut all, mut packed) = (Vec::new(), Vec::new());
        while all.len() < ROWS {
            let mut record = Record::new(kind);
            if reader.next(&mut record).expect("every row is good").is_none() {
                break;
            }
            let mut bytes = Vec::new();
            record.pack(&mut bytes);
            packed.push((record.sourced_id.clone(), bytes));
            all.push(record);
        }
        let file = folder.join(format!("{}.csv", kind.entity().plural));
        Rows { lines: std::fs::read(file).expect("the file of the kind is there"), records: all, packed }
    }
}

fn main() {
    divan::main();
}

/// Gives one after another, again and again.
fn in_turn<'a, T>(all: &'a [T]) -> impl FnMut() -> &'a T {
    let mut rows = all.iter().cycle();
    move || rows.next().expect("the package holds rows of the kind")
}

#[divan::bench(args = KINDS)]
fn scan_a_csv_row(bencher: Bencher<'_, '_>, kind: Kind) {
    let lines = &rows(kind).lines;
    let mut scanner = Scanner::new(lines.as_slice());
    bencher.bench_local(move || {
        if scanner.next_row().expect("the file is well formed").is_none_or(|row| black_box(row.len()) == 0) {
            scanner = Scanner::new(lines.as_slice());
        }
    });
}

#[divan::bench(args = KINDS)]
fn record_to_packed_form(bencher: Bencher<'_, '_>, kind: Kind) {
    let mut records = rows(kind).records.clone();
    let (mut at, mut out) = (0, Vec::new());
    bencher.bench_local(move || {
        at = (at + 1) % records.len();
        out.clear();
        records[at].pack(&mut out);
        black_box(&out);
    });
}

#[divan::bench(args = KINDS)]
fn digest_of_a_record(bencher: Bencher<'_, '_>, kind: Kind) {
    let mut records = rows(kind).records.clone();
    let mut at = 0;
    bencher.bench_local(move || {
        at = (at + 1) % records.len();
        black_box(records[at].digest())
    });
}

#[divan::bench(args = KINDS)]
fn packed_form_to_record(bencher: Bencher<'_, '_>, kind: Kind) {
    let mut next = in_turn(&rows(kind).packed);
    bencher.bench_local(move || {
        let (id, packed) = next();
        black_box(Record::unpack(kind, id, packed))
    });
}

#[divan::bench(args = KINDS)]
fn packed_form_to_json_of_1_1(bencher: Bencher<'_, '_>, kind: Kind) {
    to_json(bencher, kind, Version::V1P1);
}

#[divan::bench(args = KINDS)]
fn packed_form_to_json_of_1_2(bencher: Bencher<'_, '_>, kind: Kind) {
    to_json(bencher, kind, Version::V1P2);
}

fn to_json(bencher: Bencher<'_, '_>, kind: Kind, version: Version) {
    let plan = Plan::new(kind, version, &Bases::new(version, "https://roster.example.org"), None);
    let mut next = in_turn(&rows(kind).packed);
    let mut out = Vec::new();
    bencher.bench_local(move || {
        let (sourced_id, packed) = next();
        out.clear();
        plan.write(&Row { sourced_id, status: Status::Active, published: NOW, packed, children: &[] }, &mut out);
        black_box(&out);
    });
}

/// A filter as consumers send them.
const FILTER: &str = "role='student' AND status='active'";

#[divan::bench]
fn parse_a_filter() -> bool {
    parse_filter(black_box(FILTER), Kind::Enrollment, Version::V1P2).is_ok()
}

#[divan::bench]
fn evaluate_a_filter(bencher: Bencher<'_, '_>) {
    let filter =
        parse_filter(FILTER, Kind::Enrollment, Version::V1P2).expect("the filter is good").expect("it says something");
    let mut next = in_turn(&rows(Kind::Enrollment).records);
    bencher.bench_local(move || black_box(matches(&filter, next())));
}

/// A page as ClassLink's clients ask for it.
const QUERY: &str = "limit=100&offset=200&filter=role%3D%27student%27&fields=sourcedId,givenName,familyName";
const ADDRESS: &str = "https://roster.example.org/ims/oneroster/v1p1/users";
const SECRET: &str = "a-secret-of-forty-three-letters-or-so-00000";

#[divan::bench(args = [Hash::Sha1, Hash::Sha256])]
fn verify_a_signed_request(bencher: Bencher<'_, '_>, hash: Hash) {
    let message = Message { method: "GET", query: Some(QUERY), form: None };
    let address = Address::split(ADDRESS).expect("an absolute URL");
    let credentials = Credentials { key: "a-client", secret: SECRET };
    let header = sign(&message, &address, &credentials, hash, Stamp { nonce: "n-1", timestamp: 1_786_689_005 });
    bencher.bench_local(move || {
        let signed = Signed::read(black_box(&message), Some(&header)).ok().flatten();
        signed.and_then(|signed| signed.fit(&[address], SECRET, true)).expect("the signature fits")
    });
}

#[divan::bench(args = KINDS)]
fn read_a_field(bencher: Bencher<'_, '_>, kind: Kind) {
    let field = if kind == Kind::User { at!(User.familyName) } else { at!(Enrollment.role) };
    let mut next = in_turn(&rows(kind).records);
    bencher.bench_local(move || black_box(next().get(field).map(str::len)));
}
