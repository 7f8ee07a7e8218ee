//! Every limit of this room: unit, reason, and what whoever meets it is told.

/// The largest number that is spoken. Money is bounded to the same figure before the point; larger
/// numbers are refused with `SpeakError::TooLarge`.
pub const NUMBER_MAX: u64 = 999_999_999;

/// The largest ordinal: no queue and no plan is longer. Refused with `SpeakError::NoOrdinal`.
pub const ORDINAL_MAX: u64 = 1_000;

/// Digits in one string: an IBAN has 34 places. Refused with `DigitsError::TooLong`.
pub const DIGITS_MAX: usize = 34;

/// The first year that is spoken: nobody who calls was born before. Refused with `SpeakError::Year`.
pub const SPOKEN_YEAR_MIN: i16 = 1900;

/// The last year that is spoken.
pub const SPOKEN_YEAR_MAX: i16 = 2199;

/// Bytes of one catalogue; the largest of ours has 30 kB. Refused with `CatalogueProblem::TooLarge`.
pub const CATALOGUE_BYTES_MAX: usize = 1 << 20;

/// Characters of one name or free text: half a minute of speech. The rest is cut off, since a call
/// must not stop over it.
pub const NAME_CHARS_MAX: usize = 400;
