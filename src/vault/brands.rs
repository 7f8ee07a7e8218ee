//! Whose card a number may be: data with a version. The longest prefix wins.

use vault_link::Brand;

/// Told in the greeting and kept in the audit; counts up with every change of the table.
pub const TABLE_VERSION: u16 = 1;

/// One row: numbers whose first `digits` digits lie in `from..=to`.
pub struct Row {
    /// How many digits `from` and `to` have.
    pub digits: u32,
    /// First prefix.
    pub from: u32,
    /// Last prefix.
    pub to: u32,
    /// Whose.
    pub brand: Brand,
    /// How long its numbers may be.
    pub lengths: &'static [usize],
    /// Digits of its security code.
    pub code: usize,
    /// Some of its cards have no code.
    pub code_may_be_absent: bool,
    /// The last digit is a Luhn check (ISO/IEC 7812-1 annex B).
    pub luhn: bool,
}

const fn row(digits: u32, from: u32, to: u32, brand: Brand, lengths: &'static [usize]) -> Row {
    let (code, luhn) =
        (if matches!(brand, Brand::Amex) { 4 } else { 3 }, !matches!(brand, Brand::UnionPay));
    let code_may_be_absent = matches!(brand, Brand::Maestro);
    Row { digits, from, to, brand, lengths, code, code_may_be_absent, luhn }
}

const MAESTRO: &[usize] = &[12, 13, 14, 15, 16, 17, 18, 19];

/// The table.
pub const ROWS: &[Row] = &[
    row(1, 4, 4, Brand::Visa, &[16, 18, 19]),
    row(2, 51, 55, Brand::Mastercard, &[16]),
    row(4, 2221, 2720, Brand::Mastercard, &[16]),
    row(2, 34, 34, Brand::Amex, &[15]),
    row(2, 37, 37, Brand::Amex, &[15]),
    row(3, 300, 305, Brand::Diners, &[14, 16, 19]),
    row(2, 36, 36, Brand::Diners, &[14, 16, 19]),
    row(2, 38, 39, Brand::Diners, &[14, 16, 19]),
    row(4, 6011, 6011, Brand::Discover, &[16, 19]),
    row(3, 644, 649, Brand::Discover, &[16, 19]),
    row(2, 65, 65, Brand::Discover, &[16, 19]),
    row(4, 3528, 3589, Brand::Jcb, &[16, 17, 18, 19]),
    row(2, 62, 62, Brand::UnionPay, &[14, 15, 16, 17, 18, 19]),
    row(2, 81, 81, Brand::UnionPay, &[14, 15, 16, 17, 18, 19]),
    row(2, 50, 50, Brand::Maestro, MAESTRO),
    row(2, 56, 59, Brand::Maestro, MAESTRO),
    row(2, 63, 63, Brand::Maestro, MAESTRO),
    row(2, 67, 67, Brand::Maestro, MAESTRO),
    row(1, 6, 6, Brand::Maestro, MAESTRO),
    // Brazil
    row(6, 506_699, 506_778, Brand::Elo, &[16]),
    row(6, 509_000, 509_999, Brand::Elo, &[16]),
    row(6, 438_935, 438_935, Brand::Elo, &[16]),
    row(6, 451_416, 451_416, Brand::Elo, &[16]),
    row(6, 504_175, 504_175, Brand::Elo, &[16]),
    row(6, 627_780, 627_780, Brand::Elo, &[16]),
    row(6, 636_297, 636_297, Brand::Elo, &[16]),
    row(6, 636_368, 636_368, Brand::Elo, &[16]),
    row(6, 650_031, 650_051, Brand::Elo, &[16]),
    row(6, 655_000, 655_058, Brand::Elo, &[16]),
    row(6, 606_282, 606_282, Brand::Hipercard, &[16]),
];

/// The row of the longest prefix that fits these digits (values 0–9).
pub fn row_of(number: &[u8]) -> Option<&'static Row> {
    let fits = |row: &&Row| {
        let head = number.get(..row.digits as usize);
        let prefix = head.map(|d| d.iter().fold(0, |sum, d| sum * 10 + u32::from(*d)));
        prefix.is_some_and(|prefix| (row.from..=row.to).contains(&prefix))
    };
    ROWS.iter().filter(fits).max_by_key(|row| row.digits)
}

/// The row, if length and check digit fit too.
pub fn accepted(number: &[u8]) -> Option<&'static Row> {
    let row = row_of(number)?;
    let fits = row.lengths.contains(&number.len()) && (!row.luhn || luhn(number));
    fits.then_some(row)
}

/// True when no further digit could belong to the number.
pub fn is_complete(number: &[u8]) -> bool {
    row_of(number).is_some_and(|row| row.lengths.iter().all(|length| *length <= number.len()))
}

/// The Luhn check over values 0–9, always over every digit.
fn luhn(number: &[u8]) -> bool {
    let doubled = |d: u8| if d > 4 { d * 2 - 9 } else { d * 2 };
    let weigh = |(n, d): (usize, &u8)| u32::from(if n % 2 == 1 { doubled(*d) } else { *d });
    number.iter().rev().enumerate().map(weigh).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digits(text: &str) -> Vec<u8> {
        text.bytes().map(|b| b - b'0').collect()
    }

    #[test]
    fn published_test_numbers_belong_to_their_brands() {
        let cards = [
            ("4242424242424242", Brand::Visa),
            ("5555555555554444", Brand::Mastercard),
            ("2223003122003222", Brand::Mastercard),
            ("378282246310005", Brand::Amex),
            ("6011111111111117", Brand::Discover),
            ("3056930009020004", Brand::Diners),
            ("36227206271667", Brand::Diners),
            ("3566002020360505", Brand::Jcb),
            ("6200000000000005", Brand::UnionPay),
            ("6759649826438453", Brand::Maestro),
            ("6362970000457013", Brand::Elo),
            ("6062826786276634", Brand::Hipercard),
        ];
        for (number, brand) in cards {
            let row = accepted(&digits(number));
            assert_eq!(row.map(|r| r.brand), Some(brand), "{number}");
        }
    }

    #[test]
    fn a_wrong_check_digit_or_length_is_no_card() {
        for number in ["4242424242424241", "424242424242424", "1234567890123456", "", "4"] {
            assert!(accepted(&digits(number)).is_none(), "{number}");
        }
    }

    #[test]
    fn a_number_is_complete_when_no_longer_one_exists() {
        assert!(is_complete(&digits("378282246310005")));
        assert!(is_complete(&digits("5555555555554444")));
        assert!(!is_complete(&digits("4242424242424242")), "18 and 19 digits exist");
        assert!(is_complete(&digits("4242424242424242424")));
        assert!(!is_complete(&digits("42")));
    }

    #[test]
    fn the_longest_prefix_wins() {
        assert_eq!(row_of(&digits("651")).map(|r| r.brand), Some(Brand::Discover));
        assert_eq!(row_of(&digits("650031")).map(|r| r.brand), Some(Brand::Elo));
        assert_eq!(row_of(&digits("66")).map(|r| r.brand), Some(Brand::Maestro));
    }
}
