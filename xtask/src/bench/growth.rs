//! How cost grows: the same district in four sizes, on both engines.

use super::chart::{Chart, Line};
use super::cluster::Postgres;
use super::ground::{Ground, Served, VERSIONS};
use super::import::count;
use super::measure::{Taken, measured};
use super::pull::pull;
use super::report::{Row, Section};
use super::stats::Samples;
use super::wrk::Load;
use crate::homeroom::applied;
use crate::{place, say};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

const HOW: &[&str] = &[
    "Districts of about ten thousand, a hundred thousand, one and five million enrollments. Each is imported into an empty database of \
     either engine, in alternation, and served; cost of import is the wall time by the rows of the package.",
    "Pages are asked for by wrk over one connection, the figure is the time within which half of the answers came. Deep is the middle \
     of the enrollments by offset, filtered are those of teachers. Each page is asked for once before: the very first jump into a version \
     looks where its records lie. The pull follows the links of all enrollments with limit=1000.",
    "A bar compares the largest district with that of a hundred thousand enrollments, in the same rounds; three rounds at most.",
];

/// Students of the districts, by the enrollments that they come to.
const SIZES: [(u32, &str); 4] =
    [(890, "10 thousand"), (8_900, "100 thousand"), (89_000, "1 million"), (445_000, "5 million")];
/// The size that others are compared with, and the one that has the bar.
const PLAIN: usize = 1;
const LARGEST: usize = SIZES.len() - 1;

const ENGINES: [&str; 2] = ["SQLite", "PostgreSQL"];

/// What is measured of each size on each engine.
const FIGURES: [(&str, &str, Option<f64>); 6] = [
    ("import", "µs a row", Some(1.2)),
    ("users limit=100", "ms", Some(1.2)),
    ("enrollments limit=100, first", "ms", Some(1.2)),
    ("enrollments limit=100, deep", "ms", Some(1.2)),
    ("enrollments limit=100, filtered", "ms", None),
    ("pull", "µs a record", Some(1.2)),
];

/// By engine, size and figure.
type Seen = [[[Samples; FIGURES.len()]; SIZES.len()]; ENGINES.len()];

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    let postgres = Postgres::start(&ground.folder)?;
    let packages: Vec<PathBuf> =
        SIZES.iter().map(|(students, _)| ground.package_of(*students, 0)).collect::<Result<_, _>>()?;
    let mut seen = Seen::default();
    let mut memory: [Samples; ENGINES.len()] = Default::default();
    for round in rounds(ground) {
        for turn in 0..SIZES.len() * ENGINES.len() {
            let at = (turn + round as usize) % (SIZES.len() * ENGINES.len());
            let (size, engine) = (at / ENGINES.len(), at % ENGINES.len());
            let taken = imported(ground, &postgres, engine, size, &packages[size])?;
            seen[engine][size][0].0.push(taken.wall * 1e6 / count(&packages[size])?);
            if size == LARGEST {
                memory[engine].0.push(taken.memory);
            }
        }
    }
    read(ground, &postgres, &mut seen)?;
    for (file, figures, title, unit) in CHARTS {
        draw(file, figures, title, unit, &seen)?;
    }
    let mut rows = rows(&seen);
    for (engine, memory) in ENGINES.iter().zip(memory) {
        rows.push(Row::new(
            format!("{engine}, {} enrollments: peak memory of the import", SIZES[LARGEST].1),
            "MiB",
            memory,
        ));
    }
    let shown = CHARTS.iter().map(|(file, _, title, _)| format!("![{title}](benchmarks/{file}.svg)")).collect();
    Ok(Section { shown, ..ground.section("Growth", HOW, rows) })
}

fn rounds(ground: &Ground) -> impl Iterator<Item = u32> + use<> {
    ground.rounds().take(3)
}

fn name(size: usize) -> String {
    format!("growth-{}", SIZES[size].0)
}

/// Imports a district into an empty database of an engine, which stays.
fn imported(ground: &Ground, postgres: &Postgres, engine: usize, size: usize, package: &Path) -> anyhow::Result<Taken> {
    say::error(format_args!("{}, {} enrollments", ENGINES[engine], SIZES[size].1));
    let command = match engine {
        0 => ground.import(&ground.database(&name(size))?, package),
        _ => ground.import(&postgres.empty(&name(size))?, package),
    };
    let (taken, said) = measured(&command, &ground.folder)?;
    applied(&said).map(|_| taken)
}

/// Serves every district at once, and asks them in turn.
fn read(ground: &Ground, postgres: &Postgres, seen: &mut Seen) -> anyhow::Result<()> {
    let mut servers: Vec<(usize, usize, Served)> = Vec::new();
    for size in 0..SIZES.len() {
        servers.push((0, size, ground.serve(&ground.folder.join(format!("{}.db", name(size))))?));
        servers.push((1, size, ground.serve(&postgres.there(&name(size)))?));
    }
    for round in rounds(ground) {
        for turn in 0..servers.len() {
            let (engine, size, served) = &servers[(turn + round as usize) % servers.len()];
            say::error(format_args!("{}, {} enrollments", ENGINES[*engine], SIZES[*size].1));
            let figures = &mut seen[*engine][*size];
            for (figure, url) in pages(served)?.into_iter().enumerate() {
                let load =
                    Load { urls: &[url], token: served.token(), connections: 1, seconds: ground.seconds.div_ceil(2) };
                figures[figure + 1].0.push(load.run(&ground.folder)?.p50);
            }
            let start = Instant::now();
            let records = pull(served, VERSIONS[1].1)?;
            figures[5].0.push(start.elapsed().as_secs_f64() * 1e6 / records as f64);
        }
    }
    Ok(())
}

/// The pages of a district, in the order of the figures.
fn pages(served: &Served) -> anyhow::Result<[String; 4]> {
    let base = VERSIONS[1].1;
    let enrollments = format!("{base}/enrollments?limit=100");
    let total = served.client.get(&enrollments)?.ok()?.total.unwrap_or(0);
    let pages = [
        format!("{base}/users?limit=100"),
        enrollments.clone(),
        format!("{enrollments}&offset={}", total / 2),
        format!("{enrollments}&filter=role%3D%27teacher%27"),
    ];
    for page in &pages {
        served.client.get(page)?.ok()?;
    }
    Ok(pages.map(|page| served.url(&page)))
}

fn rows(seen: &Seen) -> Vec<Row> {
    let mut rows = Vec::new();
    for (engine, sizes) in ENGINES.iter().zip(seen) {
        for (figure, (what, unit, most)) in FIGURES.iter().enumerate() {
            for (size, (_, label)) in SIZES.iter().enumerate() {
                let row = Row::new(format!("{engine}, {label} enrollments: {what}"), unit, sizes[size][figure].clone());
                let row = if size == PLAIN { row } else { row.against("100 thousand", &sizes[PLAIN][figure]) };
                rows.push(match most {
                    Some(most) if size == LARGEST => row.at_most(*most),
                    _ => row,
                });
            }
        }
    }
    rows
}

/// The files of the charts, the figures that each shows, its title and its unit.
const CHARTS: [(&str, &[usize], &str, &str); 3] = [
    ("growth-import", &[0], "Import: wall time a row", "µs"),
    ("growth-pages", &[1, 2, 3, 4], "Pages of 100 records: half within", "ms"),
    ("growth-pull", &[5], "Pull of all enrollments: time a record", "µs"),
];

fn draw(file: &str, figures: &[usize], title: &str, unit: &str, seen: &Seen) -> anyhow::Result<()> {
    let mut lines = Vec::new();
    for (engine, sizes) in ENGINES.iter().zip(seen) {
        for &figure in figures {
            let (what, ..) = FIGURES[figure];
            let label = if figures.len() == 1 { (*engine).to_owned() } else { format!("{engine}: {what}") };
            lines.push(Line { label, values: sizes.iter().filter_map(|size| size[figure].median()).collect() });
        }
    }
    let chart = Chart { title, unit, across: "enrollments", places: &SIZES.map(|(_, label)| label), lines: &lines };
    let folder = place::root().join("docs/benchmarks");
    fs::create_dir_all(&folder)?;
    Ok(fs::write(folder.join(format!("{file}.svg")), chart.svg()?)?)
}
