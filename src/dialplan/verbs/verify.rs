//! `verify`: the right party proves who they are, with factors asked one after the other.

use super::contract::Contract;
use super::{Need, Receiver, Spec, way, word};
use crate::asking::{Answer, Question, Wanted};
use crate::event::{Action, Factor, Trace, VerifyAnswer};
use crate::fields::{did_you_mean, name_span};
use crate::limits::{FIRST_KEY_DIGITS, INTER_KEY, MISSES_MAX};
use crate::plan::Outcome;
use crate::spoken::Spoken;
use crate::step_reader::StepReader;
use crate::walk::Walk;
use ids::Lang;
use keypad::Keys;

pub(crate) const SPEC: Spec = Spec {
    name: "verify",
    does: "Checks that the caller is the right party. Only behind its 'ok' may a prompt speak of \
           the case. All factors are asked before any is judged, and a failure never says which \
           one. Keys pressed before the step do not count; keys pressed while its prompts play do. \
           A caller who is verified already passes at once.",
    words: &[
        word("ask", "ask pin birth-date need=2", "the factors in order, and how many must match"),
        word("prompt", "prompt ID", "said first; else verify_intro"),
        word("tries", "tries 3", "wrong proofs in one call until failed (1–3)"),
        word(
            "type-ahead",
            "type-ahead keep|flush",
            "keys pressed before the step count (habit: flush)",
        ),
    ],
    outcomes: &[
        way(Outcome::Ok, Need::Bound, true, "the right party: confidential prompts may follow"),
        way(Outcome::Failed, Need::Bound, true, "wrong, as often as 'tries' allows"),
        way(Outcome::Locked, Need::Bound, true, "too many wrong proofs for this case: locked"),
        way(Outcome::Empty, Need::Bound, true, "# alone: the caller has no PIN at hand"),
        way(Outcome::NoInput, Need::OrError, false, "no key, three times"),
        way(Outcome::NoMatch, Need::OrError, true, "too few digits, three times"),
        way(Outcome::Error, Need::Bound, false, "the store did not answer within 3 s"),
        way(
            Outcome::Back,
            Need::Free,
            true,
            "** was pressed; unbound, the question is asked again",
        ),
    ],
    example: "verify verify {\n    ask pin birth-date need=2; tries 3\n    ok balance; failed person; \
              locked locked; empty no-code; no-input person; no-match person; error trouble\n}",
    contract: Contract {
        waits: crate::limits::SERVICE_LONGEST,
        questions: 9,
        keys: 60,
        lookup: true,
        secrets: true,
        ..Contract::SPEAKS
    },
};

pub(crate) struct Verify {
    factors: Vec<Factor>,
    need: usize,
    intro: Spoken,
    tries: u8,
    flush: bool,
}

/// What a caller has answered so far.
#[derive(Debug)]
pub(crate) struct Proving {
    /// Index of the factor being asked.
    asked: usize,
    answers: Vec<(Factor, Keys)>,
}

impl Verify {
    pub(crate) fn read(reader: &mut StepReader<'_, '_, '_>) -> Self {
        let (factors, need) = read_factors(reader);
        let intro = reader.prompt_line("prompt");
        let intro = intro.unwrap_or_else(|| Spoken::built_in("verify_intro"));
        let tries = reader.tries();
        let flush = reader.flush(true);
        Self { factors, need, intro, tries, flush }
    }

    pub(crate) fn plays(&self) -> Vec<Spoken> {
        let asked = self.factors.iter().map(|f| Spoken::built_in(f.prompt()));
        let built_in = ["verify_ok", "verify_retry", "no_input", "please_wait"];
        let built_in = built_in.into_iter().map(Spoken::built_in);
        std::iter::once(self.intro.clone()).chain(asked).chain(built_in).collect()
    }

    pub(crate) fn enter(&self, walk: &mut Walk) {
        if walk.verified() {
            return walk.leave(Outcome::Ok);
        }
        if walk.case.is_none() {
            return walk.leave(Outcome::Error);
        }
        if walk.verify_tries >= u32::from(self.tries) {
            return walk.leave(Outcome::Failed);
        }
        if self.flush {
            walk.flush();
        }
        if !walk.say(&self.intro, true) {
            return walk.leave(Outcome::Error);
        }
        self.ask(walk, Proving { asked: 0, answers: Vec::new() });
    }

    /// Asks the next factor.
    fn ask(&self, walk: &mut Walk, proving: Proving) {
        let Some(factor) = self.factors.get(proving.asked) else {
            return walk.leave(Outcome::Error);
        };
        let (min, max) = factor.digits();
        let question = Question {
            wanted: Wanted::Digits { min, max },
            prompts: vec![Spoken::built_in(factor.prompt())],
            short: None,
            first: FIRST_KEY_DIGITS,
            inter: INTER_KEY,
            tries: MISSES_MAX,
        };
        walk.ask(question, Receiver::Factor(proving));
    }

    /// One factor is answered, or the caller does not have it at hand.
    fn next(&self, walk: &mut Walk, mut proving: Proving, keys: Option<Keys>) {
        let factor = self.factors.get(proving.asked).copied();
        proving.answers.extend(factor.zip(keys).map(|(f, k)| (f, day_first(f, k, walk.lang()))));
        proving.asked += 1;
        let left = self.factors.len().saturating_sub(proving.asked);
        if proving.answers.len() >= self.need {
            submit(walk, proving);
        } else if proving.answers.len() + left >= self.need {
            self.ask(walk, proving);
        } else {
            walk.leave(Outcome::Empty);
        }
    }
}

fn read_factors(reader: &mut StepReader<'_, '_, '_>) -> (Vec<Factor>, usize) {
    let mut factors: Vec<Factor> = Vec::new();
    let Some(line) = reader.needed("ask", "ask pin birth-date need=2") else {
        return (factors, 0);
    };
    let mut fields = reader.fields(line);
    while let Some(entry) = fields.next() {
        let Some((name, span)) = fields.text(entry, "a factor such as pin") else { continue };
        match name.parse::<Factor>() {
            Ok(factor) if factors.contains(&factor) => {
                let fault = fields.faults.error(span, format!("'{name}' stands here twice"));
                fault.help = Some("ask each factor once".to_owned());
            }
            Ok(factor) => factors.push(factor),
            Err(()) => {
                let fault = fields.faults.error(span, format!("there is no factor '{name}'"));
                fault.help = did_you_mean(&name, Factor::ALL.map(Factor::name))
                    .or_else(|| Some("there are pin, birth-date and id-last4".to_owned()));
            }
        }
    }
    let need = fields.number("need", 1..=3);
    fields.finish(&["need"]);
    let need = need.map_or(factors.len(), usize::from);
    if need > factors.len() || factors.is_empty() {
        let text = format!("{need} factors are needed but {} asked", factors.len());
        reader.faults.error(name_span(line), text).help =
            Some("write ask pin birth-date need=2".to_owned());
    }
    (factors, need)
}

/// Birth dates are compared as DDMMYYYY; the American prompt asks for the month first.
fn day_first(factor: Factor, keys: Keys, lang: Lang) -> Keys {
    if factor != Factor::BirthDate || lang != Lang::EnUs {
        return keys;
    }
    let swap = |keys: &str| {
        let (month, rest) = (keys.get(..2)?, keys.get(2..)?);
        let mut swapped = Keys::from_text(rest.get(..2)?)?;
        for c in month.chars().chain(rest.get(2..)?.chars()) {
            swapped.push(keypad::Key::from_char(c)?).then_some(())?;
        }
        Some(swapped)
    };
    keys.reveal(swap).unwrap_or(keys)
}

fn submit(walk: &mut Walk, proving: Proving) {
    let Some(case) = walk.case.as_ref().map(|c| c.id) else {
        return walk.leave(Outcome::Error);
    };
    let answers = proving.answers.clone();
    let request = walk.request(Receiver::Factor(proving));
    walk.actions.push_back(Action::Verify { request, case, answers });
}

fn with_verb(walk: &mut Walk, act: impl FnOnce(&mut Walk, &Verify)) {
    walk.here(|walk, step| match &step.verb {
        super::Verb::Verify(verify) => act(walk, verify),
        _ => walk.leave(Outcome::Error),
    });
}

/// The caller has answered the factor, or will not.
pub(crate) fn receive(walk: &mut Walk, proving: Proving, answer: Answer) {
    with_verb(walk, |walk, verify| match answer {
        Answer::Digits { keys, .. } => verify.next(walk, proving, Some(keys)),
        Answer::Empty => verify.next(walk, proving, None),
        Answer::NoInput => walk.leave(Outcome::NoInput),
        Answer::NoMatch | Answer::Key(_) => walk.leave(Outcome::NoMatch),
        Answer::Back => walk.leave(Outcome::Back),
    });
}

/// The store has compared the answers.
pub(crate) fn judged(walk: &mut Walk, proving: &Proving, answer: VerifyAnswer) {
    match answer {
        VerifyAnswer::Ok => {
            walk.verified = walk.case.as_ref().map(|c| (c.id, walk.now));
            let factors = proving.answers.iter().map(|(factor, _)| *factor).collect();
            walk.trace(Trace::Verified { factors });
            let said = walk.say(&Spoken::built_in("verify_ok"), true);
            walk.leave_when_said(if said { Outcome::Ok } else { Outcome::Error });
        }
        VerifyAnswer::Locked => {
            walk.verify_tries += 1;
            walk.trace(Trace::VerifyLocked);
            walk.leave(Outcome::Locked);
        }
        VerifyAnswer::Failed { tries_left } => {
            walk.verify_tries += 1;
            walk.trace(Trace::VerifyFailed { tries: walk.verify_tries });
            with_verb(walk, |walk, verify| verify.again(walk, tries_left));
        }
    }
}

impl Verify {
    fn again(&self, walk: &mut Walk, tries_left: u8) {
        if tries_left == 0 || walk.verify_tries >= u32::from(self.tries) {
            return walk.leave(Outcome::Failed);
        }
        walk.flush();
        if !walk.say(&Spoken::built_in("verify_retry"), true) {
            return walk.leave(Outcome::Error);
        }
        self.ask(walk, Proving { asked: 0, answers: Vec::new() });
    }
}
