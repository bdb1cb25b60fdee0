//! Our own provider, read and written by our own client: every operation of
//! both versions, page by page, with nothing to repair.

use super::district::{graded, import};
use super::house::{Holder, House, operations};
use homeroom_store::access::{NewApp, ScopeSet};
use oneroster::at;
use oneroster::model::{Access, Kind, Method, Route, Shape, Version, View};
use oneroster::record::Record;
use oneroster::time::Timestamp;
use oneroster_client::probe::{Changes, Outcome, Try};
use oneroster_client::{Ask, Client, Config, Deleted, Edition, ErrorKind, Habit, Scopes, World, Written, equal, probe};
use secrecy::ExposeSecret;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

/// 2026-09-01T00:00:00Z, in milliseconds.
const START: i64 = 1_788_220_800_000;

fn district(students: usize) -> House {
    let house = House::new();
    import(&house.roster(), &graded(students), Timestamp(START));
    house
}

fn config(house: &House, version: Version) -> Config {
    Config::new(&format!("http://{}", house.address)).unwrap().edition(version.into())
}

fn all_scopes() -> String {
    ScopeSet::all_names().join(" ")
}

/// A client with every scope of a version; the token URL is for it to find.
fn client(house: &House, version: Version) -> Client {
    let Holder { app, secret } = house.app(&format!("puller {version}"), &all_scopes());
    let names = operations().filter(|(_, v)| *v == version).flat_map(|(route, v)| route.access.scopes(v));
    let mut scopes: Vec<String> = names.map(|name| (*name).to_owned()).collect();
    scopes.sort_unstable();
    scopes.dedup();
    let config = config(house, version).oauth2(app.client_id, secret).scopes(Scopes::Named(scopes)).page_size(7);
    Client::new(config).unwrap()
}

/// Identifiers of records that are there, for the parameters of a path.
fn ids(route: &Route) -> Vec<&'static str> {
    let of_kind = |kind: Kind, views: &[View]| match kind {
        Kind::Org => "s",
        Kind::AcademicSession if views.contains(&View::Typed("gradingPeriod")) => "g",
        Kind::AcademicSession => "t",
        Kind::Course => "co",
        Kind::Class => "c1",
        Kind::User if views.contains(&View::Holds(oneroster::model::Role::Teacher)) => "t1",
        Kind::Enrollment => "e-u000",
        Kind::Resource => "res-1",
        Kind::Category => "homework",
        Kind::ScoreScale => "letters",
        Kind::LineItem => "li1",
        Kind::Result => "g-u000",
        _ => "u000",
    };
    let parents = route.parents.iter().map(|parent| of_kind(parent.kind, parent.view.as_slice()));
    let own = (route.shape == Shape::Single).then(|| of_kind(route.kind, route.views));
    parents.chain(own).collect()
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(test);
}

#[test]
fn every_read_of_both_versions_comes_whole_and_needs_no_repair() {
    let house = district(20);
    for version in Version::ALL {
        let client = client(&house, version);
        run(async {
            let reads = operations().filter(|(route, v)| *v == version && route.method == Method::Get);
            // Nobody has taken an assessment.
            for (route, _) in reads.filter(|(route, _)| route.access != Access::Assessment) {
                let ask = Ask::route(route).below(ids(route));
                if route.shape == Shape::Single {
                    let one = client.one(&ask).await.unwrap_or_else(|e| panic!("{version} {}: {e}", route.path));
                    assert_eq!(Some(&one.sourced_id.as_str()), ids(route).last(), "{}", route.path);
                    continue;
                }
                let mut records = client.records(ask).unwrap();
                let mut count = 0;
                while let Some(record) =
                    records.next().await.unwrap_or_else(|e| panic!("{version} {}: {e}", route.path))
                {
                    assert!(record.kind() == route.kind && record.modified.is_some(), "{}", route.path);
                    count += 1;
                }
                assert!(count > 0, "{version} {}", route.path);
                assert!(records.ending().is_whole(), "{version} {}: {:?}", route.path, records.ending());
                assert!(records.unreadable().is_empty() && records.pages().confirm().await.unwrap());
            }
        });
        let met = client.findings().list();
        assert!(met.iter().all(|finding| finding.habit == Habit::TokenUrlDiscovered), "{version}: {met:?}");
    }
}

#[test]
fn filters_fields_orders_and_changes_are_asked_for() {
    let house = district(20);
    let client = client(&house, Version::V1P2);
    run(async {
        let one = Ask::all(Kind::User).filter(equal("email", "u003@school.test")).fields(["sourcedId", "familyName"]);
        let found = client.records(one).unwrap().all().await.unwrap();
        assert_eq!((found.len(), found[0].sourced_id.as_str()), (1, "u003"));
        assert_eq!((found[0].get(at!(User.familyName)), found[0].get(at!(User.email))), (Some("O'Brien"), None));
        assert_eq!(client.count(Ask::all(Kind::User).filter(equal("familyName", "O'Brien"))).await.unwrap(), Some(22));
        let sorted = Ask::all(Kind::User).sorted("sourcedId", true);
        assert_eq!(client.records(sorted).unwrap().next().await.unwrap().unwrap().sourced_id, "u019");
        let later = Ask::all(Kind::User).changed_since(Timestamp(START + 1));
        assert_eq!(client.count(later).await.unwrap(), Some(0));
        let error = client.records(Ask::all(Kind::User).filter("shoeSize='1'")).unwrap().next().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadRequest);
        assert_eq!(error.failure().unwrap().minor.as_deref(), Some("invalid_filter_field"));
        let error = client.one(&Ask::operation("getUser").unwrap().below(["nobody"])).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::NotFound);
    });
}

#[test]
fn grades_are_put_read_and_deleted() {
    let house = district(4);
    for version in Version::ALL {
        let client = client(&house, version);
        run(async {
            let ask = |operation: &str| Ask::operation(operation).unwrap().below(["r-new"]);
            let mut result = Record::new(Kind::Result);
            result.sourced_id.push_str("r-new");
            result.push(at!(Result.lineItem), "li1");
            result.push(at!(Result.student), "u000");
            result.push(at!(Result.scoreStatus), "fully graded");
            result.push(at!(Result.scoreDate), "2026-09-19");
            result.push(at!(Result.score), "77.5");
            assert_eq!(client.put(&ask("putResult"), &result).await.unwrap(), Written::Created, "{version}");
            result.set(at!(Result.score), "78");
            assert_eq!(client.put(&ask("putResult"), &result).await.unwrap(), Written::Stored);
            assert_eq!(client.one(&ask("getResult")).await.unwrap().get(at!(Result.score)), Some("78"));
            assert_eq!(client.delete(&ask("deleteResult")).await.unwrap(), Deleted::Now);
            assert_eq!(client.delete(&ask("deleteResult")).await.unwrap(), Deleted::Before);
        });
    }
}

#[test]
fn posted_grades_get_identifiers() {
    let house = district(4);
    let client = client(&house, Version::V1P2);
    run(async {
        let mut result = Record::new(Kind::Result);
        result.sourced_id.push_str("temporary");
        result.push(at!(Result.lineItem), "li1");
        result.push(at!(Result.student), "u002");
        result.push(at!(Result.scoreStatus), "exempt");
        result.push(at!(Result.scoreDate), "2026-09-19");
        let ask = Ask::operation("postResultsForLineItem").unwrap().below(["li1"]);
        let pairs = client.post(&ask, &[result.clone()]).await.unwrap();
        assert_eq!(pairs[0].supplied, "temporary");
        let back = Ask::operation("getResult").unwrap().below([pairs[0].allocated.as_str()]);
        assert_eq!(client.one(&back).await.unwrap().get(at!(Result.scoreStatus)), Some("exempt"));
        result.set(at!(Result.student), "nobody");
        let error = client.post(&ask, &[result]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused, "{error}");
    });
}

/// A second ahead: never of before the server's start, however quick a test is.
struct Ahead(oneroster_client::System);

impl World for Ahead {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.now().0 + 1000)
    }
    fn sleep(&self, time: Duration) -> oneroster_client::Wait {
        self.0.sleep(time)
    }
    fn nonce(&self) -> String {
        self.0.nonce()
    }
}

#[test]
fn signed_requests_are_taken() {
    let house = district(20);
    let new = NewApp { signs: true, ..NewApp::new("signer", ScopeSet::parse("roster-core.readonly roster.readonly")) };
    let (app, secret) = house.access.add("test", &new).unwrap();
    let world = Arc::new(Ahead(oneroster_client::System));
    let config = config(&house, Version::V1P1).oauth1(app.client_id, secret.expose_secret().to_owned()).page_size(9);
    let client = Client::new(config.world(world)).unwrap();
    run(async {
        let ask = Ask::all(Kind::User).filter(equal("familyName", "O'Brien"));
        let mut records = client.records(ask).unwrap();
        let mut count = 0;
        while records.next().await.unwrap().is_some() {
            count += 1;
        }
        assert_eq!((count, records.ending().pages), (22, 3));
    });
}

#[test]
fn the_version_is_found_out() {
    let house = district(4);
    let Holder { app, secret } = house.app("detective", "roster-core.readonly roster.readonly");
    run(async {
        let config = Config::new(&format!("http://{}", house.address)).unwrap();
        let found = oneroster_client::detect(config.clone().oauth2(app.client_id, secret)).await.unwrap();
        assert_eq!(found.edition(), Edition::V1P2);
        let error = oneroster_client::detect(config.oauth2("nobody", "nothing")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::SignIn);
    });
}

#[test]
fn our_own_provider_passes_its_probe() {
    let house = district(20);
    for version in Version::ALL {
        let client = client(&house, version);
        run(async {
            let report = probe(&client).await.unwrap();
            let words = report.words().join("\n");
            assert!(report.paging.totals && report.collections.iter().all(|c| c.failure.is_none()), "{words}");
            let works = |tried: &Try| matches!(tried.outcome, Outcome::Works | Outcome::Untried);
            assert!(report.tries.iter().all(works), "{words}");
            assert!(report.tries.iter().filter(|tried| tried.outcome == Outcome::Works).count() > 12, "{words}");
            // It was filled in one run.
            assert_eq!(report.changes, Changes::OneInstant);
            assert!(!words.contains("O'Brien") && !words.contains("@school.test"), "{words}");
        });
    }
}

#[test]
fn the_students_of_a_class_come_in_one_line() {
    let house = district(20);
    let client = client(&house, Version::V1P2);
    run(async {
        let found = client.students().in_class(" C1 ").get().await.unwrap();
        assert_eq!((found.people.len(), found.unknown.len()), (10, 0));
        let found = client.teachers().of_course("algebra").at_school("School").get().await.unwrap();
        assert_eq!(found.people.len(), 2);
        let offered = client.learn_offered().await.unwrap();
        let offers = |(route, version): (&Route, Version)| version == Version::V1P1 || offered.has(route);
        assert!(offered.is_told() && operations().all(|(route, version)| offers((route, version))));
    });
}
