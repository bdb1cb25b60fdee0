//! Records on their way out, as the application that asked may see them.

use oneroster::grant::{Cover, Mask, Naming};
use oneroster::json::{Plan, Row};
use oneroster::model::Kind;
use oneroster::record::Record;

/// An output plan, with stand-ins for what is masked, and identifiers as the
/// caller is shown them.
pub(super) struct Veil<'a> {
    plan: &'a Plan,
    kind: Kind,
    /// If anything of this kind is masked.
    mask: Option<(&'a Cover, &'a Mask)>,
    naming: &'a Naming,
    packed: Vec<u8>,
}

impl<'a> Veil<'a> {
    /// `mask` is there if something of the kind is masked.
    pub(super) fn new(
        plan: &'a Plan,
        kind: Kind,
        cover: &'a Cover,
        mask: Option<&'a Mask>,
        naming: &'a Naming,
    ) -> Veil<'a> {
        Veil { plan, kind, mask: mask.map(|mask| (cover, mask)), naming, packed: Vec::new() }
    }

    /// Appends the record as one object.
    pub(super) fn write(&mut self, row: &Row<'_>, out: &mut Vec<u8>) {
        if self.mask.is_none() && self.naming.is_plain() {
            return self.plan.write(row, out);
        }
        self.packed.clear();
        // What cannot be read cannot be masked, and is not shown.
        let Some(mut record) = Record::unpack(self.kind, row.sourced_id, row.packed) else {
            return self.plan.write(&Row { packed: &[], ..*row }, out);
        };
        if let Some((cover, mask)) = &self.mask {
            record = mask.covered(&record, cover);
        }
        if self.naming.is_plain() {
            record.pack(&mut self.packed);
            return self.plan.write(&Row { packed: &self.packed, ..*row }, out);
        }
        let mut shown = self.naming.show(&record);
        shown.pack(&mut self.packed);
        let children: Vec<String> = row.children.iter().map(|id| self.naming.shown(id).into_owned()).collect();
        let (sourced_id, packed) = (shown.sourced_id.as_str(), self.packed.as_slice());
        self.plan.write(&Row { sourced_id, packed, children: &children, ..*row }, out);
    }
}
