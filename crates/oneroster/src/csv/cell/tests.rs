use super::*;
use crate::csv::{DateOrder, DateRule, Faults};
use crate::model::vocabulary::{ORG_TYPE, RESOURCE_ROLE, SEX};
use crate::model::{Kind, Version};
use crate::validate::Code;
use proptest::prelude::*;

fn read(form: Form, text: &str, strict: bool) -> Result<(String, Vec<Code>), Code> {
    let (mut cleaner, mut cells) = (Cleaner::new(strict), Cells::new(Version::V1P2, strict));
    let mut repairs = Repairs::default();
    let clean = cleaner.clean(form, text, Faults::CONTROL, &mut repairs)?;
    let value = match form {
        form if form.is_list() => {
            let mut items = Vec::new();
            cells.items(form, clean, &mut repairs, |i| items.push(i.to_owned()))?;
            items.join("|")
        }
        Form::Pairs => {
            let mut items = Vec::new();
            cells.pairs(clean, &mut repairs, |l, r| items.push(format!("{l}={r}")))?;
            items.join("|")
        }
        _ => cells.scalar(form, clean, &mut repairs)?.text().to_owned(),
    };
    Ok((value, repairs.codes().collect()))
}

#[test]
fn each_form_has_its_good_its_repaired_and_its_bad_texts() {
    let (refs, words) = (Form::Refs(Kind::Org), Form::Words(&RESOURCE_ROLE));
    let day = Form::Date(DateRule::default());
    let of = |order, serials| Form::Date(DateRule { order, serials });
    type Case<'a> = (Form, &'a str, Result<&'a str, Code>, &'a [Code], Option<Code>);
    let cases: &[Case<'_>] = &[
        (Form::Bool, "true", Ok("true"), &[], None),
        (Form::Bool, "TRUE", Ok("true"), &[Code::D24], Some(Code::V6)),
        (Form::Bool, "1", Ok("true"), &[Code::D25], Some(Code::V6)),
        (Form::Bool, "No", Ok("false"), &[Code::D25], Some(Code::V6)),
        (Form::Bool, "maybe", Err(Code::V6), &[], Some(Code::V6)),
        (Form::Word(&SEX), "F", Ok("female"), &[Code::D25], Some(Code::V7)),
        (Form::Word(&SEX), "Male", Ok("male"), &[Code::D24], Some(Code::V7)),
        (Form::Word(&ORG_TYPE), "M", Err(Code::V7), &[], Some(Code::V7)),
        (day, "2026-08-17", Ok("2026-08-17"), &[], None),
        (day, "8/17/2026", Ok("2026-08-17"), &[Code::D28], Some(Code::V3)),
        (day, "17.08.2026", Ok("2026-08-17"), &[Code::D28], Some(Code::V3)),
        (day, "20260817", Ok("2026-08-17"), &[Code::D28], Some(Code::V3)),
        (day, "2026/8/7", Ok("2026-08-07"), &[Code::D28], Some(Code::V3)),
        (day, "8/7/2026", Err(Code::V3), &[], Some(Code::V3)),
        (of(DateOrder::DayFirst, false), "8/7/2026", Ok("2026-07-08"), &[Code::D28], Some(Code::V3)),
        (of(DateOrder::MonthFirst, false), "8/7/2026", Ok("2026-08-07"), &[Code::D28], Some(Code::V3)),
        (of(DateOrder::MonthFirst, false), "17/8/2026", Ok("2026-08-17"), &[Code::D28], Some(Code::V3)),
        (day, "8/8/2026", Ok("2026-08-08"), &[Code::D28], Some(Code::V3)),
        (day, "2026-08-17T00:00:00Z", Ok("2026-08-17"), &[Code::D28], Some(Code::V3)),
        (day, "8/17/2026 0:00", Ok("2026-08-17"), &[Code::D28], Some(Code::V3)),
        (day, "46251", Err(Code::D28), &[], Some(Code::V3)),
        (of(DateOrder::Open, true), "46251", Ok("2026-08-17"), &[Code::D28], Some(Code::V3)),
        (of(DateOrder::Open, true), "462510", Err(Code::V3), &[], Some(Code::V3)),
        (day, "8/17/26", Err(Code::V3), &[], Some(Code::V3)),
        (day, "2026-02-30", Err(Code::V3), &[], Some(Code::V3)),
        (Form::Year, "2027", Ok("2027"), &[], None),
        (Form::Year, "2026-2027", Ok("2027"), &[Code::D56], Some(Code::V5)),
        (Form::Year, "2026/27", Ok("2027"), &[Code::D56], Some(Code::V5)),
        (Form::Year, "1999-00", Ok("2000"), &[Code::D56], Some(Code::V5)),
        (Form::Year, "2026-2028", Err(Code::V5), &[], Some(Code::V5)),
        (Form::Year, "27", Err(Code::V5), &[], Some(Code::V5)),
        (Form::Integer, "40", Ok("40"), &[], None),
        (Form::Integer, "040", Err(Code::V9), &[], Some(Code::V9)),
        (Form::Number, "-.5e-3", Ok("-.5e-3"), &[], None),
        (Form::Integer, "40%", Ok("40"), &[Code::V9], Some(Code::V9)),
        (Form::Number, "12.5 %", Ok("12.5"), &[Code::V9], Some(Code::V9)),
        (Form::Integer, "forty%", Err(Code::V9), &[], Some(Code::V9)),
        (Form::Number, "1,5", Err(Code::V9), &[], Some(Code::V9)),
        (Form::Word(&ORG_TYPE), "school", Ok("school"), &[], None),
        (Form::Word(&ORG_TYPE), "School", Ok("school"), &[Code::D24], Some(Code::V7)),
        (Form::Word(&ORG_TYPE), "school ", Ok("school"), &[Code::D26], Some(Code::V7)),
        (Form::Word(&ORG_TYPE), "ext:campus", Ok("ext:campus"), &[], None),
        (Form::Word(&ORG_TYPE), "college", Err(Code::V7), &[], Some(Code::V7)),
        (Form::Text, "\u{a0}Zoë\u{200b}", Ok("Zoë"), &[Code::D26], None),
        (Form::Text, "N/A", Ok(""), &[Code::D33], None),
        (Form::Text, "-", Ok(""), &[Code::D33], None),
        (Form::Name, "Null", Ok("Null"), &[], None),
        (Form::Name, "NULL", Ok("NULL"), &[], None),
        (Form::Text, "nun", Ok("nun"), &[], None),
        (Form::Code, "12-Sep", Err(Code::D32), &[], None),
        (Form::Codes, "1,2-Jan", Err(Code::D32), &[], None),
        (Form::Codes, "1;2", Ok("1|2"), &[Code::D27], None),
        (Form::Grades, "9,KG,10", Ok("09|KG|10"), &[Code::D30], None),
        (Form::Grades, "0", Ok("0"), &[], None),
        (Form::Text, "a\0b", Ok("ab"), &[Code::D53], None),
        (Form::Text, "a\r\nb", Ok("a b"), &[Code::D13], Some(Code::T10)),
        (day, "2026-\n08-17", Err(Code::T10), &[], Some(Code::T10)),
        (refs, "a,b", Ok("a|b"), &[], None),
        (refs, "a, b", Ok("a|b"), &[Code::D27], None),
        (refs, "a;b", Ok("a|b"), &[Code::D27], None),
        (refs, "a,,b", Ok("a|b"), &[Code::D27], Some(Code::V8)),
        (refs, "[\"a\",\"b\"]", Ok("a|b"), &[Code::D27], None),
        (words, "student,Teacher", Ok("student|teacher"), &[Code::D24], Some(Code::V7)),
        (Form::Pairs, "{ldap:a},{state:T-7}", Ok("ldap=a|state=T-7"), &[], None),
        (Form::Pairs, "ldap:a", Ok("ldap=a"), &[Code::D48], Some(Code::V10)),
        (Form::Pairs, "{a}", Ok("unknown=a"), &[Code::D48], Some(Code::V10)),
        (Form::Pairs, "{url:https://x/1}", Ok("url=https://x/1"), &[Code::V10], Some(Code::V10)),
        (Form::Pairs, r#"[{"type":"a","identifier":"b"}]"#, Ok("a=b"), &[Code::D48], Some(Code::V10)),
        (Form::Pairs, "{:a}", Err(Code::V10), &[], Some(Code::V10)),
    ];
    for (form, text, wanted, repairs, strict) in cases {
        match (read(*form, text, false), wanted) {
            (Ok((value, codes)), Ok(wanted)) => {
                assert_eq!((value.as_str(), codes.as_slice()), (*wanted, *repairs), "{text}");
            }
            (got, wanted) => assert_eq!(got.err(), wanted.err(), "{text}"),
        }
        assert_eq!(read(*form, text, true).err(), *strict, "{text}, strictly");
    }
}

const FORMS: [Form; 16] = [
    Form::Text,
    Form::Name,
    Form::Code,
    Form::Bool,
    Form::Date(DateRule { order: DateOrder::DayFirst, serials: true }),
    Form::Year,
    Form::Integer,
    Form::Number,
    Form::Word(&SEX),
    Form::Texts,
    Form::Codes,
    Form::Grades,
    Form::Words(&RESOURCE_ROLE),
    Form::Refs(Kind::Org),
    Form::Pairs,
    Form::Metadata,
];

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,30}", strict: bool) {
        for form in FORMS {
            let _ = read(form, &text, strict);
        }
    }
}
