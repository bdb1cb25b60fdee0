//! How long one record takes from its packed form to JSON.
//!
//! `cargo run --release -p oneroster --example render` prints nanoseconds and
//! bytes per record: the median of nine rounds, with the fastest and slowest.

#![expect(clippy::print_stdout, reason = "a program that prints what it measured")]

use oneroster::at;
use oneroster::json::{Bases, Plan, Row};
use oneroster::model::{Kind, Slot, Version};
use oneroster::record::{Record, Status};
use oneroster::time::Timestamp;
use std::hint::black_box;
use std::time::Instant;

const PAGE: usize = 100;
const PAGES: usize = 2_000;

fn user(n: usize) -> Record {
    let mut user = Record::new(Kind::User);
    user.sourced_id = format!("us-st-{n:08}");
    user.push(at!(User.enabledUser), "true");
    user.push(at!(User.orgs), "org-hs-0001");
    user.push(at!(User.role), "student");
    user.push(at!(User.username), &format!("zoe.nakata{n}"));
    user.push_pair(at!(User.userIds), "LDAP", &format!("znakata{n}"));
    user.push(at!(User.givenName), "Zoë");
    user.push(at!(User.familyName), "Nakata-O'Brien");
    user.push(at!(User.identifier), &format!("{n:08}"));
    user.push(at!(User.email), &format!("zoe.nakata{n}@students.example.org"));
    user.push(at!(User.agents), &format!("us-pa-{n:08}"));
    user.push(at!(User.agents), &format!("us-pa-{:08}", n + 1));
    user.push(at!(User.grades), "09");
    user.push(at!(User.primaryOrg), "org-hs-0001");
    let mut role = Record::new(Kind::Role);
    role.sourced_id = format!("ro-{n:08}");
    role.push(at!(Role.user), &user.sourced_id);
    role.push(at!(Role.roleType), "primary");
    role.push(at!(Role.role), "student");
    role.push(at!(Role.beginDate), "2026-08-24");
    role.push(at!(Role.org), "org-hs-0001");
    user.push_row(at!(User.roles), role);
    user
}

fn enrollment(n: usize) -> Record {
    let mut enrollment = Record::new(Kind::Enrollment);
    enrollment.sourced_id = format!("en-{n:08}");
    enrollment.push(at!(Enrollment.class), &format!("cl-{:08}", n / 25));
    enrollment.push(at!(Enrollment.school), "org-hs-0001");
    enrollment.push(at!(Enrollment.user), &format!("us-st-{n:08}"));
    enrollment.push(at!(Enrollment.role), "student");
    enrollment.push(at!(Enrollment.primary), "false");
    enrollment.push(at!(Enrollment.beginDate), "2026-08-24");
    enrollment.push(at!(Enrollment.endDate), "2026-12-19");
    enrollment
}

fn measure(name: &str, plan: &Plan, records: Vec<Record>) {
    let packed: Vec<(String, Vec<u8>)> = records
        .into_iter()
        .map(|mut record| {
            let mut packed = Vec::new();
            record.pack(&mut packed);
            (record.sourced_id, packed)
        })
        .collect();
    let mut out = Vec::new();
    let mut rounds: Vec<f64> = (0..9)
        .map(|_| {
            let start = Instant::now();
            for _ in 0..PAGES {
                out.clear();
                for (sourced_id, packed) in black_box(&packed) {
                    let published = Timestamp(1_786_689_005_120);
                    plan.write(&Row { sourced_id, status: Status::Active, published, packed, children: &[] }, &mut out);
                }
                black_box(&out);
            }
            start.elapsed().as_nanos() as f64 / (PAGES * PAGE) as f64
        })
        .collect();
    rounds.sort_by(f64::total_cmp);
    let bytes = out.len() / PAGE;
    println!("{name:<32} {:>6.0} ns ({:.0} to {:.0}) {bytes:>6} bytes", rounds[4], rounds[0], rounds[8]);
}

fn main() {
    let users = || (0..PAGE).map(user).collect();
    let enrollments = || (0..PAGE).map(enrollment).collect();
    for version in Version::ALL {
        let bases = Bases::new(version, "https://sis.example.org");
        let plan = |kind, selection| Plan::new(kind, version, &bases, selection);
        measure(&format!("user {version}"), &plan(Kind::User, None), users());
        let fields = [Slot::SourcedId, Slot::Own(at!(User.email))];
        measure(&format!("user {version} sourcedId,email"), &plan(Kind::User, Some(&fields)), users());
        measure(&format!("enrollment {version}"), &plan(Kind::Enrollment, None), enrollments());
        let start = Instant::now();
        for _ in 0..PAGES {
            black_box(plan(Kind::User, None));
        }
        println!(
            "{:<32} {:>6.0} ns",
            format!("making the plan {version}"),
            start.elapsed().as_nanos() as f64 / PAGES as f64
        );
    }
}
