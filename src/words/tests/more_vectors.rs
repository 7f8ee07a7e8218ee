//! More values than the given vectors: where languages trip.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use ids::Lang;
use words::speak;

fn said(lang: Lang, what: &str, args: &str) -> String {
    match speak(lang, what, &args.split(' ').collect::<Vec<_>>()) {
        Ok(sentence) => sentence.text(),
        Err(error) => format!("error: {error}"),
    }
}

fn all_as_written(kind: &str, vectors: &[(Lang, &str, &str)]) {
    let wrong: Vec<String> = vectors
        .iter()
        .filter_map(|(lang, args, wanted)| {
            let got = said(*lang, kind, args);
            (got != *wanted).then(|| format!("{lang} {args}: '{got}', wanted '{wanted}'"))
        })
        .collect();
    assert!(wrong.is_empty(), "{kind}\n{}", wrong.join("\n"));
}

#[test]
fn amounts() {
    use Lang::{EnGb, EnUs, It, Pl, PtBr, PtPt};
    all_as_written(
        "amount",
        &[
            (Pl, "0.00 PLN", "zero złotych"),
            (Pl, "0.01 PLN", "jeden grosz"),
            (Pl, "0.21 PLN", "dwadzieścia jeden groszy"),
            (Pl, "21.00 PLN", "dwadzieścia jeden złotych"),
            (Pl, "112.00 PLN", "sto dwanaście złotych"),
            (Pl, "122.00 PLN", "sto dwadzieścia dwa złote"),
            (Pl, "125.00 PLN", "sto dwadzieścia pięć złotych"),
            (Pl, "1000.00 PLN", "tysiąc złotych"),
            (Pl, "2000.00 PLN", "dwa tysiące złotych"),
            (Pl, "5000.00 PLN", "pięć tysięcy złotych"),
            (
                Pl,
                "22222.22 PLN",
                "dwadzieścia dwa tysiące dwieście dwadzieścia dwa złote dwadzieścia dwa grosze",
            ),
            (Pl, "1000000.00 PLN", "milion złotych"),
            (Pl, "2000000.00 PLN", "dwa miliony złotych"),
            (Pl, "5000001.00 PLN", "pięć milionów jeden złotych"),
            (
                Pl,
                "999999999.99 PLN",
                "dziewięćset dziewięćdziesiąt dziewięć milionów dziewięćset dziewięćdziesiąt dziewięć tysięcy dziewięćset dziewięćdziesiąt dziewięć złotych dziewięćdziesiąt dziewięć groszy",
            ),
            (Pl, "1.00 EUR", "jedno euro"),
            (Pl, "2.00 EUR", "dwa euro"),
            (Pl, "2.02 USD", "dwa dolary dwa centy"),
            (Pl, "5.05 USD", "pięć dolarów pięć centów"),
            (Pl, "22.00 GBP", "dwadzieścia dwa funty"),
            (Pl, "3.00 BRL", "trzy reale"),
            (EnGb, "101.00 GBP", "one hundred and one pounds"),
            (EnUs, "101.00 USD", "one hundred one dollars"),
            (EnGb, "1001.00 GBP", "one thousand and one pounds"),
            (EnUs, "1001.00 USD", "one thousand one dollars"),
            (EnGb, "0.01 GBP", "one penny"),
            (EnUs, "0.01 USD", "one cent"),
            (EnGb, "1.00 GBP", "one pound"),
            (EnGb, "1000000.00 GBP", "one million pounds"),
            (EnGb, "21.21 EUR", "twenty-one euros and twenty-one cents"),
            (It, "1.00 EUR", "un euro"),
            (It, "21.00 EUR", "ventuno euro"),
            (It, "28.00 EUR", "ventotto euro"),
            (It, "23.00 EUR", "ventitré euro"),
            (It, "3.00 EUR", "tre euro"),
            (It, "103.00 EUR", "centotré euro"),
            (It, "180.00 EUR", "centottanta euro"),
            (It, "1000.00 EUR", "mille euro"),
            (It, "2000.00 EUR", "duemila euro"),
            (It, "21000.00 EUR", "ventunomila euro"),
            (It, "1000000.00 EUR", "un milione di euro"),
            (It, "2000000.00 EUR", "due milioni di euro"),
            (It, "1000001.00 EUR", "un milione e un euro"),
            (It, "0.01 EUR", "un centesimo"),
            (It, "1.00 GBP", "una sterlina"),
            (It, "2.00 USD", "due dollari"),
            (PtBr, "1.00 BRL", "um real"),
            (PtBr, "2.00 BRL", "dois reais"),
            (PtBr, "0.01 BRL", "um centavo"),
            (PtBr, "100.00 BRL", "cem reais"),
            (PtBr, "101.00 BRL", "cento e um reais"),
            (PtBr, "1001.00 BRL", "mil e um reais"),
            (PtBr, "1100.00 BRL", "mil e cem reais"),
            (PtBr, "2100.00 BRL", "dois mil e cem reais"),
            (PtBr, "1234.00 BRL", "mil duzentos e trinta e quatro reais"),
            (PtBr, "1000000.00 BRL", "um milhão de reais"),
            (PtBr, "2000000.00 BRL", "dois milhões de reais"),
            (PtBr, "200.00 GBP", "duzentas libras"),
            (PtBr, "1.00 GBP", "uma libra"),
            (PtBr, "2000.00 GBP", "duas mil libras"),
            (PtPt, "16.00 EUR", "dezasseis euros"),
            (PtPt, "0.19 EUR", "dezanove cêntimos"),
        ],
    );
}

#[test]
fn dates_weekdays_times() {
    use Lang::{EnGb, EnUs, It, Pl, PtBr, PtPt};
    all_as_written(
        "date",
        &[
            (Pl, "2027-01-01", "pierwszego stycznia"),
            (EnGb, "2027-01-01", "the first of January"),
            (EnUs, "2027-01-01", "January first"),
            (It, "2027-01-01", "il primo gennaio"),
            (It, "2026-08-08", "l'otto agosto"),
            (It, "2026-11-11", "l'undici novembre"),
            (PtBr, "2027-01-01", "primeiro de janeiro"),
            (PtPt, "2027-01-16", "dezasseis de janeiro"),
        ],
    );
    all_as_written(
        "weekday",
        &[
            (Pl, "2026-11-24", "we wtorek"),
            (Pl, "2026-11-22", "w niedzielę"),
            (EnGb, "2026-11-22", "Sunday"),
            (It, "2026-11-22", "domenica"),
            (PtBr, "2026-11-23", "segunda-feira"),
            (PtBr, "2026-11-22", "domingo"),
        ],
    );
    all_as_written(
        "relative-day",
        &[
            (Pl, "0", "dziś"),
            (Pl, "1", "jutro"),
            (Pl, "2", "pojutrze"),
            (EnGb, "1", "tomorrow"),
            (It, "2", "dopodomani"),
            (PtBr, "2", "depois de amanhã"),
        ],
    );
}

#[test]
fn ordinals_counts_numbers() {
    use Lang::{EnGb, EnUs, It, Pl, PtBr};
    all_as_written(
        "ordinal",
        &[
            (EnGb, "1", "first"),
            (EnGb, "22", "twenty-second"),
            (EnUs, "31", "thirty-first"),
            (It, "1", "primo"),
            (It, "3", "terzo"),
            (It, "23", "ventitreesimo"),
            (PtBr, "1", "primeiro"),
            (PtBr, "22", "vigésimo segundo"),
            (Pl, "1", "pierwszy"),
            (Pl, "22", "dwudziesty drugi"),
        ],
    );
    all_as_written(
        "count",
        &[
            (Pl, "day 1", "jeden dzień"),
            (Pl, "day 22", "dwadzieścia dwa dni"),
            (Pl, "instalment 12", "dwanaście rat"),
            (Pl, "instalment 22", "dwadzieścia dwie raty"),
            (Pl, "minute 25", "dwadzieścia pięć minut"),
            (EnGb, "day 1", "one day"),
            (It, "day 1", "un giorno"),
            (It, "instalment 21", "ventuno rate"),
            (PtBr, "instalment 2", "duas parcelas"),
            (PtBr, "day 21", "vinte e um dias"),
        ],
    );
    all_as_written(
        "number",
        &[
            (EnGb, "101", "one hundred and one"),
            (EnUs, "101", "one hundred one"),
            (It, "1008", "milleotto"),
            (Pl, "1000000", "milion"),
            (PtBr, "1234", "mil duzentos e trinta e quatro"),
        ],
    );
}
