//! `parley cases`: cases on file. Secrets are in no table and no message: only whether they are set.

mod progress;

use super::table::{Column, facts, render};
use super::{Failure, open_store, say, settings, wait_for};
use crate::causes::with_causes;
use crate::cli::{self, CasesCommand};
use crate::config::Config;
use crate::{Outcome, secrets};
use progress::ProgressLine;
use records::{Case, Factor};
use std::fmt::Write as _;
use std::fs::File;
use std::path::Path;
use std::process::ExitCode;
use store::Store;
use store::csv_import::{self, Import, Policy, Report};

/// Cases asked of the store at a time.
const PAGE: u32 = 500;

const COLUMNS: [Column; 6] = [
    Column::text("number", 20),
    Column::text("name", 18),
    Column::text("lang", 5),
    Column::text("creditor", 18),
    Column::figure("owes", 16),
    Column::text("due", 10),
];

/// Imports, lists or shows cases.
pub fn run(args: cli::Cases) -> Outcome {
    let config = settings(args.config.as_deref())?;
    wait_for(async {
        match args.command {
            CasesCommand::Import { file, accept_good } => import(&config, &file, accept_good).await,
            CasesCommand::List { limit } => list(&config, limit).await,
            CasesCommand::Show { number } => show(&config, &number).await,
        }
    })?
}

async fn import(config: &Config, path: &Path, accept_good: bool) -> Outcome {
    let cannot = |error| format!("cannot read {}: {error}; name a CSV file", path.display());
    let file = File::open(path).map_err(cannot)?;
    let bytes = file.metadata().map_err(cannot)?;
    if bytes.is_dir() {
        return Err(format!("{} is a directory; name a CSV file", path.display()).into());
    }
    let pepper = secrets::pepper(&config.store.key_file)?;
    let store = open_store(config, true).await?;
    let policy = if accept_good { Policy::AcceptGood } else { Policy::AllOrNothing };
    let import = Import { policy, check_digit: config.check_digit()?, pepper: &pepper };
    let mut progress = ProgressLine::start(bytes.len());
    let run = csv_import::run(store.as_ref(), file, &import, |done| progress.show(done)).await;
    progress.clear();
    store.close().await;
    let report = run.map_err(|error| format!("{}: {}", path.display(), with_causes(&error)))?;
    say(&report_page(&report))?;
    Ok(if report.refused_total == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn list(config: &Config, limit: u32) -> Outcome {
    let store = open_store(config, false).await?;
    let cases = read(store.as_ref(), limit).await;
    store.close().await;
    say(&cases_page(&cases?, limit))?;
    Ok(ExitCode::SUCCESS)
}

/// One more than `limit`, so that the page can say that there are more.
async fn read(store: &dyn Store, limit: u32) -> Result<Vec<Case>, Failure> {
    let wanted = limit as usize + 1;
    let mut cases: Vec<Case> = Vec::new();
    loop {
        let page = PAGE.min((wanted - cases.len()) as u32);
        let after = cases.last().map(|case| case.id);
        let more = store.cases(page, after).await.map_err(|error| with_causes(&error))?;
        let last = more.len() < page as usize;
        cases.extend(more);
        if last || cases.len() >= wanted {
            return Ok(cases);
        }
    }
}

async fn show(config: &Config, number: &str) -> Outcome {
    let store = open_store(config, false).await?;
    let digits: String = number.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
    let found = store.case_by_number(&digits).await.map_err(|error| with_causes(&error))?;
    let Some(case) = found else {
        return Err(format!(
            "there is no case {number:?}; look for its number with: parley cases list"
        )
        .into());
    };
    let factors = store.factors(case.id).await.map_err(|error| with_causes(&error))?;
    store.close().await;
    say(&case_page(&case, &factors))?;
    Ok(ExitCode::SUCCESS)
}

fn cases_page(cases: &[Case], limit: u32) -> String {
    if cases.is_empty() {
        return "no cases yet; import some: parley cases import FILE\n".to_owned();
    }
    let shown = &cases[..cases.len().min(limit as usize)];
    let row = |case: &Case| {
        let Case { number, name, lang, creditor, outstanding, due_date, .. } = case;
        let (lang, owes, due) = (lang.to_string(), outstanding.to_string(), due_date.to_string());
        vec![number.clone(), name.clone(), lang, creditor.clone(), owes, due]
    };
    let mut page = render(&COLUMNS, &shown.iter().map(row).collect::<Vec<_>>());
    if cases.len() > shown.len() {
        let _ = writeln!(page, "and more: --limit {}", limit.saturating_mul(10).min(100_000));
    }
    page
}

fn case_page(case: &Case, factors: &[Factor]) -> String {
    let set = |factor| if factors.contains(&factor) { "set" } else { "not set" }.to_owned();
    let phones = if case.phones.is_empty() { "none".to_owned() } else { case.phones.join(", ") };
    facts(&[
        ("number", case.number.clone()),
        ("name", case.name.clone()),
        ("phones", phones),
        ("language", case.lang.to_string()),
        ("creditor", case.creditor.clone()),
        ("owes", case.outstanding.to_string()),
        ("due", case.due_date.to_string()),
        ("pin", set(Factor::Pin)),
        ("birth date", set(Factor::BirthDate)),
        ("id last 4", set(Factor::IdLast4)),
        ("id", case.id.to_string()),
    ])
}

fn report_page(report: &Report) -> String {
    let mut page = String::new();
    for row in &report.refused {
        let _ = writeln!(page, "{}", super::table::printable(&row.to_string()));
    }
    let untold = report.refused_total - report.refused.len() as u64;
    if untold > 0 {
        let _ = writeln!(page, "and {untold} more refused rows");
    }
    let Report { rows, added, changed, refused_total, imported, .. } = report;
    let _ = match (imported, refused_total) {
        (true, 0) => writeln!(page, "{rows} rows: {added} cases added, {changed} changed"),
        (true, _) => writeln!(
            page,
            "{rows} rows: {added} cases added, {changed} changed, {refused_total} refused; \
             correct those and import the file again"
        ),
        (false, _) => writeln!(
            page,
            "{refused_total} of {rows} rows refused, nothing imported; correct them and import the \
             file again,\nor import the good rows alone with --accept-good"
        ),
    };
    page
}

#[cfg(test)]
mod tests {
    use super::*;
    use ids::{CaseId, Currency, Lang, Money};
    use store::csv_import::RefusedRow;

    fn case(number: &str) -> Case {
        Case {
            id: CaseId(26),
            number: number.to_owned(),
            name: "Osoba Przykładowa".to_owned(),
            phones: vec!["+48221000101".to_owned(), "+48221000102".to_owned()],
            lang: Lang::PtBr,
            creditor: "Przykładowa Energia Elektryczna".to_owned(),
            outstanding: Money::new(Money::MINOR_MAX, Currency::PLN),
            due_date: jiff::civil::date(2026, 10, 15),
        }
    }

    #[test]
    fn the_widest_case_fits_a_page_of_100_columns() {
        let page = cases_page(&[case("20260010202600102026")], 50);
        assert_eq!(
            page,
            "number                name               lang   creditor                        owes  due\n\
             20260010202600102026  Osoba Przykładowa  pt-BR  Przykładowa Energ…  999999999.99 PLN  2026-10-15\n"
        );
        assert!(page.lines().all(|l| l.chars().count() <= 100));
    }

    #[test]
    fn a_list_that_was_cut_says_so_and_an_empty_one_says_what_to_do() {
        let page = cases_page(&[case("20260010"), case("20260029")], 1);
        assert!(page.ends_with("and more: --limit 10\n") && !page.contains("20260029"), "{page}");
        assert!(cases_page(&[], 50).contains("parley cases import"));
    }

    #[test]
    fn a_case_shows_that_a_secret_is_set_and_never_which_it_is() {
        let page = case_page(&case("20260010"), &[Factor::Pin, Factor::BirthDate]);
        assert!(page.contains("pin         set\n"), "{page}");
        assert!(
            page.contains("birth date  set\n") && page.contains("id last 4   not set\n"),
            "{page}"
        );
        assert!(page.contains("+48221000101, +48221000102"), "{page}");
    }

    #[test]
    fn a_report_names_every_refused_row_and_what_to_do_next() {
        let problem = "'12,x' is not an amount; write it like 1234.56".to_owned();
        let refused = vec![RefusedRow { row: 5, field: "amount".into(), problem }];
        let mut report = Report { rows: 9, refused, refused_total: 3, ..Report::default() };
        assert_eq!(
            report_page(&report),
            "line 5: amount '12,x' is not an amount; write it like 1234.56\n\
             and 2 more refused rows\n\
             3 of 9 rows refused, nothing imported; correct them and import the file again,\n\
             or import the good rows alone with --accept-good\n"
        );
        (report.imported, report.added, report.changed) = (true, 5, 1);
        assert!(report_page(&report).ends_with(
            "9 rows: 5 cases added, 1 changed, 3 refused; correct those and import the file again\n"
        ));
    }
}
