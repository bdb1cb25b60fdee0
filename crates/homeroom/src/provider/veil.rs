//! Records on their way out, as the application that asked may see them.

use oneroster::grant::{Cover, Mask};
use oneroster::json::{Plan, Row};
use oneroster::model::Kind;
use oneroster::record::Record;

/// An output plan, with stand-ins for what is masked.
pub(super) struct Veil<'a> {
    plan: &'a Plan,
    kind: Kind,
    /// If anything of this kind is masked.
    mask: Option<(&'a Cover, &'a Mask)>,
    packed: Vec<u8>,
}

impl<'a> Veil<'a> {
    /// `mask` is there if something of the kind is masked.
    pub(super) fn new(plan: &'a Plan, kind: Kind, cover: &'a Cover, mask: Option<&'a Mask>) -> Veil<'a> {
        Veil { plan, kind, mask: mask.map(|mask| (cover, mask)), packed: Vec::new() }
    }

    /// Appends the record as one object.
    pub(super) fn write(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        let Some((cover, mask)) = &self.mask else { return self.plan.write(row, out) };
        self.packed.clear();
        // What cannot be read cannot be masked, and is not shown.
        if let Some(record) = Record::unpack(self.kind, row.sourced_id, row.packed) {
            mask.covered(&record, cover).pack(&mut self.packed);
        }
        self.plan.write(&Row { packed: &self.packed, ..*row }, out);
    }
}
