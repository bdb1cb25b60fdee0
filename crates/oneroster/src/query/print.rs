//! A filter as canonical text: reading it gives the same filter again.

use super::ast::{Clause, Filter, Literal, Logical};
use std::fmt;

impl fmt::Display for Logical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Logical::And => "AND",
            Logical::Or => "OR",
        })
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, clause) in self.clauses.iter().enumerate() {
            if i > 0 {
                write!(f, " {} ", self.logical)?;
            }
            write!(f, "{clause}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Clause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}'{}'", self.path, self.predicate.symbol(), self.literal)
    }
}

impl fmt::Display for Literal {
    /// As it stands between the quotes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Literal::Text(text) => f.write_str(&text.replace('\'', "''")),
            Literal::List(items) => f.write_str(&items.join(",").replace('\'', "''")),
            Literal::Date(date) => write!(f, "{date}"),
            Literal::Timestamp(instant) => write!(f, "{instant}"),
            Literal::Number(number) => write!(f, "{number}"),
        }
    }
}
