//! Writing grades (C8, C17 to C19).

use super::server::{Reply, Server, run};
use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::Record;
use oneroster_client::{Ask, Client, Deleted, Edition, ErrorKind, Pair, Written};
use serde_json::Value;

fn result(id: &str) -> Record {
    let mut record = Record::new(Kind::Result);
    record.sourced_id = id.to_owned();
    record.push(at!(Result.lineItem), "li/1");
    record.push(at!(Result.student), "u1");
    record.push(at!(Result.score), "80.5");
    record.push(at!(Result.scoreStatus), "fully graded");
    record
}

fn client(server: &Server) -> Client {
    Client::new(server.config().0.edition(Edition::V1P2)).unwrap()
}

fn ask(operation: &str, id: &str) -> Ask {
    Ask::operation(operation).unwrap().below([id])
}

#[test]
fn every_status_of_success_is_one() {
    // C17
    for (status, written) in [(200, Written::Stored), (201, Written::Created), (204, Written::Stored)] {
        run(async {
            let server = Server::new(move |_| Reply::new(status, "")).await;
            assert_eq!(client(&server).put(&ask("putResult", "r/1"), &result("r/1")).await.unwrap(), written);
            let asked = &server.asked()[0];
            assert_eq!((asked.method.as_str(), asked.path()), ("PUT", "/ims/oneroster/gradebook/v1p2/results/r%2F1"));
            let body: Value = serde_json::from_str(&asked.body).unwrap();
            let sent = &body["result"];
            assert_eq!((sent["score"].as_f64(), &sent["lineItem"]["sourcedId"]), (Some(80.5), &Value::from("li/1")));
            assert_eq!(
                sent["lineItem"]["href"],
                format!("{}/ims/oneroster/gradebook/v1p2/lineItems/li%2F1", server.url)
            );
        });
    }
}

#[test]
fn a_write_is_repeated_only_where_nothing_was_done() {
    // C8
    for (status, times) in [(500, 1), (503, 1), (504, 1), (429, 2)] {
        run(async {
            let mut first = true;
            let server =
                Server::new(move |_| Reply::new(if std::mem::take(&mut first) { status } else { 201 }, "")).await;
            let put = client(&server).put(&ask("putResult", "r1"), &result("r1")).await;
            assert_eq!((put.is_ok(), server.asked().len()), (times == 2, times), "{status}");
        });
    }
    run(async {
        let server = Server::new(|_| Reply { dropped: true, ..Reply::default() }).await;
        let error = client(&server).put(&ask("putResult", "r1"), &result("r1")).await.unwrap_err();
        assert_eq!((error.kind(), server.asked().len()), (ErrorKind::Unreachable, 1));
    });
}

#[test]
fn what_is_gone_already_was_deleted() {
    // C18
    for (status, deleted) in [(200, Deleted::Now), (204, Deleted::Now), (404, Deleted::Before)] {
        run(async {
            let server = Server::new(move |_| Reply::new(status, "")).await;
            assert_eq!(client(&server).delete(&ask("deleteResult", "r1")).await.unwrap(), deleted);
        });
    }
    run(async {
        let server = Server::new(|_| Reply::new(422, r#"{"imsx_codeMajor":"failure","imsx_CodeMinor":{"imsx_codeMinorField":[{"imsx_codeMinorFieldName":"TargetEndSystem","imsx_codeMinorFieldValue":"deletefailure"}]}}"#)).await;
        let error = client(&server).delete(&ask("deleteCategory", "c1")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Refused);
        assert_eq!(error.failure().unwrap().minor.as_deref(), Some("deletefailure"));
    });
}

#[test]
fn pairs_are_brought_to_their_records_and_a_missing_one_is_an_error() {
    // C19
    let pair = |supplied: &str, allocated: &str| Pair { supplied: supplied.into(), allocated: allocated.into() };
    run(async {
        let server = Server::new(|asked| {
            assert_eq!(asked.method, "POST");
            Reply::new(201, r#"{"sourcedIdPairs":[{"suppliedSourcedId":"t2","allocatedSourcedId":"B"},{"suppliedSourcedId":"t1","allocatedSourcedId":"A"}]}"#)
        })
        .await;
        let client = client(&server);
        let ask = ask("postResultsForLineItem", "li/1");
        let pairs = client.post(&ask, &[result("t1"), result("t2")]).await.unwrap();
        assert_eq!(pairs, [pair("t1", "A"), pair("t2", "B")]);
        let error = client.post(&ask, &[result("t1"), result("t3")]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unconfirmed);
        assert!(serde_json::from_str::<Value>(&server.asked()[0].body).unwrap()["results"].is_array());
    });
}

#[test]
fn what_cannot_be_written_is_not_sent() {
    run(async {
        let server = Server::new(|_| Reply::new(201, "")).await;
        let client = client(&server);
        let kind = |error: oneroster_client::Error| error.kind();
        assert_eq!(kind(client.put(&ask("getResult", "r1"), &result("r1")).await.unwrap_err()), ErrorKind::Config);
        assert_eq!(kind(client.put(&ask("putCategory", "r1"), &result("r1")).await.unwrap_err()), ErrorKind::Config);
        let old = Client::new(server.config().0.edition(Edition::V1P0)).unwrap();
        assert_eq!(kind(old.put(&ask("putResult", "r1"), &result("r1")).await.unwrap_err()), ErrorKind::NotOffered);
        assert!(server.asked().is_empty());
    });
}
