//! Records that several sources send, and people under several identifiers.

use crate::district::{Bench, Engine, START, person, record, run, seen, small};
use homeroom_store::intake::{Compared, Merge, Plan};
use homeroom_store::{Deed, Run, RunState, Written};
use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster::time::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

on_both_engines!(
    each_field_is_of_its_authority_as_long_as_that_sends_it,
    without_an_order_a_second_owner_collides,
    the_order_of_imports_does_not_matter,
    what_claims_made_is_taken_back_with_its_run,
    rows_that_two_send_stay_as_long_as_one_does,
    two_people_become_one_and_stay_one,
    what_was_made_one_is_two_again_by_its_run,
    what_was_made_one_is_two_again_by_name,
    any_people_become_one_and_two_again,
    one_source_may_know_a_person_twice,
    who_is_forgotten_leaves_no_claims,
    another_order_makes_another_record_of_the_same_claims,
);

fn stored(bench: &Bench, kind: Kind, id: &str) -> Option<Record> {
    seen(bench).get(&(kind, id.to_owned())).map(|packed| Record::unpack(kind, id, packed).unwrap())
}

/// A roster whose sources have an order.
fn ordered(engine: Engine, orders: &[(&str, &str)]) -> Bench {
    let bench = Bench::new(engine);
    for source in ["sis", "hr", "lib"] {
        bench.roster.source(source).unwrap();
    }
    for (key, order) in orders {
        bench.roster.set(homeroom_store::precedence::SCOPE, key, Some(order)).unwrap();
    }
    bench
}

/// The usual order: the SIS is right, but of e-mail, of which HR is.
const USUAL: &[(&str, &str)] = &[("*", "sis,hr,lib"), ("users.email", "hr,sis")];

/// What HR sends of one teacher.
fn staff(id: &str, email: &str) -> Vec<Record> {
    let user = [
        (at!(User.enabledUser), "true"),
        (at!(User.username), "staff"),
        (at!(User.givenName), "Augusta"),
        (at!(User.familyName), "King"),
        (at!(User.email), email),
    ];
    let role =
        [(at!(Role.user), id), (at!(Role.roleType), "secondary"), (at!(Role.role), "aide"), (at!(Role.org), "s")];
    vec![record(Kind::User, id, &user), record(Kind::Role, &format!("hr-{id}"), &role)]
}

/// Applies what a comparison came to.
fn apply(bench: &Bench, compared: Compared, deed: Deed) -> (Written, Plan) {
    assert_eq!(compared.collided, 0);
    let plan = compared.plan.clone();
    let source = bench.roster.source("people").unwrap();
    let run = Run { deed, state: RunState::Applied, plan: plan.clone(), ..Run::begun(source, Timestamp(START)) };
    (bench.roster.apply(compared, &run, Timestamp(START)).unwrap(), plan)
}

fn undo(bench: &Bench, (written, plan): &(Written, Plan)) {
    let taken = bench.roster.take_back(written.published.unwrap(), plan, false).unwrap();
    assert_eq!(taken.stays, []);
    apply(bench, taken.compared, Deed::Undo);
}

fn text(record: &Record, field: u8) -> &str {
    record.get(field).unwrap_or_default()
}

fn each_field_is_of_its_authority_as_long_as_that_sends_it(engine: Engine) {
    let mut bench = ordered(engine, USUAL);
    bench.import("sis", &small(3));
    let before = seen(&bench);
    let hr = staff("t1", "t1@hr");
    let (_, plan) = bench.import("hr", &hr);
    assert_eq!((plan.clone().of(Kind::User).changed, plan.clone().of(Kind::Role).added), (1, 1), "{plan:?}");
    let both = stored(&bench, Kind::User, "t1").unwrap();
    assert_eq!([at!(User.givenName), at!(User.email)].map(|at| text(&both, at)), ["Ada", "t1@hr"]);
    assert_eq!(both.rows(at!(User.roles)).count(), 2);
    // Neither has news.
    for (source, records) in [("hr", hr.clone()), ("sis", small(3)), ("hr", hr.clone())] {
        assert!(bench.import(source, &records).1.is_nothing(), "{source}");
    }
    let together = seen(&bench);
    // Who leaves the SIS stays with HR, as HR knows them.
    let mut without = small(3);
    without.retain(|record| !record.sourced_id.ends_with("t1"));
    let (_, plan) = bench.import("sis", &without);
    assert_eq!((plan.clone().of(Kind::User).changed, plan.clone().of(Kind::User).removed), (1, 0), "{plan:?}");
    let left = stored(&bench, Kind::User, "t1").unwrap();
    assert_eq!([at!(User.givenName), at!(User.email)].map(|at| text(&left, at)), ["Augusta", "t1@hr"]);
    assert_eq!(left.rows(at!(User.roles)).map(|row| row.sourced_id.as_str()).collect::<Vec<_>>(), ["hr-t1"]);
    assert!(bench.import("hr", &hr).1.is_nothing());
    // And it is HR's to remove now.
    bench.import("sis", &small(3));
    assert!(seen(&bench) == together);
    bench.import("hr", &staff("t2", ""));
    let t1 = stored(&bench, Kind::User, "t1").unwrap();
    assert_eq!(before.get(&(Kind::User, "t1".into())).unwrap().len(), {
        let mut packed = Vec::new();
        t1.clone().pack(&mut packed);
        packed.len()
    });
    assert_eq!(text(&t1, at!(User.email)), "");
    bench.import("sis", &without);
    assert!(stored(&bench, Kind::User, "t1").is_none());
}

fn without_an_order_a_second_owner_collides(engine: Engine) {
    let mut bench = ordered(engine, &[("users", "sis,hr")]);
    bench.import("sis", &small(2));
    let lib = bench.roster.source("lib").unwrap();
    let compared = bench.compare(lib, &staff("t1", ""));
    assert_eq!((compared.collided, compared.collisions[0].kind), (1, Kind::User));
    // The order of people does not speak of schools.
    let hr = bench.roster.source("hr").unwrap();
    let org = record(Kind::Org, "s", &[(at!(Org.name), "Other"), (at!(Org.type), "school")]);
    assert_eq!(bench.compare(hr, &[org]).collided, 1);
    assert_eq!(bench.compare(hr, &staff("t1", "")).collided, 0);
}

/// What a source may say of four people: none, or a name, an e-mail address and
/// whether a role comes along.
type Says = Vec<Option<(String, String, bool)>>;

fn says(source: &str, people: &Says) -> Vec<Record> {
    let mut all = Vec::new();
    for (at, said) in people.iter().enumerate() {
        let Some((name, email, role)) = said else { continue };
        let id = format!("p{at}");
        let mut user = record(Kind::User, &id, &[(at!(User.enabledUser), "true"), (at!(User.username), source)]);
        user.set(at!(User.givenName), name);
        user.set(at!(User.email), email);
        user.push_pair(at!(User.userIds), source, &id);
        all.push(user);
        if *role {
            // Some rows inside are sent by all of them, too.
            let own = if name == "a" { format!("r-{at}") } else { format!("r-{source}-{at}") };
            let word = if email.is_empty() { "aide" } else { "teacher" };
            let values =
                [(at!(Role.user), &*id), (at!(Role.roleType), "primary"), (at!(Role.role), word), (at!(Role.org), "s")];
            all.push(record(Kind::Role, &own, &values));
        }
    }
    // A file that is there without rows says that nobody is left.
    all
}

fn said() -> impl Strategy<Value = Says> {
    let one = proptest::option::weighted(0.8, ("[ab]", "[xy]?", any::<bool>()));
    proptest::collection::vec(one, 4).prop_map(|mut all| {
        // Packages have somebody: an empty one would speak of nothing.
        all[0].get_or_insert_with(|| ("b".into(), "x".into(), true));
        if let Some(first) = &mut all[0] {
            first.2 = true;
        }
        all
    })
}

fn the_order_of_imports_does_not_matter(engine: Engine) {
    let cases = if engine == Engine::Sqlite { 40 } else { 6 };
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let sources = ["sis", "hr", "lib"];
    let way = proptest::collection::vec((0usize..3, said()), 0..5);
    runner
        .run(
            &(way, proptest::collection::vec(said(), 3), Just(()).prop_perturb(|(), mut rng| rng.random::<u64>())),
            |(way, last, seed)| {
                let orders: &[(&str, &str)] =
                    &[("*", "sis,hr,lib"), ("users.email", "lib,hr"), ("roles", "hr,lib,sis")];
                let ground = vec![record(Kind::Org, "s", &[(at!(Org.name), "School"), (at!(Org.type), "school")])];
                let mut straight = ordered(engine, orders);
                straight.import("ground", &ground);
                let mut crooked = ordered(engine, orders);
                crooked.import("ground", &ground);
                for (source, said) in &way {
                    crooked.import(sources[*source], &says(sources[*source], said));
                }
                for at in 0..3 {
                    straight.import(sources[at], &says(sources[at], &last[at]));
                }
                let mut order = [0, 1, 2];
                order.rotate_left((seed % 3) as usize);
                if seed % 2 == 0 {
                    order.reverse();
                }
                for at in order {
                    crooked.import(sources[at], &says(sources[at], &last[at]));
                }
                prop_assert_eq!(seen(&straight), seen(&crooked));
                for at in 0..3 {
                    let again = crooked.import(sources[at], &says(sources[at], &last[at])).1;
                    prop_assert!(again.is_nothing(), "{}: {:?}", sources[at], again);
                }
                Ok(())
            },
        )
        .unwrap();
}

fn what_claims_made_is_taken_back_with_its_run(engine: Engine) {
    let mut bench = ordered(engine, USUAL);
    bench.import("sis", &small(3));
    let before = seen(&bench);
    let came = bench.import("hr", &staff("t1", "t1@hr"));
    let after = seen(&bench);
    undo(&bench, &came);
    assert!(seen(&bench) == before);
    // The SIS is alone again: what it removes is gone.
    assert!(bench.import("sis", &small(3)).1.is_nothing());
    let again = bench.import("hr", &staff("t1", "t1@hr"));
    assert!(seen(&bench) == after && again.1 == came.1);
    let mut without = small(3);
    without.retain(|record| !record.sourced_id.ends_with("t1"));
    let went = bench.import("sis", &without);
    undo(&bench, &went);
    assert!(seen(&bench) == after);
    assert!(bench.import("sis", &small(3)).1.is_nothing());
    assert!(bench.import("hr", &staff("t1", "t1@hr")).1.is_nothing());
}

fn rows_that_two_send_stay_as_long_as_one_does(engine: Engine) {
    let mut bench = ordered(engine, USUAL);
    bench.import("sis", &small(2));
    let before = seen(&bench);
    // The same records from another system: nothing changes.
    let (_, plan) = bench.import("hr", &small(2));
    assert!(plan.is_nothing(), "{plan:?}");
    assert!(seen(&bench) == before);
    let mut without = small(2);
    without.retain(|record| !record.sourced_id.ends_with("u001"));
    assert!(bench.import("sis", &without).1.is_nothing());
    assert!(seen(&bench) == before);
    let (_, plan) = bench.import("hr", &without);
    let mut plan = plan;
    assert_eq!([Kind::User, Kind::Role, Kind::Enrollment].map(|kind| plan.of(kind).removed), [1, 1, 1], "{plan:?}");
}

fn pair(keep: &str, other: &str) -> Merge {
    Merge { keep: keep.into(), other: other.into(), label: "hr".into() }
}

/// HR's person under an identifier of its own, with all that may name them.
fn other_system() -> Vec<Record> {
    let mut hr = staff("h1", "h1@hr");
    hr.push(record(Kind::Demographics, "h1", &[(at!(Demographics.birthDate), "1815-12-10")]));
    let child = [(at!(User.enabledUser), "true"), (at!(User.givenName), "Byron"), (at!(User.agents), "h1")];
    hr.push(record(Kind::User, "h2", &child));
    let seat = [
        (at!(Enrollment.class), "c2"),
        (at!(Enrollment.school), "s"),
        (at!(Enrollment.user), "h1"),
        (at!(Enrollment.role), "aide"),
    ];
    hr.push(record(Kind::Enrollment, "e-h1", &seat));
    hr
}

fn two_people_become_one_and_stay_one(engine: Engine) {
    let mut bench = ordered(engine, USUAL);
    bench.import("sis", &small(3));
    bench.import("hr", &other_system());
    let compared = bench.roster.merge(&[pair("t1", "h1")]).unwrap();
    let (written, plan) = apply(&bench, compared, Deed::Import);
    assert!(written.published.is_some());
    assert_eq!((plan.clone().of(Kind::User).removed, plan.clone().of(Kind::Enrollment).changed), (1, 1), "{plan:?}");
    let one = stored(&bench, Kind::User, "t1").unwrap();
    assert_eq!([at!(User.givenName), at!(User.email)].map(|at| text(&one, at)), ["Ada", "h1@hr"]);
    assert_eq!(one.pairs(at!(User.userIds)).collect::<Vec<_>>(), [("hr", "h1")]);
    assert_eq!(one.rows(at!(User.roles)).count(), 2);
    assert!(one.rows(at!(User.roles)).all(|role| role.get(at!(Role.user)) == Some("t1")));
    assert!(stored(&bench, Kind::User, "h1").is_none());
    assert!(stored(&bench, Kind::Demographics, "h1").is_none());
    assert!(stored(&bench, Kind::Demographics, "t1").is_some());
    assert_eq!(text(&stored(&bench, Kind::Enrollment, "e-h1").unwrap(), at!(Enrollment.user)), "t1");
    assert_eq!(text(&stored(&bench, Kind::User, "h2").unwrap(), at!(User.agents)), "t1");
    let merged = seen(&bench);
    // Who comes again is known.
    for (source, records) in [("hr", other_system()), ("sis", small(3)), ("hr", other_system())] {
        let plan = bench.import(source, &records).1;
        assert!(plan.is_nothing(), "{source}: {plan:?}");
    }
    assert!(seen(&bench) == merged);
    // HR's people go where the person is, and what HR says counts.
    let mut hr = other_system();
    hr[0].set(at!(User.email), "new@hr");
    bench.import("hr", &hr);
    assert_eq!(text(&stored(&bench, Kind::User, "t1").unwrap(), at!(User.email)), "new@hr");
    // Once the SIS has nobody, HR's remains, under the identifier that stands.
    let mut without = small(3);
    without.retain(|record| !record.sourced_id.ends_with("t1"));
    bench.import("sis", &without);
    let left = stored(&bench, Kind::User, "t1").unwrap();
    assert_eq!((text(&left, at!(User.givenName)), left.pairs(at!(User.userIds)).count()), ("Augusta", 1));
    assert!(bench.import("hr", &hr).1.is_nothing());
    bench.import("sis", &small(3));
    assert_eq!(text(&stored(&bench, Kind::User, "t1").unwrap(), at!(User.givenName)), "Ada");
}

fn what_was_made_one_is_two_again_by_its_run(engine: Engine) {
    let mut bench = ordered(engine, USUAL);
    bench.import("sis", &small(3));
    bench.import("hr", &other_system());
    let before = seen(&bench);
    let compared = bench.roster.merge(&[pair("t1", "h1")]).unwrap();
    let merged = apply(&bench, compared, Deed::Import);
    undo(&bench, &merged);
    assert!(seen(&bench) == before);
    assert!(bench.roster.merges().unwrap().is_empty());
    for (source, records) in [("hr", other_system()), ("sis", small(3))] {
        assert!(bench.import(source, &records).1.is_nothing(), "{source}");
    }
    let refused = bench.roster.merge(&[pair("t1", "nobody")]).unwrap_err();
    assert!(refused.to_string().contains("no person nobody"), "{refused}");
    assert!(bench.roster.merge(&[pair("t1", "h1"), pair("h1", "t2")]).is_err());
    assert!(bench.roster.part("h1").is_err());
}

fn what_was_made_one_is_two_again_by_name(engine: Engine) {
    let mut bench = ordered(engine, USUAL);
    bench.import("sis", &small(3));
    bench.import("hr", &other_system());
    let compared = bench.roster.merge(&[pair("t1", "h1")]).unwrap();
    apply(&bench, compared, Deed::Import);
    // Much has happened since.
    let mut hr = other_system();
    hr[0].set(at!(User.email), "new@hr");
    let seat = [
        (at!(Enrollment.class), "c1"),
        (at!(Enrollment.school), "s"),
        (at!(Enrollment.user), "h1"),
        (at!(Enrollment.role), "aide"),
    ];
    hr.push(record(Kind::Enrollment, "e2-h1", &seat));
    bench.import("hr", &hr);
    let mut sis = small(3);
    sis.iter_mut().filter(|record| record.sourced_id == "t1").for_each(|t1| t1.set(at!(User.givenName), "Grace"));
    bench.import("sis", &sis);
    let compared = bench.roster.part("h1").unwrap();
    apply(&bench, compared, Deed::Import);
    // It is as if they had never been one.
    let mut apart = ordered(engine, USUAL);
    apart.import("sis", &sis);
    apart.import("hr", &hr);
    assert_eq!(seen(&bench), seen(&apart));
    for (source, records) in [("hr", hr), ("sis", sis)] {
        let plan = bench.import(source, &records).1;
        assert!(plan.is_nothing(), "{source}: {plan:?}");
    }
    assert!(bench.roster.merges().unwrap().is_empty());
}

fn any_people_become_one_and_two_again(engine: Engine) {
    let cases = if engine == Engine::Sqlite { 30 } else { 5 };
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let pairs = proptest::collection::btree_map(0usize..4, 0usize..4, 1..3);
    runner
        .run(&(said(), said(), pairs, any::<bool>()), |(sis, hr, pairs, by_name)| {
            let mut bench = ordered(engine, USUAL);
            let ground = vec![record(Kind::Org, "s", &[(at!(Org.name), "School"), (at!(Org.type), "school")])];
            bench.import("ground", &ground);
            let ours = says("sis", &sis);
            // HR's people have identifiers of their own.
            let mut theirs = says("hr", &hr);
            for one in &mut theirs {
                one.sourced_id.insert(0, 'h');
                if one.kind() == Kind::Role {
                    let user = format!("h{}", text(one, at!(Role.user)));
                    one.set(at!(Role.user), &user);
                }
            }
            bench.import("sis", &ours);
            bench.import("hr", &theirs);
            let before = seen(&bench);
            let there = |id: &str| before.contains_key(&(Kind::User, id.to_owned()));
            let pairs: Vec<Merge> = pairs
                .iter()
                .map(|(other, keep)| pair(&format!("p{keep}"), &format!("hp{other}")))
                .filter(|pair| there(&pair.keep) && there(&pair.other))
                .collect();
            if pairs.is_empty() {
                return Ok(());
            }
            let compared = bench.roster.merge(&pairs).unwrap();
            let merged = apply(&bench, compared, Deed::Import);
            for (source, records) in [("sis", &ours), ("hr", &theirs)] {
                let plan = bench.import(source, records).1;
                prop_assert!(plan.is_nothing(), "{}: {:?}", source, plan);
            }
            if by_name {
                for one in &pairs {
                    let compared = bench.roster.part(&one.other).unwrap();
                    apply(&bench, compared, Deed::Import);
                }
            } else {
                undo(&bench, &merged);
            }
            prop_assert_eq!(seen(&bench), before);
            for (source, records) in [("sis", &ours), ("hr", &theirs)] {
                let plan = bench.import(source, records).1;
                prop_assert!(plan.is_nothing(), "{}: {:?}", source, plan);
            }
            Ok(())
        })
        .unwrap();
}

fn one_source_may_know_a_person_twice(engine: Engine) {
    let mut bench = ordered(engine, &[]);
    let mut district = small(3);
    person(&mut district, "u900", "student", "c2");
    bench.import("sis", &district);
    let before = seen(&bench);
    let compared = bench.roster.merge(&[pair("u000", "u900")]).unwrap();
    apply(&bench, compared, Deed::Import);
    let merged = seen(&bench);
    assert_eq!(text(&stored(&bench, Kind::Enrollment, "e-u900").unwrap(), at!(Enrollment.user)), "u000");
    for _ in 0..2 {
        let plan = bench.import("sis", &district).1;
        assert!(plan.is_nothing(), "{plan:?}");
    }
    district.reverse();
    assert!(bench.import("sis", &district).1.is_nothing());
    assert!(seen(&bench) == merged);
    // The system sends the second no more: the first stays.
    let (mut second, mut first) = (district.clone(), district.clone());
    second.retain(|record| !record.sourced_id.ends_with("u900"));
    bench.import("sis", &second);
    let one = stored(&bench, Kind::User, "u000").unwrap();
    assert_eq!((one.rows(at!(User.roles)).count(), one.pairs(at!(User.userIds)).count()), (1, 0));
    bench.import("sis", &district);
    assert!(seen(&bench) == merged);
    // And the other way round it is still the same person.
    first.retain(|record| !record.sourced_id.ends_with("u000"));
    bench.import("sis", &first);
    let one = stored(&bench, Kind::User, "u000").unwrap();
    assert_eq!((text(&one, at!(User.username)), one.pairs(at!(User.userIds)).count()), ("u900", 1));
    bench.import("sis", &district);
    let compared = bench.roster.part("u900").unwrap();
    apply(&bench, compared, Deed::Import);
    bench.import("sis", &district);
    assert_eq!(seen(&bench), before);
}

fn who_is_forgotten_leaves_no_claims(engine: Engine) {
    let mut bench = ordered(engine, USUAL);
    bench.import("sis", &small(3));
    bench.import("hr", &other_system());
    let compared = bench.roster.merge(&[pair("t1", "h1")]).unwrap();
    apply(&bench, compared, Deed::Import);
    let names: Vec<String> = bench.roster.records_of("t1").unwrap().into_iter().map(|(.., id)| id).collect();
    assert!(names.contains(&"h1".to_owned()), "{names:?}");
    bench.roster.forget("t1", Timestamp(START + 90_000_000)).unwrap();
    assert!(bench.roster.merges().unwrap().is_empty());
    // Nothing of what either said is left in the files.
    for file in bench.files() {
        let bytes = std::fs::read(&file).unwrap();
        for word in ["h1@hr", "Augusta"] {
            assert!(!bytes.windows(word.len()).any(|part| part == word.as_bytes()), "{word} in {}", file.display());
        }
    }
    let number = bench.roster.source("hr").unwrap();
    let compared = bench.compare(number, &other_system());
    assert_eq!(compared.collided, 0);
    let _ = run(number, &compared);
}

fn another_order_makes_another_record_of_the_same_claims(engine: Engine) {
    let cases = if engine == Engine::Sqlite { 20 } else { 4 };
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    runner
        .run(&proptest::collection::vec(said(), 3), |said| {
            let ground = vec![record(Kind::Org, "s", &[(at!(Org.name), "School"), (at!(Org.type), "school")])];
            let orders: &[(&str, &str)] = &[("*", "lib,hr,sis"), ("users.email", "sis,lib"), ("roles", "sis,lib,hr")];
            let (mut before, mut after) = (ordered(engine, USUAL), ordered(engine, orders));
            for bench in [&mut before, &mut after] {
                bench.import("ground", &ground);
                for (source, said) in ["sis", "hr", "lib"].iter().zip(&said) {
                    bench.import(source, &says(source, said));
                }
            }
            let all: Vec<(String, String)> =
                orders.iter().map(|(key, order)| ((*key).to_owned(), (*order).to_owned())).collect();
            let compared = before.roster.resettle(&all).unwrap();
            apply(&before, compared, Deed::Settle);
            for (key, order) in orders {
                before.roster.set(homeroom_store::precedence::SCOPE, key, Some(order)).unwrap();
            }
            prop_assert_eq!(seen(&before), seen(&after));
            let again = before.roster.resettle(&all).unwrap();
            prop_assert!(again.plan.is_nothing(), "{:?}", again.plan);
            for (source, said) in ["sis", "hr", "lib"].iter().zip(&said) {
                let plan = before.import(source, &says(source, said)).1;
                prop_assert!(plan.is_nothing(), "{}: {:?}", source, plan);
            }
            Ok(())
        })
        .unwrap();
}
