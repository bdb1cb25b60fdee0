//! A district made by hand, whose identifiers can be those of one test only.

use oneroster::at;
use oneroster::model::Kind;
use oneroster::record::Record;

/// Records under construction; every identifier begins with `prefix`.
#[derive(Clone, Debug)]
pub struct District {
    pub records: Vec<Record>,
    pub prefix: String,
}

pub fn record(kind: Kind, id: &str, values: &[(u8, &str)]) -> Record {
    let mut record = Record::new(kind);
    record.sourced_id.push_str(id);
    for (field, value) in values.iter().filter(|(_, value)| !value.is_empty()) {
        record.push(*field, value);
    }
    record
}

impl District {
    /// Two schools below a district, with a year and a term.
    pub fn new(prefix: &str) -> District {
        let mut district = District { records: Vec::new(), prefix: prefix.to_owned() };
        district.org("d", "District", "district", "");
        district.org("s1", "North School", "school", "d");
        district.org("s2", "South School", "school", "d");
        for (id, kind, start, end, parent) in
            [("y", "schoolYear", "2026-08-01", "2027-07-01", ""), ("t", "term", "2026-08-10", "2027-01-20", "y")]
        {
            let parent = if parent.is_empty() { String::new() } else { district.id(parent) };
            let values = [
                (at!(AcademicSession.title), id),
                (at!(AcademicSession.type), kind),
                (at!(AcademicSession.startDate), start),
                (at!(AcademicSession.endDate), end),
                (at!(AcademicSession.parent), &parent),
                (at!(AcademicSession.schoolYear), "2027"),
            ];
            district.add(Kind::AcademicSession, id, &values);
        }
        let (title, org) = ("Algebra", district.id("s1"));
        district.add(
            Kind::Course,
            "co",
            &[(at!(Course.title), title), (at!(Course.courseCode), "ALG"), (at!(Course.org), &org)],
        );
        district
    }

    /// Two classes with a teacher each, and so many students, in turn.
    pub fn with(prefix: &str, students: usize) -> District {
        let mut district = District::new(prefix);
        for (class, teacher) in [("c1", "t1"), ("c2", "t2")] {
            district.class(class, &format!("Algebra {class}"), "s1");
            district.person(teacher, "teacher", "s1");
            district.enroll(class, teacher, "teacher", "", "");
        }
        for number in 0..students {
            let id = format!("u{number:04}");
            district.person(&id, "student", "s1");
            district.enroll(if number % 2 == 0 { "c1" } else { "c2" }, &id, "student", "", "");
        }
        district
    }

    pub fn id(&self, id: &str) -> String {
        format!("{}{id}", self.prefix)
    }

    fn add(&mut self, kind: Kind, id: &str, values: &[(u8, &str)]) {
        let id = self.id(id);
        self.records.push(record(kind, &id, values));
    }

    pub fn org(&mut self, id: &str, name: &str, kind: &str, parent: &str) {
        let parent = if parent.is_empty() { String::new() } else { self.id(parent) };
        self.add(Kind::Org, id, &[(at!(Org.name), name), (at!(Org.type), kind), (at!(Org.parent), &parent)]);
    }

    pub fn class(&mut self, id: &str, title: &str, school: &str) {
        let [course, school, term] = ["co", school, "t"].map(|id| self.id(id));
        let values = [
            (at!(Class.title), title),
            (at!(Class.course), course.as_str()),
            (at!(Class.classType), "scheduled"),
            (at!(Class.school), &school),
            (at!(Class.terms), &term),
        ];
        self.add(Kind::Class, id, &values);
    }

    pub fn person(&mut self, id: &str, role: &str, school: &str) {
        let (username, email) = (self.id(id), format!("{}@school.test", self.id(id)));
        let values = [
            (at!(User.enabledUser), "true"),
            (at!(User.username), username.as_str()),
            (at!(User.givenName), "Ada"),
            (at!(User.familyName), &format!("Name-{id}")),
            (at!(User.email), &email),
            (at!(User.grades), if role == "student" { "09" } else { "" }),
        ];
        self.add(Kind::User, id, &values);
        self.role(id, role, school);
    }

    pub fn role(&mut self, person: &str, role: &str, school: &str) {
        let (user, org) = (self.id(person), self.id(school));
        let values = [
            (at!(Role.user), user.as_str()),
            (at!(Role.roleType), "primary"),
            (at!(Role.role), role),
            (at!(Role.org), &org),
        ];
        self.add(Kind::Role, &format!("r-{person}-{role}-{school}"), &values);
    }

    pub fn enroll(&mut self, class: &str, person: &str, role: &str, begin: &str, end: &str) {
        let [of, user, school] = [class, person, "s1"].map(|id| self.id(id));
        let values = [
            (at!(Enrollment.class), of.as_str()),
            (at!(Enrollment.school), &school),
            (at!(Enrollment.user), &user),
            (at!(Enrollment.role), role),
            (at!(Enrollment.beginDate), begin),
            (at!(Enrollment.endDate), end),
        ];
        self.add(Kind::Enrollment, &format!("e-{class}-{person}-{role}"), &values);
    }

    /// A record to change.
    pub fn get(&mut self, kind: Kind, id: &str) -> &mut Record {
        let id = self.id(id);
        self.records.iter_mut().find(|record| record.kind() == kind && record.sourced_id == id).expect("it is there")
    }

    /// Takes a record away.
    pub fn drop(&mut self, kind: Kind, id: &str) {
        let id = self.id(id);
        self.records.retain(|record| !(record.kind() == kind && record.sourced_id == id));
    }

    /// Takes a person away, with all that names them.
    pub fn leave(&mut self, person: &str) {
        let id = self.id(person);
        self.records.retain(|record| {
            record.sourced_id != id
                && record.get(at!(Enrollment.user)).filter(|_| record.kind() == Kind::Enrollment) != Some(id.as_str())
                && record.get(at!(Role.user)).filter(|_| record.kind() == Kind::Role) != Some(id.as_str())
        });
    }
}
