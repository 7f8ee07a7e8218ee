//! What the detector makes of a corpus: the confusion matrix, and how soon.

use super::{Answer, Truth};
use audio::answering::{Ear, Judge, MARKS, Marks, News, Sound, Verdict, Who};
use std::collections::BTreeMap;
use std::fmt;

/// A call as the judge hears it: what does not depend on thresholds is done once.
pub struct Heard {
    /// The language.
    pub lang: &'static str,
    /// Who it really is.
    pub truth: Truth,
    /// What it was made of.
    pub recipe: String,
    /// When its beep ends, in ms.
    pub beep_ends_ms: Option<u32>,
    sounds: Vec<Sound>,
}

impl Heard {
    /// Listens to a call.
    pub fn new(answer: &Answer) -> Self {
        let (mut ear, mut sounds) = (Ear::default(), Vec::new());
        // in packets of 20 ms, as they come
        answer.samples.chunks(160).for_each(|p| ear.listen(p, |sound| sounds.push(sound)));
        Self {
            lang: answer.lang,
            truth: answer.truth,
            recipe: answer.recipe.clone(),
            beep_ends_ms: answer.beep_ends_ms,
            sounds,
        }
    }

    /// What is told about it with these thresholds: news and when, in ms of the call.
    pub fn news(&self, marks: &Marks, within_ms: u32, steps: usize) -> Vec<(u32, News)> {
        let (mut judge, mut all) = (Judge::new(marks.clone(), within_ms), Vec::new());
        for (n, sound) in self.sounds.iter().take(steps).enumerate() {
            judge.hear(*sound, |news| all.push((10 * (n as u32 + 1), news)));
        }
        all
    }
}

/// Who it was said to be, counted: human, machine, unknown.
pub type Row = [u32; 3];

/// The figures of a corpus.
#[derive(Clone, Debug, Default)]
pub struct Score {
    /// By truth and language.
    pub rows: BTreeMap<(&'static str, &'static str), Row>,
    /// Milliseconds from the answer to the verdict, of people's calls, sorted.
    pub people_ms: Vec<u32>,
    /// The same of machines that were told as such.
    pub machines_ms: Vec<u32>,
    /// Machines told as such at any time, also after another verdict.
    pub machines_at_last: u32,
    /// Beeps that there were, and that were told within 400 ms of their end.
    pub beeps: [u32; 2],
    /// Beeps that were told where there was none.
    pub beeps_made_up: u32,
    /// The verdicts by what they call themselves and by the truth.
    pub kinds: BTreeMap<(u8, Truth), u32>,
    /// The verdicts by how sure they claim to be: right and all.
    pub sure: BTreeMap<(u8, &'static str), [u32; 2]>,
}

impl Score {
    /// Of these calls with the thresholds in use.
    pub fn of(calls: &[Heard], within_ms: u32) -> Self {
        Self::with(calls, &MARKS, within_ms, usize::MAX)
    }

    /// With these thresholds, listening no longer than so many steps of 10 ms.
    pub fn with(calls: &[Heard], marks: &Marks, within_ms: u32, steps: usize) -> Self {
        let mut score = Self::default();
        for call in calls {
            score.add(call, &call.news(marks, within_ms, steps));
        }
        score.people_ms.sort_unstable();
        score.machines_ms.sort_unstable();
        score
    }

    fn add(&mut self, call: &Heard, news: &[(u32, News)]) {
        let verdicts: Vec<Verdict> = news
            .iter()
            .filter_map(|(_, n)| if let News::Verdict(v) = n { Some(*v) } else { None })
            .collect();
        for verdict in &verdicts {
            *self.kinds.entry((verdict.sure_percent, call.truth)).or_default() += 1;
        }
        let Some(first) = verdicts.first() else { return };
        self.rows.entry((name(call.truth), call.lang)).or_default()[first.who as usize] += 1;
        match call.truth {
            Truth::Person => self.people_ms.push(first.after_ms),
            Truth::Machine => {
                if first.who == Who::Machine {
                    self.machines_ms.push(first.after_ms);
                }
                let at_last = verdicts.iter().any(|v| v.who == Who::Machine);
                self.machines_at_last += u32::from(at_last);
            }
            Truth::Nobody => {}
        }
        let right = matches!(
            (call.truth, first.who),
            (Truth::Person, Who::Human) | (Truth::Machine, Who::Machine)
        );
        let who = ["human", "machine", "unknown"][first.who as usize];
        let sure = self.sure.entry((first.sure_percent, who)).or_default();
        *sure = [sure[0] + u32::from(right), sure[1] + 1];
        self.add_beep(call, news);
    }

    fn add_beep(&mut self, call: &Heard, news: &[(u32, News)]) {
        let told = news.iter().filter(|(_, n)| *n == News::Beep).map(|(at, _)| *at);
        // what lies behind the 20 s that are listened to was never heard
        let real = call.beep_ends_ms.filter(|ends| *ends < 19_700);
        let near = |at: &u32| real.is_some_and(|ends| (ends..=ends + 400).contains(at));
        let (good, made_up): (Vec<u32>, Vec<u32>) = told.partition(near);
        self.beeps[0] += u32::from(real.is_some());
        self.beeps[1] += u32::from(!good.is_empty());
        self.beeps_made_up += made_up.len() as u32;
    }

    /// Calls of this truth whose first verdict was a machine, and all.
    pub fn as_machines(&self, truth: Truth) -> (u32, u32) {
        self.told(truth, Who::Machine)
    }

    /// Calls of this truth whose first verdict was a person, and all.
    pub fn as_people(&self, truth: Truth) -> (u32, u32) {
        self.told(truth, Who::Human)
    }

    fn told(&self, truth: Truth, who: Who) -> (u32, u32) {
        let rows = self.rows.iter().filter(|((t, _), _)| *t == name(truth));
        rows.fold((0, 0), |(n, all), (_, row)| {
            (n + row[who as usize], all + row.iter().sum::<u32>())
        })
    }
}

/// The value below which this share of sorted values lies.
pub fn percentile(sorted: &[u32], percent: usize) -> u32 {
    let at = (sorted.len() * percent).div_ceil(100).saturating_sub(1);
    sorted.get(at).copied().unwrap_or(0)
}

fn name(truth: Truth) -> &'static str {
    match truth {
        Truth::Person => "person",
        Truth::Machine => "machine",
        Truth::Nobody => "nobody",
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<8} {:<4} {:>6} {:>8} {:>8}",
            "truth", "lang", "human", "machine", "unknown"
        )?;
        for ((truth, lang), [human, machine, unknown]) in &self.rows {
            writeln!(f, "{truth:<8} {lang:<4} {human:>6} {machine:>8} {unknown:>8}")?;
        }
        let of =
            |sorted: &[u32]| format!("{} / {} ms", percentile(sorted, 50), percentile(sorted, 95));
        let (wrong, people) = self.as_machines(Truth::Person);
        let (_, machines) = self.as_machines(Truth::Machine);
        writeln!(f, "people told as machines: {wrong} of {people}")?;
        writeln!(f, "machines told as such in the end: {} of {machines}", self.machines_at_last)?;
        writeln!(f, "people decided, p50 / p95: {}", of(&self.people_ms))?;
        writeln!(f, "machines decided, p50 / p95: {}", of(&self.machines_ms))?;
        let [real, told] = self.beeps;
        writeln!(
            f,
            "beeps told: {told} of {real}; told where there was none: {}",
            self.beeps_made_up
        )?;
        for ((sure, who), [right, all]) in &self.sure {
            writeln!(f, "{who} at {sure} %: {right} of {all} were so")?;
        }
        Ok(())
    }
}
