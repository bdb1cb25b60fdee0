//! Every call of the administration as a row: what it is, who may do it, and
//! what does it. The document of the administration is a fold over it.

use super::{Asked, Done, apps, config, grades, packages, runs};

/// One call.
pub(super) struct Call {
    pub(super) method: &'static str,
    /// The path below the base, with at most one parameter.
    pub(super) path: &'static str,
    /// Its name in the document.
    pub(super) operation: &'static str,
    /// What it does, for people.
    pub(super) doc: &'static str,
    /// The scope that opens it.
    pub(super) scope: &'static str,
    pub(super) query: &'static [Query],
    pub(super) takes: Takes,
    /// The statuses of success, with the schema of their bodies.
    pub(super) gives: &'static [(u16, &'static str)],
    /// The statuses of failure beside those of every call.
    pub(super) fails: &'static [u16],
    pub(super) does: fn(&Asked) -> Done,
}

/// What the body of a call is.
pub(super) enum Takes {
    Nothing,
    /// JSON of this schema.
    Json(&'static str),
    /// A zip.
    Package,
}

/// A parameter of the query.
pub(super) struct Query {
    pub(super) name: &'static str,
    /// Its type in the document.
    pub(super) kind: &'static str,
    pub(super) doc: &'static str,
    /// An example, of one that may not be left out.
    pub(super) needed: Option<&'static str>,
}

const fn query(name: &'static str, kind: &'static str, doc: &'static str) -> Query {
    Query { name, kind, doc, needed: None }
}

const WAIT: Query = query(
    "wait",
    "integer",
    "How many seconds to wait for the end, at most 50; what takes longer goes on, and 202 says so.",
);
const LAST: Query = query("last", "integer", "How many, the latest first.");

const READ: &str = "admin.readonly";
const RUNS: &str = "admin.runs";
const APPS: &str = "admin.apps";
const CONFIG: &str = "admin.config";
const PRUNE: Query = query("prune", "boolean", "Remove what the sections of the document do not name, too.");

const fn get(
    path: &'static str,
    operation: &'static str,
    doc: &'static str,
    gives: &'static [(u16, &'static str)],
    does: fn(&Asked) -> Done,
) -> Call {
    Call {
        method: "GET",
        path,
        operation,
        doc,
        scope: READ,
        query: &[],
        takes: Takes::Nothing,
        gives,
        fails: &[],
        does,
    }
}

const fn post(
    path: &'static str,
    operation: &'static str,
    doc: &'static str,
    gives: &'static [(u16, &'static str)],
    does: fn(&Asked) -> Done,
) -> Call {
    Call { method: "POST", scope: RUNS, fails: &[404, 409], ..get(path, operation, doc, gives, does) }
}

/// Every call.
pub(super) static CALLS: &[Call] = &[
    get("/runs", "listRuns", "The latest runs.", &[(200, "Runs")], runs::list).query(&[LAST]),
    get("/runs/{run}", "showRun", "One run: its plan, what it moves at each school, and what to do next.", &[(200, "Run")], runs::show)
        .fails(&[404]),
    get("/runs/{run}/findings", "listFindings", "What was found in the package of a run.", &[(200, "Findings")], runs::findings)
        .query(&[query("last", "integer", "How many at most, the first first.")]).fails(&[404, 409]),
    post("/runs/{run}/approve", "approveRun", "Writes a run that is planned or held; if the roster has changed since and the plan with it, the new plan is shown and nothing is written.",
        &[(200, "Ended"), (202, "Going")], runs::approve).query(&[WAIT]),
    post("/runs/{run}/reject", "rejectRun", "Drops a run that is planned or held.", &[(200, "Rejected")], runs::reject),
    post("/runs/{run}/undo", "undoRun", "Takes an applied run back by a new one; records that were changed since stay, and so do those that others need.",
        &[(200, "Undone"), (202, "Going")], runs::undo)
        .query(&[query("force", "boolean", "Take back what others need, too, together with what cannot stand without it."), WAIT]),
    post("/packages", "sendPackage", "Checks a package, a zip, and plans what it would change; with yes it is written, unless a guard holds it.",
        &[(200, "Ended"), (201, "Ended"), (202, "Going")], packages::none)
        .query(&[
            query("source", "string", "The source that owns the records, \"file\" if it is left out; what it sent before and no longer sends is removed."),
            query("name", "string", "The name of the package, for people."),
            query("dry_run", "boolean", "Only plan; no run is kept, and the answer is 200."),
            query("yes", "boolean", "Write the plan without asking."),
            query("strict", "boolean", "Judge by the letter: repair nothing, and import nothing if there is any error."),
            query("consent", "string", "Treatments that are done by consent only, by their codes, separated by commas."),
            query("pad", "string", "How many digits the identifiers of a file have, where leading zeros are lost: `users=8,classes=6`."),
            query("assume", "string", "The version to take where the package has no manifest."),
            query("timezone", "string", "The time zone of the district, such as America/Chicago; the one that is set for it if it is left out."),
            query("max_removed", "number", "Share of a type that may be removed, in percent, before the run is held."),
            query("max_rejected", "number", "Share of a type that may be rejected, in percent, before the run is held."),
            WAIT,
        ]).takes(Takes::Package).fails(&[413, 422]),
    get("/apps", "listApps", "Every application.", &[(200, "Apps")], apps::list),
    get("/apps/{app}", "showApp", "One application: its scopes, and what it sees.", &[(200, "App")], apps::show).fails(&[404]),
    post("/apps", "addApp", "Adds an application; its secret is given this one time.", &[(201, "Secret")], apps::add)
        .scope(APPS).takes(Takes::Json("NewApp")).fails(&[409]),
    post("/apps/{app}", "editApp", "Changes an application; its tokens follow at once. What is left out stays.", &[(200, "App")], apps::edit).by("PATCH").scope(APPS).takes(Takes::Json("AppChange")),
    post("/apps/{app}/rotate", "rotateApp", "Gives an application a new secret; the old one and its tokens end at once, or after a time that is told.", &[(200, "Secret")], apps::rotate)
        .scope(APPS).fails(&[404, 409]).query(&[
            query("keep_old", "integer", "For how many seconds the old secret and its tokens stay good beside the new one."),
            query("secret_expires", "integer", "For how many seconds the new secret is good; without it, until it is rotated."),
            query("oauth1", "boolean", "Whether it may sign its requests (OAuth 1.0a) from now on; without it, as before."),
        ]),
    get("/apps/{app}/preview", "previewApp", "What an application would see: how much of each kind and school, one record of each kind, who is left out, and who would stop the consumer of its profile.", &[(200, "Preview")], apps::preview).fails(&[404]),
    get("/apps/{app}/disclosures", "listDisclosuresToApp", "Every answer that an application was given.", &[(200, "DisclosuresToApp")], apps::given).fails(&[404]),
    get("/people/{user}/disclosures", "listDisclosuresOfPerson", "Every answer in which records of a person were given, by the sourcedId of the person.", &[(200, "DisclosuresOfPerson")], apps::seen).fails(&[404]),
    post("/apps/{app}/copy", "copyApp", "Adds an application that is granted what another one is; its secret is given this one time.", &[(201, "Secret")], apps::copy)
        .scope(APPS).query(&[Query { needed: Some("second reading app"), ..query("to", "string", "The name of the new one.") }]),
    post("/apps/{app}/authorize", "authorizeApp", "Lets an application read this district: again, some more schools of it, or one that another district made, by its client id.", &[(200, "App")], apps::authorize)
        .scope(APPS).takes(Takes::Json("Consent")),
    post("/apps/{app}/withdraw", "withdrawApp", "Lets an application read this district no more; it is refused at once.", &[(200, "App")], apps::withdraw)
        .scope(APPS).query(&[query("school", "string", "Only this school, by sourcedId.")]),
    get("/issuers", "listIssuers", "Every outside issuer whose tokens are taken.", &[(200, "Issuers")], apps::issuers),
    post("/issuers", "addIssuer", "Takes the tokens of an outside issuer, as an application.", &[(201, "Issuer")], apps::add_issuer)
        .scope(APPS).takes(Takes::Json("NewIssuer")),
    post("/issuers/{issuer}", "removeIssuer", "Takes no tokens of an issuer any more.", &[(204, "")], apps::remove_issuer).by("DELETE").scope(APPS).fails(&[404]),
    post("/apps/{app}", "removeApp", "Removes an application; its tokens end at once.", &[(204, "")], apps::remove).by("DELETE").scope(APPS).fails(&[404]),
    get("/grades", "listGrades", "What applications wrote of the gradebook, and how it stands with the home of grades; the latest first.", &[(200, "Grades")], grades::list)
        .query(&[query("state", "string", "Only those that stand so: waiting, there, refused."), query("id", "string", "Only records of this sourcedId."), LAST]),
    post("/grades/{grade}/retry", "retryGrade", "Lets the home of grades be asked again to take what it refused of a sourcedId.", &[(200, "GradesWaiting")], grades::retry)
        .fails(&[404]),
    get("/config", "showConfig", "All that is set of the district, as one document without secrets; as it may be compared and applied.", &[(200, "Config")], config::show),
    post("/config/plan", "planConfiguration", "What a document would change; nothing is.", &[(200, "Configured")], config::plan)
        .scope(CONFIG).takes(Takes::Json("Config")).query(&[PRUNE]),
    post("/config/apply", "applyConfiguration", "Does what a document says, in one step; what changes who may read needs admin.apps, too. A document that is sent names no files and no secrets.", &[(200, "Configured")], config::apply)
        .scope(CONFIG).takes(Takes::Json("Config")).query(&[PRUNE]),
    get("/config/history", "listConfigurations", "What was applied as a whole, when and by whom.", &[(200, "Configurations")], config::history).query(&[LAST]),
    get("/audit", "listAudit", "Who administered what, and when; what was before, and what is now.", &[(200, "Audit")], apps::audit).query(&[LAST]),
];

impl Call {
    const fn query(mut self, query: &'static [Query]) -> Call {
        self.query = query;
        self
    }
    const fn fails(mut self, fails: &'static [u16]) -> Call {
        self.fails = fails;
        self
    }
    const fn by(mut self, method: &'static str) -> Call {
        self.method = method;
        self
    }
    const fn scope(mut self, scope: &'static str) -> Call {
        self.scope = scope;
        self
    }
    const fn takes(mut self, takes: Takes) -> Call {
        self.takes = takes;
        self
    }
}
