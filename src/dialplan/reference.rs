//! The reference page, printed from what the verbs say of themselves.

use crate::verbs::{ALL, Need, Spec};
use std::fmt::Write as _;

const PREFACE: &str = "# Dialplans: reference\n\n\
A flow file is KDL 2: one statement a line, or several joined by `;`. Numbers of phones, keys and times \
stand in double quotes, truth values are `#true` and `#false`.\n\n\
- `flow NAME { … }` is a flow; the first of a file is walked, others by `call`, also from other files of the directory.\n\
- `languages pl en it pt`: the first is the default; every prompt must exist in all of them.\n\
- `entry STEP`: where a call begins.\n\
- `kind outbound`: calls that we place; see L09.\n\
- `emergency STEP`: where calls go, between two steps, while the emergency switch is on; new calls begin there.\n\
- `on hangup=end error=STEP no-input=STEP …`: where outcomes lead that a step does not bind itself.\n\
- `test \"a sentence\" [language=pl] { given …; hear …; press \"…\"; expect … }`: run in virtual time.\n\
- Every outcome of a step leads to a step, or to `end`. Nothing may be left open.\n\n\
## Keys\n\n\
The first key is awaited from the prompt's end: 5 s in a menu, 10 s for a number; between two keys 3 s. `#` ends \
a number; alone it is *empty* (\"I don't have it\"), which is not *no-input*. `*` starts anew with the short \
prompt, `**` leaves the step by `back`. A number that has all its digits is complete at once, and a `#` within 3 s \
belongs to it. 32 keys pressed ahead are kept over steps, except before `verify` (`type-ahead flush`): there only \
keys count that were pressed after the step began. Three silences or three wrong answers, five together, leave the \
step. A question is asked in full, then as `<prompt>_short`, then as `<prompt>_person` where there is one.\n\n\
## What is proved before a file may be used\n\n\
Each rule that fails shows a way through the flow that leads to the fault.\n\n\
- **L01** every outcome is bound, every target exists, every step is reached.\n\
- **L02** a caller who presses nothing never goes round for ever; flows do not call each other in a circle. \
`check` prints how long a call can be and how many keys it can take: every question asked as often as its step \
allows and answered at the last moment, every service at the end of its time. It says \"about\" because values \
are made up (amounts of some hundreds, 150 words a minute); talks with people are not counted. Not proved: how \
often a caller goes round by keys, or hears things again; the walk itself ends a call after 500 steps.\n\
- **L03** from every step a `hangup`, or the `end` of the first flow, can be reached; from every step that asks, \
a person is at most three keys away. A person is a `queue`, `transfer` or `callback`, or a step that says the \
call-back number. Not proved: that somebody answers there.\n\
- **L04** a `queue` stands behind a `when` on `hours.open` on every way, or binds `closed` and `full`. Not \
proved: that the opening hours are right.\n\
- **L05** what only the right party may hear stands behind the `ok` of a `verify` on every way; a new case makes a \
stranger of the caller again. A `when` on such values counts as hearing them. Not proved: that a text without \
values of the case does not speak of the debt in other words.\n\
- **L06** secrets are asked for by `verify` and `pay` alone; what is keyed there never becomes a value; no variable \
bears the name of a secret.\n\
- **L07** `verify` and `language to case` have a case on every way; conditions compare like with like; a variable that a \
prompt says or an `http` sends was set on every way before. A condition may ask for one that is not set: it does \
not hold then.\n\
- **L08** every prompt exists in every language, and each value in it has a source; \
so do the prompts that steps play by themselves, and `tech_error`. Warnings: a prompt without sound, and words \
that changed after their sound was made. Not proved: that a recording says what its text says.\n\
- **L09** a flow of `kind outbound` says nothing before a `detect`; a machine hears a `message` and nothing else; \
verbs that reach somebody outside the call ask the contact ledger and bind its refusal. Not proved: what the \
ledger decides.\n\
- **L10** a step that records stands behind `recording_notice` on every way, and no key cuts the notice off.\n\
- **L11** the keys that a menu's words name, in every language, are the keys it binds (an error); 0, 8, 9, * and # \
need not be named. Warnings: keys with another meaning than everywhere, more than five choices, more than 12 s \
before the first, unkind or hurried words, sentences of more than 20 words. Not proved: tone.\n\
- **L12** a look-up waits at most 3 s and has a way for its error; one that ends the call without a word is a \
warning.\n\n\
Not proved at all: that other people's services answer (each wait ends after 3 s in `error`).\n";

/// The reference page in Markdown.
pub fn reference() -> String {
    let mut page = PREFACE.to_owned();
    page.push_str("\n## Verbs\n");
    for spec in ALL {
        verb(&mut page, spec);
    }
    let later = ALL.iter().filter(|spec| !spec.contract.live);
    let later: Vec<String> = later.map(|spec| format!("`{}`", spec.name)).collect();
    let _infallible = write!(
        page,
        "\n## Not live yet\n\n{}: checked, simulated and tested like the others; this server cannot do them \
         yet, and refuses to publish a flow that needs them.\n",
        later.join(", ")
    );
    page
}

/// A verb's part of the page, for somebody who asks about this one.
pub(crate) fn section(spec: &Spec) -> String {
    let mut page = String::new();
    verb(&mut page, spec);
    page
}

fn verb(page: &mut String, spec: &Spec) {
    let _infallible = write!(page, "\n### {}\n\n{}\n", spec.name, spec.does);
    let contract = spec.contract.words();
    if !contract.is_empty() {
        let _infallible = write!(page, "\nContract: {contract}.\n");
    }
    if !spec.words.is_empty() {
        page.push_str("\n| line | meaning |\n|---|---|\n");
    }
    for word in spec.words {
        let shape = word.shape.replace('|', "\\|");
        let _infallible = writeln!(page, "| `{shape}` | {} |", word.does);
    }
    if !spec.outcomes.is_empty() {
        page.push_str("\n| outcome | when | must be bound |\n|---|---|---|\n");
    }
    for way in spec.outcomes {
        let need = match way.need {
            Need::Bound => "yes",
            Need::OrError => "or takes `error`",
            Need::Free => "no",
        };
        let _infallible = writeln!(page, "| `{}` | {} | {need} |", way.outcome, way.when);
    }
    let _infallible = write!(page, "\n```kdl\n{}\n```\n", spec.example);
}
