//! The rows. What no public source tells of is not here.

use super::{Fact, Trait, Vendor, Way};
use crate::habit::Standing::{self, Assumed, Proven};
use oneroster::model::Edition::{V1P0, V1P1, V1P2};
use std::num::{NonZeroU32, NonZeroUsize};

const fn fact(what: Trait, standing: Standing, source: &'static str) -> Fact {
    Fact { what, source, standing }
}

const fn records(number: u32) -> NonZeroU32 {
    match NonZeroU32::new(number) {
        Some(number) => number,
        None => NonZeroU32::MIN,
    }
}

const fn requests(number: usize) -> NonZeroUsize {
    match NonZeroUsize::new(number) {
        Some(number) => number,
        None => NonZeroUsize::MIN,
    }
}

/// A vendor of whom nothing is known.
const ANY: Vendor = Vendor {
    name: "generic",
    label: "any provider",
    hosts: &[],
    editions: &[V1P2, V1P1],
    root: None,
    token_path: None,
    ways: &[Way::OAuth2, Way::OAuth2Body, Way::OAuth1, Way::Bearer],
    way_source: ("rest.md 5.1", Proven),
    token_lifetime: None,
    page_size: records(1000),
    concurrency: requests(4),
    facts: &[],
};

/// Every vendor; the first one is any other.
pub static VENDORS: &[Vendor] = &[
    ANY,
    Vendor {
        name: "aeries",
        label: "Aeries",
        hosts: &["aeries.net"],
        editions: &[V1P1],
        ways: &[Way::OAuth2],
        way_source: ("support.aeries.com 14000065678, 14000065677", Proven),
        token_lifetime: Some(21_600),
        concurrency: requests(2),
        facts: &[
            fact(Trait::SchoolForOrg, Proven, "Moodle enrol_oneroster, services/aeries.php and org.php"),
            fact(Trait::NoNestedReads, Proven, "Moodle enrol_oneroster, services/aeries.php"),
            fact(Trait::ScopesNeeded, Proven, "support.aeries.com 14000065677"),
            fact(
                Trait::TokenUrlApart,
                Assumed,
                "support.aeries.com 14000065678: it ends in /token below a path of its own",
            ),
            fact(Trait::StaffPrefix("TCH_"), Proven, "support.aeries.com 14000134412"),
            fact(Trait::YearlyIdentifiers, Proven, "support.aeries.com 14000065657: a database for each year"),
        ],
        ..ANY
    },
    Vendor {
        name: "infinite-campus",
        label: "Infinite Campus",
        hosts: &["infinitecampus.org", "infinitecampus.com"],
        editions: &[V1P2, V1P1, V1P0],
        token_path: Some("/campus/oauth2/token?appName={application}"),
        ways: &[Way::OAuth2Body, Way::OAuth2],
        way_source: (
            "public clients of it (token URL and base URL carry the application's name); help.gg4l.com/knowledge/infinite-campus: OAuth 1.0a was retired on 2023-06-30",
            Proven,
        ),
        page_size: records(5000),
        concurrency: requests(2),
        facts: &[
            fact(Trait::PageCap(10_000), Proven, "content.infinitecampus.com, Campus.1929; 50000 since Campus.1645"),
            fact(Trait::ResultsByClassOnly, Proven, "kb.infinitecampus.com, guidelines for OneRoster API consumers"),
            fact(Trait::NamelessPeopleLeftOut, Proven, "kb.infinitecampus.com, OneRoster prerequisites"),
            fact(Trait::ActiveYearOnly, Proven, "ed.link/docs/providers/infinitecampus/details"),
            fact(
                Trait::YearlyIdentifiers,
                Proven,
                "ed.link/docs/providers/infinitecampus/details: a version of a person for each year",
            ),
        ],
        ..ANY
    },
    Vendor {
        name: "powerschool",
        label: "PowerSchool SIS",
        hosts: &["powerschool.com"],
        editions: &[V1P1],
        root: Some("/ws/ims/oneroster"),
        token_path: Some("/oauth/access_token"),
        ways: &[Way::OAuth2, Way::OAuth2Body],
        way_source: ("usechalk/chalk, PowerSchool connector; help.powerschool.com ta-p/223", Assumed),
        facts: &[
            fact(
                Trait::PageCap(1000),
                Proven,
                "support.classlink.com 360007232513: the plugin's largest page is set by hand",
            ),
            fact(Trait::NoLink, Assumed, "field.md section 4 (PS1)"),
            fact(Trait::NoGuardians, Proven, "PowerSchool set-up pages of consumers (PS2)"),
            fact(
                Trait::YearlyIdentifiers,
                Proven,
                "help.powerschool.com ta-p/223: a switch in mid-year maps identifiers anew",
            ),
        ],
        ..ANY
    },
    Vendor {
        name: "skyward",
        label: "Skyward",
        hosts: &["skyward.com"],
        editions: &[V1P1],
        ways: &[Way::OAuth2],
        way_source: ("support.classlink.com 360007493713", Proven),
        facts: &[
            fact(
                Trait::TokenUrlApart,
                Proven,
                "support.classlink.com 360007493713; usechalk/chalk, connectors/skyward",
            ),
            fact(Trait::NoCategoriesByClass, Proven, "ed.link/docs/providers/oneroster/details"),
        ],
        ..ANY
    },
    Vendor {
        name: "classlink",
        label: "ClassLink Roster Server",
        hosts: &["classlink.io", "classlink.com", "oneroster.com"],
        editions: &[V1P1],
        ways: &[Way::Bearer, Way::OAuth1],
        way_source: (
            "aistudio #1308, code-dot-org PR #73879 and public clients of oneroster-proxy.classlink.io",
            Proven,
        ),
        page_size: records(5000),
        facts: &[
            fact(Trait::PageCap(10_000), Proven, "public clients of oneroster-proxy.classlink.io"),
            fact(Trait::PermissionRevision("x-perm-rev"), Proven, "code-dot-org PR #73879, PR #75074"),
            fact(Trait::MixedViews, Proven, "aistudio #1308"),
            fact(Trait::PasswordsSent, Proven, "aistudio #1310"),
        ],
        ..ANY
    },
    Vendor {
        name: "clever",
        label: "Clever",
        hosts: &["clever.com"],
        editions: &[],
        ways: &[Way::Bearer],
        way_source: ("dev.clever.com/reference/schema", Proven),
        facts: &[
            fact(Trait::OwnInterface, Proven, "dev.clever.com/reference/schema"),
            fact(Trait::PagesByKey, Proven, "dev.clever.com/docs/paging-and-limits"),
            fact(Trait::NoTotal, Proven, "dev.clever.com/docs/paging-and-limits"),
        ],
        ..ANY
    },
    Vendor {
        name: "sims",
        label: "ESS SIMS",
        hosts: &["sims.co.uk", "simsid.co.uk"],
        editions: &[V1P1],
        ways: &[Way::OAuth2Body, Way::OAuth2],
        way_source: ("sims-partners.com/Product/Web/Tokens/Mixed", Proven),
        facts: &[
            fact(
                Trait::TokenMember("acr_values", "orgselected:{organisation}"),
                Proven,
                "sims-partners.com/SIMSID/VendorManagement/Postman",
            ),
            fact(Trait::TokenUrlApart, Proven, "sims-partners.com/Product/Web/Tokens/Mixed"),
        ],
        ..ANY
    },
    Vendor {
        name: "rediker",
        label: "Rediker",
        editions: &[V1P1],
        facts: &[fact(Trait::OrgType("departments"), Proven, "ed.link/docs/providers/oneroster/details")],
        ..ANY
    },
    Vendor {
        name: "aspen",
        label: "Aspen",
        editions: &[V1P1],
        facts: &[
            fact(Trait::NoCategoriesByClass, Proven, "ed.link/docs/providers/oneroster/details"),
            fact(Trait::NoCategoryWrites, Proven, "ed.link/docs/providers/oneroster/details"),
        ],
        ..ANY
    },
    // No vendor, but the edition: whoever has nothing newer.
    Vendor {
        name: "oneroster-1.0",
        label: "a provider of OneRoster 1.0 (unproven)",
        editions: &[V1P0],
        ways: &[Way::OAuth1],
        way_source: ("classlinkinc/onerosteroauth.net signs requests below /learningdata/v1", Proven),
        facts: &[fact(
            Trait::OldForms,
            Assumed,
            "csv.md 6.2, for JSON as far as ridencww/uniroster-server, routes/oneroster/v1_0, shows it",
        )],
        ..ANY
    },
    Vendor {
        name: "homeroom",
        label: "Homeroom",
        way_source: ("our own, homeroom/src/provider/oauth2.rs", Proven),
        // Larger ones are not faster, and take the more memory.
        page_size: records(2_000),
        facts: &[
            fact(Trait::PageCap(10_000), Proven, "our own, oneroster/src/query/request.rs"),
            fact(
                Trait::ChangesInOrder,
                Proven,
                "our own, ARCHITECTURE.md: a version is an instant, and a pull reads one version to its end",
            ),
        ],
        ..ANY
    },
];
