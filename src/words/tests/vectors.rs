//! Every given vector of amounts, dates, times, counts and digits, word by word.
#![allow(clippy::unwrap_used)] // a test that cannot go on says so by ending

use ids::Lang;
use words::{speak, spoken_line};

fn rows(table: &'static str) -> Vec<Vec<&'static str>> {
    table.lines().skip(1).map(|line| line.split('\t').collect()).collect()
}

#[track_caller]
fn said(lang: &str, what: &str, args: &[&str]) -> String {
    let lang: Lang = lang.parse().unwrap();
    match speak(lang, what, args) {
        Ok(sentence) => spoken_line(&sentence),
        Err(error) => panic!("{lang} {what} {args:?}: {error}"),
    }
}

#[track_caller]
fn compare(faults: Vec<String>) {
    assert!(faults.is_empty(), "{} differ:\n{}", faults.len(), faults.join("\n"));
}

fn fault(input: String, got: String, wanted: &str) -> Option<String> {
    (got != wanted).then(|| format!("{input}: said '{got}', wanted '{wanted}'"))
}

#[test]
fn every_given_amount_is_spoken_as_given() {
    let rows = rows(include_str!("data/spoken_amounts.tsv"));
    assert_eq!(rows.len(), 186);
    compare(
        rows.iter()
            .filter_map(|row| {
                let got = said(row[0], "amount", &[row[2], row[1]]);
                fault(format!("{} {} {}", row[0], row[1], row[2]), got, row[3])
            })
            .collect(),
    );
}

#[test]
fn every_given_date_is_spoken_as_given() {
    let rows = rows(include_str!("data/spoken_dates.tsv"));
    assert_eq!(rows.len(), 116);
    compare(
        rows.iter()
            .flat_map(|row| {
                let (lang, date) = (row[0], row[1]);
                [
                    fault(format!("{lang} {date}"), said(lang, "date", &[date]), row[2]),
                    fault(format!("{lang} {date}"), said(lang, "date", &[date, "year"]), row[3]),
                    fault(format!("{lang} {date}"), said(lang, "weekday", &[date]), row[4]),
                ]
            })
            .flatten()
            .collect(),
    );
}

#[test]
fn every_other_given_value_is_spoken_as_given() {
    let rows = rows(include_str!("data/spoken_misc.tsv"));
    assert_eq!(rows.len(), 173);
    compare(
        rows.iter()
            .filter_map(|row| {
                let got = said(row[0], row[1], &[row[2]]);
                fault(format!("{} {} {}", row[0], row[1], row[2]), got, row[3])
            })
            .collect(),
    );
}
