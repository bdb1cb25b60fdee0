//! Load by wrk, whose client costs least.

use crate::{need, process};
use anyhow::Context as _;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

/// What wrk saw.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Seen {
    /// Requests per second.
    pub rate: f64,
    /// Milliseconds within which half of the answers came.
    pub p50: f64,
    /// Milliseconds within which 99 of 100 came.
    pub p99: f64,
}

/// A load: whole URLs are asked for in turn.
#[derive(Debug, Clone, Copy)]
pub struct Load<'a> {
    pub urls: &'a [String],
    pub token: Option<&'a str>,
    pub connections: u32,
    pub seconds: u32,
}

impl Load<'_> {
    /// Puts it on and tells what was seen; fails if any answer was not a success.
    pub fn run(&self, folder: &Path) -> anyhow::Result<Seen> {
        let script = if self.urls.len() > 1 { lua(self.urls)? } else { String::new() };
        self.run_script(folder, &script)
    }

    /// The same with a script of one's own, that may make other requests.
    pub fn run_script(&self, folder: &Path, lua: &str) -> anyhow::Result<Seen> {
        let first = self.urls.first().context("no URL to ask for")?;
        let mut wrk = Command::new(need::program("wrk")?);
        wrk.args(["--threads", "1", "--latency", "--timeout", "30"]);
        wrk.args(["--connections", &self.connections.to_string()]);
        wrk.args(["--duration", &format!("{}s", self.seconds)]);
        if let Some(token) = self.token {
            wrk.args(["--header", &format!("Authorization: Bearer {token}")]);
        }
        if !lua.is_empty() {
            let script = folder.join("urls.lua");
            std::fs::write(&script, lua)?;
            wrk.arg("--script").arg(&script);
        }
        let said = process::output(wrk.arg(first))?;
        seen(&said).with_context(|| format!("wrk said:\n{said}"))
    }
}

/// Puts a load on one URL, each request with the next of some `Authorization`
/// headers; they begin anew at their end.
pub fn each(folder: &Path, url: &str, headers: &[String], connections: u32, seconds: u32) -> anyhow::Result<Seen> {
    let (file, script) = (folder.join("headers.txt"), folder.join("headers.lua"));
    std::fs::write(&file, headers.join("\n"))?;
    let path = serde_json::to_string(&file)?;
    std::fs::write(
        &script,
        format!(
            "local headers = {{}}\nlocal i = 0\n\
             function init() for line in io.lines({path}) do headers[#headers + 1] = line end end\n\
             function request() i = i % #headers + 1; \
             return wrk.format('GET', nil, {{ ['Host'] = wrk.headers['Host'], ['Authorization'] = headers[i] }}) end\n"
        ),
    )?;
    let mut wrk = Command::new(need::program("wrk")?);
    wrk.args(["--threads", "1", "--latency", "--timeout", "30"]);
    wrk.args(["--connections", &connections.to_string(), "--duration", &format!("{seconds}s")]);
    let said = process::output(wrk.arg("--script").arg(&script).arg(url))?;
    seen(&said).with_context(|| format!("wrk said:\n{said}"))
}

/// A script that asks for the URLs in turn; the requests are written beforehand.
fn lua(urls: &[String]) -> anyhow::Result<String> {
    let mut script = String::from("local paths = {\n");
    for url in urls {
        let path = url.splitn(4, '/').nth(3).with_context(|| format!("{url} is not a URL"))?;
        // A quoted string of JSON is one of Lua, too, for the characters of a URL.
        let _ = writeln!(script, "{},", serde_json::to_string(&format!("/{path}"))?);
    }
    script.push_str(
        "}\nlocal requests = {}\nlocal i = 0\n\
         function init() for k, path in ipairs(paths) do requests[k] = wrk.format('GET', path) end end\n\
         function request() i = i % #requests + 1; return requests[i] end\n",
    );
    Ok(script)
}

fn seen(said: &str) -> anyhow::Result<Seen> {
    anyhow::ensure!(!said.contains("Non-2xx"), "some answers were no success");
    anyhow::ensure!(!said.contains("Socket errors"), "some connections failed");
    let after = |key: &str| said.lines().find_map(|line| line.trim().strip_prefix(key)).map(str::trim);
    let time = |key| after(key).and_then(milliseconds).with_context(|| format!("no line {key}"));
    let rate = after("Requests/sec:").and_then(|text| text.parse().ok()).context("no rate")?;
    Ok(Seen { rate, p50: time("50%")?, p99: time("99%")? })
}

/// `1.50ms`, `900.00us`, `2.1s`.
fn milliseconds(text: &str) -> Option<f64> {
    for (unit, times, by) in [("us", 1.0, 1000.0), ("ms", 1.0, 1.0), ("s", 1000.0, 1.0), ("m", 60_000.0, 1.0)] {
        if let Some(Ok(number)) = text.strip_suffix(unit).map(str::parse::<f64>) {
            return Some(number * times / by);
        }
    }
    None
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    const SAID: &str = "Running 4s test @ http://127.0.0.1:1/\n  1 threads and 2 connections\n  \
        Thread Stats   Avg      Stdev     Max   +/- Stdev\n    Latency   111.11us   50.00us   2.00ms   90.00%\n  \
        Latency Distribution\n     50%  104.00us\n     75%  120.00us\n     90%  150.00us\n     99%    2.10ms\n  \
        77268 requests in 4.00s, 6.00GB read\nRequests/sec:  19317.25\nTransfer/sec:      1.50GB\n";

    #[test]
    fn the_report_is_read() {
        assert_eq!(seen(SAID).unwrap(), Seen { rate: 19_317.25, p50: 0.104, p99: 2.1 });
        assert!(seen("Requests/sec: 1").is_err());
    }

    #[test]
    fn a_load_with_failures_is_no_measurement() {
        assert!(seen(&format!("{SAID}  Non-2xx or 3xx responses: 7\n")).is_err());
        assert!(seen(&format!("{SAID}  Socket errors: connect 0, read 1, write 0, timeout 0\n")).is_err());
    }

    #[test]
    fn a_script_holds_paths() {
        let script = lua(&["http://127.0.0.1:80/users?limit=1".into(), "http://127.0.0.1:80/orgs".into()]).unwrap();
        assert!(script.contains("\"/users?limit=1\",\n\"/orgs\",\n"), "{script}");
        assert!(lua(&["users".into()]).is_err());
    }
}
