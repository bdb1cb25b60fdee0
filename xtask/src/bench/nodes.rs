//! What a request costs when several nodes share the work.

use super::cluster::Postgres;
use super::ground::{Ground, Served, VERSIONS};
use super::measure::processor;
use super::report::{Row, Section};
use super::stats::Samples;
use super::wrk::Load;
use crate::say;

const HOW: &[&str] = &[
    "`homeroom serve` once and three times over one PostgreSQL, on one machine. The same number of connections asks for \
     `users?limit=100` of 1.2: six of one node, or two of each of three at the same time. Nothing stands in front, so that only the nodes \
     are measured: the seconds of the processor that all of them took, by the requests that all of them answered.",
];

/// Connections in all; as many for each of three nodes as for one is a third of them.
const CONNECTIONS: u32 = 6;
const PAGE: &str = "/users?limit=100";

/// Measures it.
pub fn section(ground: &Ground) -> anyhow::Result<Section> {
    let postgres = Postgres::start(&ground.folder)?;
    let database = postgres.empty("nodes")?;
    ground.program.import(&database, &ground.package(0)?)?;
    let nodes = [0, 1, 2].map(|number| ground.serve_to(&database, &format!("node-{number}")));
    let [first, second, third] = nodes;
    let nodes = [first?, second?, third?];
    let (mut one, mut three): ([Samples; 2], [Samples; 2]) = Default::default();
    for round in ground.rounds() {
        for turn in [round % 2, 1 - round % 2] {
            let (nodes, seen) = if turn == 0 { (&nodes[..1], &mut one) } else { (&nodes[..], &mut three) };
            let [cost, rate] = asked(ground, nodes)?;
            say::error(format_args!("{} nodes: {cost:.1} µs a request", nodes.len()));
            seen[0].0.push(cost);
            seen[1].0.push(rate);
        }
    }
    let rows = vec![
        Row::new("one node: processor for a request", "µs", one[0].clone()),
        Row::new("three nodes: processor for a request", "µs", three[0].clone())
            .against("one node", &one[0])
            .at_most(1.1),
        Row::new("one node: requests", "/s", one[1].clone()),
        Row::new("three nodes: requests", "/s", three[1].clone()).against("one node", &one[1]),
    ];
    Ok(ground.section("Several nodes", HOW, rows))
}

/// Asks all nodes at once; gives microseconds of their processors for a request, and requests a second.
fn asked(ground: &Ground, nodes: &[Served]) -> anyhow::Result<[f64; 2]> {
    let own = || nodes.iter().map(|node| Ok(processor(node.server.id())?[0])).sum::<anyhow::Result<f64>>();
    let connections = CONNECTIONS / nodes.len() as u32;
    let before = own()?;
    let rates: Vec<anyhow::Result<f64>> = std::thread::scope(|scope| {
        let asking: Vec<_> = nodes
            .iter()
            .map(|node| {
                scope.spawn(move || {
                    let urls = [node.url(&format!("{}{PAGE}", VERSIONS[1].1))];
                    let load = Load { urls: &urls, token: node.token(), connections, seconds: ground.seconds };
                    Ok(load.run(&ground.folder)?.rate)
                })
            })
            .collect();
        let joined = asking.into_iter().map(|thread| thread.join().unwrap_or_else(|_| anyhow::bail!("a load failed")));
        joined.collect()
    });
    let rate = rates.into_iter().sum::<anyhow::Result<f64>>()?;
    Ok([(own()? - before) * 1e6 / (rate * f64::from(ground.seconds)), rate])
}
