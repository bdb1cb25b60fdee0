//! The programs that chores call, and the Debian packages that bring them.

use crate::{process, say};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program that a chore calls.
#[derive(Debug, PartialEq, Eq)]
pub struct Need {
    /// Its name.
    pub program: &'static str,
    /// The Debian package that brings it.
    pub package: &'static str,
    /// Where it lies if not on the path; `*` stands for a version, of which
    /// the greatest is taken.
    pub folder: Option<&'static str>,
}

/// Debian keeps the server's programs off the path.
const POSTGRES: Option<&str> = Some("/usr/lib/postgresql/*/bin");

/// What `test` needs beside cargo.
pub const TEST: &[Need] = &[
    Need { program: "initdb", package: "postgresql", folder: POSTGRES },
    Need { program: "postgres", package: "postgresql", folder: POSTGRES },
    Need { program: "pg_isready", package: "postgresql", folder: POSTGRES },
    // Several nodes stand behind one, and before a server behind the other.
    Need { program: "haproxy", package: "haproxy", folder: Some("/usr/sbin") },
    Need { program: "pgbouncer", package: "pgbouncer", folder: Some("/usr/sbin") },
    // The unit that is shipped is one that systemd understands.
    Need { program: "systemd-analyze", package: "systemd", folder: None },
    // The lines that `demo` prints are pasted into a shell.
    Need { program: "curl", package: "curl", folder: None },
    // The report is a page, which is opened as a person opens it.
    Need { program: "chromium", package: "chromium", folder: None },
    // Packages are fetched from a real SFTP server, and brought to one.
    Need { program: "sshd", package: "openssh-server", folder: Some("/usr/sbin") },
    // Clients that others wrote in Python are tried in a place of their own.
    Need { program: "python3", package: "python3", folder: None },
    Need { program: "ensurepip/__init__.py", package: "python3-venv", folder: Some("/usr/lib/python3.*") },
];

/// What `bench` needs beside cargo.
pub const BENCH: &[Need] = &[
    Need { program: "sqlite3", package: "sqlite3", folder: None },
    Need { program: "time", package: "time", folder: None },
    Need { program: "nginx", package: "nginx", folder: Some("/usr/sbin") },
    // Rows are copied into PostgreSQL by its own client, for comparison.
    Need { program: "psql", package: "postgresql-client", folder: POSTGRES },
    Need { program: "pgbench", package: "postgresql", folder: POSTGRES },
    Need { program: "wrk", package: "wrk", folder: None },
];

/// Sees to it that the programs are there: root installs what is missing, and
/// anyone else is told the line that root should run.
pub fn ensure(needs: &[Need]) -> anyhow::Result<()> {
    let packages = missing(needs, |need| find(need).is_some());
    if packages.is_empty() {
        return Ok(());
    }
    if !is_root() {
        anyhow::bail!("missing: {}; as root, run: {}", packages.join(", "), by_hand(&packages));
    }
    say::error(format_args!("installing {}", packages.join(", ")));
    apt_get(&["update", "-qq"])?;
    apt_get(&[&["install", "-y", "-qq", "--no-install-recommends"], packages.as_slice()].concat())?;
    let still = missing(needs, |need| find(need).is_some());
    anyhow::ensure!(still.is_empty(), "{} did not bring the programs that are needed", still.join(", "));
    Ok(())
}

/// The path of a program, if it is there.
pub fn find(need: &Need) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = need.folder.into_iter().flat_map(expand).chain(std::env::split_paths(&path));
    folders.map(|folder| folder.join(need.program)).find(|program| program.is_file())
}

/// The path of a program of one of the tables above.
pub fn program(name: &str) -> anyhow::Result<PathBuf> {
    let need = TEST.iter().chain(BENCH).find(|need| need.program == name);
    need.and_then(find).ok_or_else(|| anyhow::anyhow!("{name} is not installed"))
}

/// Whether we may install packages.
pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

/// The packages of the programs that are not there, each once.
fn missing(needs: &[Need], there: impl Fn(&Need) -> bool) -> Vec<&'static str> {
    let mut packages = Vec::new();
    for need in needs {
        if !there(need) && !packages.contains(&need.package) {
            packages.push(need.package);
        }
    }
    packages
}

/// The one line for root.
fn by_hand(packages: &[&str]) -> String {
    format!("apt-get install -y {}", packages.join(" "))
}

fn apt_get(arguments: &[&str]) -> anyhow::Result<()> {
    process::run(Command::new("apt-get").env("DEBIAN_FRONTEND", "noninteractive").args(arguments))
}

/// The folders that a pattern stands for, the greatest version first.
fn expand(pattern: &str) -> Vec<PathBuf> {
    let Some((before, after)) = pattern.split_once('*') else {
        return vec![pattern.into()];
    };
    let (above, name) = before.rsplit_once('/').unwrap_or((".", before));
    let mut versions: Vec<(u32, PathBuf)> = std::fs::read_dir(above)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.strip_prefix(name)?.parse().ok()?, entry.path())))
        .collect();
    versions.sort_unstable_by(|a, b| b.cmp(a));
    let after = Path::new(after.trim_start_matches('/'));
    versions.into_iter().map(|(_, folder)| folder.join(after)).collect()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    #[test]
    fn a_package_is_named_once_and_only_if_missing() {
        assert_eq!(
            missing(TEST, |_| false),
            [
                "postgresql",
                "haproxy",
                "pgbouncer",
                "systemd",
                "curl",
                "chromium",
                "openssh-server",
                "python3",
                "python3-venv"
            ]
        );
        assert_eq!(missing(TEST, |need| need.program != "postgres"), ["postgresql"]);
        assert!(missing(TEST, |_| true).is_empty());
        assert_eq!(
            missing(BENCH, |need| need.program == "time"),
            ["sqlite3", "nginx", "postgresql-client", "postgresql", "wrk"]
        );
        assert_eq!(by_hand(&["nginx", "wrk"]), "apt-get install -y nginx wrk");
    }

    #[test]
    fn programs_are_named_once() {
        let all: Vec<_> = TEST.iter().chain(BENCH).map(|need| need.program).collect();
        for (i, name) in all.iter().enumerate() {
            assert!(!all.iter().skip(i + 1).any(|other| other == name), "{name} twice");
        }
    }

    #[test]
    fn the_greatest_version_comes_first() {
        let folder = tempfile::tempdir().unwrap();
        for version in ["9", "15", "current"] {
            std::fs::create_dir_all(folder.path().join(version).join("bin")).unwrap();
        }
        let found = expand(&format!("{}/*/bin", folder.path().display()));
        assert_eq!(found, [folder.path().join("15/bin"), folder.path().join("9/bin")]);
        std::fs::create_dir_all(folder.path().join("python3.11")).unwrap();
        assert_eq!(expand(&format!("{}/python3.*", folder.path().display())), [folder.path().join("python3.11")]);
    }
}
