//! The report as a page, in a real browser.

use super::desk::Desk;
use super::reports::broken;
use serde_json::Value;
use std::process::{Command, Stdio};

/// Uses the page as a person does, and writes down what it shows: a frame can
/// be looked into from around it, which the page's own policy has no say in.
const VISITOR: &str = r#"<!doctype html><meta charset="utf-8"><iframe id="frame" src="report.html"></iframe><script>
const frame = document.getElementById("frame");
frame.addEventListener("load", () => {
  const page = frame.contentDocument;
  const form = page.getElementById("filter");
  const told = { title: page.title, hosts: page.querySelectorAll("img, link, iframe").length, fits: {} };
  for (const width of [1200, 420]) {
    frame.style = `width: ${width}px; height: 900px; border: 0`;
    told.fits[width] = page.documentElement.scrollWidth <= width && page.body.scrollWidth <= width;
  }
  const seen = (element) => element.getClientRects().length > 0;
  const look = () => ({
    rows: [...page.querySelectorAll(".places tbody tr")].filter(seen).map((row) => row.textContent),
    rules: [...page.querySelectorAll("section.rule")].filter(seen).map((rule) => rule.id),
    files: [...new Set([...page.querySelectorAll(".part")].filter(seen).map((part) => part.dataset.file))],
    said: page.getElementById("shown").textContent,
    nothing: seen(page.getElementById("nothing")),
  });
  const set = (name, value) => {
    form.elements[name].value = value;
    form.elements[name].dispatchEvent(new frame.contentWindow.Event("input", { bubbles: true }));
    return look();
  };
  told.filter = seen(form);
  told.first = look();
  told.searched = set("search", "USR-S1");
  told.sought = set("search", "no such thing at all");
  set("search", "");
  told.warnings = set("severity", "warning");
  set("severity", "");
  told.users = set("file", "users.csv");
  told.rule = set("rule", "V1-error");
  form.reset();
  setTimeout(() => {
    told.reset = look();
    const out = document.createElement("pre");
    out.textContent = "TOLD" + btoa(String.fromCodePoint(...new TextEncoder().encode(JSON.stringify(told)))) + "|END";
    document.body.append(out);
  });
});
</script>"#;

/// Opens a file of the desk in chromium; what its scripts leave, and what was
/// said to the console.
fn browse(desk: &Desk, file: &str) -> (String, String) {
    let output = Command::new("chromium")
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run"])
        .args(["--allow-file-access-from-files", "--enable-logging=stderr", "--virtual-time-budget=10000"])
        .arg(format!("--user-data-dir={}", desk.path("profile").display()))
        .arg("--dump-dom")
        .arg(format!("file://{}", desk.path(file).display()))
        .stdin(Stdio::null())
        .output()
        .expect("chromium is installed; cargo xtask test installs it for root");
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let said = text(output.stderr);
    let console = said.lines().filter(|line| line.contains("CONSOLE")).collect::<Vec<_>>().join("\n");
    (text(output.stdout), console)
}

fn texts(value: &Value) -> Vec<&str> {
    value.as_array().unwrap().iter().map(|text| text.as_str().unwrap()).collect()
}

#[test]
fn the_page_filters_fits_and_runs_nothing_of_the_package() {
    let desk = Desk::new();
    broken(&desk);
    let hostile = "<img src=x onerror=\"document.title='owned'\"><script>document.title='owned'</script>";
    desk.edit("v1p2", "users.csv", |users| *users.cell("usr-s1", "enabledUser") = hostile.into());
    desk.run("validate v1p2 --format html --show-values --output report.html");
    std::fs::write(desk.path("visitor.html"), VISITOR).unwrap();
    let (page, console) = browse(&desk, "visitor.html");
    assert_eq!(console, "", "no error of a script, nothing refused");
    let told = page.split_once("<pre>TOLD").and_then(|(_, rest)| rest.split_once("|END")).expect(&page).0;
    let told = base64::Engine::decode(&base64::prelude::BASE64_STANDARD, told).unwrap();
    let told: Value = serde_json::from_slice(&told).unwrap();

    assert_eq!((&told["title"], &told["hosts"], &told["filter"]), (&"Check of v1p2".into(), &0.into(), &true.into()));
    assert_eq!(told["fits"], serde_json::json!({ "1200": true, "420": true }));
    let (first, searched) = (texts(&told["first"]["rows"]), texts(&told["searched"]["rows"]));
    assert!(!searched.is_empty() && searched.len() < first.len(), "{searched:?}");
    assert!(searched.iter().all(|row| row.contains("usr-s1")), "{searched:?}");
    assert!(told["searched"]["said"].as_str().unwrap().starts_with(&format!("{} of ", searched.len())));
    assert_eq!((&told["sought"]["rows"], &told["sought"]["nothing"]), (&Value::Array(Vec::new()), &true.into()));
    let rules = texts(&told["warnings"]["rules"]);
    assert!(!rules.is_empty() && rules.iter().all(|rule| rule.ends_with("-warning")), "{rules:?}");
    assert_eq!(texts(&told["users"]["files"]), ["users.csv"]);
    assert_eq!(texts(&told["rule"]["rules"]), ["V1-error"]);
    assert_eq!((&told["reset"]["rows"], &told["reset"]["said"]), (&told["first"]["rows"], &"".into()));
}
