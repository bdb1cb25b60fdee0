//! What a generated district lacks: material, and a gradebook, which is written
//! as applications write it.

use super::GRADEBOOK;
use crate::homeroom::{Client, encoded};
use anyhow::Context as _;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;

/// Adds resources to a package, attached to some of its classes, courses and people.
pub fn add(package: &Path) -> anyhow::Result<()> {
    let ids = |file: &str| -> anyhow::Result<Vec<String>> {
        let text = fs::read_to_string(package.join(file)).with_context(|| file.to_owned())?;
        let id = |line: &str| line.split(',').next().unwrap_or_default().trim_matches('"').to_owned();
        Ok(text.lines().skip(1).take(3).map(id).collect())
    };
    let (classes, courses, users) = (ids("classes.csv")?, ids("courses.csv")?, ids("users.csv")?);
    let write = |file: &str, header: &str, rows: Vec<String>| {
        fs::write(package.join(file), format!("{header}\r\n{}\r\n", rows.join("\r\n"))).with_context(|| file.to_owned())
    };
    let resources = (0..3).map(|n| format!("res-{n},,,book-{n},Book {n},teacher,primary,,")).collect();
    let header = "sourcedId,status,dateLastModified,vendorResourceId,title,roles,importance,vendorId,applicationId";
    write("resources.csv", header, resources)?;
    let link = |name: &str, ids: &[String], blank: &str| -> Vec<String> {
        let row = |(n, id): (usize, &String)| format!("{name}-{n},,,{id}{blank},res-{n}");
        ids.iter().enumerate().map(row).collect()
    };
    let rows = link("cls", &classes, "").iter().map(|row| row.replacen(",,,", ",,,Book,", 1)).collect();
    write("classResources.csv", "sourcedId,status,dateLastModified,title,classSourcedId,resourceSourcedId", rows)?;
    let rows = link("crs", &courses, "").iter().map(|row| row.replacen(",,,", ",,,Book,", 1)).collect();
    write("courseResources.csv", "sourcedId,status,dateLastModified,title,courseSourcedId,resourceSourcedId", rows)?;
    let header = "sourcedId,status,dateLastModified,userSourcedId,orgSourcedId,classSourcedId,resourceSourcedId";
    write("userResources.csv", header, link("usr", &users, ",,"))?;
    let manifest = package.join("manifest.csv");
    let text = fs::read_to_string(&manifest)?;
    let files = ["resources", "classResources", "courseResources", "userResources"];
    let text = files
        .iter()
        .fold(text, |text, file| text.replace(&format!("file.{file},absent"), &format!("file.{file},bulk")));
    fs::write(&manifest, text).context("manifest.csv")
}

/// Writes a gradebook for the first classes, and assessments.
pub fn grade(client: &Client) -> anyhow::Result<()> {
    let put = |path: &str, body: &Value| -> anyhow::Result<()> {
        let answer = client.send("PUT", &format!("{GRADEBOOK}/{path}"), body)?;
        anyhow::ensure!(
            answer.status == 201,
            "PUT {path}: {} {}",
            answer.status,
            String::from_utf8_lossy(&answer.body)
        );
        Ok(())
    };
    let rostering = super::SERVICES[0].1;
    let list = |path: &str, key: &str| -> anyhow::Result<Vec<Value>> {
        let body = client.get(&format!("{rostering}/{path}"))?.ok()?.json()?;
        Ok(body[key].as_array().cloned().unwrap_or_default())
    };
    let of = |id: &str| json!({ "sourcedId": id });
    put("categories/ca-1", &json!({ "category": { "title": "Tests", "weight": 0.4 } }))?;
    put("assessmentLineItems/al-0", &json!({ "assessmentLineItem": { "title": "State maths" } }))?;
    for (n, class) in list("classes?limit=3", "classes")?.iter().enumerate() {
        let id = class["sourcedId"].as_str().context("a class without an identifier")?;
        let students = list(&format!("classes/{}/students?limit=3", encoded(id)), "users")?;
        put(
            &format!("scoreScales/ss-{n}"),
            &json!({ "scoreScale": {
                "title": "Letters", "type": "letter", "class": of(id), "course": of(class["course"]["sourcedId"].as_str().unwrap_or_default()),
                "scoreScaleValue": [{ "itemValueLHS": "90-100", "itemValueRHS": "A" }]
            }}),
        )?;
        let objectives =
            json!([{ "source": "case", "learningObjectiveIds": ["urn:uuid:0f1c6f2e-7a53-4a55-9a3f-2a6b5f0c9e11"] }]);
        put(
            &format!("lineItems/li-{n}"),
            &json!({ "lineItem": {
                "title": "Quiz", "description": "Of the week", "assignDate": "2026-09-14T07:00:00Z", "dueDate": "2026-09-18T21:59:59Z",
                "class": of(id), "school": of(class["school"]["sourcedId"].as_str().unwrap_or_default()), "category": of("ca-1"),
                "scoreScale": of(&format!("ss-{n}")), "resultValueMin": 0, "resultValueMax": 100, "learningObjectiveSet": objectives,
                "metadata": { "our.colour": "red" }
            }}),
        )?;
        put(
            &format!("assessmentLineItems/al-1{n}"),
            &json!({ "assessmentLineItem": {
                "title": "Part", "class": of(id), "parentAssessmentLineItem": of("al-0"), "scoreScale": of(&format!("ss-{n}")),
                "learningObjectiveSet": objectives
            }}),
        )?;
        for (m, student) in students.iter().enumerate() {
            let student = of(student["sourcedId"].as_str().unwrap_or_default());
            let mastery = json!([{ "source": "case", "learningObjectiveResults": [
                { "learningObjectiveId": "urn:uuid:0f1c6f2e-7a53-4a55-9a3f-2a6b5f0c9e11", "score": 4, "textScore": "mastered" }
            ]}]);
            put(
                &format!("results/rs-{n}-{m}"),
                &json!({ "result": {
                    "lineItem": of(&format!("li-{n}")), "student": student, "class": of(id), "scoreScale": of(&format!("ss-{n}")),
                    "scoreStatus": "fully graded", "score": 91.5, "textScore": "A", "scoreDate": "2026-09-19", "comment": "Well argued.",
                    "learningObjectiveSet": mastery, "late": "true", "missing": "false"
                }}),
            )?;
            put(
                &format!("assessmentResults/ar-{n}-{m}"),
                &json!({ "assessmentResult": {
                    "assessmentLineItem": of(&format!("al-1{n}")), "student": student, "scoreStatus": "ext:scanned", "score": 33,
                    "scorePercentile": 82.5, "scoreDate": "2026-10-02", "learningObjectiveSet": mastery
                }}),
            )?;
        }
    }
    Ok(())
}
