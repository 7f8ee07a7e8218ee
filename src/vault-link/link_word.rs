//! The closed words of the link that are not about money: each is one byte on the wire.

/// Makes an enum of words, each with its byte; a byte that is no word is malformed.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$word_doc:meta])* $word:ident = $byte:literal,)* })*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
        #[repr(u8)]
        pub enum $name { $($(#[$word_doc])* $word = $byte,)* }

        impl $name {
            /// Every word.
            pub const ALL: &'static [$name] = &[$($name::$word,)*];

            pub(crate) const fn byte(self) -> u8 {
                self as u8
            }

            pub(crate) const fn from_byte(byte: u8) -> Option<Self> {
                match byte {
                    $($byte => Some($name::$word),)*
                    _ => None,
                }
            }
        }
    )*};
}
pub(crate) use words;

words! {
    /// How sound is carried to and from the caller while the vault has it.
    Codec {
        /// G.711 A-law, 8 kHz.
        Alaw = 1,
        /// G.711 µ-law, 8 kHz.
        Ulaw = 2,
    }

    /// What the caller is asked for.
    Field {
        /// The card is being fetched: any key goes on.
        GetCard = 1,
        /// The number.
        Number = 2,
        /// Month and year.
        Expiry = 3,
        /// The security code.
        Code = 4,
        /// Pay, another card, or leave.
        Confirm = 5,
    }

    /// What became of a field.
    FieldState {
        /// Its prompt is spoken, keys count.
        Armed = 1,
        /// The caller cleared it and begins again.
        Cleared = 2,
        /// It is complete and fits.
        Accepted = 3,
        /// It does not fit; asked again unless the tries are spent. Why is not told.
        Refused = 4,
        /// Nobody keyed in time.
        Silent = 5,
        /// It cannot be armed by command now: what goes before it is missing.
        Unready = 6,
        /// Nothing is listened for any more, and what was keyed is gone: negotiator and caller talk.
        Disarmed = 7,
    }

    /// Why the vault opens no media.
    Refusal {
        /// All captures in use.
        Full = 1,
        /// Neither SRTP nor a trunk marked private.
        NotProtected = 2,
        /// The gateway's address or account is missing.
        NoGateway = 3,
        /// The prompts of this language were not there at the start.
        NoPrompts = 4,
        /// The link spoke out of turn.
        OutOfTurn = 5,
    }

    /// Why the switch ends a capture.
    AbortReason {
        /// The caller hung up.
        HungUp = 1,
        /// The far end refused the move of the audio.
        MoveRefused = 2,
        /// A digit came by a way that is not the vault's.
        StrayDigit = 3,
        /// A negotiator or supervisor stopped it.
        Stopped = 4,
        /// The server shuts down.
        Shutdown = 5,
        /// The record could not be made durable.
        NotJournalled = 6,
        /// The case is locked by another attempt, or a limit was reached.
        NotAllowed = 7,
    }

    /// How a capture ended for the caller; the vault has said the sentence that belongs to it.
    End {
        /// Approved and told.
        Paid = 1,
        /// The caller chose to leave.
        Left = 2,
        /// Nobody keyed, twice.
        Silent = 3,
        /// Three tries of one field.
        TriesSpent = 4,
        /// Three authorisations, or a decline that no other try would mend.
        Declined = 5,
        /// The issuer wants the cardholder to prove himself; a telephone cannot.
        NeedsCardholder = 6,
        /// Nobody knows whether money moved; it will be found out.
        Unknown = 7,
        /// The gateway cannot be reached; nothing was charged.
        GatewayDown = 8,
        /// 180 seconds are over.
        TooLong = 9,
        /// The switch asked for it.
        Aborted = 10,
        /// This way of paying is not taken for this account.
        FundingRefused = 11,
        /// No packet from the caller.
        NoMedia = 12,
        /// The vault has no prompts in this language; nothing was asked.
        NoPrompts = 13,
    }

    /// Why a vault takes no card at all.
    CannotPay {
        /// It can.
        Ready = 0,
        /// The kernel lacks a control that the vault needs.
        Kernel = 1,
        /// Root certificates, credentials or prompts are missing.
        Unfurnished = 2,
        /// It is closing down.
        Closing = 3,
    }

    /// What an operator must look at. A word and a count, never a text.
    Alarm {
        /// The gateway did not prove its name, or its certificate is not signed by a known root.
        GatewayCertificate = 1,
        /// The gateway cannot be reached.
        GatewayUnreachable = 2,
        /// The gateway's answer made no sense.
        GatewayNonsense = 3,
        /// The gateway does not accept our credentials.
        GatewayCredentials = 4,
        /// Packets that failed their SRTP check.
        MediaForged = 5,
        /// Packets from an address that is not the caller's.
        MediaStranger = 6,
        /// A clip that the order names is not here.
        ClipMissing = 7,
        /// A key storm was cut off.
        KeyStorm = 8,
    }
}
