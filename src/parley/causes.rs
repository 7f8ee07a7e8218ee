//! Errors for people: one line that names what failed and, behind it, why.

use std::error::Error;

/// The error and its causes, joined by colons.
pub fn with_causes(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let said = error.to_string();
        // Some libraries say their cause in their own words already.
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("the store cannot be opened")]
    struct Outer(#[source] std::io::Error);

    #[test]
    fn causes_follow_what_they_caused_and_none_is_said_twice() {
        let inner = || std::io::Error::other("disk gone");
        assert_eq!(with_causes(&Outer(inner())), "the store cannot be opened: disk gone");
        assert_eq!(with_causes(&inner()), "disk gone");
    }
}
