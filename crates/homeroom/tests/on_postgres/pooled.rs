//! The program behind a pooler that gives a connection for one transaction.

use super::desk::{Desk, Served};
use super::pooler::Pooler;
use oneroster::model::Version;
use serde_json::Value;

#[test]
fn nodes_share_a_pooler_in_transaction_mode() {
    let desk = Desk::new();
    let pooler = Pooler::before(&desk.database.text(), 8);
    let url = pooler.url(desk.database.name(), "homeroom");
    let done = |line: &str| desk.json(0, &format!("{line} --database {url}"));
    desk.district("first", 100, 0);
    desk.district("second", 100, 10);
    done("import first --yes");
    done("runs guards --rollover 2000-01-01..2999-12-31");
    let app = done("app add reader --scope roster-core.readonly --scope roster.readonly");
    let serve = |app: &Value| {
        let line = format!("serve --listen 127.0.0.1:0 --rate off --json --database-connections 4 --database {url}");
        Served::start_for(desk.command(&line), Some(app.clone()))
    };
    let nodes = [serve(&app), serve(&app)];
    let folder = desk.path("second");
    done(&format!("source add sis --kind csv --set settle=0s --set prefix=x- --set path={}", folder.display()));
    std::thread::scope(|scope| {
        for node in &nodes {
            for _ in 0..2 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        node.pull(Version::V1P2, "users", "limit=20");
                        node.pull(Version::V1P2, "enrollments", "limit=200&filter=role='student'");
                    }
                });
            }
        }
        assert_eq!(done("source pull sis --yes")["state"], "applied");
        assert_eq!(done("import second --yes")["state"], "applied");
    });
    let all = nodes.each_ref().map(|node| node.total("users"));
    assert_eq!(all[0], all[1]);
    let denied = done("app withdraw reader");
    assert!(denied["withdrawn"].is_string(), "{denied}");
    for node in &nodes {
        assert_eq!(node.status(&node.address(Version::V1P2, "users?limit=1")), 403);
    }
    done("database check");
    // Without a word of the pooler, it says what is wrong instead of failing in the middle.
    let plain = url.replace("&pool_mode=transaction", "");
    let failed = desk.json(2, &format!("runs list --database {plain}"));
    assert!(failed["error"]["message"].as_str().unwrap().contains("pool_mode=transaction"), "{failed}");
}
