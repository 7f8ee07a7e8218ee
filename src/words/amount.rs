//! Amounts of money, and what each currency is called in each language.

use crate::grammar::{Counted, Gender, and, counted};
use crate::phrase::Phrase;
use ids::{Currency, Lang, Money};

use Gender::{Feminine, Masculine, Neuter};

/// `dwa złote dwa grosze`; nothing is said of zero cents, nor of zero units when there are cents.
pub(crate) fn amount(lang: Lang, money: Money) -> Phrase {
    let (units, cents) = (money.major(), money.cents());
    let (unit, cent) = nouns(lang, money.currency);
    let small = || counted(lang, cents, &cent);
    match (units, cents) {
        (_, 0) => counted(lang, units, &unit),
        (0, _) => small(),
        _ => {
            let whole = counted(lang, units, &unit);
            let whole = match and(lang) {
                Some(link) => whole.tie(link),
                None => whole,
            };
            whole.then(small())
        }
    }
}

/// The whole unit and its hundredth.
fn nouns(lang: Lang, currency: Currency) -> (Counted, Counted) {
    match lang {
        Lang::Pl => polish(currency),
        Lang::EnGb | Lang::EnUs => english(currency),
        Lang::It => italian(currency),
        Lang::PtBr => portuguese(currency, "centavo", "centavos"),
        Lang::PtPt => portuguese(currency, "cêntimo", "cêntimos"),
    }
}

/// Euro and centavo do not bend in Polish.
const fn polish(currency: Currency) -> (Counted, Counted) {
    let cent = Counted::three(Masculine, "cent", "centy", "centów");
    match currency {
        Currency::PLN => (
            Counted::three(Masculine, "złoty", "złote", "złotych"),
            Counted::three(Masculine, "grosz", "grosze", "groszy"),
        ),
        Currency::EUR => (Counted::three(Neuter, "euro", "euro", "euro"), cent),
        Currency::GBP => (
            Counted::three(Masculine, "funt", "funty", "funtów"),
            Counted::three(Masculine, "pens", "pensy", "pensów"),
        ),
        Currency::USD => (Counted::three(Masculine, "dolar", "dolary", "dolarów"), cent),
        Currency::BRL => (
            Counted::three(Masculine, "real", "reale", "reali"),
            Counted::three(Neuter, "centavo", "centavo", "centavo"),
        ),
    }
}

const fn english(currency: Currency) -> (Counted, Counted) {
    let cent = Counted::two(Neuter, "cent", "cents");
    match currency {
        Currency::PLN => {
            (Counted::two(Neuter, "zloty", "zlotys"), Counted::two(Neuter, "grosz", "groszy"))
        }
        Currency::EUR => (Counted::two(Neuter, "euro", "euros"), cent),
        Currency::GBP => {
            (Counted::two(Neuter, "pound", "pounds"), Counted::two(Neuter, "penny", "pence"))
        }
        Currency::USD => (Counted::two(Neuter, "dollar", "dollars"), cent),
        Currency::BRL => {
            (Counted::two(Neuter, "real", "reais"), Counted::two(Neuter, "centavo", "centavos"))
        }
    }
}

/// Foreign names that end in a consonant do not bend in Italian.
const fn italian(currency: Currency) -> (Counted, Counted) {
    let cent = Counted::two(Masculine, "centesimo", "centesimi");
    match currency {
        Currency::PLN => {
            (Counted::two(Masculine, "zloty", "zloty"), Counted::two(Masculine, "grosz", "groszy"))
        }
        Currency::EUR => (Counted::two(Masculine, "euro", "euro"), cent),
        Currency::GBP => (
            Counted::two(Feminine, "sterlina", "sterline"),
            Counted::two(Masculine, "penny", "pence"),
        ),
        Currency::USD => (Counted::two(Masculine, "dollaro", "dollari"), cent),
        Currency::BRL => (
            Counted::two(Masculine, "real", "reais"),
            Counted::two(Masculine, "centavo", "centavos"),
        ),
    }
}

/// Brazil counts hundredths of euro and dollar in centavos, Portugal in cêntimos; the real has centavos.
const fn portuguese(
    currency: Currency,
    cent: &'static str,
    cents: &'static str,
) -> (Counted, Counted) {
    let cent = Counted::two(Masculine, cent, cents);
    match currency {
        Currency::PLN => {
            (Counted::two(Masculine, "zloti", "zlotis"), Counted::two(Masculine, "grosz", "groszy"))
        }
        Currency::EUR => (Counted::two(Masculine, "euro", "euros"), cent),
        Currency::GBP => {
            (Counted::two(Feminine, "libra", "libras"), Counted::two(Masculine, "penny", "pence"))
        }
        Currency::USD => (Counted::two(Masculine, "dólar", "dólares"), cent),
        Currency::BRL => (
            Counted::two(Masculine, "real", "reais"),
            Counted::two(Masculine, "centavo", "centavos"),
        ),
    }
}
