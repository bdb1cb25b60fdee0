//! The functions of the web services, by the rules that were measured.

use super::site::{Category, Cohort, Course, Enrolment, Group, OWN, Site, User};
use super::{Faults, fault};
use homeroom_targets::moodle::FUNCTIONS;
use serde_json::{Value, json};
use std::collections::BTreeSet;

type Done = Result<Value, Value>;

/// The code of the error if a mail cannot be sent, which it is when the call is done.
pub const UNSENT: &str = "Message was not sent.";

/// What a production site says of nearly everything.
fn invalid() -> Value {
    fault("invalid_parameter_exception", "invalidparameter", "Invalid parameter value detected")
}

fn missing() -> Value {
    fault("dml_missing_record_exception", "invalidrecord", "Can't find data record in database.")
}

fn moodle(code: &str) -> Value {
    fault("moodle_exception", code, code)
}

fn text<'a>(value: &'a Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

fn number(value: &Value, name: &str) -> Result<i64, Value> {
    text(value, name).parse().map_err(|_| invalid())
}

/// The records of a list, in order; every one needs these members.
fn list<'a>(arguments: &'a Value, name: &str, needed: &[&str], known: &[&str]) -> Result<Vec<&'a Value>, Value> {
    let Some(all) = arguments[name].as_object() else { return Err(invalid()) };
    let mut all: Vec<(usize, &Value)> = all.iter().map(|(at, one)| (at.parse().unwrap(), one)).collect();
    all.sort_by_key(|(at, _)| *at);
    for (_, one) in &all {
        let members = one.as_object().ok_or_else(invalid)?;
        let unknown = members.keys().any(|name| !needed.contains(&name.as_str()) && !known.contains(&name.as_str()));
        if unknown || needed.iter().any(|name| !members.contains_key(*name)) {
            return Err(invalid());
        }
    }
    Ok(all.into_iter().map(|(_, one)| one).collect())
}

pub fn call(site: &mut Site, faults: &Faults, function: &str, arguments: &Value) -> Done {
    match function {
        "core_webservice_get_site_info" => Ok(info(faults)),
        "core_user_get_users_by_field" => find_users(site, faults, arguments),
        "core_user_create_users" => create_users(site, faults, arguments),
        "core_user_update_users" => update_users(site, faults, arguments),
        "core_course_get_categories" => Ok(find_categories(site, arguments)),
        "core_course_create_categories" => create_categories(site, arguments),
        "core_course_update_categories" => update_categories(site, arguments),
        "core_course_get_courses_by_field" => find_courses(site, arguments),
        "core_course_create_courses" => create_courses(site, arguments),
        "core_course_update_courses" => update_courses(site, arguments),
        "core_enrol_get_enrolled_users" => enrolled(site, faults, arguments),
        "enrol_manual_enrol_users" => enrol(site, faults, arguments),
        "enrol_manual_unenrol_users" => unenrol(site, arguments),
        "core_role_assign_roles" => assign(site, arguments, "assignments", true),
        "core_role_unassign_roles" => assign(site, arguments, "unassignments", false),
        "core_group_get_course_groups" => Ok(find_groups(site, arguments)),
        "core_group_create_groups" => create_groups(site, arguments),
        "core_group_update_groups" => update_groups(site, arguments),
        "core_group_add_group_members" => group_members(site, arguments, true),
        "core_group_delete_group_members" => group_members(site, arguments, false),
        "gradereport_user_get_grade_items" => grade_items(site, arguments),
        "core_cohort_get_cohorts" => Ok(find_cohorts(site)),
        "core_cohort_create_cohorts" => create_cohorts(site, arguments),
        "core_cohort_update_cohorts" => update_cohorts(site, arguments),
        "core_cohort_get_cohort_members" => cohort_members(site, arguments),
        "core_cohort_add_cohort_members" => add_to_cohorts(site, arguments),
        "core_cohort_delete_cohort_members" => take_from_cohorts(site, arguments),
        _ => Err(missing()),
    }
}

fn info(faults: &Faults) -> Value {
    let offered = FUNCTIONS.iter().filter(|function| !faults.lacking.contains(&function.name));
    let functions: Vec<Value> =
        offered.map(|function| json!({ "name": function.name, "version": "2023100900" })).collect();
    json!({
        "sitename": "Fake", "username": "homeroom", "userid": OWN, "release": "4.3 (Build: 20231009)",
        "version": "2023100900", "functions": functions, "userissiteadmin": false
    })
}

/// The students who may go into a course today with every grade item, graded or not;
/// totals come last.
fn grade_items(site: &Site, arguments: &Value) -> Done {
    let course = number(arguments, "courseid")?;
    let Some(named) = site.courses.get(&course) else { return Err(invalid()) };
    if site.blind.contains(&course) {
        return Err(fault(
            "required_capability_exception",
            "nopermissions",
            "Sorry, but you do not currently have permissions to do that (View grades).",
        ));
    }
    let wanted = number(arguments, "userid")?;
    let mut all = Vec::new();
    let within = |one: &Enrolment| site.now.is_none_or(|now| one.start <= now && (one.end == 0 || one.end > now));
    let active = |one: &Enrolment| !one.suspended && within(one);
    let is_student = |user: i64| site.roles_in("course", course, user).contains(&5);
    let listed =
        |user: i64, one: &Enrolment| if wanted == 0 { active(one) && is_student(user) } else { user == wanted };
    let here = site.enrolments.iter().filter(|((of, user), one)| *of == course && listed(*user, one));
    for ((of, user), _) in here {
        let mut items = Vec::new();
        for (id, item) in site.items.iter().filter(|(_, item)| item.course == *of) {
            let grade = item.grades.get(user);
            let is_total = item.kind == "course";
            let range =
                if site.scales.contains(id) { "Poor&ndash;Good".into() } else { format!("0&ndash;{}", item.most) };
            let mut told = json!({
                "id": id, "itemname": if is_total { Value::Null } else { json!(item.name) }, "itemtype": item.kind,
                "itemmodule": if item.kind == "mod" { json!("assign") } else { Value::Null }, "iteminstance": id,
                "idnumber": "", "cmid": 7, "graderaw": grade.map(|(grade, _)| grade), "grademin": 0,
                "grademax": item.most, "gradedategraded": grade.and_then(|(_, at)| *at), "gradedatesubmitted": null,
                "rangeformatted": range, "percentageformatted": "", "feedback": "", "feedbackformat": 0,
                "status": if grade.is_none() && is_total { json!("novalue") } else { json!("") },
            });
            if site.rangeless.contains(of) {
                told.as_object_mut()
                    .unwrap()
                    .retain(|name, _| !["rangeformatted", "grademin", "grademax"].contains(&name.as_str()));
            }
            items.push(told);
        }
        let idnumber = site.users.get(user).map(|user| user.idnumber.clone());
        all.push(json!({
            "userid": user, "useridnumber": idnumber, "courseidnumber": named.idnumber, "gradeitems": items,
        }));
    }
    Ok(json!({ "usergrades": all, "warnings": [] }))
}

fn shown(id: i64, user: &User) -> Value {
    let mut shown = json!({
        "id": id, "username": user.username, "firstname": user.firstname, "lastname": user.lastname,
        "fullname": format!("{} {}", user.firstname, user.lastname), "email": user.email, "auth": user.auth,
        "suspended": user.suspended, "confirmed": true
    });
    if !user.idnumber.is_empty() {
        shown["idnumber"] = json!(user.idnumber);
    }
    shown
}

fn find_users(site: &Site, faults: &Faults, arguments: &Value) -> Done {
    let values: BTreeSet<&str> =
        arguments["values"].as_object().into_iter().flatten().filter_map(|(_, v)| v.as_str()).collect();
    let field = text(arguments, "field");
    if field == "username" && values.iter().any(|value| value.to_lowercase() != *value) {
        return Err(invalid());
    }
    let of = |id: i64, user: &User| match field {
        "id" => Ok(id.to_string()),
        "idnumber" => Ok(user.idnumber.clone()),
        "username" => Ok(user.username.clone()),
        "email" => Ok(user.email.clone()),
        _ => Err(fault("coding_exception", "codingerror", "Coding error")),
    };
    let mut found = Vec::new();
    for (id, user) in &site.users {
        let text = of(*id, user)?;
        let loosely = faults.any_case && values.iter().any(|value| value.eq_ignore_ascii_case(&text));
        if (loosely || values.contains(text.as_str())) && (!faults.blind || *id == OWN) {
            found.push(shown(*id, user));
        }
    }
    Ok(Value::Array(found))
}

fn legal(username: &str) -> bool {
    !username.is_empty()
        && username.len() <= 100
        && username.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b"._@-".contains(&b))
}

fn tagged(name: &str) -> bool {
    name.split('<').skip(1).any(|rest| !rest.starts_with(' '))
}

fn create_users(site: &mut Site, faults: &Faults, arguments: &Value) -> Done {
    let needed = ["username", "firstname", "lastname", "email"];
    let known = ["auth", "password", "createpassword", "idnumber"];
    let mut made = Vec::new();
    for one in list(arguments, "users", &needed, &known)? {
        let [username, firstname, lastname, email, idnumber, auth, password] =
            ["username", "firstname", "lastname", "email", "idnumber", "auth", "password"]
                .map(|name| text(one, name).to_owned());
        let auth = if auth.is_empty() { "manual".to_owned() } else { auth };
        let same =
            |user: &User| user.username == username || (!faults.same_emails && user.email.eq_ignore_ascii_case(&email));
        let bad = !legal(&username)
            || email.split_once('@').is_none_or(|(_, domain)| !domain.contains('.'))
            || firstname.trim().is_empty()
            || lastname.trim().is_empty()
            || tagged(&firstname)
            || tagged(&lastname)
            || site.users.values().any(same);
        if bad || (auth == "manual" && password.is_empty() && one["createpassword"] != "1") {
            return Err(invalid());
        }
        let policy = password.len() >= 8
            && password.bytes().any(|b| b.is_ascii_digit())
            && password.bytes().any(|b| b.is_ascii_lowercase())
            && password.bytes().any(|b| b.is_ascii_uppercase())
            && password.bytes().any(|b| !b.is_ascii_alphanumeric());
        if !password.is_empty() && !policy {
            return Err(fault("moodle_exception", "<div>Passwords must be at least 8 characters</div>", "error"));
        }
        let id = site.next();
        made.push(json!({ "id": id, "username": username }));
        let user = User { username, firstname, lastname, email, idnumber, auth, password, suspended: false };
        site.users.insert(id, user);
    }
    Ok(Value::Array(made))
}

fn update_users(site: &mut Site, faults: &Faults, arguments: &Value) -> Done {
    let known = ["username", "firstname", "lastname", "email", "idnumber", "suspended"];
    let mut warnings = Vec::new();
    for one in list(arguments, "users", &["id"], &known)? {
        let id = number(one, "id")?;
        let mut warn =
            |code: &str| warnings.push(json!({ "item": "user", "itemid": id, "warningcode": code, "message": code }));
        let Some(mut user) = site.users.get(&id).cloned() else {
            warn("invaliduserid");
            continue;
        };
        if user.is_deleted() {
            warn("usernotupdateddeleted");
            continue;
        }
        if id == 2 {
            warn("usernotupdatedadmin");
            continue;
        }
        for (name, value) in one.as_object().unwrap() {
            let value = value.as_str().unwrap().to_owned();
            match name.as_str() {
                "username" if !legal(&value) => return Err(invalid()),
                "username" => user.username = value,
                "firstname" => user.firstname = value,
                "lastname" => user.lastname = value,
                "email" => user.email = value,
                "idnumber" => user.idnumber = value,
                "suspended" => user.suspended = value == "1",
                _ => {}
            }
        }
        let others = || site.users.iter().filter(|(other, _)| **other != id);
        let same_email = |other: &User| !faults.same_emails && other.email.eq_ignore_ascii_case(&user.email);
        if others().any(|(_, other)| same_email(other)) {
            warn("useremailduplicate");
        } else if others().any(|(_, other)| other.username == user.username) {
            warn("dmlwriteexception");
        } else {
            site.users.insert(id, user);
        }
    }
    Ok(json!({ "warnings": warnings }))
}

fn find_categories(site: &Site, arguments: &Value) -> Value {
    let wanted = arguments["criteria"]["0"]["value"].as_str();
    let fits = |category: &&Category| wanted.is_none_or(|wanted| category.idnumber == wanted);
    let shown = |(id, category): (&i64, &Category)| json!({ "id": id, "name": category.name, "idnumber": category.idnumber, "parent": category.parent });
    site.categories.iter().filter(|(_, category)| fits(category)).map(shown).collect()
}

fn create_categories(site: &mut Site, arguments: &Value) -> Done {
    let mut made = Vec::new();
    for one in list(arguments, "categories", &["name"], &["parent", "idnumber", "description"])? {
        let (idnumber, parent) = (text(one, "idnumber").to_owned(), number(one, "parent")?);
        if site.categories.values().any(|other| !idnumber.is_empty() && other.idnumber == idnumber) {
            return Err(moodle("categoryidnumbertaken"));
        }
        if parent != 0 && !site.categories.contains_key(&parent) {
            return Err(moodle("unknowcategory"));
        }
        let id = site.next();
        let name = text(one, "name").to_owned();
        made.push(json!({ "id": id, "name": name }));
        site.categories.insert(id, Category { name, idnumber, parent });
    }
    Ok(Value::Array(made))
}

fn update_categories(site: &mut Site, arguments: &Value) -> Done {
    for one in list(arguments, "categories", &["id"], &["name", "parent", "idnumber"])? {
        let category = site.categories.get_mut(&number(one, "id")?).ok_or_else(|| moodle("unknowncategory"))?;
        if let Some(name) = one["name"].as_str() {
            category.name = name.to_owned();
        }
        if one["parent"].is_string() {
            category.parent = number(one, "parent")?;
        }
        if let Some(idnumber) = one["idnumber"].as_str() {
            category.idnumber = idnumber.to_owned();
        }
    }
    Ok(Value::Null)
}

fn find_courses(site: &Site, arguments: &Value) -> Done {
    let (field, value) = (text(arguments, "field"), text(arguments, "value"));
    // Moodle falls over a number that is not there: an error of PHP, without a code.
    let known = |id: &str| id.parse().is_ok_and(|id: i64| site.courses.contains_key(&id));
    if field == "ids" && !value.split(',').all(known) {
        let message = "Attempt to assign property \"contextvalidated\" on null";
        return Err(json!({ "exception": "Error", "message": message }));
    }
    let fits = |(id, course): &(&i64, &Course)| match field {
        "" => true,
        "id" => id.to_string() == value,
        "ids" => value.split(',').any(|one| one == id.to_string()),
        "idnumber" => course.idnumber == value,
        "shortname" => course.shortname == value,
        _ => false,
    };
    let shown = |(id, course): (&i64, &Course)| {
        json!({
            "id": id, "fullname": course.fullname, "shortname": course.shortname, "idnumber": course.idnumber,
            "categoryid": course.category, "visible": i32::from(course.visible), "startdate": course.start,
            "enddate": course.end, "groupmode": i32::from(course.separate)
        })
    };
    let found: Vec<Value> = site.courses.iter().filter(fits).map(shown).collect();
    Ok(json!({ "courses": found, "warnings": [] }))
}

fn create_courses(site: &mut Site, arguments: &Value) -> Done {
    let mut made = Vec::new();
    let known = ["idnumber", "startdate", "enddate", "visible"];
    for one in list(arguments, "courses", &["fullname", "shortname", "categoryid"], &known)? {
        let [fullname, shortname, idnumber] =
            ["fullname", "shortname", "idnumber"].map(|name| text(one, name).to_owned());
        let [category, start, end] = ["categoryid", "startdate", "enddate"].map(|name| number(one, name));
        let course = Course {
            fullname,
            shortname,
            idnumber,
            category: category?,
            start: start?,
            end: end?,
            visible: one["visible"] == "1",
            separate: false,
        };
        fits(site, &course, None)?;
        let id = site.next();
        made.push(json!({ "id": id, "shortname": course.shortname }));
        site.courses.insert(id, course);
    }
    Ok(Value::Array(made))
}

fn fits(site: &Site, course: &Course, id: Option<i64>) -> Result<(), Value> {
    let others = || site.courses.iter().filter(|(other, _)| Some(**other) != id);
    if others().any(|(_, other)| other.shortname.eq_ignore_ascii_case(&course.shortname)) {
        return Err(moodle("shortnametaken"));
    }
    if others().any(|(_, other)| !course.idnumber.is_empty() && other.idnumber == course.idnumber) {
        return Err(moodle("courseidnumbertaken"));
    }
    if !site.categories.contains_key(&course.category) {
        return Err(moodle("errorcatcontextnotvalid"));
    }
    match (course.start, course.end) {
        (0, end) if end > 0 => Err(moodle("nostartdatenoenddate")),
        (start, end) if end > 0 && end < start => Err(moodle("enddatebeforestartdate")),
        _ if tagged(&course.fullname) => Err(invalid()),
        _ => Ok(()),
    }
}

fn update_courses(site: &mut Site, arguments: &Value) -> Done {
    let known = ["fullname", "shortname", "idnumber", "categoryid", "startdate", "enddate", "visible"];
    let mut warnings = Vec::new();
    for one in list(arguments, "courses", &["id"], &known)? {
        let id = number(one, "id")?;
        let mut warn =
            |code: &str| warnings.push(json!({ "item": "course", "itemid": id, "warningcode": code, "message": code }));
        let Some(mut course) = site.courses.get(&id).cloned() else {
            warn("invalidrecord");
            continue;
        };
        for (name, value) in one.as_object().unwrap() {
            let value = value.as_str().unwrap();
            match name.as_str() {
                "fullname" => course.fullname = value.to_owned(),
                "shortname" => course.shortname = value.to_owned(),
                "idnumber" => course.idnumber = value.to_owned(),
                "categoryid" => course.category = number(one, name)?,
                "startdate" => course.start = number(one, name)?,
                "enddate" => course.end = number(one, name)?,
                "visible" => course.visible = value == "1",
                _ => {}
            }
        }
        match fits(site, &course, Some(id)) {
            Ok(()) => drop(site.courses.insert(id, course)),
            Err(fault) => warn(text(&fault, "errorcode")),
        }
    }
    Ok(json!({ "warnings": warnings }))
}

fn enrolled(site: &Site, faults: &Faults, arguments: &Value) -> Done {
    let course = number(arguments, "courseid")?;
    let named = site.courses.get(&course).ok_or_else(missing)?;
    let options: Vec<&Value> = arguments["options"].as_object().into_iter().flatten().map(|(_, one)| one).collect();
    let option = |name: &str| options.iter().find(|one| one["name"] == name).map_or("", |one| text(one, "value"));
    if faults.apart && !option("groupid").is_empty() {
        let message = "Sorry, but you do not currently have permissions to do that (Access all groups).";
        return Err(fault("required_capability_exception", "nopermissions", message));
    }
    if faults.apart && named.separate {
        return Ok(json!([]));
    }
    let wants = |field: &str| option("userfields").is_empty() || option("userfields").contains(field);
    let mut found = Vec::new();
    for ((_, user), enrolment) in site.enrolments.iter().filter(|((at, _), _)| *at == course) {
        if option("onlysuspended") == "1" && !enrolment.suspended {
            continue;
        }
        let mut one = json!({ "id": user });
        if wants("roles") {
            let roles = site.roles_in("course", course, *user).into_iter();
            one["roles"] = roles.map(|role| json!({ "roleid": role, "shortname": "r" })).collect();
        }
        if wants("groups") {
            let groups = site.groups.iter().filter(|(_, group)| group.course == course && group.members.contains(user));
            one["groups"] = groups.map(|(id, group)| json!({ "id": id, "name": group.name })).collect();
        }
        found.push(one);
    }
    Ok(Value::Array(found))
}

fn enrol(site: &mut Site, faults: &Faults, arguments: &Value) -> Done {
    for one in list(arguments, "enrolments", &["roleid", "userid", "courseid"], &["timestart", "timeend", "suspend"])? {
        let [role, user, course] = ["roleid", "userid", "courseid"].map(|name| number(one, name));
        let (role, user, course) = (role?, user?, course?);
        if course == 1 || !site.courses.contains_key(&course) {
            return Err(moodle("wsnoinstance"));
        }
        if !(1..=20).contains(&role) {
            return Err(moodle("wsusercannotassign"));
        }
        if !site.users.contains_key(&user) {
            return Err(moodle("invaliduserid"));
        }
        let day = |name| text(one, name).parse().unwrap_or(0);
        let (start, end, suspended) = (day("timestart"), day("timeend"), one["suspend"] == "1");
        let by = site.enrolments.get(&(course, user)).map_or("manual", |enrolment| enrolment.by);
        // Enrolments of other plugins stand beside a manual one; here it is enough that they are not lost.
        site.enrolments.insert((course, user), Enrolment { start, end, suspended, by });
        site.roles.insert(("course".to_owned(), course, user, role));
    }
    if faults.mail_fails {
        return Err(fault("moodle_exception", UNSENT, "error/Message was not sent."));
    }
    Ok(Value::Null)
}

fn unenrol(site: &mut Site, arguments: &Value) -> Done {
    for one in list(arguments, "enrolments", &["userid", "courseid"], &["roleid"])? {
        let (user, course) = (number(one, "userid")?, number(one, "courseid")?);
        site.enrolments.remove(&(course, user));
        site.roles.retain(|(level, at, who, _)| !(level == "course" && *at == course && *who == user));
        for group in site.groups.values_mut().filter(|group| group.course == course) {
            group.members.remove(&user);
        }
    }
    Ok(Value::Null)
}

fn assign(site: &mut Site, arguments: &Value, name: &str, give: bool) -> Done {
    for one in list(arguments, name, &["roleid", "userid", "contextlevel", "instanceid"], &[])? {
        let (role, user, at) = (number(one, "roleid")?, number(one, "userid")?, number(one, "instanceid")?);
        let level = text(one, "contextlevel");
        let there = match level {
            "user" => site.users.contains_key(&at),
            "course" => site.courses.contains_key(&at),
            "coursecat" => site.categories.contains_key(&at),
            _ => false,
        };
        if !there {
            return Err(invalid());
        }
        if !site.users.contains_key(&user) {
            return Err(fault("coding_exception", "codingerror", "Coding error"));
        }
        let held = (level.to_owned(), at, user, role);
        let _ = if give { site.roles.insert(held) } else { site.roles.remove(&held) };
    }
    Ok(Value::Null)
}

fn find_groups(site: &Site, arguments: &Value) -> Value {
    let course: i64 = text(arguments, "courseid").parse().unwrap_or(0);
    let here = site.groups.iter().filter(|(_, group)| group.course == course);
    here.map(|(id, group)| json!({ "id": id, "courseid": course, "name": group.name, "idnumber": group.idnumber }))
        .collect()
}

fn create_groups(site: &mut Site, arguments: &Value) -> Done {
    let mut made = Vec::new();
    for one in list(arguments, "groups", &["courseid", "name", "description"], &["idnumber"])? {
        let (course, name, idnumber) =
            (number(one, "courseid")?, text(one, "name").to_owned(), text(one, "idnumber").to_owned());
        if tagged(&name) || site.groups.values().any(|other| other.course == course && other.name == name) {
            return Err(invalid());
        }
        if site.groups.values().any(|other| other.course == course && other.idnumber == idnumber) {
            return Err(moodle("idnumbertaken"));
        }
        let id = site.next();
        made.push(json!({ "id": id, "courseid": course, "name": name }));
        site.groups.insert(id, Group { course, name, idnumber, members: BTreeSet::new() });
    }
    Ok(Value::Array(made))
}

fn update_groups(site: &mut Site, arguments: &Value) -> Done {
    for one in list(arguments, "groups", &["id", "name"], &["idnumber", "description"])? {
        let (id, name) = (number(one, "id")?, text(one, "name").to_owned());
        let course = site.groups.get(&id).ok_or_else(invalid)?.course;
        if site.groups.iter().any(|(other, group)| *other != id && group.course == course && group.name == name) {
            return Err(invalid());
        }
        let idnumber = one["idnumber"].as_str();
        let same = |group: &Group| group.course == course && Some(group.idnumber.as_str()) == idnumber;
        if site.groups.iter().any(|(other, group)| *other != id && same(group)) {
            return Err(moodle("idnumbertaken"));
        }
        let group = site.groups.get_mut(&id).unwrap();
        group.name = name;
        if let Some(idnumber) = idnumber {
            group.idnumber = idnumber.to_owned();
        }
    }
    Ok(Value::Null)
}

fn update_cohorts(site: &mut Site, arguments: &Value) -> Done {
    for one in list(arguments, "cohorts", &["id", "name", "categorytype"], &["idnumber", "description"])? {
        let cohort = site.cohorts.get_mut(&number(one, "id")?).ok_or_else(invalid)?;
        cohort.name = text(one, "name").to_owned();
    }
    Ok(Value::Null)
}

/// One that is not there makes an error of the whole question.
fn cohort_members(site: &Site, arguments: &Value) -> Done {
    let wanted = arguments["cohortids"].as_object().into_iter().flatten();
    let wanted = wanted.filter_map(|(_, id)| id.as_str()?.parse::<i64>().ok());
    wanted
        .map(|id| {
            let cohort = site.cohorts.get(&id).ok_or_else(missing)?;
            Ok(json!({ "cohortid": id, "userids": cohort.members }))
        })
        .collect()
}

fn group_members(site: &mut Site, arguments: &Value, add: bool) -> Done {
    for one in list(arguments, "members", &["groupid", "userid"], &[])? {
        let (group, user) = (number(one, "groupid")?, number(one, "userid")?);
        let course = site.groups.get(&group).ok_or_else(invalid)?.course;
        if add && !site.enrolments.contains_key(&(course, user)) {
            return Err(fault(
                "invalid_parameter_exception",
                "invalidparameter",
                "Only enrolled users may be members of groups",
            ));
        }
        let members = &mut site.groups.get_mut(&group).unwrap().members;
        let _ = if add { members.insert(user) } else { members.remove(&user) };
    }
    Ok(Value::Null)
}

fn find_cohorts(site: &Site) -> Value {
    site.cohorts
        .iter()
        .map(|(id, cohort)| json!({ "id": id, "name": cohort.name, "idnumber": cohort.idnumber }))
        .collect()
}

fn create_cohorts(site: &mut Site, arguments: &Value) -> Done {
    let mut made = Vec::new();
    for one in list(arguments, "cohorts", &["categorytype", "name", "idnumber"], &[])? {
        let (name, idnumber) = (text(one, "name").to_owned(), text(one, "idnumber").to_owned());
        if one["categorytype"]["type"] != "system" || site.cohorts.values().any(|other| other.idnumber == idnumber) {
            return Err(invalid());
        }
        let id = site.next();
        made.push(json!({ "id": id, "name": name, "idnumber": idnumber }));
        site.cohorts.insert(id, Cohort { name, idnumber, members: BTreeSet::new() });
    }
    Ok(Value::Array(made))
}

fn add_to_cohorts(site: &mut Site, arguments: &Value) -> Done {
    let mut warnings = Vec::new();
    for one in list(arguments, "members", &["cohorttype", "usertype"], &[])? {
        let (cohort, user) = (number(&one["cohorttype"], "value")?, number(&one["usertype"], "value")?);
        match site.cohorts.get_mut(&cohort) {
            Some(cohort) if site.users.contains_key(&user) => drop(cohort.members.insert(user)),
            _ => {
                warnings.push(json!({ "item": "cohort", "itemid": cohort, "warningcode": "2", "message": "not found" }))
            }
        }
    }
    Ok(json!({ "warnings": warnings }))
}

fn take_from_cohorts(site: &mut Site, arguments: &Value) -> Done {
    for one in list(arguments, "members", &["cohortid", "userid"], &[])? {
        let (cohort, user) = (number(one, "cohortid")?, number(one, "userid")?);
        site.cohorts.get_mut(&cohort).ok_or_else(invalid)?.members.remove(&user);
    }
    Ok(Value::Null)
}
