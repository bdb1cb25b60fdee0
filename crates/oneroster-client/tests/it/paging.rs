//! From page to page (rest.md 6.1, C1 to C5 and worse).

use super::server::{Asked, Reply, Server, orgs, run};
use futures_util::StreamExt;
use oneroster::at;
use oneroster::model::{Kind, Role};
use oneroster_client::vendor::Vendor;
use oneroster_client::{Ask, Client, Config, Doubt, Edition, Ending, Error, ErrorKind, ForeignLinks, Habit};
use proptest::prelude::*;

async fn read(client: &Client) -> Result<(usize, Ending), Error> {
    let mut records = client.records(Ask::all(Kind::Org))?;
    let mut count = 0;
    while records.next().await?.is_some() {
        count += 1;
    }
    Ok((count, records.ending()))
}

/// The page of `all` records that was asked for, at most `cap` of them.
fn page(asked: &Asked, all: usize, cap: usize) -> String {
    let offset = asked.number("offset");
    let limit = asked.number("limit").min(cap);
    orgs(offset.min(all)..(offset + limit).min(all))
}

fn next(host: &str, offset: usize) -> String {
    format!("<{host}/ims/oneroster/v1p1/orgs?limit=100&offset={offset}>; rel=\"next\"")
}

#[test]
fn links_are_followed_past_a_short_page_and_no_further() {
    // C1
    run(async {
        let server = Server::new(|asked| {
            let host = format!("http://{}", asked.headers["host"]);
            match asked.number("offset") {
                0 => Reply::ok(orgs(0..100)).with("Link", next(&host, 100)),
                100 => Reply::ok(orgs(100..130)).with("Link", next(&host, 200)),
                _ => Reply::ok(orgs(200..300)),
            }
        })
        .await;
        let (count, ending) = read(&server.client()).await.unwrap();
        assert_eq!((count, ending.pages, server.asked().len()), (230, 3, 3));
        assert_eq!(ending.doubts, [Doubt::NoTotal]);
    });
}

#[test]
fn totals_end_a_reading_without_links() {
    // C2
    run(async {
        let server = Server::new(|asked| Reply::ok(page(asked, 250, 100)).with("X-Total-Count", "250")).await;
        let (count, ending) = read(&server.client()).await.unwrap();
        let offsets: Vec<usize> = server.asked().iter().map(|asked| asked.number("offset")).collect();
        assert_eq!((count, offsets), (250, vec![0, 100, 200]));
        assert!(ending.is_whole(), "{ending:?}");
    });
}

#[test]
fn without_headers_an_empty_page_is_the_end() {
    // C3
    run(async {
        let server = Server::new(|asked| Reply::ok(page(asked, 230, 100))).await;
        let client = server.client();
        let (count, ending) = read(&client).await.unwrap();
        assert_eq!((count, server.asked().len(), ending.is_whole()), (230, 4, false));
        assert_eq!(client.findings().count(Habit::NoTotal), 1);
    });
}

#[test]
fn a_cap_below_the_page_size_loses_nothing() {
    for total in [true, false] {
        run(async {
            let server = Server::new(move |asked| {
                let reply = Reply::ok(page(asked, 100, 20));
                if total { reply.with("X-Total-Count", "100") } else { reply }
            })
            .await;
            let client = server.client();
            let (count, ending) = read(&client).await.unwrap();
            assert_eq!((count, ending.is_whole()), (100, total));
            assert_eq!(client.findings().count(Habit::LimitCapped), 1);
        });
    }
}

#[test]
fn a_circle_of_links_ends_with_an_error() {
    // C4
    run(async {
        let server = Server::new(|asked| {
            let host = format!("http://{}", asked.headers["host"]);
            let offset = asked.number("offset");
            Reply::ok(page(asked, 1000, 100)).with("Link", next(&host, if offset == 200 { 100 } else { offset + 100 }))
        })
        .await;
        let error = read(&server.client()).await.unwrap_err();
        assert_eq!((error.kind(), server.asked().len()), (ErrorKind::Loop, 3));
        let itself = Server::new(|asked| {
            let url = format!("http://{}{}", asked.headers["host"], asked.target);
            Reply::ok(orgs(0..3)).with("Link", format!("<{url}>; rel=next"))
        })
        .await;
        let error = read(&itself.client()).await.unwrap_err();
        assert_eq!((error.kind(), itself.asked().len()), (ErrorKind::Loop, 1));
    });
}

#[test]
fn a_link_to_another_server_is_never_followed_there() {
    // C5
    run(async {
        let foreign = Server::new(|_| Reply::ok(orgs(100..120))).await;
        let url = foreign.url.clone();
        let server = Server::new(move |asked| {
            let reply = Reply::ok(page(asked, 120, 100));
            if asked.number("offset") == 0 { reply.with("Link", next(&url, 100)) } else { reply }
        })
        .await;
        let error = read(&server.client()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ForeignLink);
        assert!(error.to_string().contains(&foreign.url), "{error}");
        let (config, _) = server.config();
        let client = Client::new(config.foreign_links(ForeignLinks::Rebase)).unwrap();
        assert_eq!(read(&client).await.unwrap().0, 120);
        assert_eq!(client.findings().count(Habit::ForeignLink), 1);
        assert!(foreign.asked().is_empty(), "{:?}", foreign.asked());
    });
}

#[test]
fn a_page_whose_link_leads_nowhere_counts_as_not_come() {
    run(async {
        let mut times = 0;
        let server = Server::new(move |asked| {
            times += 1;
            let reply = Reply::ok(page(asked, 120, 100)).with("X-Total-Count", "120");
            if times == 1 { reply.with("Link", next("https://else.example.org", 100)) } else { reply }
        })
        .await;
        let mut pages = server.client().pages(Ask::all(Kind::Org)).unwrap();
        assert_eq!(pages.next().await.unwrap_err().kind(), ErrorKind::ForeignLink);
        assert_eq!(pages.next().await.unwrap().unwrap().len(), 100);
        assert_eq!(pages.next().await.unwrap().unwrap().len(), 20);
        assert!(pages.next().await.unwrap().is_none() && pages.ending(0).is_whole());
    });
}

#[test]
fn a_relative_link_is_completed() {
    run(async {
        let server = Server::new(|asked| {
            let reply = Reply::ok(page(asked, 150, 100));
            if asked.number("offset") == 0 {
                reply.with("Link", "<orgs?limit=100&offset=100>; rel=next")
            } else {
                reply
            }
        })
        .await;
        assert_eq!(read(&server.client()).await.unwrap().0, 150);
        assert_eq!(server.targets()[1], "/ims/oneroster/v1p1/orgs?limit=100&offset=100");
    });
}

#[test]
fn a_server_that_always_names_a_next_page_comes_to_an_end() {
    run(async {
        let server = Server::new(|asked| {
            let host = format!("http://{}", asked.headers["host"]);
            Reply::ok(page(asked, 120, 100)).with("Link", next(&host, asked.number("offset") + 100))
        })
        .await;
        let (count, ending) = read(&server.client()).await.unwrap();
        assert_eq!((count, server.asked().len()), (120, 3));
        assert!(ending.doubts.contains(&Doubt::EmptyWithNext));
    });
}

#[test]
fn a_server_that_ignores_offsets_is_found_out() {
    run(async {
        // All there is, each time.
        let server = Server::new(|_| Reply::ok(orgs(0..7))).await;
        let (count, ending) = read(&server.client()).await.unwrap();
        assert_eq!((count, server.asked().len()), (7, 2));
        assert!(ending.doubts.contains(&Doubt::OffsetIgnored));
        // A full page, each time: what is behind it cannot be read.
        let server = Server::new(|_| Reply::ok(orgs(0..100))).await;
        assert_eq!(read(&server.client()).await.unwrap_err().kind(), ErrorKind::Repeated);
    });
}

#[test]
fn a_page_that_comes_twice_is_asked_for_once_more() {
    run(async {
        let mut repeated = false;
        let server = Server::new(move |asked| {
            let reply = Reply::ok(page(asked, 300, 100)).with("X-Total-Count", "300");
            if asked.number("offset") == 100 && !repeated {
                repeated = true;
                return Reply::ok(orgs(0..100)).with("X-Total-Count", "300");
            }
            reply
        })
        .await;
        let client = server.client();
        let (count, ending) = read(&client).await.unwrap();
        assert_eq!((count, ending.is_whole(), server.asked().len()), (300, true, 4));
        assert_eq!(client.findings().count(Habit::PageRepeated), 1);
    });
}

#[test]
fn a_total_that_shrinks_ends_nothing_early_and_proves_nothing() {
    run(async {
        let server = Server::new(|asked| {
            let total = if asked.number("offset") == 0 { "300" } else { "9" };
            Reply::ok(page(asked, 300, 100)).with("X-Total-Count", total)
        })
        .await;
        let (count, ending) = read(&server.client()).await.unwrap();
        assert_eq!((count, ending.total), (300, Some(300)));
        assert_eq!(ending.doubts, [Doubt::TotalMoved]);
    });
}

#[test]
fn fewer_records_than_the_total_are_not_the_whole() {
    run(async {
        let server = Server::new(|asked| Reply::ok(page(asked, 120, 100)).with("X-Total-Count", "4000")).await;
        let (count, ending) = read(&server.client()).await.unwrap();
        assert_eq!((count, ending.doubts), (120, vec![Doubt::Fewer]));
    });
}

#[test]
fn a_record_on_two_pages_comes_once() {
    run(async {
        let server = Server::new(|asked| {
            let from = asked.number("offset").saturating_sub(usize::from(asked.number("offset") > 0));
            Reply::ok(orgs(from..(from + 100).min(199))).with("X-Total-Count", "200")
        })
        .await;
        let (count, ending) = read(&server.client()).await.unwrap();
        assert_eq!(count, 199);
        assert!(ending.doubts.contains(&Doubt::Twice) && ending.doubts.contains(&Doubt::Fewer), "{ending:?}");
    });
}

#[test]
fn a_reading_goes_on_in_another_process() {
    run(async {
        let server = Server::new(|asked| Reply::ok(page(asked, 250, 100)).with("X-Total-Count", "250")).await;
        let mut pages = server.client().pages(Ask::all(Kind::Org)).unwrap();
        pages.next().await.unwrap().unwrap();
        let kept = serde_json::to_string(pages.place()).unwrap();
        drop(pages);
        let place = serde_json::from_str(&kept).unwrap();
        let mut pages = server.client().resume(Ask::all(Kind::Org), place).unwrap();
        let mut rest = 0;
        while let Some(page) = pages.next().await.unwrap() {
            rest += page.records().filter(Result::is_ok).count();
        }
        assert_eq!((rest, pages.ending(0).is_whole()), (150, true));
        assert!(pages.confirm().await.unwrap());
    });
}

#[test]
fn a_first_page_that_moved_is_told() {
    run(async {
        let mut times = 0;
        let server = Server::new(move |_| {
            times += 1;
            Reply::ok(orgs(times..times + 3)).with("X-Total-Count", "3")
        })
        .await;
        let mut pages = server.client().pages(Ask::all(Kind::Org)).unwrap();
        while pages.next().await.unwrap().is_some() {}
        assert!(pages.ending(0).is_whole());
        assert!(!pages.confirm().await.unwrap());
        assert_eq!(pages.ending(0).doubts, [Doubt::FirstPageMoved]);
    });
}

#[test]
fn a_change_of_permissions_between_two_pages_is_a_doubt() {
    run(async {
        let server = Server::new(|asked| {
            let revision = if asked.number("offset") == 0 { "41" } else { "42" };
            Reply::ok(page(asked, 150, 100)).with("X-Total-Count", "150").with("x-perm-rev", revision)
        })
        .await;
        let classlink = Vendor::named("classlink").unwrap();
        let client = Client::new(server.config().0.vendor(classlink).page_size(100)).unwrap();
        let (count, ending) = read(&client).await.unwrap();
        assert_eq!((count, ending.doubts), (150, vec![Doubt::PermissionsMoved]));
        assert_eq!(client.findings().count(Habit::RevisionOfPermissions), 2);
    });
}

#[test]
fn people_of_another_role_are_no_part_of_a_view() {
    run(async {
        let server = Server::new(|_| {
            let person = |n: usize, role: &str| format!(r#"{{"sourcedId":"u{n}","status":"active","role":"{role}"}}"#);
            let users =
                [person(1, "student"), person(2, "teacher"), r#"{"sourcedId":"u3","status":"active"}"#.to_owned()];
            Reply::ok(format!(r#"{{"users":[{}]}}"#, users.join(","))).with("X-Total-Count", "3")
        })
        .await;
        let client = server.client();
        let mut records = client.records(Ask::people(Role::Student)).unwrap();
        let mut ids = Vec::new();
        while let Some(record) = records.next().await.unwrap() {
            ids.push(record.sourced_id);
        }
        // Whose role is not told is left where the provider put it.
        assert_eq!(ids, ["u1", "u3"]);
        assert!(records.ending().is_whole());
        assert_eq!(client.findings().count(Habit::RoleBeyondView), 1);
    });
}

#[test]
fn only_what_a_provider_lists_is_asked_for() {
    // C21
    run(async {
        let server = Server::new(|asked| match asked.path() {
            "/ims/oneroster/rostering/v1p2/discovery/imsorv1p2_rostering_openapi3_v1p0.json" => Reply::ok(
                r#"{"paths":{"/orgs":{"get":{}},"/ims/oneroster/rostering/v1p2/classes/{id}/students":{"get":{}}}}"#,
            ),
            "/ims/oneroster/rostering/v1p2/orgs" => Reply::ok(orgs(0..3)).with("X-Total-Count", "3"),
            _ => Reply::new(404, ""),
        })
        .await;
        let client = Client::new(server.config().0.edition(Edition::V1P2)).unwrap();
        let offered = client.learn_offered().await.unwrap();
        let has = |operation: &str| offered.has(Ask::operation(operation).unwrap().operation_row());
        assert!(offered.is_told() && has("getAllOrgs") && has("getStudentsForClass") && has("putResult"));
        assert!(!has("getAllUsers") && !has("getOrg"));
        assert_eq!(read(&client).await.unwrap().0, 3);
        let asked = server.asked().len();
        let error = client.records(Ask::all(Kind::User)).err().unwrap();
        assert_eq!((error.kind(), server.asked().len()), (ErrorKind::NotOffered, asked));
    });
}

#[test]
fn a_provider_of_1_0_is_read_by_the_rules_of_1_1() {
    run(async {
        let server = Server::new(|asked| match asked.path() {
            "/campus/learningdata/v1/classes" => {
                Reply::ok(r#"{"classes":[{"sourcedId":"c1","status":"active","title":"Art","grade":"K"}]}"#)
                    .with("X-Total-Count", "1")
            }
            _ => Reply::new(404, ""),
        })
        .await;
        let config = Config::new(&format!("{}/campus/learningdata/v1", server.url)).unwrap();
        let client = Client::new(config).unwrap();
        assert_eq!(client.edition(), Edition::V1P0);
        let classes = client.records(Ask::all(Kind::Class)).unwrap().all().await.unwrap();
        assert_eq!(classes[0].get(at!(Class.grades)), Some("KG"));
    });
}

#[test]
fn a_reading_is_a_stream() {
    run(async {
        let server = Server::new(|asked| {
            if asked.number("offset") == 200 {
                return Reply::new(403, "");
            }
            Reply::ok(page(asked, 250, 100)).with("X-Total-Count", "250")
        })
        .await;
        let mut stream = std::pin::pin!(server.client().records(Ask::all(Kind::Org)).unwrap().into_stream());
        let mut count = 0;
        let error = loop {
            match stream.next().await.unwrap() {
                Ok(_) => count += 1,
                Err(error) => break error,
            }
        };
        assert_eq!((count, error.kind()), (200, ErrorKind::Forbidden));
    });
}

/// How a server of the property below pages.
#[derive(Clone, Copy, Debug)]
struct Habits {
    all: usize,
    cap: usize,
    totals: bool,
    links: bool,
}

/// A server answers every page once or with a fault first.
fn faulty(habits: Habits, mut faults: Vec<u8>) -> impl FnMut(&Asked) -> Reply + Send + 'static {
    move |asked| {
        let Habits { all, cap, totals, links } = habits;
        let offset = asked.number("offset");
        let body = page(asked, all, cap);
        match faults.pop() {
            Some(1) => return Reply::new(500, ""),
            Some(2) => return Reply::new(429, "").with("Retry-After", "1"),
            Some(3) => return Reply { cut: Some(body.len() / 2), ..Reply::ok(body) },
            Some(4) => return Reply { dropped: true, ..Reply::default() },
            _ => {}
        }
        let mut reply = Reply::ok(body);
        if totals {
            reply = reply.with("X-Total-Count", all.to_string());
        }
        let behind = offset + asked.number("limit").min(cap);
        if links && behind < all {
            reply = reply.with("Link", next(&format!("http://{}", asked.headers["host"]), behind));
        }
        reply
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn whatever_a_server_pages_by_everything_comes_once(
        (all, cap) in (0usize..500, 1usize..150),
        (totals, links) in (any::<bool>(), any::<bool>()),
        faults in proptest::collection::vec(0u8..12, 0..12),
    ) {
        // A page each time, however small: not thousands of them.
        let cap = cap.max(all / 20 + 1);
        let habits = Habits { all, cap, totals, links };
        run(async {
            let server = Server::new(faulty(habits, faults.clone())).await;
            let config = server.config().0.patience(20, std::time::Duration::from_secs(60));
            let (count, ending) = read(&Client::new(config).unwrap()).await.unwrap();
            assert_eq!((count, ending.is_whole()), (all, totals), "{habits:?} {ending:?}");
        });
    }
}
