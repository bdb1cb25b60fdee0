//! The functions of Moodle's web services that are used, and what for.

use super::settings::{Courses, Settings};

/// A function, and when it is needed.
pub struct Function {
    /// Its name.
    pub name: &'static str,
    /// What it is used for.
    pub about: &'static str,
    /// The capabilities that the account of the token needs for it.
    pub capabilities: &'static str,
    /// Whether it is needed with these settings.
    pub needed: fn(&Settings) -> bool,
}

impl std::fmt::Debug for Function {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name)
    }
}

const fn always(_: &Settings) -> bool {
    true
}
/// What is of use, and goes without.
const fn never(_: &Settings) -> bool {
    false
}
fn groups(settings: &Settings) -> bool {
    settings.courses == Courses::Course
}
fn cohorts(settings: &Settings) -> bool {
    settings.cohorts_by_school || settings.cohorts_by_grade
}
fn grades(settings: &Settings) -> bool {
    settings.grades
}
fn unenrols(settings: &Settings) -> bool {
    settings.unenrol
}

const fn row(
    name: &'static str,
    about: &'static str,
    capabilities: &'static str,
    needed: fn(&Settings) -> bool,
) -> Function {
    Function { name, about, capabilities, needed }
}

pub(super) const SITE_INFO: &str = "core_webservice_get_site_info";
pub(super) const FIND_USERS: &str = "core_user_get_users_by_field";
pub(super) const CATEGORIES: &str = "core_course_get_categories";
pub(super) const FIND_COURSES: &str = "core_course_get_courses_by_field";
pub(super) const ENROLLED: &str = "core_enrol_get_enrolled_users";
pub(super) const GROUPS: &str = "core_group_get_course_groups";
pub(super) const GRADES: &str = "gradereport_user_get_grade_items";
pub(super) const MEMBERS: &str = "core_cohort_get_cohort_members";
pub(super) const COHORTS: &str = "core_cohort_get_cohorts";

/// Every function, in the order in which it is used.
/// Source of names, arguments and answers: measured on Moodle 4.3 to 5.1; of the
/// capabilities: an account that had these and no others did all of it. Not
/// measured but read in Moodle's documentation of its interface: the two that
/// rename groups and cohorts, and the members of cohorts.
pub const FUNCTIONS: &[Function] = &[
    row(SITE_INFO, "what the token may do", "webservice/rest:use", always),
    row(CATEGORIES, "categories that are there", "moodle/category:viewhiddencategories", always),
    row("core_course_create_categories", "categories of schools", "moodle/category:manage", always),
    row("core_course_update_categories", "their names", "moodle/category:manage", always),
    row(FIND_COURSES, "courses that are there", "moodle/course:view, moodle/course:viewhiddencourses", always),
    row("core_course_create_courses", "courses of classes", "moodle/course:create, moodle/course:visibility", always),
    row(
        "core_course_update_courses",
        "their names and days, and hiding old ones",
        "moodle/course:update, :changefullname, :changeshortname, :changeidnumber, :changecategory, :visibility",
        always,
    ),
    row(
        FIND_USERS,
        "accounts that are there",
        "moodle/user:viewdetails, moodle/user:viewalldetails, moodle/site:viewuseridentity, moodle/site:viewfullnames",
        always,
    ),
    row("core_user_create_users", "accounts of people", "moodle/user:create", always),
    row("core_user_update_users", "their names, and suspending leavers", "moodle/user:update", always),
    row(
        ENROLLED,
        "who is in a course already",
        "moodle/course:viewparticipants, moodle/course:enrolreview, moodle/site:accessallgroups",
        always,
    ),
    row("enrol_manual_enrol_users", "enrolments, and suspending them", "enrol/manual:enrol", always),
    row("enrol_manual_unenrol_users", "enrolments that ceased, if ended=unenrol", "enrol/manual:unenrol", unenrols),
    row(
        "core_role_assign_roles",
        "roles beside an enrolment, of guardians and of staff",
        "moodle/role:assign, and the roles among those that its role may assign",
        always,
    ),
    row("core_role_unassign_roles", "roles that ceased", "moodle/role:assign", always),
    row(GROUPS, "groups that are there", "moodle/course:managegroups", groups),
    row("core_group_create_groups", "groups of classes in a shared course", "moodle/course:managegroups", groups),
    row("core_group_update_groups", "names of groups", "moodle/course:managegroups", groups),
    row("core_group_add_group_members", "members of groups", "moodle/course:managegroups", groups),
    row("core_group_delete_group_members", "members who changed class", "moodle/course:managegroups", groups),
    row(COHORTS, "cohorts that are there", "moodle/cohort:manage", cohorts),
    row("core_cohort_create_cohorts", "cohorts of schools and grades", "moodle/cohort:manage", cohorts),
    row("core_cohort_update_cohorts", "names of cohorts", "moodle/cohort:manage", cohorts),
    row("core_cohort_add_cohort_members", "members of cohorts", "moodle/cohort:assign", cohorts),
    row("core_cohort_delete_cohort_members", "members who left", "moodle/cohort:assign", cohorts),
    row(MEMBERS, "members of cohorts, when a push is verified", "moodle/cohort:view", never),
    row(
        GRADES,
        "grades, if grades=yes",
        "moodle/grade:viewall, gradereport/user:view, and the :view of each sort of activity that is graded, such as \
         mod/assign:view and mod/quiz:view",
        grades,
    ),
];
