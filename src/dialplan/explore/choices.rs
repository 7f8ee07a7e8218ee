//! What a caller may do next, and what makes two places the same.

use super::{Script, hear_out, run, wait_line};
use crate::asking::Wanted;
use crate::double::Double;
use crate::plan::Plan;
use crate::trial::Line;
use crate::walk::Doing;
use keypad::Key;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

/// Keys of a telephone.
pub(super) const KEYS: [char; 12] = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'];
/// Numbers that fit questions of all kinds: a count, a day, a date, an amount.
const NUMBERS: [&str; 6] = ["1", "5", "12", "2512", "100", "99999999"];

/// A name for what is the same to a caller: the step, who called its flow, what is asked, what was answered before and how often it was
/// missed, who is proved, how often was paid, what is set, whether the store fails.
pub(super) fn place(double: &Double) -> String {
    let walk = &double.walk;
    let mut name = format!(
        "{} {:?} {} {:?} {} {} {} {} {:?}",
        walk.at,
        walk.callers,
        walk.verified(),
        walk.case().map(|case| case.id),
        walk.verify_tries,
        walk.pays,
        double.world.down,
        double.world.stalled,
        walk.set,
    );
    if let Doing::Asking(asking, receiver) = &walk.doing {
        let prompts = asking.question.prompts.iter().map(|spoken| spoken.prompt.as_str());
        let prompts: Vec<&str> = prompts.collect();
        let _infallible = write!(name, " {prompts:?} {} {receiver:?}", asking.misses());
    }
    name
}

/// Something a caller may do, and how far it leads off the way most callers take.
pub(super) struct Choice {
    pub(super) lines: Vec<Rc<Line>>,
    pub(super) odd: usize,
}

/// As most callers do; as some do; as few do.
const USUAL: usize = 1;
pub(super) const SOME: usize = 3;
const FEW: usize = 6;

/// Every choice at a place; `waited` has passed since the last line of its script. `compared` are numbers that
/// the flow's conditions ask about.
pub(super) fn choices(double: &Double, waited: Duration, compared: &[String]) -> Vec<Choice> {
    let Doing::Asking(asking, _) = &double.walk.doing else { return Vec::new() };
    let mut entries: Vec<(String, usize)> = Vec::new();
    match &asking.question.wanted {
        Wanted::OneOf(keys) => {
            let bound = |c: &char| Key::from_char(*c).is_some_and(|key| keys.contains(&key));
            let right = KEYS.iter().filter(|c| bound(c)).map(|c| (c.to_string(), USUAL));
            entries.extend(right);
            let wrong = KEYS.iter().find(|c| !bound(c) && **c != '*');
            entries.extend(wrong.map(|c| (c.to_string(), SOME)));
        }
        Wanted::Digits { min, max } => entries.extend(numbers(double, compared, *min, *max)),
    }
    entries.push(("*".to_owned(), FEW));
    entries.push(("**".to_owned(), SOME));
    let heard = wait_line(waited);
    let mut all: Vec<Choice> = Vec::new();
    for (entry, odd) in entries {
        let Some(press) = Line::press(&entry).map(Rc::new) else { continue };
        if odd == USUAL && (double.world.down || double.world.stalled) {
            let mended = Line::written("mend store").map(Rc::new);
            let lines = [heard.clone()].into_iter().chain(mended).chain([press.clone()]);
            all.push(Choice { lines: lines.collect(), odd: FEW });
        }
        all.push(Choice { lines: vec![heard.clone(), press], odd });
    }
    let silence = asking.deadline().map(|at| at.since(double.now));
    all.extend(silence.map(|span| Choice {
        lines: vec![wait_line(waited + span + Duration::from_millis(1))],
        odd: SOME,
    }));
    all
}

/// Numbers of a length: those on file, others, one too short, none.
fn numbers(double: &Double, compared: &[String], min: u8, max: u8) -> BTreeMap<String, usize> {
    let fits = |number: &str| (usize::from(min)..=usize::from(max)).contains(&number.len());
    let mut all = BTreeMap::from([("#".to_owned(), SOME)]);
    if min > 1 {
        all.insert("1#".to_owned(), FEW);
    }
    let wrong = "8".repeat(usize::from(min));
    let others = NUMBERS.iter().copied().chain(compared.iter().map(String::as_str));
    let others = others.filter(|number| fits(number)).chain([wrong.as_str()]);
    all.extend(others.map(|number| (format!("{number}#"), SOME)));
    for case in &double.world.cases {
        let secrets = case.secrets.iter().map(|(_, keys)| keys.reveal(str::to_owned));
        let on_file = secrets.chain([case.facts.number.clone()]).filter(|number| fits(number));
        all.extend(on_file.map(|number| (number + "#", USUAL)));
    }
    all
}

/// The same call, hung up at each instant at which something happened.
pub(super) fn hung_up(plan: &Arc<Plan>, script: &Script) -> Vec<Script> {
    let mut double = run(plan, script);
    hear_out(&mut double);
    let instants: BTreeSet<_> = double.seen.iter().map(|(at, _)| *at).collect();
    let mut all = Vec::new();
    // Up to each line, then on until the next: a key press itself is one instant.
    for count in 0..=script.lines.len() {
        let before = Script { world: script.world.clone(), lines: script.lines[..count].to_vec() };
        let from = run(plan, &before).now;
        let next = script.lines.get(count).map(|_| {
            let after =
                Script { world: script.world.clone(), lines: script.lines[..=count].to_vec() };
            run(plan, &after).now
        });
        let here = instants.iter().filter(|at| **at >= from && next.is_none_or(|next| **at < next));
        for at in here {
            let mut hung = before.clone();
            hung.lines.push(wait_line(at.since(from)));
            hung.lines.push(Rc::new(Line::hang_up()));
            all.push(hung);
        }
    }
    all
}

/// Bursts of keys with pauses between them.
pub(super) fn storm(seed: &mut u64) -> Vec<Rc<Line>> {
    let mut next = |below: usize| {
        *seed =
            seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 33) as usize % below
    };
    let mut lines = Vec::new();
    for _ in 0..1 + next(6) {
        lines.push(wait_line(Duration::from_millis(next(20_000) as u64)));
        let keys: String = (0..1 + next(30)).map(|_| KEYS[next(KEYS.len())]).collect();
        lines.extend(Line::press(&keys).map(Rc::new));
    }
    lines
}
