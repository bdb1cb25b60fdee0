//! `/docs` as a person uses it: a token is fetched, and a call tried.

use super::browser::Browser;
use super::house::House;
use serde_json::{Value, json};

#[test]
fn a_token_is_had_and_a_call_tried() {
    let house = House::new();
    let holder = house.app("reader", "roster-core.readonly roster.readonly");
    let mut browser = Browser::new();
    browser.size(1200, 1000);
    browser.open(&format!("http://{}/docs", house.address));
    browser.run("await until(() => document.querySelector('.opblock-tag-section'), 'the operations');");
    browser.picture("docs-first");
    let told = browser.run(
        "return { title: document.title, documents: [...document.querySelectorAll('.topbar select option')].map((o) => o.text) };",
    );
    assert_eq!(told["title"], "Homeroom: try the API");
    let titles: Vec<Value> = oneroster::docs::DOCUMENTS.iter().map(|d| d.title.into()).collect();
    assert_eq!(told["documents"].as_array().unwrap()[..titles.len()], titles);

    let script = AUTHORIZE.replace("CLIENT", &holder.app.client_id).replace("SECRET", &holder.secret);
    assert_eq!(browser.run(&script), json!(true));
    let answer = browser.run(TRY);
    assert_eq!(answer["status"].as_str().unwrap().trim(), "200");
    assert_eq!(answer["url"], format!("http://{}/ims/oneroster/rostering/v1p2/orgs?limit=100&offset=0", house.address));
    assert!(answer["body"].as_str().unwrap().contains("\"orgs\""), "{answer}");

    for width in [1200, 420] {
        browser.size(width, 900);
        browser.run("document.querySelector('.opblock.is-open').scrollIntoView();");
        browser.picture(&format!("docs-{width}"));
        assert_eq!(browser.run(TOO_WIDE), json!([]), "{width}");
    }
    assert_eq!(browser.console, [""; 0], "no error of a script, nothing refused by the policy");
}

/// What makes the page wider than the window.
const TOO_WIDE: &str = "
if (document.documentElement.scrollWidth <= document.documentElement.clientWidth) return [];
const wide = (e) => e.getBoundingClientRect().right > document.documentElement.clientWidth;
const scrolls = (e) => getComputedStyle(e).overflowX !== 'visible';
const leaks = [...document.querySelectorAll('body *')].filter((e) => {
  for (let up = e.parentElement; up !== document.body; up = up.parentElement) if (scrolls(up)) return false;
  return wide(e);
});
return ['too wide', ...leaks.slice(0, 9).map((e) => `${e.tagName}.${e.className} ${e.getBoundingClientRect().right}`)];
";

/// Enters a client id and secret, chooses all scopes, and closes the dialog.
const AUTHORIZE: &str = "
const type = (input, text) => {
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(input, text);
  input.dispatchEvent(new Event('input', { bubbles: true }));
};
(await until(() => document.querySelector('.btn.authorize'), 'the button')).click();
const id = await until(() => document.querySelector('#client_id_clientCredentials, #client_id'), 'the client id');
type(id, 'CLIENT');
type(document.querySelector('#client_secret_clientCredentials, #client_secret'), 'SECRET');
for (const box of document.querySelectorAll('.modal-ux .scopes input[type=checkbox]')) {
  if (box.id.includes('roster') && !box.id.includes('demographics')) box.click();
}
document.querySelector('.modal-ux .auth-btn-wrapper .authorize').click();
await until(() => [...document.querySelectorAll('.modal-ux h6')].some((h) => h.textContent === 'Authorized'), 'the token');
document.querySelector('.modal-ux .btn-done').click();
return true;
";

/// Asks for organisations.
const TRY: &str = "
const tag = await until(() => document.querySelector('#operations-tag-OrgsManagement'), 'the group');
tag.click();
const block = await until(() => document.querySelector('#operations-OrgsManagement-getAllOrgs'), 'the operation');
block.querySelector('.opblock-summary-control').click();
(await until(() => block.querySelector('.btn.execute'), 'the form')).click();
await until(() => block.querySelector('.live-responses-table .response-col_status'), 'the answer');
return {
  status: block.querySelector('.live-responses-table tbody .response-col_status').childNodes[0].textContent,
  url: block.querySelector('.request-url pre').textContent.trim(),
  body: block.querySelector('.live-responses-table tbody .response-col_description').textContent,
};
";

#[test]
fn pages_are_files_under_a_strict_policy() {
    let house = House::known_as("https://roster.example.org/north");
    let moved = house.send("GET", "/docs", &[], "");
    assert_eq!((moved.status, moved.header("location")), (308, Some("docs/")));
    let page = house.send("GET", "/docs/", &[], "");
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("default-src 'none'; script-src 'self';"), "{policy}");
    assert!(policy.contains("connect-src 'self' https://roster.example.org;"), "{policy}");
    assert!(!page.body.contains("<script>") && !page.body.contains("//"), "no script in the page, nothing from afar");
    for (file, kind) in [("swagger-ui.css", "text/css"), ("swagger-ui-bundle.js", "text/javascript")] {
        let answer = house.send("GET", &format!("/docs/{file}"), &[], "");
        assert_eq!((answer.status, answer.header("content-type")), (200, Some(kind)));
    }
    assert_eq!(house.send("GET", "/docs/other", &[], "").status, 404);
    assert_eq!(house.send("POST", "/docs/", &[], "").status, 405);
}
