//! A secret that is typed, on a terminal of its own.

use super::super::desk::Desk;
use super::ground::Ground;
use rustix::pty::{OpenptFlags, ioctl_tiocgptpeer, openpt, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use serde_json::Value;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What takes longer than this has failed.
const PATIENCE: Duration = Duration::from_secs(60);

/// A command on a terminal, which types a secret once nothing typed is shown.
/// Gives the exit status, the standard output, and all that the terminal showed.
fn typed(command: &Command, secret: &str) -> (i32, String, String) {
    let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY;
    let terminal = openpt(flags).unwrap();
    unlockpt(&terminal).unwrap();
    let screen = ioctl_tiocgptpeer(&terminal, flags).unwrap();
    // The terminal is its own: /dev/tty leads there.
    let mut own = Command::new("setsid");
    own.args(["--ctty", "--wait"]).arg(command.get_program()).args(command.get_args());
    own.current_dir(command.get_current_dir().unwrap());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => own.env(name, value),
            None => own.env_remove(name),
        };
    }
    own.stdin(screen.try_clone().unwrap()).stderr(screen.try_clone().unwrap()).stdout(Stdio::piped());
    let child = own.spawn().unwrap();
    drop(own);
    let mut keys = File::from(terminal);
    let mut shown = keys.try_clone().unwrap();
    let reading = std::thread::spawn(move || {
        let (mut all, mut piece) = (Vec::new(), [0; 1024]);
        // Ends with an error once nobody has the terminal open any more.
        while let Ok(length @ 1..) = shown.read(&mut piece) {
            all.extend_from_slice(&piece[..length]);
        }
        String::from_utf8(all).unwrap()
    });
    let begun = Instant::now();
    while tcgetattr(&screen).unwrap().local_modes.contains(LocalModes::ECHO) {
        assert!(begun.elapsed() < PATIENCE, "nothing was asked");
        std::thread::yield_now();
    }
    keys.write_all(format!("{secret}\n").as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let echoes = tcgetattr(&screen).unwrap().local_modes.contains(LocalModes::ECHO);
    assert!(echoes, "the terminal no longer shows what is typed");
    drop(screen);
    let status = output.status.code().unwrap();
    (status, String::from_utf8(output.stdout).unwrap(), reading.join().unwrap())
}

#[test]
fn a_secret_is_typed_where_nobody_sees_it() {
    let ground = Ground::of(100, None);
    let desk = Desk::new();
    let line = format!(
        "conformance --url http://{} --client-id {} --oneroster 1.2 --check T1,T49 --json",
        ground.house.address, ground.holder.app.client_id
    );
    let (status, said, shown) = typed(&desk.command(&line), &ground.holder.secret);
    assert_eq!(status, 0, "{said} {shown}");
    assert_eq!(serde_json::from_str::<Value>(&said).unwrap()["conforms"], true);
    assert!(shown.contains("Client secret"), "{shown}");
    assert!(!shown.contains(&ground.holder.secret) && !said.contains(&ground.holder.secret));
    let (status, said, _) = typed(&desk.command(&line), "");
    assert_eq!(status, 2, "{said}");
    assert!(said.contains("the client secret is empty"), "{said}");
}
