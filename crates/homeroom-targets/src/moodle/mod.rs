//! A Moodle, kept in step with a roster through its web services.
