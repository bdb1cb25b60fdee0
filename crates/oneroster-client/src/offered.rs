//! Which operations a provider of 1.2 says it offers (rest.md C21): its
//! discovery documents may list fewer than the standard.

use crate::client::Client;
use crate::error::{Error, ErrorKind};
use crate::wire::{Answer, Request};
use oneroster::model::{Edition, Method, ROUTES, Route, Service};
use serde_json::Value;
use url::Url;

/// The operations of a provider, as far as its documents tell.
#[derive(Clone, Debug, Default)]
pub struct Offered {
    /// The services whose document was read.
    told: Vec<Service>,
    /// The names of the operations in them.
    operations: Vec<&'static str>,
}

impl Offered {
    /// Whether an operation is offered; where no document tells, it may be.
    pub fn has(&self, route: &Route) -> bool {
        !self.told.contains(&route.service) || self.operations.contains(&route.operation)
    }

    /// Whether any document was read.
    pub fn is_told(&self) -> bool {
        !self.told.is_empty()
    }
}

/// The names that documents go by (rest.md D1); the assessment results are
/// told of in the gradebook's.
pub(crate) const DOCUMENTS: [(Service, &[Service], [&str; 2]); 3] = [
    (
        Service::Rostering,
        &[Service::Rostering],
        ["onerosterv1p2rostersservice_openapi3_v1p0.json", "imsorv1p2_rostering_openapi3_v1p0.json"],
    ),
    (
        Service::Gradebook,
        &[Service::Gradebook, Service::Assessment],
        ["onerosterv1p2gradebookservice_openapi3_v1p0.json", "imsorv1p2_gradebook_openapi3_v1p0.json"],
    ),
    (
        Service::Resources,
        &[Service::Resources],
        ["onerosterv1p2resourcesservice_openapi3_v1p0.json", "imsorv1p2_resources_openapi3_v1p0.json"],
    ),
];

impl Client {
    /// Reads the discovery documents of a provider of 1.2; from then on, what
    /// they leave out is not asked for. Documents that are not there tell nothing.
    ///
    /// # Errors
    /// If the provider cannot be reached or refuses the credentials.
    pub async fn learn_offered(&self) -> Result<Offered, Error> {
        let mut offered = Offered::default();
        if self.edition() != Edition::V1P2 {
            return Ok(offered);
        }
        for (service, of, names) in &DOCUMENTS {
            let Some(document) = self.document(*service, names).await? else { continue };
            let listed: Vec<&'static str> = ROUTES
                .iter()
                .filter(|route| of.contains(&route.service) && lists(&document, route))
                .map(|route| route.operation)
                .collect();
            // A document that lists nothing that we know tells nothing.
            if !listed.is_empty() {
                offered.told.extend(of.iter().copied());
                offered.operations.extend(listed);
            }
        }
        self.keep_offered(offered.clone());
        Ok(offered)
    }

    async fn document(&self, service: Service, names: &[&str]) -> Result<Option<Value>, Error> {
        let base = self.address().base(self.edition(), service);
        for name in names {
            let Ok(url) = Url::parse(&format!("{base}/discovery/{name}")) else { continue };
            let make = |answer: Answer| {
                serde_json::from_slice(&answer.body)
                    .map_err(|_| Error::new(ErrorKind::NotOneRoster, "The discovery document is no JSON."))
            };
            match self.wire().read(&Request::get(url, "discovery"), make).await {
                Ok(document) => return Ok(Some(document)),
                Err(error) if matches!(error.kind(), ErrorKind::Unreachable | ErrorKind::SignIn) => return Err(error),
                Err(_) => {}
            }
        }
        Ok(None)
    }
}

/// Whether a document lists an operation: its path, whatever its parameters
/// are called, with its method.
fn lists(document: &Value, route: &Route) -> bool {
    let method = match route.method {
        Method::Get => "get",
        Method::Put => "put",
        Method::Post => "post",
        Method::Delete => "delete",
    };
    let wanted = plain(route.path);
    let paths = document["paths"].as_object();
    paths.into_iter().flatten().any(|(path, methods)| methods.get(method).is_some() && plain(path) == wanted)
}

/// The segments of a path behind the version, if it names one, parameters
/// without their names.
fn plain(path: &str) -> Vec<&str> {
    let segments: Vec<&str> = path.trim_matches('/').split('/').collect();
    let version = segments.iter().position(|segment| *segment == Edition::V1P2.segment());
    let below = version.map_or(0, |at| at + 1);
    segments[below..].iter().map(|segment| if segment.starts_with('{') { "{}" } else { segment }).collect()
}
