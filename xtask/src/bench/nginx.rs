//! nginx serving files: what the pages are compared with.

use crate::process::Running;
use crate::{need, postgres};
use anyhow::Context as _;
use rustix::process::Signal;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

/// A running nginx; stopped on drop.
#[derive(Debug)]
pub struct Nginx {
    _running: Running,
    url: String,
}

impl Nginx {
    /// Serves the files of `folder`/files.
    pub fn start(folder: &Path) -> anyhow::Result<Nginx> {
        let port = postgres::free_port()?;
        let configuration = folder.join("nginx.conf");
        std::fs::write(&configuration, text(port, need::is_root()))?;
        let mut nginx = Command::new(need::program("nginx")?);
        nginx.arg("-p").arg(folder).arg("-c").arg(&configuration).args(["-e", "nginx.log"]);
        let mut running = Running::start(&mut nginx, Signal::TERM)?;
        let start = Instant::now();
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            running.still().context("see nginx.log in the folder of the benchmark")?;
            anyhow::ensure!(start.elapsed() < Duration::from_secs(20), "nginx did not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(Nginx { _running: running, url: format!("http://127.0.0.1:{port}") })
    }

    /// The URL of a file.
    pub fn url(&self, file: &str) -> String {
        format!("{}/{file}", self.url)
    }
}

/// With `tcp_nopush` on, nginx stalls 40 ms on a page of this size and two connections, which
/// would make anyone look fast; and connections stay, as ours do.
fn text(port: u16, root: bool) -> String {
    let user = if root { "user root;\n" } else { "" };
    let scratch: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .iter()
        .map(|name| format!("    {name}_temp_path temp_{name};\n"))
        .collect();
    format!(
        "{user}daemon off;\nworker_processes 2;\npid nginx.pid;\nerror_log nginx.log;\n\
         events {{ worker_connections 512; }}\n\
         http {{\n{scratch}    access_log off;\n    sendfile on;\n    tcp_nopush off;\n    \
         keepalive_requests 1000000000;\n    default_type application/json;\n    \
         server {{ listen 127.0.0.1:{port}; root files; }}\n}}\n"
    )
}
