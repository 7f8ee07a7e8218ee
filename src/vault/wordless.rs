//! What may hold a card has no words: the vault does not compile with a `Debug`, `Display` or `Clone` on it.
//!
//! How it works: each type gets a made-up trait once for everything, and once more if it has the forbidden
//! one. With both, naming the trait's method is ambiguous, and ambiguity is an error. `Serialize` needs no
//! line: nothing in the vault's tree has the trait, which a test of the tree holds.

macro_rules! has_none_of {
    (@each $kind:ty; [$($forbidden:path),+]) => { $(
        const _: fn() = || {
            trait Wordless<Proof> {
                fn holds() {}
            }
            #[allow(dead_code)]
            struct HasWords;
            impl<T: ?Sized> Wordless<()> for T {}
            impl<T: ?Sized + $forbidden> Wordless<HasWords> for T {}
            <$kind as Wordless<_>>::holds()
        };
    )+ };
    ($($kind:ty),+; $forbidden:tt) => { $(has_none_of!(@each $kind; $forbidden);)+ };
}

has_none_of!(
    crate::card::Card,
    crate::secret_page::Slot,
    crate::entry::Entry,
    crate::keys::KeyIntake,
    crate::caller::Caller,
    crate::asking::Asking,
    crate::capture::Capture,
    crate::voice::Voice,
    crate::gateway::Request<'static>;
    [std::fmt::Debug, std::fmt::Display, Clone]
);
has_none_of!(keypad::Key, keypad::Keys; [std::fmt::Display]);
