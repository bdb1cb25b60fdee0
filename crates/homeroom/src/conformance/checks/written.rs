//! What checks write: bodies, how they go out and come back, and how all of it
//! is taken back.

use super::super::Step;
use super::super::call::Call;
use super::super::look::{Look, Stop};
use super::super::names::{ID, member, route};
use oneroster::model::{Kind, Method, ROUTES, Route, Type, Version};
use serde_json::{Value, json};

/// What a written object may be answered with (rest.md D13).
pub(super) const STORED: [u16; 2] = [200, 201];

/// What a deletion may be answered with.
pub(super) const DELETED: [u16; 2] = [200, 204];

/// More than a class has of anything.
pub(super) const MANY: u64 = 10_000;

/// The day of what is written.
pub(super) const DAY: &str = "2026-09-14";
const TIME: &str = "2026-09-14T07:00:00.000Z";

/// The operation of a method on records of the same kind by their identifier.
pub(super) fn sibling(kind: Kind, method: Method) -> Option<&'static Route> {
    ROUTES
        .iter()
        .find(|r| r.kind == kind && r.method == method && r.parents.is_empty() && r.path.ends_with("{sourcedId}"))
}

/// A reference as consumers send it: the identifier alone.
pub(super) fn to(id: &str) -> Value {
    json!({ ID: id })
}

impl Look<'_, '_> {
    /// An identifier that nobody used before.
    pub(super) fn new_id(&mut self) -> Step<String> {
        let chance = self.site.chance();
        chance.map_err(|none| Stop::NotTried(none.why))
    }

    /// Writes one object; it is taken back when the version is done.
    pub(in super::super) fn put(&mut self, kind: Kind, id: &str, body: &Value) -> Step<u16> {
        self.put_by(kind, id, body, |call| call)
    }

    /// The same by a request that says more.
    pub(super) fn put_by(&mut self, kind: Kind, id: &str, body: &Value, more: impl FnOnce(Call) -> Call) -> Step<u16> {
        let call = more(self.putting(kind, id, body)?);
        let answer = self.send(&call)?;
        match answer.status {
            status if STORED.contains(&status) => {
                self.site.wrote(self.version, kind, id);
                Ok(status)
            }
            404 | 405 | 501 => {
                Err(Stop::NotOffered(format!("{} is answered with {}", call.shown(false), answer.status)))
            }
            403 => Err(Stop::NotTried(format!("the application may not write {} (403)", kind.entity().plural))),
            status => self.fail(&call, &format!("status {status} instead of 201 or 200")),
        }
    }

    /// A request that writes one object. Who sends it as it is has to see to it
    /// that the object is taken back.
    pub(super) fn putting(&self, kind: Kind, id: &str, body: &Value) -> Step<Call> {
        let route = sibling(kind, Method::Put).ok_or_else(|| Stop::NotTried("it is not writable".into()))?;
        Ok(Call::new(route, &[id]).body(json!({ kind.entity().name: body })))
    }

    /// A new object of a kind, written; gives its identifier and what was sent.
    pub(in super::super) fn written(&mut self, kind: Kind) -> Step<(String, Value)> {
        let new = self.new_id()?;
        let body = self.body(kind, &new)?;
        self.put(kind, &new, &body)?;
        Ok((new, body))
    }

    /// What is sent for a new object: what the class demands, and little more.
    pub(super) fn body(&mut self, kind: Kind, new: &str) -> Step<Value> {
        let room = self.classroom()?;
        let both = self.version == Version::V1P2;
        Ok(match kind {
            Kind::LineItem => {
                let mut body = json!({
                    ID: new,
                    member!(LineItem.title): "Conformance",
                    member!(LineItem.description): "Written by a check",
                    member!(LineItem.assignDate): TIME,
                    member!(LineItem.dueDate): TIME,
                    member!(LineItem.resultValueMin): 0,
                    member!(LineItem.resultValueMax): 100,
                    member!(LineItem.class): to(&room.class),
                });
                // Google sends category and school in 1.2, and neither in 1.1.
                if both {
                    body[member!(LineItem.category)] = to(&self.shared(Kind::Category)?);
                    body[member!(LineItem.school)] = to(&room.school);
                }
                body
            }
            Kind::Result => json!({
                ID: new,
                member!(Result.score): 80,
                member!(Result.comment): "",
                member!(Result.scoreStatus): "fully graded",
                member!(Result.scoreDate): TIME,
                member!(Result.lineItem): to(&self.shared(Kind::LineItem)?),
                member!(Result.student): to(&room.student),
            }),
            Kind::ScoreScale => {
                let values = kind.entity().fields[usize::from(oneroster::at!(ScoreScale.scoreScaleValue))];
                let Type::Pairs(left, right) = values.ty else { return Ok(Value::Null) };
                json!({
                    ID: new,
                    member!(ScoreScale.title): "Conformance",
                    member!(ScoreScale.type): "letters",
                    member!(ScoreScale.course): to(&room.course),
                    member!(ScoreScale.class): to(&room.class),
                    values.name: [{ left: "90-100", right: "A" }, { left: "0-89", right: "B" }],
                })
            }
            Kind::AssessmentLineItem => json!({ ID: new, member!(AssessmentLineItem.title): "Conformance" }),
            Kind::AssessmentResult => json!({
                ID: new,
                member!(AssessmentResult.assessmentLineItem): to(&self.shared(Kind::AssessmentLineItem)?),
                member!(AssessmentResult.student): to(&room.student),
                member!(AssessmentResult.score): 7.5,
                member!(AssessmentResult.scoreDate): DAY,
                member!(AssessmentResult.scoreStatus): "fully graded",
            }),
            _ => json!({ ID: new, member!(Category.title): "Conformance" }),
        })
    }

    /// One object of a kind that several checks lean on.
    pub(super) fn shared(&mut self, kind: Kind) -> Step<String> {
        if let Some(id) = self.site.shared(self.version, kind) {
            return Ok(id);
        }
        let (id, _) = self.written(kind)?;
        self.site.share(self.version, kind, &id);
        Ok(id)
    }

    /// One object, read back.
    pub(super) fn back(&mut self, kind: Kind, id: &str) -> Step<Value> {
        let Some(route) = sibling(kind, Method::Get) else { return Ok(Value::Null) };
        self.record(&Call::new(route, &[id]))
    }

    /// Whether a collection holds a record.
    pub(super) fn lists(&mut self, call: &Call, id: &str) -> Step<Option<Value>> {
        let page = self.page(&call.clone().with("limit", MANY))?;
        Ok(page.records.into_iter().find(|record| super::super::look::id(record) == id))
    }

    /// Deletes an object, which must be there.
    pub(super) fn delete(&mut self, kind: Kind, id: &str) -> Step {
        let Some(route) = sibling(kind, Method::Delete) else { return Ok(()) };
        let call = Call::new(route, &[id]);
        let answer = self.send(&call)?;
        if !DELETED.contains(&answer.status) {
            return self.fail(&call, &format!("status {} instead of 204", answer.status));
        }
        self.holds(&call, answer.status != 204 || answer.is_empty(), "204 with a body");
        Ok(())
    }

    pub(super) fn class_items(&mut self) -> Step<Call> {
        let class = self.classroom()?.class;
        Ok(Call::new(route!(getLineItemsForClass), &[&class]))
    }

    pub(super) fn item_results(&mut self, item: &str) -> Step<Call> {
        let class = self.classroom()?.class;
        Ok(Call::new(route!(getResultsForLineItemForClass), &[&class, item]))
    }
}

/// Deletes what was written, the last first.
pub(super) fn take_back(look: &mut Look<'_, '_>) -> Step {
    let mut written = look.site.forget(look.version);
    let mut seen = std::collections::HashSet::new();
    written.retain(|one| seen.insert(one.clone()));
    for (kind, id) in written.iter().rev() {
        let Some(route) = sibling(*kind, Method::Delete) else { continue };
        let call = Call::new(route, &[id]);
        let status = look.send(&call)?.status;
        look.holds(&call, matches!(status, 200 | 204 | 404), &format!("status {status}: it stays behind"));
        if let Some(read) = sibling(*kind, Method::Get) {
            let call = Call::new(read, &[id]);
            let status = look.send(&call)?.status;
            look.holds(&call, status == 404, "it is still there after its deletion");
        }
    }
    Ok(())
}
