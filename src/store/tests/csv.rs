//! Files of cases as spreadsheets and creditors' systems write them.
#![allow(clippy::unwrap_used)]

mod suite;

use expect_test::{Expect, expect};
use store::csv_import::{self, CheckDigit, Import, Policy, Progress};
use suite::{ANNA, BEN, Bed, HEADER, PEPPER, Scratch};

async fn fresh() -> (Scratch, Bed) {
    let scratch = Scratch::new();
    let bed = Bed::open(format!("sqlite:{}/parley.db", scratch.0.display())).await;
    (scratch, bed)
}

/// Imports the bytes and compares what is said about them.
async fn check(file: impl AsRef<[u8]>, check_digit: CheckDigit, expected: Expect) {
    let (_scratch, bed) = fresh().await;
    let import = Import { policy: Policy::AcceptGood, check_digit, pepper: &PEPPER };
    let outcome = csv_import::run(bed.store.as_ref(), file.as_ref(), &import, |_| {}).await;
    let said = match outcome {
        Err(error) => format!("{error}\n"),
        Ok(report) => {
            let mut said = format!("{} rows, {} new\n", report.rows, report.added);
            for row in &report.refused {
                said += &format!("{row}\n");
            }
            said
        }
    };
    expected.assert_eq(&said);
}

#[tokio::test]
async fn every_refused_row_is_named_with_what_to_do() {
    let rows = [
        ANNA,
        &ANNA.replace("20260010", "2026-0011"),
        &ANNA.replace("20260010", "12"),
        &ANNA.replace("20260010", ""),
        &BEN.replace("600100200", "ring Ben"),
        &BEN.replace("en,", "klingon,"),
        &BEN.replace("88.08", "88,08 GBP"),
        &BEN.replace("88.08", "1000000000"),
        &BEN.replace("GBP", "CHF"),
        &BEN.replace("2026-10-31", "31/10/2026"),
        &BEN.replace("2026-10-31", "2026-02-30"),
        &ANNA.replace("20260010", "20260012").replace("1985-03-17", "17 March"),
        &BEN.replace("314159", "14159"),
        &BEN.replace("4711", "47x1"),
        &BEN.replace("Sample Person", ""),
        &BEN.replace("Sample Person", &"x".repeat(201)),
        ANNA,
        "20260077,too,few",
        "",
        BEN,
    ];
    let file = format!("{HEADER}\n{}\n", rows.join("\n"));
    check(file, CheckDigit::None, expect![[r#"
        19 rows, 2 new
        line 3: number has other characters than digits; callers key it, so write digits only
        line 4: number is too short or too long; write 4 to 20 digits
        line 5: number is empty; every case needs its number
        line 6: phones 'ring Ben' is no phone number; write it like +48 600 100 200, several with ; between them
        line 7: language 'klingon' is not a language we speak; use pl, en, en-GB, en-US, it, pt, pt-BR or pt-PT
        line 8: row has 12 fields, the first line has 11; a field that holds the separator must stand in quotes
        line 9: amount '1000000000' is too large; the largest amount is 999999999.99
        line 10: currency 'CHF' is not a currency that can be spoken; use PLN, EUR, GBP, USD or BRL
        line 11: due_date '31/10/2026' is no date; write it like 2026-03-31 or 31.03.2026
        line 12: due_date '2026-02-30' is no date; write it like 2026-03-31 or 31.03.2026
        line 13: birth_date is no date; write it like 2026-03-31 or 31.03.2026
        line 14: pin must be exactly 6 digits; spreadsheets drop leading zeros: format the column as text
        line 15: id_last4 must be exactly 4 digits
        line 16: name is empty; it is spoken, so write it as it should sound
        line 17: name is longer than 200 characters; shorten it
        line 18: number is the same as on line 2; keep one of the two rows
        line 19: row has 3 fields, the first line has 11; a field that holds the separator must stand in quotes
    "#]])
    .await;
}

#[tokio::test]
async fn a_polish_spreadsheet_with_semicolons_quotes_bom_and_crlf_is_read() {
    let file = "\u{feff}Number;Name;Phones;Language;Creditor;Amount;Currency;Due date;PIN;Birth-Date\r\n\
        20260010;\"Kowalska; Anna\";\"600100200;+48221000101\";pl;\"Energia \"\"Plus\"\"\";1234,56;pln;15.10.2026;271828;17.03.1985\r\n\r\n";
    check(
        file,
        CheckDigit::None,
        expect![[r#"
        1 rows, 1 new
    "#]],
    )
    .await;
    let (_scratch, bed) = fresh().await;
    bed.import_with(file, Policy::AllOrNothing).await.unwrap();
    let anna = bed.store.case_by_number("20260010").await.unwrap().unwrap();
    assert_eq!(
        (anna.name.as_str(), anna.creditor.as_str()),
        ("Kowalska; Anna", "Energia \"Plus\"")
    );
    assert_eq!(anna.phones, ["+48600100200", "+48221000101"]);
    assert_eq!(anna.outstanding.to_string(), "1234.56 PLN");
}

#[tokio::test]
async fn other_encodings_are_named_and_not_guessed() {
    let mut file = format!("{HEADER}\n{BEN}\n").into_bytes();
    file.extend_from_slice(b"20260040,Za\xbf\xf3\xb3\xe6,,pl,X,1,PLN,2026-10-15,,,\n");
    check(file, CheckDigit::None, expect![[r#"
        2 rows, 1 new
        line 3: name is not UTF-8 (it looks like Windows-1250 or Latin-1); save the file as 'CSV UTF-8' and import it again
    "#]])
    .await;
    let utf16: Vec<u8> = "\u{feff}number,name".encode_utf16().flat_map(u16::to_le_bytes).collect();
    check(
        utf16,
        CheckDigit::None,
        expect![[r#"
        the file is not UTF-8 (it is UTF-16); save it as 'CSV UTF-8' and import it again
    "#]],
    )
    .await;
}

#[tokio::test]
async fn a_wrong_header_is_met_with_the_nearest_right_name() {
    let with = |header: &str| format!("{header}\n{BEN}\n");
    check(
        with(&HEADER.replace("language", "langauge")),
        CheckDigit::None,
        expect![[r#"
        the column 'langauge' is unknown; did you mean 'language'?
    "#]],
    )
    .await;
    check(with(&HEADER.replace("creditor", "zzz")), CheckDigit::None, expect![[r#"
        the column 'zzz' is unknown; the columns are number,name,phones,language,creditor,amount,currency,due_date,birth_date,pin,id_last4,pin_issued
    "#]])
    .await;
    check(
        with(&HEADER.replace(",currency", "")),
        CheckDigit::None,
        expect![[r#"
        the column 'currency' is missing; add it to the first line and fill it
    "#]],
    )
    .await;
    check(
        with(&HEADER.replace("pin", "Name")),
        CheckDigit::None,
        expect![[r#"
        the column 'name' is there twice; keep one
    "#]],
    )
    .await;
    check("", CheckDigit::None, expect![[r#"
        the file is empty; its first line must name the columns: number,name,phones,language,creditor,amount,currency,due_date,birth_date,pin,id_last4,pin_issued
    "#]])
    .await;
}

#[tokio::test]
async fn a_slip_in_a_check_digit_is_found_at_import() {
    let row = |number: &str| BEN.replace("20260029", number);
    let file = format!("{HEADER}\n{}\n{}\n", row("5724"), row("5727"));
    check(&file, CheckDigit::Damm, expect![[r#"
        2 rows, 1 new
        line 3: number does not end in its check digit; look for a slip, or import with the check digit that the letters use
    "#]])
    .await;
    let file = format!("{HEADER}\n{}\n{}\n", row("79927398713"), row("79927398714"));
    check(&file, CheckDigit::Luhn, expect![[r#"
        2 rows, 1 new
        line 3: number does not end in its check digit; look for a slip, or import with the check digit that the letters use
    "#]])
    .await;
}

#[tokio::test]
async fn a_long_file_tells_how_far_it_is_and_a_report_stays_short() {
    let (_scratch, bed) = fresh().await;
    let mut file = format!("{HEADER}\n");
    for n in 0..6_000 {
        let currency = if n % 3 == 0 { "XXX" } else { "GBP" };
        file += &BEN.replace("20260029", &format!("{}", 100_000 + n)).replace("GBP", currency);
        file.push('\n');
    }
    let import =
        Import { policy: Policy::AcceptGood, check_digit: CheckDigit::None, pepper: &PEPPER };
    let mut seen: Vec<Progress> = Vec::new();
    let report = csv_import::run(bed.store.as_ref(), file.as_bytes(), &import, |p| seen.push(p))
        .await
        .unwrap();
    assert_eq!((report.rows, report.added, report.refused_total), (6_000, 4_000, 2_000));
    assert_eq!(report.refused.len(), 1_000, "the rest is counted");
    assert!(seen.len() >= 12 && seen.is_sorted_by_key(|p| (p.rows, p.bytes)));
    let last = seen.last().unwrap();
    assert_eq!((last.rows, last.refused, last.bytes), (6_000, 2_000, file.len() as u64));
}

#[tokio::test]
async fn mutated_files_never_panic_and_never_half_import() {
    let (_scratch, bed) = fresh().await;
    let good = format!("{HEADER}\n{ANNA}\n{BEN}\n").into_bytes();
    let mut dice = 0x5EED_u64;
    let mut roll = |sides: usize| {
        dice ^= dice << 13;
        dice ^= dice >> 7;
        dice ^= dice << 17;
        (dice >> 33) as usize % sides
    };
    for _ in 0..300 {
        let mut file = good.clone();
        for _ in 0..=roll(4) {
            let at = roll(file.len());
            match roll(3) {
                0 => file[at] = b"\",;\n\xff\0 9"[roll(8)],
                1 => file.insert(at, b"\",;\n\xff\0 9"[roll(8)]),
                _ => drop(file.remove(at)),
            }
        }
        let before = bed.store.cases(100, None).await.unwrap().len();
        let import =
            Import { policy: Policy::AllOrNothing, check_digit: CheckDigit::None, pepper: &PEPPER };
        let outcome = csv_import::run(bed.store.as_ref(), &file[..], &import, |_| {}).await;
        let added = bed.store.cases(100, None).await.unwrap().len() - before;
        match outcome {
            Ok(report) => {
                assert_eq!(report.imported, report.refused_total == 0);
                assert_eq!(report.added, added as u64);
            }
            Err(_) => assert_eq!(added, 0),
        }
    }
}
