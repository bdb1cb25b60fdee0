//! What is shipped beside the program starts it in a way that it understands.

use super::desk::{Desk, Served};

fn packaged(name: &str) -> String {
    let file = format!("{}/../../packaging/{name}", env!("CARGO_MANIFEST_DIR"));
    std::fs::read_to_string(file).unwrap()
}

/// What follows the name of the program where a line begins so.
fn arguments(text: &str, begins: &str) -> String {
    let line = text.lines().find_map(|line| line.strip_prefix(begins)).unwrap();
    match serde_json::from_str::<Vec<String>>(line.trim()) {
        Ok(words) => words.join(" "),
        Err(_) => line.trim().to_owned(),
    }
}

#[test]
fn a_unit_and_a_container_start_the_program() {
    let container = packaged("Containerfile");
    assert_eq!(arguments(&container, "ENTRYPOINT "), "/usr/bin/homeroom");
    let exposed = arguments(&container, "EXPOSE ");
    let unit = packaged("homeroom.service");
    for line in [arguments(&container, "CMD "), arguments(&unit, "ExecStart=/usr/bin/homeroom ")] {
        assert!(line.contains(&format!(":{exposed} ")), "{line}");
        // Whether that port is free here is another question.
        let line = line.replace(&format!(":{exposed} "), ":0 ");
        let desk = Desk::new();
        let app = desk.json(0, "app add reader --scope roster.readonly");
        let served = Served::start_for(desk.command(&format!("{line} --json")), Some(app));
        assert!(served.text(&format!("{}/readyz", served.base)).contains("ready"), "{line}");
        // Both end it so.
        assert!(unit.contains("KillSignal=SIGTERM") && container.contains("STOPSIGNAL SIGTERM"));
        served.stop();
    }
}
