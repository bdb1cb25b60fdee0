//! Limits of three nodes, which count together.

use super::desk::Desk;
use super::nodes::stage::{Front, Stage};
use serde_json::Value;
use std::thread;
use std::time::{Duration, Instant};

/// Requests a second that an application may make, and four times as many at once.
const RATE: usize = 20;
/// For so long it asks as often as it can.
const LONG: Duration = Duration::from_secs(6);
/// What has not come by then will not come.
const PATIENCE: Duration = Duration::from_secs(60);

#[test]
fn an_application_has_its_rate_once_however_many_nodes_it_asks() {
    let desk = Desk::new();
    let app = desk.json(0, "app add reader --scope roster.readonly");
    let stage = Stage::new(&desk, 3, &format!("--rate {RATE}"));
    let token = stage.front.token(&app);
    let start = Instant::now();
    // Nobody is asked through the proxy: who comes is sure.
    let given: usize = thread::scope(|scope| {
        let asking = (0..3).map(|node| (stage.node(node), &token));
        let asking: Vec<_> =
            asking.map(|(node, token)| scope.spawn(move || let_through(&node, token, start))).collect();
        asking.into_iter().map(|node| node.join().unwrap()).sum()
    });
    let over = start.elapsed().as_secs_f64();
    // A burst, then the rate; and what two further nodes let through before they
    // heard of it: a second's worth each, and what was under way. Nodes that count
    // alone let through three bursts, and three times the rate.
    let (rate, asked) = (RATE as f64, given as f64);
    let most = rate * (4.0 + over) + 2.0 * rate + rate;
    assert!(asked <= most, "{given} requests in {over} s");
    let least = rate * (4.0 + LONG.as_secs_f64()) * 0.7;
    assert!(asked >= least, "{given} requests in {over} s");
}

/// How many requests a node lets through within the time.
fn let_through(node: &Front, token: &str, start: Instant) -> usize {
    let mut given = 0;
    while start.elapsed() < LONG {
        let answer = node.ask("GET", "/ims/oneroster/v1p1/users?limit=1", token, None).unwrap();
        assert!([200, 429].contains(&answer.status), "{answer:?}");
        given += usize::from(answer.status == 200);
    }
    given
}

/// The status of a request for a token with a wrong secret.
fn guess(node: &Front, app: &Value) -> u16 {
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", app["client_id"].as_str().unwrap()),
        ("client_secret", "a guess"),
    ];
    let answer = node.agent.post(format!("{}/oauth/token", node.base)).send_form(form).unwrap();
    answer.status().as_u16()
}

/// How many wrong secrets a node looks at before it makes one wait.
fn looked_at(node: &Front, app: &Value) -> usize {
    std::iter::from_fn(|| (guess(node, app) == 401).then_some(())).count()
}

#[test]
fn wrong_secrets_count_at_every_node() {
    let desk = Desk::new();
    let app = desk.json(0, "app add reader --scope roster.readonly");
    let stage = Stage::new(&desk, 3, "--rate off");
    let [first, second, third] = [0, 1, 2].map(|node| stage.node(node));
    // One of them is guessed at for some seconds, in which the others hear of it.
    assert_eq!(looked_at(&first, &app), 5);
    let (start, mut more) = (Instant::now(), 0);
    while more < 2 {
        more += looked_at(&first, &app);
        assert!(start.elapsed() < PATIENCE);
    }
    // The last guess they may not have heard of yet; alone they would look at five.
    for node in [&second, &third] {
        let looked = looked_at(node, &app);
        assert!(looked <= 1, "{looked}");
    }
    // A node that comes later knows it, too.
    stage.kill(0);
    stage.start(0);
    let looked = looked_at(&stage.node(0), &app);
    assert!(looked < 5, "{looked}");
}
