//! A package, sent by a script.

use super::work::{Work, with};
use super::{Answer, Asked, Done, broken};
use crate::admin::runs::ended;
use crate::days;
use crate::intake::Request;
use crate::intake::words::{code, edition, pad, percent, zone};
use crate::output::Failure;
use axum::body::Body;
use http_body_util::BodyExt as _;
use oneroster::validate::Options;
use std::path::PathBuf;
use tempfile::TempDir;
use tokio::io::AsyncWriteExt as _;

/// Where packages are sent to.
pub(super) const PATH: &str = "/api/v1/packages";
/// The largest package, in bytes.
pub(in crate::provider) const LARGEST: usize = 4 << 30;
/// What begins every zip.
const ZIP: &[u8] = b"PK";

/// Writes the package into a file and imports that.
pub(super) async fn upload(asked: Asked, body: Body) -> Done {
    let folder = tempfile::Builder::new().prefix("homeroom-package-").tempdir()?;
    let path = folder.path().join(name(&asked)?);
    write(&path, body).await?;
    tokio::task::spawn_blocking(move || import(&asked, folder, path)).await.unwrap_or_else(|e| Err(broken(&e)))
}

/// What the table names for a call that is answered by [`upload`].
pub(super) fn none(_: &Asked) -> Done {
    Err(Failure::usage("send the package as the body"))
}

/// The name of the package: a bare one, of a file.
fn name(asked: &Asked) -> Result<String, Failure> {
    let read = |text: &str| {
        let fits = (1..=100).contains(&text.len()) && !text.starts_with('.') && !text.contains(['/', '\\', '\0']);
        fits.then(|| text.to_owned()).ok_or_else(|| "it is the name of a file, without a folder".to_owned())
    };
    Ok(asked.given("name", read)?.unwrap_or_else(|| "package.zip".to_owned()))
}

async fn write(path: &PathBuf, body: Body) -> Result<(), Failure> {
    let mut file = tokio::fs::File::create(path).await?;
    let mut body = body;
    let mut begun = false;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Failure::unreadable("the package broke off, or it is too large"))?;
        let Some(data) = frame.data_ref() else { continue };
        begun |= !data.is_empty();
        file.write_all(data).await?;
    }
    file.flush().await?;
    let mut first = [0; 2];
    let read = std::fs::File::open(path).and_then(|mut file| std::io::Read::read_exact(&mut file, &mut first));
    if !begun || read.is_err() || first != ZIP {
        return Err(Failure::unreadable("the body is not a zip").hint("send it with: curl --data-binary @package.zip"));
    }
    Ok(())
}

fn import(asked: &Asked, folder: TempDir, package: PathBuf) -> Done {
    let dry_run = asked.flag("dry_run")?;
    let yes = asked.flag("yes")? && !dry_run;
    let request = Request {
        package,
        source: asked.query.get("source").cloned().unwrap_or_else(|| "file".to_owned()),
        dry_run,
        max_removed: asked.given("max_removed", percent)?,
        max_rejected: asked.given("max_rejected", percent)?,
        rekey: None,
        nested_whole: false,
        met: Vec::new(),
        who: asked.name(),
        options: options(asked)?,
    };
    let work: Work = Box::new(move |office, watcher| {
        let done = office.import(&request, watcher);
        drop(folder);
        Ok((ended(&done?), true))
    });
    let answer = with(asked, None, yes, work)?;
    Ok(match (answer.status, answer.body["run"].as_i64()) {
        (200, Some(id)) => {
            Answer { status: 201, location: Some(format!("{}{}/runs/{id}", asked.url, super::BASE)), ..answer }
        }
        _ => answer,
    })
}

fn options(asked: &Asked) -> Result<Options, Failure> {
    let codes = |text: &str| text.split(',').map(code).collect::<Result<Vec<_>, _>>();
    let pads = |text: &str| text.split(',').map(pad).collect::<Result<Vec<_>, _>>();
    Ok(Options {
        strict: asked.flag("strict")?,
        consent: asked.given("consent", codes)?.unwrap_or_default(),
        assume: asked.given("assume", edition)?,
        pad: asked.given("pad", pads)?.unwrap_or_default(),
        zone: match asked.given("timezone", zone)? {
            Some(zone) => zone,
            None => days::zone(&asked.roster)?,
        },
        ..Options::careful(asked.access.now())
    })
}
