//! Check digits of case numbers: a slip of one key is noticed before it burns an attempt.
//!
//! Luhn (ISO/IEC 7812-1 annex B) finds every single slip and most swaps of neighbours; Damm finds all
//! of both. Numbers are ASCII digits with the check digit last.

use std::str::FromStr;

/// How the last digit of a case number guards against slips.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub enum CheckDigit {
    /// Case numbers carry no check digit.
    #[default]
    None,
    /// ISO/IEC 7812-1 annex B.
    Luhn,
    /// Damm's quasigroup of order 10.
    Damm,
}

impl CheckDigit {
    /// Whether these digits can be a case number at all.
    pub fn fits(self, number: &str) -> bool {
        match self {
            CheckDigit::None => true,
            CheckDigit::Luhn => luhn_ok(number),
            CheckDigit::Damm => damm_ok(number),
        }
    }
}

/// Not the name of a check digit.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{0}' is not a check digit we know; use none, luhn or damm")]
pub struct UnknownCheckDigit(String);

impl FromStr for CheckDigit {
    type Err = UnknownCheckDigit;
    fn from_str(name: &str) -> Result<Self, UnknownCheckDigit> {
        match name {
            "none" => Ok(CheckDigit::None),
            "luhn" => Ok(CheckDigit::Luhn),
            "damm" => Ok(CheckDigit::Damm),
            other => Err(UnknownCheckDigit(other.to_owned())),
        }
    }
}

/// The totally anti-symmetric quasigroup of order 10 by H. M. Damm (2004).
const DAMM: [[u8; 10]; 10] = [
    [0, 3, 1, 7, 5, 9, 8, 6, 4, 2],
    [7, 0, 9, 2, 1, 5, 4, 8, 6, 3],
    [4, 2, 0, 6, 8, 7, 1, 3, 5, 9],
    [1, 7, 5, 0, 9, 8, 3, 4, 2, 6],
    [6, 1, 2, 3, 0, 4, 5, 9, 7, 8],
    [3, 6, 7, 4, 2, 0, 9, 5, 8, 1],
    [5, 8, 6, 9, 7, 2, 0, 1, 3, 4],
    [8, 9, 4, 5, 3, 6, 2, 0, 1, 7],
    [9, 4, 3, 8, 6, 1, 7, 2, 0, 5],
    [2, 5, 8, 1, 4, 3, 6, 7, 9, 0],
];

/// True when `number` is at least two digits and ends in its Luhn check digit.
pub fn luhn_ok(number: &str) -> bool {
    number.len() >= 2 && luhn_sum(number, false).is_some_and(|sum| sum % 10 == 0)
}

/// True when `number` is at least two digits and ends in its Damm check digit.
pub fn damm_ok(number: &str) -> bool {
    number.len() >= 2 && damm_state(number) == Some(0)
}

/// `number` with its Luhn check digit behind it; `None` when it is empty or not digits.
pub fn append_luhn(number: &str) -> Option<String> {
    let sum = luhn_sum(number, true)?;
    Some(format!("{number}{}", (10 - sum % 10) % 10))
}

/// `number` with its Damm check digit behind it; `None` when it is empty or not digits.
pub fn append_damm(number: &str) -> Option<String> {
    damm_state(number).map(|digit| format!("{number}{digit}"))
}

/// The weighted sum; every second digit from the right is doubled, from the last one if `double_last`.
fn luhn_sum(number: &str, double_last: bool) -> Option<u32> {
    digits(number)?.rev().enumerate().try_fold(0u32, |sum, (place, digit)| {
        let digit = u32::from(digit);
        let weighted = match (place % 2 == 0) == double_last {
            true if digit > 4 => digit * 2 - 9,
            true => digit * 2,
            false => digit,
        };
        sum.checked_add(weighted)
    })
}

fn damm_state(number: &str) -> Option<u8> {
    Some(digits(number)?.fold(0, |state, digit| DAMM[usize::from(state)][usize::from(digit)]))
}

fn digits(number: &str) -> Option<impl DoubleEndedIterator<Item = u8> + ExactSizeIterator> {
    let all = !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit());
    all.then(|| number.bytes().map(|b| b - b'0').collect::<Vec<_>>().into_iter())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_numbers_end_in_their_check_digit() {
        assert_eq!(append_luhn("7992739871").as_deref(), Some("79927398713"));
        assert_eq!(append_damm("572").as_deref(), Some("5724"));
        assert!(luhn_ok("79927398713") && damm_ok("5724"));
        for none in ["", "0", "12a4", "-12"] {
            assert!(!luhn_ok(none) && !damm_ok(none), "{none}");
        }
        assert_eq!((append_luhn("x"), append_damm("")), (None, None));
    }

    #[test]
    fn a_slip_of_one_key_is_noticed() {
        for base in ["4711", "10020030", "99999"] {
            for (good, ok) in [
                (append_luhn(base).unwrap(), luhn_ok as fn(&str) -> bool),
                (append_damm(base).unwrap(), damm_ok),
            ] {
                assert!(ok(&good));
                for place in 0..good.len() {
                    for digit in '0'..='9' {
                        let mut slip = good.clone();
                        slip.replace_range(place..=place, &digit.to_string());
                        assert_eq!(ok(&slip), slip == good, "{slip}");
                    }
                }
            }
        }
    }

    #[test]
    fn damm_notices_every_swap_of_neighbours() {
        let good = append_damm("4711023").unwrap();
        for place in 1..good.len() {
            let mut swapped = good.clone().into_bytes();
            swapped.swap(place - 1, place);
            let swapped = String::from_utf8(swapped).unwrap();
            assert_eq!(damm_ok(&swapped), swapped == good, "{swapped}");
        }
    }
}
