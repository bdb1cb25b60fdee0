//! A generated district with a gradebook, served, and a runner before it.

use super::super::district;
use super::super::house::{Holder, House};
use homeroom::conformance::{Base, Credentials, Options, Report, run};
use homeroom::generate::{self, generate};
use homeroom::intake::{Request, Step, Watcher, import};
use homeroom::system::System;
use homeroom_store::access::{NewApp, Outside as _, ScopeSet};
use homeroom_store::intake::Plan;
use homeroom_store::{Roster, RunState};
use oneroster::model::{Edition, Version};
use oneroster::validate;
use secrecy::ExposeSecret as _;
use std::net::SocketAddr;

/// A served district and an application that was granted everything.
pub struct Ground {
    pub house: House,
    pub holder: Holder,
    /// An application that signs.
    pub signer: Holder,
    /// Where the runner is sent.
    pub address: SocketAddr,
}

impl Ground {
    pub fn new() -> Ground {
        Ground::of(300, None)
    }

    /// One of so many students, that may be known by another address, which
    /// leads to it.
    pub fn of(students: u32, known_as: Option<SocketAddr>) -> Ground {
        let house = known_as.map_or_else(House::new, |address| House::known_as(&format!("http://{address}")));
        let roster = Roster::open(&house.url()).unwrap();
        generated(&roster, students);
        district::import(&roster, &district::graded(6), System.now());
        let scopes = ScopeSet::all_names().join(" ");
        let holder = house.app("conformance", &scopes);
        let new = NewApp { signs: true, ..NewApp::new("signer", ScopeSet::parse(&scopes)) };
        let (app, secret) = house.access.add("test", &new).unwrap();
        let signer = Holder { app, secret: secret.expose_secret().to_owned() };
        let address = known_as.unwrap_or(house.address);
        Ground { house, holder, signer, address }
    }

    /// What to prove of it.
    pub fn options(&self, versions: &[Version], only: &[&str]) -> Options {
        Options {
            base: Base::parse(&format!("http://{}", self.address), false).unwrap(),
            versions: versions.to_vec(),
            credentials: Credentials::OAuth2 {
                token_url: Some(format!("http://{}/oauth/token", self.address)),
                client_id: self.holder.app.client_id.to_string(),
                secret: self.holder.secret.clone().into(),
            },
            write: true,
            show_values: true,
            only: only.iter().map(|id| (*id).to_owned()).collect(),
        }
    }

    /// The same by signed requests, of 1.1.
    pub fn signed(&self, only: &[&str]) -> Options {
        let (key, secret) = (self.signer.app.client_id.to_string(), self.signer.secret.clone().into());
        Options { credentials: Credentials::OAuth1 { key, secret }, ..self.options(&[Version::V1P1], only) }
    }

    pub fn run(&self, options: &Options) -> Report {
        run(options, &System, |_| {}).unwrap()
    }
}

/// Imports a synthetic district, from a source of its own.
fn generated(roster: &Roster, students: u32) {
    let folder = tempfile::tempdir().unwrap();
    let package = folder.path().join("d.zip");
    let district = generate::Options { edition: Edition::V1P2, students, seed: 1, day: 0, gradebook: false };
    generate(&district, &package).unwrap();
    let now = || System.now();
    let request = Request {
        package,
        source: "generated".into(),
        dry_run: false,
        max_removed: None,
        max_rejected: None,
        rekey: None,
        nested_whole: false,
        met: Vec::new(),
        who: "test".to_owned(),
        options: validate::Options::careful(now()),
    };
    let ended = import(roster, &request, &now, &mut Everything).unwrap();
    assert_eq!(ended.state, RunState::Applied);
}

/// Approves everything.
struct Everything;

impl Watcher for Everything {
    fn step(&mut self, _: Step) {}
    fn plan(&mut self, _: &Plan, _: &validate::Report) {}
    fn approved(&self) -> bool {
        true
    }
    fn approve(&mut self) -> bool {
        true
    }
}
