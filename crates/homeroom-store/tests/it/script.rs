//! Shell scripts that start a server, say where it is, and end it with their
//! standard input.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// The programs of the latest PostgreSQL that is installed.
pub fn tools(help: &str) -> PathBuf {
    let found = std::fs::read_dir("/usr/lib/postgresql").expect(help);
    let mut found: Vec<PathBuf> = found.map(|version| version.unwrap().path().join("bin")).collect();
    found.retain(|tools| tools.join("initdb").exists());
    found.sort();
    found.pop().expect(help)
}

/// A shell of a user whom such a server may run as: none of them runs as root.
pub fn shell() -> Command {
    let root = Command::new("id").arg("-u").output().unwrap().stdout == b"0\n";
    let mut command = Command::new(if root { "runuser" } else { "sh" });
    if root {
        command.args(["-u", "postgres", "--", "sh"]);
    }
    command.current_dir("/").env_remove("PGDATA");
    command
}

/// Starts a script; the folder that it says. What it says of failures is shown.
pub fn start(script: &str, arguments: &[&OsStr], help: &str) -> (Child, String) {
    let mut command = shell();
    command.args(["-c", script, "sh"]).args(arguments);
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let mut child = child.expect(help);
    let mut folder = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut folder).unwrap();
    if folder.is_empty() {
        let said = child.wait_with_output().unwrap().stderr;
        panic!("{help}; it said: {}", String::from_utf8_lossy(&said));
    }
    // Nobody reads on, and a full pipe would hold the server up.
    let mut rest = child.stderr.take().unwrap();
    std::thread::spawn(move || std::io::copy(&mut rest, &mut std::io::sink()));
    (child, folder.trim().to_owned())
}
