//! `/docs` as a person uses it: a token is fetched, and a call tried.

use super::browser::Browser;
use super::desk::{Desk, Served};
use super::house::House;
use homeroom_store::access::ScopeSet;
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
const boxes = [...document.querySelectorAll('.modal-ux .scopes input[type=checkbox]')].map((box) => box.id);
for (const id of boxes) {
  if (!(id.includes('roster') && !id.includes('demographics'))) continue;
  // The page takes one click after the other, and draws its boxes anew after each.
  document.getElementById(id).click();
  await until(() => document.getElementById(id).checked, `the scope ${id}`);
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

/// Every call of every document, by the page's own client, against the made-up
/// district of a sandbox: it must be answered, and by a status that the document
/// lists.
#[test]
fn every_call_of_every_document_is_tried() {
    let desk = Desk::new();
    desk.json(0, "tenant add sandbox --sandbox --students 100");
    let scopes = ScopeSet::all_names().into_iter().chain(ScopeSet::own_names().iter().copied());
    let scopes: Vec<String> = scopes.map(|scope| format!(" --scope {scope}")).collect();
    let app = desk.json(0, &format!("app add docs --tenant sandbox{}", scopes.concat()));
    let served = Served::start_for(desk.command("serve --listen 127.0.0.1:0 --rate off --json"), Some(app));
    let mut browser = Browser::new();
    browser.size(1200, 1000);
    let page = format!("{}/t/sandbox/docs", served.base);
    browser.open(&page);
    let list = "await until(() => document.querySelector('.topbar select'), 'the list');
                return [...document.querySelectorAll('.topbar select option')].map((o) => o.value);";
    let documents = browser.run(list);
    let documents: Vec<&str> = documents.as_array().unwrap().iter().map(|url| url.as_str().unwrap()).collect();
    assert_eq!(documents.len(), oneroster::docs::DOCUMENTS.len() + 1, "those of the standard, and our own");
    let [client, secret] = served.credentials();
    let every = AUTHORIZE.replace("!(id.includes('roster') && !id.includes('demographics'))", "false");
    let authorize = every.replace("CLIENT", client).replace("SECRET", secret);
    let mut all = 0;
    for document in documents {
        browser.open(&page);
        browser.run(&CHOOSE.replace("DOCUMENT", document));
        assert_eq!(browser.run(&authorize), json!(true), "{document}");
        let tried = browser.run(EVERY_CALL);
        let tried = tried.as_array().unwrap();
        let wrong: Vec<&Value> = tried.iter().filter(|one| one["listed"] != true).collect();
        assert!(!tried.is_empty() && wrong.is_empty(), "{document}: {wrong:#?}");
        // Whatever names no record is found.
        let plain = tried.iter().filter(|one| {
            let call = one["call"].as_str().unwrap();
            call.starts_with("get ") && !call.contains('{')
        });
        let lost: Vec<&Value> = plain.filter(|one| one["status"] != 200).collect();
        assert!(lost.is_empty(), "{document}: {lost:#?}");
        // What a document shows as a body is taken as it stands.
        let writes = tried.iter().filter(|one| one["kind"] == "application/json");
        let refused: Vec<&Value> = writes.filter(|one| !matches!(one["status"].as_u64(), Some(200 | 201))).collect();
        assert!(refused.is_empty(), "{document}: {refused:#?}");
        all += tried.len();
    }
    assert!(all > oneroster::model::ROUTES.len(), "{all}");
    // A page that is refused something says so there, as it does of 404s.
    let refused: Vec<&String> = browser.console.iter().filter(|said| !said.contains("status of 4")).collect();
    assert_eq!(refused, [""; 0]);
}

/// Chooses a document from the list of the page.
const CHOOSE: &str = "
const select = await until(() => document.querySelector('.topbar select'), 'the list');
Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(select, 'DOCUMENT');
select.dispatchEvent(new Event('change', { bubbles: true }));
const { specSelectors } = ui;
// Its name comes first, then its text, then what is read of it; until then the page is that of the document before.
const names = (object) => JSON.stringify(Object.keys(object || {}).sort());
const { paths, components } = await (await fetch('DOCUMENT')).json();
const wanted = names(Object.values(components.securitySchemes)[0].flows.clientCredentials.scopes);
const offered = () => names(Object.values(ui.authSelectors.definitionsToAuthorize()?.toJS()[0] || {})[0]?.scopes);
await until(() => specSelectors.url() === 'DOCUMENT' && specSelectors.loadingStatus() === 'success', 'DOCUMENT');
await until(() => names(specSelectors.specJson().toJS().paths) === names(paths) && offered() === wanted, 'what DOCUMENT says');
await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
";

/// Executes each operation of a document as a click would: what the page
/// resolves, fills in, signs and sends is its own affair. Identifiers are of
/// records that the collection before them has, if it has any; bodies are the
/// examples of the document. What deletes comes last.
const EVERY_CALL: &str = "
const { specActions, specSelectors, oas3Actions, authSelectors } = ui;
const token = Object.values(authSelectors.authorized().toJS())[0].token;
const spec = specSelectors.specJson().toJS();
const server = new URL(spec.servers[0].url, location.href).href.replace(/\\/$/, '');
const first = {};
const idOf = async (collection, base) => {
  if (!(collection in first)) {
    const answer = await fetch(server.includes('/api/') ? base : `${base}?limit=1`, { headers: { authorization: `Bearer ${token.access_token}` } });
    const body = answer.ok ? await answer.json() : {};
    const list = Object.values(body).find(Array.isArray) || [];
    first[collection] = String(list[0]?.sourcedId || list[0]?.run || 'nobody');
  }
  return first[collection];
};
const verbs = ['get', 'head', 'put', 'post', 'patch', 'delete'];
const all = Object.entries(spec.paths).flatMap(([path, item]) =>
  verbs.filter((verb) => item[verb]).map((verb) => ({ path, verb, order: verbs.indexOf(verb) })));
all.sort((a, b) => a.order - b.order);
for (const { path, verb } of all) specActions.requestResolvedSubtree(['paths', path, verb]);
const resolved = ({ path, verb }) => specSelectors.specResolvedSubtree(['paths', path, verb]);
await until(() => all.every(resolved), 'what is referred to');
const tried = [];
for (const one of all) {
  const { path, verb } = one;
  const operation = resolved(one).toJS();
  const [kind, media] = Object.entries(operation.requestBody?.content || {})[0] || [];
  const example = media?.example ?? {};
  // What is put says its own identifier.
  const own = verb === 'put' && Object.values(example)[0]?.sourcedId;
  for (const parameter of operation.parameters || []) {
    if (!parameter.required) continue;
    const before = path.split(`/{${parameter.name}}`)[0];
    const collection = before.split('/').pop();
    const base = server + before.slice(0, before.length - collection.length).replace(/\\/[^{}]*\\{.*$/, '/') + collection;
    const known = resolved(one).get('parameters').find((p) => p.get('name') === parameter.name && p.get('in') === parameter.in);
    specActions.changeParamByIdentity([path, verb], known, parameter.example || own || (await idOf(collection, base)), false);
  }
  if (kind) {
    oas3Actions.setRequestContentType({ value: kind, pathMethod: [path, verb] });
    oas3Actions.setRequestBodyValue({ value: kind.includes('json') ? JSON.stringify(example) : 'x', pathMethod: [path, verb] });
  }
  await specActions.execute({ path, method: verb, operation: resolved(one) });
  const response = await until(() => specSelectors.responseFor(path, verb), `${verb} ${path}`);
  const status = response.get('status');
  const listed = Object.keys(operation.responses);
  tried.push({ call: `${verb} ${path}`, kind, url: response.get('url'), status, says: String(response.get('err') || response.get('text') || '').slice(0, 300),
    listed: !response.get('error') || status >= 400 ? listed.includes(String(status)) : false, statuses: listed });
}
return tried;
";
