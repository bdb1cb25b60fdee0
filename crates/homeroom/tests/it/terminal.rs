//! The program where somebody sits before it: on a terminal, which `script` of
//! util-linux makes.

use super::desk::Desk;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// Runs a command on a terminal, with this typed: its exit status, and all that
/// came onto the screen.
fn at_terminal(desk: &Desk, line: &str, typed: &str) -> (i32, String) {
    let ours = desk.command("");
    let mut command = Command::new("script");
    command.args(["--quiet", "--return", "--command"]).arg(format!("{} {line}", env!("CARGO_BIN_EXE_homeroom")));
    command.arg("/dev/null").current_dir(desk.path("")).env("TERM", "xterm");
    for (name, value) in ours.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(typed.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
}

#[test]
fn whoever_sits_there_is_shown_how_far_it_is_and_asked() {
    let desk = Desk::new();
    desk.district("d.zip", 200, 0);
    let (status, screen) = at_terminal(&desk, "import d.zip", "n\n");
    assert!(status == 1 && screen.contains("[y/N]") && screen.contains("planned"), "{screen}");
    assert_eq!(desk.json(0, "runs list")["runs"][0]["state"], "planned");
    // The plan is shown before the question.
    let place = |text: &str| screen.find(text).unwrap_or_else(|| panic!("no {text}: {screen}"));
    assert!(place("enrollments") < place("[y/N]"), "{screen}");
    assert!(screen.contains("checking") && screen.contains(" %  "), "no bar: {screen}");
    let (status, screen) = at_terminal(&desk, "import d.zip", "y\n");
    assert!(status == 0 && screen.contains("applied"), "{screen}");
    assert_eq!(desk.json(0, "runs list")["runs"][0]["state"], "applied");
}
