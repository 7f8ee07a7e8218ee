//! One newtype per kind of thing; each prints with its kind and its number in hexadecimal.

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u64);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, concat!($kind, "-{:x}"), self.0)
            }
        }

        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self, f)
            }
        }
    )*};
}

ids! {
    /// One call: everything from the first INVITE to the last BYE of all its legs.
    CallId = "call";
    /// One leg: a media stream of ours with one peer.
    LegId = "leg";
    /// One playing of one sentence on one leg.
    PlayId = "play";
    /// One SIP session (INVITE dialog usage) of ours.
    SessionId = "sip";
    /// One question to a slow service (store, names engine) that will be answered.
    RequestId = "req";
    /// One debt on file, by its row in the store; not the number the customer knows.
    CaseId = "case";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_prints_with_its_kind() {
        assert_eq!(LegId(47).to_string(), "leg-2f");
        assert_eq!(format!("{:?}", CallId(255)), "call-ff");
    }
}
