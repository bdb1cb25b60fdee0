//! A real browser, told what to do over a pair of pipes.

use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// A headless chromium with one page.
pub struct Browser {
    commands: Option<File>,
    answers: BufReader<File>,
    session: String,
    asked: u64,
    /// What the console of the page said, errors and refusals of its policy.
    pub console: Vec<String>,
    process: Child,
    _folder: TempDir,
}

/// Waits in the page until something is there.
const UNTIL: &str = "window.until = (look, what) => new Promise((done, failed) => {
  const start = Date.now();
  const again = () => {
    const found = look();
    if (found) done(found);
    else if (Date.now() - start > 20000) failed(new Error('never came: ' + what));
    else setTimeout(again, 50);
  };
  again();
});";

impl Browser {
    pub fn new() -> Browser {
        let folder = tempfile::tempdir().unwrap();
        let [to, from] = ["to", "from"].map(|name| folder.path().join(name));
        assert!(Command::new("mkfifo").args([&to, &from]).status().unwrap().success());
        let line = "exec chromium --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --no-first-run \
                    --remote-debugging-pipe --user-data-dir=\"$0/profile\" 3<\"$0/to\" 4>\"$0/from\"";
        let mut command = Command::new("sh");
        command.args(["-c", line]).arg(folder.path()).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let process = command.spawn().expect("chromium is installed; cargo xtask test installs it for root");
        // In the order in which the shell opens them.
        let commands = File::options().write(true).open(to).unwrap();
        let answers = BufReader::new(File::open(from).unwrap());
        let (session, console) = (String::new(), Vec::new());
        let mut browser =
            Browser { commands: Some(commands), answers, session, asked: 0, console, process, _folder: folder };
        let target = browser.ask("Target.createTarget", json!({ "url": "about:blank" }))["targetId"].clone();
        let attached = browser.ask("Target.attachToTarget", json!({ "targetId": target, "flatten": true }));
        browser.session = attached["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log"] {
            browser.ask(&format!("{domain}.enable"), json!({}));
        }
        browser.ask("Page.addScriptToEvaluateOnNewDocument", json!({ "source": UNTIL }));
        browser
    }

    /// How wide and high the page is, in pixels.
    pub fn size(&mut self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.ask("Emulation.setDeviceMetricsOverride", size);
    }

    pub fn open(&mut self, url: &str) {
        let opened = self.ask("Page.navigate", json!({ "url": url }));
        assert_eq!(opened["errorText"], Value::Null, "{url}");
    }

    /// What a script in the page comes to; a promise is waited for.
    #[track_caller]
    pub fn run(&mut self, script: &str) -> Value {
        let script = format!("(async () => {{ {script} }})()");
        let done = json!({ "expression": script, "awaitPromise": true, "returnByValue": true });
        let done = self.ask("Runtime.evaluate", done);
        assert_eq!(done["exceptionDetails"], Value::Null, "{}", self.console.join("\n"));
        done["result"]["value"].clone()
    }

    /// Leaves a picture of the page for whoever asked for pictures.
    pub fn picture(&mut self, name: &str) {
        let Some(folder) = std::env::var_os("HOMEROOM_TEST_PICTURES") else { return };
        let taken = self.ask("Page.captureScreenshot", json!({ "format": "png" }));
        let bytes = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, taken["data"].as_str().unwrap());
        std::fs::write(Path::new(&folder).join(format!("{name}.png")), bytes.unwrap()).unwrap();
    }

    fn ask(&mut self, method: &str, params: Value) -> Value {
        self.asked += 1;
        let mut message = json!({ "id": self.asked, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.clone().into();
        }
        let mut bytes = message.to_string().into_bytes();
        bytes.push(0);
        self.commands.as_mut().unwrap().write_all(&bytes).unwrap();
        loop {
            let mut bytes = Vec::new();
            assert!(self.answers.read_until(0, &mut bytes).unwrap() > 0, "the browser ended");
            bytes.pop();
            let mut message: Value = serde_json::from_slice(&bytes).unwrap();
            if message["id"] == self.asked {
                assert_eq!(message["error"], Value::Null, "{method}");
                return message["result"].take();
            }
            self.hear(&message);
        }
    }

    fn hear(&mut self, event: &Value) {
        let said = match event["method"].as_str() {
            Some("Log.entryAdded") if event["params"]["entry"]["level"] == "verbose" => return,
            Some("Log.entryAdded") => &event["params"]["entry"]["text"],
            Some("Runtime.exceptionThrown") => &event["params"]["exceptionDetails"]["text"],
            Some("Runtime.consoleAPICalled") if event["params"]["type"] == "error" => &event["params"]["args"],
            _ => return,
        };
        self.console.push(said.to_string());
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // It ends when nobody can tell it anything any more.
        drop(self.commands.take());
        let _ = self.process.wait();
    }
}
