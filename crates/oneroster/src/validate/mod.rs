//! Validation: the rules, the findings and the verdict on a package.
