//! The things we count aloud: instalments, days, attempts …

use crate::grammar::{Counted, Gender, counted};
use crate::phrase::Phrase;
use ids::Lang;
use std::str::FromStr;

use Gender::{Feminine, Masculine, Neuter};

/// A thing that is counted aloud.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
#[allow(missing_docs)]
pub enum Noun {
    Instalment,
    Payment,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
    Case,
    Attempt,
    Card,
    Call,
    Message,
    Question,
    Person,
    Digit,
}

/// A word that is none of [`Noun`].
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
#[error("'{0}' is nothing we count; use one of: {list}", list = Noun::names().join(", "))]
pub struct UnknownNoun(pub String);

impl Noun {
    /// Every one.
    pub const ALL: [Noun; 17] = [
        Noun::Instalment,
        Noun::Payment,
        Noun::Second,
        Noun::Minute,
        Noun::Hour,
        Noun::Day,
        Noun::Week,
        Noun::Month,
        Noun::Year,
        Noun::Case,
        Noun::Attempt,
        Noun::Card,
        Noun::Call,
        Noun::Message,
        Noun::Question,
        Noun::Person,
        Noun::Digit,
    ];

    /// The word for it on the command line: the British singular.
    pub fn name(self) -> &'static str {
        english(self, Lang::EnGb).one
    }

    fn names() -> Vec<&'static str> {
        Noun::ALL.into_iter().map(Noun::name).collect()
    }
}

impl FromStr for Noun {
    type Err = UnknownNoun;
    fn from_str(word: &str) -> Result<Self, UnknownNoun> {
        let lower = word.trim().to_lowercase();
        let meant = |noun: &Noun| {
            [Lang::EnGb, Lang::EnUs]
                .into_iter()
                .map(|lang| english(*noun, lang))
                .any(|forms| forms.one == lower || forms.many == lower)
        };
        Noun::ALL.into_iter().find(meant).ok_or_else(|| UnknownNoun(word.to_owned()))
    }
}

/// `dwadzieścia dwie raty`: up to 999,999,999.
pub(crate) fn count(lang: Lang, noun: Noun, n: u64) -> Phrase {
    counted(lang, n, &forms(lang, noun))
}

/// The noun alone as it stands after `n`.
pub(crate) fn after(lang: Lang, noun: Noun, n: u64) -> &'static str {
    forms(lang, noun).after(lang, n)
}

const fn forms(lang: Lang, noun: Noun) -> Counted {
    match lang {
        Lang::Pl => polish(noun),
        Lang::EnGb | Lang::EnUs => english(noun, lang),
        Lang::It => italian(noun),
        Lang::PtBr | Lang::PtPt => portuguese(noun, lang),
    }
}

const fn polish(noun: Noun) -> Counted {
    match noun {
        Noun::Instalment => Counted::three(Feminine, "rata", "raty", "rat"),
        Noun::Payment => Counted::three(Feminine, "wpłata", "wpłaty", "wpłat"),
        Noun::Second => Counted::three(Feminine, "sekunda", "sekundy", "sekund"),
        Noun::Minute => Counted::three(Feminine, "minuta", "minuty", "minut"),
        Noun::Hour => Counted::three(Feminine, "godzina", "godziny", "godzin"),
        Noun::Day => Counted::three(Masculine, "dzień", "dni", "dni"),
        Noun::Week => Counted::three(Masculine, "tydzień", "tygodnie", "tygodni"),
        Noun::Month => Counted::three(Masculine, "miesiąc", "miesiące", "miesięcy"),
        Noun::Year => Counted::three(Masculine, "rok", "lata", "lat"),
        Noun::Case => Counted::three(Feminine, "sprawa", "sprawy", "spraw"),
        Noun::Attempt => Counted::three(Feminine, "próba", "próby", "prób"),
        Noun::Card => Counted::three(Feminine, "karta", "karty", "kart"),
        Noun::Call => Counted::three(Neuter, "połączenie", "połączenia", "połączeń"),
        Noun::Message => Counted::three(Feminine, "wiadomość", "wiadomości", "wiadomości"),
        Noun::Question => Counted::three(Neuter, "pytanie", "pytania", "pytań"),
        Noun::Person => Counted::three(Feminine, "osoba", "osoby", "osób"),
        Noun::Digit => Counted::three(Feminine, "cyfra", "cyfry", "cyfr"),
    }
}

const fn english(noun: Noun, lang: Lang) -> Counted {
    let (one, many) = match noun {
        Noun::Instalment if matches!(lang, Lang::EnUs) => ("installment", "installments"),
        Noun::Instalment => ("instalment", "instalments"),
        Noun::Payment => ("payment", "payments"),
        Noun::Second => ("second", "seconds"),
        Noun::Minute => ("minute", "minutes"),
        Noun::Hour => ("hour", "hours"),
        Noun::Day => ("day", "days"),
        Noun::Week => ("week", "weeks"),
        Noun::Month => ("month", "months"),
        Noun::Year => ("year", "years"),
        Noun::Case => ("case", "cases"),
        Noun::Attempt => ("attempt", "attempts"),
        Noun::Card => ("card", "cards"),
        Noun::Call => ("call", "calls"),
        Noun::Message => ("message", "messages"),
        Noun::Question => ("question", "questions"),
        Noun::Person => ("person", "people"),
        Noun::Digit => ("digit", "digits"),
    };
    Counted::two(Neuter, one, many)
}

const fn italian(noun: Noun) -> Counted {
    match noun {
        Noun::Instalment => Counted::two(Feminine, "rata", "rate"),
        Noun::Payment => Counted::two(Masculine, "pagamento", "pagamenti"),
        Noun::Second => Counted::two(Masculine, "secondo", "secondi"),
        Noun::Minute => Counted::two(Masculine, "minuto", "minuti"),
        Noun::Hour => Counted::two(Feminine, "ora", "ore"),
        Noun::Day => Counted::two(Masculine, "giorno", "giorni"),
        Noun::Week => Counted::two(Feminine, "settimana", "settimane"),
        Noun::Month => Counted::two(Masculine, "mese", "mesi"),
        Noun::Year => Counted::two(Masculine, "anno", "anni"),
        Noun::Case => Counted::two(Feminine, "pratica", "pratiche"),
        Noun::Attempt => Counted::two(Masculine, "tentativo", "tentativi"),
        Noun::Card => Counted::two(Feminine, "carta", "carte"),
        Noun::Call => Counted::two(Feminine, "chiamata", "chiamate"),
        Noun::Message => Counted::two(Masculine, "messaggio", "messaggi"),
        Noun::Question => Counted::two(Feminine, "domanda", "domande"),
        Noun::Person => Counted::two(Feminine, "persona", "persone"),
        Noun::Digit => Counted::two(Feminine, "cifra", "cifre"),
    }
}

const fn portuguese(noun: Noun, lang: Lang) -> Counted {
    let portugal = matches!(lang, Lang::PtPt);
    match noun {
        Noun::Instalment if portugal => Counted::two(Feminine, "prestação", "prestações"),
        Noun::Instalment => Counted::two(Feminine, "parcela", "parcelas"),
        Noun::Payment => Counted::two(Masculine, "pagamento", "pagamentos"),
        Noun::Second => Counted::two(Masculine, "segundo", "segundos"),
        Noun::Minute => Counted::two(Masculine, "minuto", "minutos"),
        Noun::Hour => Counted::two(Feminine, "hora", "horas"),
        Noun::Day => Counted::two(Masculine, "dia", "dias"),
        Noun::Week => Counted::two(Feminine, "semana", "semanas"),
        Noun::Month => Counted::two(Masculine, "mês", "meses"),
        Noun::Year => Counted::two(Masculine, "ano", "anos"),
        Noun::Case => Counted::two(Masculine, "caso", "casos"),
        Noun::Attempt => Counted::two(Feminine, "tentativa", "tentativas"),
        Noun::Card => Counted::two(Masculine, "cartão", "cartões"),
        Noun::Call if portugal => Counted::two(Feminine, "chamada", "chamadas"),
        Noun::Call => Counted::two(Feminine, "ligação", "ligações"),
        Noun::Message => Counted::two(Feminine, "mensagem", "mensagens"),
        Noun::Question => Counted::two(Feminine, "pergunta", "perguntas"),
        Noun::Person => Counted::two(Feminine, "pessoa", "pessoas"),
        Noun::Digit => Counted::two(Masculine, "dígito", "dígitos"),
    }
}
