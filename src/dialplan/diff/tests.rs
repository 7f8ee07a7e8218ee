//! Two versions of the shipped hotline, and what an admin is told.

use super::*;
use crate::tests::{HOTLINE, shipped_texts};
use crate::{Environment, Texts};
use expect_test::{Expect, expect};
use ids::Lang;
use words::{Args, Sentence};

fn plan(source: &str, texts: &Arc<dyn Texts>) -> Arc<Plan> {
    Plan::check(source.as_bytes(), "f.kdl", texts, &Environment::default())
        .unwrap_or_else(|faults| panic!("{}", faults[0]))
}

/// What is told but for the labels on the first line.
fn told(difference: &Difference) -> String {
    difference.to_string().split_once('\n').unwrap().1.to_owned()
}

#[track_caller]
fn edited(edits: &[(&str, &str)], wanted: Expect) {
    let mut source = HOTLINE.to_owned();
    for (from, to) in edits {
        assert!(source.contains(from), "{from} is in the hotline");
        source = source.replacen(from, to, 1);
    }
    let texts = shipped_texts();
    wanted.assert_eq(&told(&diff(&plan(HOTLINE, &texts), &plan(&source, &texts))));
}

#[test]
fn layout_and_comments_are_no_difference() {
    edited(
        &[
            ("// The hotline", "// This hotline"),
            ("    say nothing-due {\n", "say   nothing-due {\n"),
        ],
        expect![[r#"
            nothing that a caller could notice is different
        "#]],
    );
}

#[test]
fn a_key_a_time_and_a_step_are_told_apart() {
    edited(
        &[
            ("key 9 how-much\n        key 3 person", "key 9 how-much\n        key 3 goodbye"),
            ("first=\"10s\" inter=\"3s\"", "first=\"12s\" inter=\"3s\""),
            ("into case\n        tries 3", "into case\n        tries 2"),
            ("    say nothing-due {\n        prompt balance_zero\n        then main\n    }\n", ""),
            ("        if \"case.due == 0\" nothing-due\n", ""),
        ],
        expect![[r#"

            ask-case
              timing     digits: first 12s, before: 10s
              keys       tries 2, before: 3

            how-much
              condition  if "case.due == 0" is gone: led to nothing-due

            main
              way        key 3 leads to goodbye, before: to person

            nothing-due
              step       gone: it was a 'say'

            who comes there
              greet —then→ identify —none→ ask-case
              greet —then→ identify —found→ theirs —then→ verify —ok→ how-much
              greet —then→ identify —found→ theirs —then→ verify —ok→ how-much —if 1→ overdue —then→ main
              before: greet —then→ identify —found→ theirs —then→ verify —ok→ how-much —if 1→ nothing-due

            tests
              passes through a changed step, and passes: a caller keys the case number, proves it, and hears the balance in Polish
              fails in the new version: the case's language replaces the first one: English
              passes through a changed step, and passes: the called number fixes the language: Italian
              passes through a changed step, and passes: hear it again, then in Portuguese
              passes through a changed step, and passes: a wrong PIN, then the right one; which factor failed is not said
              passes through a changed step, and passes: a lost PIN leads to an honest word and a number to call
              passes through a changed step, and passes: a lost case number
              fails in the new version: silence is met with patience, then with a way to a person
              passes through a changed step, and passes: a case number with a slip may be keyed again
              fails in the new version: a number that is unknown three times leads to a person
              fails in the new version: nothing to pay
              passes through a changed step, and passes: the store fails while the proof is checked
              passes through a changed step, and passes: two stars: this is about another case
        "#]],
    );
}

/// The shipped texts with other Polish words for the balance.
struct Reworded(Arc<dyn Texts>);

impl Texts for Reworded {
    fn ids(&self, lang: Lang) -> Vec<String> {
        self.0.ids(lang)
    }
    fn placeables(&self, lang: Lang, id: &str) -> Option<Vec<String>> {
        self.0.placeables(lang, id)
    }
    fn sentence(&self, lang: Lang, id: &str, args: &Args) -> Result<Sentence, String> {
        self.0.sentence(lang, id, args)
    }
    fn source(&self, lang: Lang, id: &str) -> Option<String> {
        let own = self.0.source(lang, id)?;
        let here = lang == Lang::Pl && id == "balance_zero";
        Some(if here { "balance_zero = Nie ma nic do zapłaty.\n".to_owned() } else { own })
    }
}

#[test]
fn other_words_are_told_in_their_language_with_the_step_that_says_them() {
    let new: Arc<dyn Texts> = Arc::new(Reworded(shipped_texts()));
    let difference = diff(&plan(HOTLINE, &shipped_texts()), &plan(HOTLINE, &new));
    assert_ne!(difference.old, difference.new, "other words are another version");
    let wanted = expect![[r#"

        balance_zero
          words      in pl: “Nie ma nic do zapłaty.”, before: “W tej chwili nie ma nic do zapłaty. Dziękujemy.”

        who comes there
          greet —then→ identify —found→ theirs —then→ verify —ok→ how-much —if 1→ nothing-due

        tests
          passes through a changed step, and passes: nothing to pay
    "#]];
    wanted.assert_eq(&told(&difference));
}
