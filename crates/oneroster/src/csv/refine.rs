//! What a run knows of columns beyond the model: which hold names and codes of
//! people, and what the district consented to.

use super::cell::Form;
use super::header::{Plan, Target};
use super::lenient::DateOrder;
use super::v1p0::Translation;
use crate::at;
use crate::model::{Kind, Privacy, Slot, Version};
use crate::validate::{Code, Options};

/// Columns of names: any word may be one (csv.md D33).
const NAMES: &[(Kind, &[u8])] = &[
    (Kind::Org, &[at!(Org.name)]),
    (
        Kind::User,
        &[
            at!(User.givenName),
            at!(User.familyName),
            at!(User.middleName),
            at!(User.preferredFirstName),
            at!(User.preferredMiddleName),
            at!(User.preferredLastName),
        ],
    ),
];

/// Columns of codes for people, of which spreadsheets make days (csv.md D32).
const CODES: &[(Kind, &[u8])] = &[
    (Kind::Class, &[at!(Class.classCode), at!(Class.subjectCodes), at!(Class.periods)]),
    (Kind::Course, &[at!(Course.courseCode), at!(Course.subjectCodes)]),
];

/// Columns of grade levels.
const GRADES: &[(Kind, &[u8])] =
    &[(Kind::Class, &[at!(Class.grades)]), (Kind::Course, &[at!(Course.grades)]), (Kind::User, &[at!(User.grades)])];

fn among(columns: &[(Kind, &[u8])], kind: Kind, field: u8) -> bool {
    columns.iter().any(|(of, fields)| *of == kind && fields.contains(&field))
}

impl Plan {
    /// Reads the columns as a run wants them.
    pub(crate) fn refine(&mut self, options: &Options) {
        let (kind, version) = (self.kind, self.version);
        for column in &mut self.columns {
            let Target::Slot(slot @ Slot::Own(field)) = column.target else { continue };
            column.form = match column.form {
                Form::Text if among(NAMES, kind, field) => Form::Name,
                Form::Text if among(CODES, kind, field) => Form::Code,
                Form::Texts if among(CODES, kind, field) => Form::Codes,
                // Only 1.1 says what the codes of grade levels are.
                Form::Texts if among(GRADES, kind, field) && version == Version::V1P1 => Form::Grades,
                Form::Texts if among(GRADES, kind, field) => Form::Codes,
                Form::Date(mut rule) => {
                    rule.serials = options.consents(Code::D28);
                    Form::Date(rule)
                }
                _ if kind.entity().field(slot).privacy == Privacy::Secret && !options.consents(Code::D50) => {
                    Form::Secret
                }
                form => form,
            };
            let role = self.old && (kind, slot) == (Kind::Enrollment, Slot::Own(at!(Enrollment.role)));
            if role && options.consents(Code::U3) && !options.strict {
                column.translation = Translation::Aide;
            }
        }
    }

    /// Reads the days of the columns in the orders that they were found to have.
    pub(crate) fn order_days(&mut self, orders: &[DateOrder]) {
        for (column, order) in self.columns.iter_mut().zip(orders) {
            if let Form::Date(rule) = &mut column.form {
                rule.order = *order;
            }
        }
    }
}
