//! The reference page, printed from what the verbs say of themselves.

use crate::verbs::{ALL, LATER, Need, Spec};
use std::fmt::Write as _;

const PREFACE: &str = "# Dialplans: reference\n\n\
A flow file is KDL 2: one statement a line, or several joined by `;`. Numbers of phones, keys and times \
stand in double quotes, truth values are `#true` and `#false`.\n\n\
- `flow NAME { … }` is a flow; the first of a file is walked, others by `call`.\n\
- `languages pl en it pt`: the first is the default; every prompt must exist in all of them.\n\
- `entry STEP`: where a call begins.\n\
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
- **L01** every outcome is bound, every target exists, every step is reached.\n\
- **L02** a caller who presses nothing never goes round for ever; flows do not call each other in a circle.\n\
- **L03** from every step a `hangup`, or the `end` of the first flow, can be reached.\n\
- **L05** what only the right party may hear stands behind the `ok` of a `verify` on every way; a new case makes a \
stranger of the caller again. A `when` on such values counts as hearing them.\n\
- **L07** `verify` and `language` have a case on every way; conditions compare like with like.\n\
- **L08** every prompt exists in every language, and each value in it has a source; \
so do the prompts that steps play by themselves, and `tech_error`.\n\n\
Not proved: that other people's services answer (each wait ends after 3 s in `error`), and that a recording says \
what its text says.\n";

/// The reference page in Markdown.
pub fn reference() -> String {
    let mut page = PREFACE.to_owned();
    page.push_str("\n## Verbs\n");
    for spec in ALL {
        verb(&mut page, spec);
    }
    let later: Vec<String> = LATER.iter().map(|name| format!("`{name}`")).collect();
    let _infallible = write!(page, "\n## Not there yet\n\n{}\n", later.join(", "));
    page
}

fn verb(page: &mut String, spec: &Spec) {
    let _infallible = write!(page, "\n### {}\n\n{}\n", spec.name, spec.does);
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
