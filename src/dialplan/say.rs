//! From a prompt's id to a line in the queue: values, confidentiality, replays.

use crate::asking::Again;
use crate::condition::Literal;
use crate::event::{Action, Trace};
use crate::plan::{Outcome, Plan};
use crate::speech::Line;
use crate::spoken::{From, Spoken};
use crate::walk::{Doing, Walk};
use ids::{Lang, Money};
use words::{Args, Value};

impl Plan {
    /// Whether a language is declared; regions of one language share a catalogue.
    pub(crate) fn speaks(&self, lang: Lang) -> bool {
        self.languages.iter().any(|l| l.catalogue() == lang.catalogue())
    }
}

impl Walk {
    /// Queues a prompt. False when it would tell a case's data to somebody who is not proved: the
    /// checker has excluded that (L05), and this is the second lock.
    #[must_use]
    pub(crate) fn say(&mut self, spoken: &Spoken, barge_in: bool) -> bool {
        let lang = spoken.lang.unwrap_or(self.lang);
        let Some((prompt, placeables)) = self.find_prompt(lang, &spoken.prompt) else {
            self.missing(
                &spoken.prompt,
                lang,
                "no catalogue entry; add it to catalogue.ftl".into(),
            );
            return true;
        };
        let confidential = spoken.confidential(&placeables, self.plan.outbound());
        if confidential && !self.verified() {
            let step = self.step().to_owned();
            self.trace(Trace::Withheld { step, prompt });
            return false;
        }
        let args = self.args(spoken, &placeables);
        match self.plan.texts().clone().sentence(lang, &prompt, &args) {
            Ok(sentence) => {
                let barge_in = spoken.barge_in.unwrap_or(barge_in && !confidential);
                if !self.speech.push(Line { prompt: prompt.clone(), sentence, barge_in }) {
                    self.missing(&prompt, lang, "too many prompts in a row".into());
                }
            }
            Err(why) => self.missing(&prompt, lang, why),
        }
        true
    }

    /// The prompt, or its other wording when it is missing.
    fn find_prompt(&self, lang: Lang, id: &str) -> Option<(String, Vec<String>)> {
        let texts = self.plan.texts();
        let other = match id.strip_suffix("_short") {
            Some(full) => full.to_owned(),
            None => format!("{id}_short"),
        };
        [id.to_owned(), other]
            .into_iter()
            .find_map(|id| Some((id.clone(), texts.placeables(lang, &id)?)))
    }

    fn args(&self, spoken: &Spoken, placeables: &[String]) -> Args {
        let value = |name: &String| {
            let value = match spoken.source(name)? {
                From::Set(variable) => self.set_value(name, &variable)?,
                source => source.value(&self.facts, self.case.as_ref())?,
            };
            Some((name.clone(), value))
        };
        let known = placeables.iter().filter_map(value);
        known.fold(Args::new(), |args, (name, value)| args.with(name, value))
    }

    /// A variable as it is spoken: a number is an amount where the placeable is one.
    fn set_value(&self, placeable: &str, variable: &str) -> Option<Value> {
        let (_, literal) = self.set.iter().find(|(name, _)| name == variable)?;
        Some(match literal {
            Literal::Number(n) => {
                let hundredths = u64::try_from(*n).ok()?;
                match placeable.contains("amount") {
                    true => {
                        let currency = self.case.as_ref()?.outstanding.currency;
                        Value::Amount(Money::new(hundredths, currency))
                    }
                    false => Value::Number(hundredths / 100),
                }
            }
            Literal::Day(day) => Value::Date(*day),
            Literal::Text(text) if placeable.ends_with("_digits") => Value::Digits(text.clone()),
            Literal::Text(text) => Value::Name(text.clone()),
            Literal::Truth(_) => return None,
        })
    }

    fn missing(&mut self, prompt: &str, lang: Lang, why: String) {
        self.actions.push_back(Action::Trace(Trace::PromptMissing {
            prompt: prompt.to_owned(),
            lang,
            why,
        }));
    }

    /// Queues the apology and the next rung of the prompt ladder: short, then one that offers a
    /// person (`<prompt>_person`) or the full one, which names the way to a person.
    pub(crate) fn ask_again(&mut self, again: Again) {
        let Doing::Asking(asking, receiver) = &self.doing else { return };
        let full = asking.question.prompts.clone();
        let texts = self.plan.texts().clone();
        let named = |suffix: &str| match full.as_slice() {
            [one] => {
                let id = format!("{}{suffix}", one.prompt);
                texts.has(self.lang, &id).then(|| one.renamed(id))
            }
            _ => None,
        };
        let short = asking.question.short.clone().or_else(|| named("_short"));
        let rung = match (again, asking.misses()) {
            (Again::Wiped, _) | (_, 0..=1) => short,
            (Again::NoInput | Again::NoMatch, _) => named("_person"),
        };
        let rung = rung.map_or(full, |one| vec![one]);
        let apology = match again {
            Again::Wiped => None,
            Again::NoInput => Some("no_input"),
            Again::NoMatch => Some(receiver.no_match_prompt()),
        };
        let apology = apology.is_none_or(|id| self.say(&Spoken::built_in(id), true));
        if !(apology && rung.iter().all(|prompt| self.say(prompt, true))) {
            self.leave(Outcome::Error);
        }
    }
}
