//! A file in another order of rows, the same one each time.

use super::table::Table;

/// The rows in another order below the same header.
pub fn shuffled(text: &str) -> anyhow::Result<String> {
    let mut table = Table::of(text)?;
    let mut state = table.rows.len() as u64;
    for end in (1..table.rows.len()).rev() {
        #[expect(clippy::cast_possible_truncation, reason = "less than a length")]
        let other = (next(&mut state) % (end as u64 + 1)) as usize;
        table.rows.swap(end, other);
    }
    Ok(format!("{}{}", table.header, table.rows.concat()))
}

/// SplitMix64: the next of a row of numbers that look drawn by lot.
fn next(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut number = *state;
    number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    number ^ (number >> 31)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod checks {
    use super::*;

    #[test]
    fn the_same_rows_in_another_order_below_the_header() {
        let text: String = (0..200).map(|row| format!("row {row}\r\n")).collect();
        let text = format!("header\r\n{text}");
        let other = shuffled(&text).unwrap();
        assert_eq!(other, shuffled(&text).unwrap());
        let (before, mut after) = (Table::of(&text).unwrap(), Table::of(&other).unwrap());
        assert_eq!(before.header, after.header);
        let stayed = before.rows.iter().zip(&after.rows).filter(|(before, after)| before == after).count();
        assert!(stayed < 20, "{stayed} rows stayed");
        after.rows.sort_by_key(|row| row.trim()[4..].parse::<u32>().unwrap());
        assert_eq!(before.rows, after.rows);
    }

    #[test]
    fn nothing_to_shuffle() {
        assert_eq!(shuffled("header\n").unwrap(), "header\n");
        assert_eq!(shuffled("header\n1\n").unwrap(), "header\n1\n");
    }
}
