//! Long answers, some rows at a time.
//!
//! Asking the driver for each row costs more than the row, and all rows at once
//! would be held in memory. A cursor gives some thousands, and waits.

use crate::Result;
use postgres::types::ToSql;
use postgres::{Client, Row};

/// So many rows at a time: few enough for the server to keep them in memory.
const SOME: u32 = 5_000;

/// Gives every row of a query to `take` until it says false; within a
/// transaction.
pub fn each(client: &mut Client, sql: &str, values: &[i64], take: &mut dyn FnMut(&Row) -> Result<bool>) -> Result<()> {
    // All rows will be taken, however soon the first ones could be had.
    client.batch_execute("SET LOCAL cursor_tuple_fraction = 1")?;
    let values: Vec<&(dyn ToSql + Sync)> = values.iter().map(|value| value as &(dyn ToSql + Sync)).collect();
    client.execute(&format!("DECLARE taken NO SCROLL CURSOR FOR {sql}"), &values)?;
    let fetch = client.prepare(&format!("FETCH FORWARD {SOME} FROM taken"))?;
    let mut more = true;
    while more {
        let rows = client.query(&fetch, &[])?;
        more = rows.len() == SOME as usize;
        for row in &rows {
            if !take(row)? {
                more = false;
                break;
            }
        }
    }
    drop(fetch);
    Ok(client.batch_execute("CLOSE taken")?)
}
