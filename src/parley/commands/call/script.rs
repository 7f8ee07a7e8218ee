//! What the test phone's user wants pressed, and when the next key is due.
//!
//! ```text
//!   "w4711#,1"   wait until the prompt is over · 4 7 1 1 # · one second · 1
//! ```
//! Owns: the script, the place in it, the patience of `w`.
//! Never: a socket, a clock; the name of a key in an error that follows its first character.

use keypad::Key;
use std::time::Duration;

/// Keys and waits of one call; a longer script is refused.
const STROKES_MAX: usize = 1_000;
/// What one comma waits.
const COMMA: Duration = Duration::from_secs(1);
/// A key is over this long after it began: tone and gap of RFC 4733 senders.
const KEY_TAKES: Duration = Duration::from_millis(200);
/// What is heard this soon after a key still belongs to the prompt that the key stopped.
const PROMPT_STOPS_WITHIN: Duration = Duration::from_millis(300);
/// `w` goes on when nothing was heard for so long.
const PATIENCE: Duration = Duration::from_secs(10);

/// One sign of the script.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Stroke {
    Press(Key),
    Second,
    PromptOver,
}

/// Why a script is refused.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum ScriptError {
    #[error(
        "sign {place} of --keys, {sign:?}, is no key; use 0-9 * # A-D, a comma for one second, w to wait until the prompt is over"
    )]
    NoKey { place: usize, sign: char },
    #[error("--keys holds {0} signs, more than {STROKES_MAX}; make two calls of it")]
    TooLong(usize),
}

/// What the script wants now.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Act {
    Press(Key),
    /// `w` waited in vain: nothing was heard for ten seconds.
    NoPrompt,
}

/// What the ear knows, as times since the answer.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Hearing {
    /// A prompt is being heard: its silence has not lasted long enough to be its end.
    pub speaking: bool,
    /// When speech was heard last.
    pub last_loud: Option<Duration>,
}

/// The script of one call.
pub struct Script {
    strokes: Vec<Stroke>,
    next: usize,
    due: Duration,
    /// Speech after this counts for the next `w`.
    listening_since: Duration,
    /// Since when `w` has waited.
    waiting_since: Option<Duration>,
}

impl Script {
    /// Reads a script; its first sign is due `first_after` the answer.
    pub fn parse(text: &str, first_after: Duration) -> Result<Self, ScriptError> {
        let count = text.chars().count();
        if count > STROKES_MAX {
            return Err(ScriptError::TooLong(count));
        }
        let stroke = |(n, sign): (usize, char)| match sign {
            ',' => Ok(Stroke::Second),
            'w' | 'W' => Ok(Stroke::PromptOver),
            _ => Key::from_char(sign)
                .map(Stroke::Press)
                .ok_or(ScriptError::NoKey { place: n + 1, sign }),
        };
        let signs = text.chars().enumerate().filter(|(_, sign)| *sign != ' ');
        Ok(Self {
            strokes: signs.map(stroke).collect::<Result<_, _>>()?,
            next: 0,
            due: first_after,
            listening_since: Duration::ZERO,
            waiting_since: None,
        })
    }

    /// What to do `now` (since the answer); ask again until it says nothing.
    pub fn poll(&mut self, now: Duration, hearing: Hearing) -> Option<Act> {
        while now >= self.due {
            match *self.strokes.get(self.next)? {
                Stroke::Press(key) => {
                    self.due = now + KEY_TAKES;
                    self.listening_since = now + PROMPT_STOPS_WITHIN;
                    self.next += 1;
                    return Some(Act::Press(key));
                }
                Stroke::Second => {
                    self.due += COMMA;
                    self.next += 1;
                }
                Stroke::PromptOver => {
                    let over = self.prompt_over(now, hearing)?;
                    self.waiting_since = None;
                    self.listening_since = now;
                    self.due = now;
                    self.next += 1;
                    if !over {
                        return Some(Act::NoPrompt);
                    }
                }
            }
        }
        None
    }

    /// Whether the prompt is over; false when patience is; `None` when neither is.
    fn prompt_over(&mut self, now: Duration, hearing: Hearing) -> Option<bool> {
        let since = *self.waiting_since.get_or_insert(now);
        if hearing.speaking {
            return None;
        }
        if hearing.last_loud.is_some_and(|heard| heard > self.listening_since) {
            return Some(true);
        }
        let quiet_since = hearing.last_loud.map_or(since, |heard| heard.max(since));
        (now.saturating_sub(quiet_since) >= PATIENCE).then_some(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    /// Runs a script in steps of 10 ms against speech at the given times (ms) and says when it acts.
    fn run(text: &str, speech: &[(u64, u64)], until_ms: u64) -> Vec<(u64, &'static str)> {
        let mut script = Script::parse(text, ms(1_000)).unwrap();
        let mut acts = Vec::new();
        for now in (0..until_ms).step_by(10) {
            let heard = |(from, to): &&(u64, u64)| *from <= now && now < to + 600;
            let speaking = speech.iter().any(|s| heard(&s));
            let mut last =
                speech.iter().filter(|(from, _)| *from <= now).map(|(_, to)| ms(now.min(*to)));
            let hearing = Hearing { speaking, last_loud: last.next_back() };
            while let Some(act) = script.poll(ms(now), hearing) {
                acts.push((
                    now,
                    match act {
                        Act::Press(_) => "key",
                        Act::NoPrompt => "no prompt",
                    },
                ));
            }
        }
        acts
    }

    #[test]
    fn keys_follow_each_other_without_running_into_each_other() {
        assert_eq!(run("12#", &[], 3_000), [(1_000, "key"), (1_200, "key"), (1_400, "key")]);
    }

    #[test]
    fn a_comma_waits_a_second() {
        assert_eq!(run("1,,2", &[], 5_000), [(1_000, "key"), (3_200, "key")]);
    }

    #[test]
    fn w_waits_until_the_prompt_that_plays_is_over() {
        assert_eq!(run("w1", &[(100, 4_000)], 9_000), [(4_600, "key")]);
    }

    #[test]
    fn w_after_a_key_waits_for_the_prompt_that_the_key_brought() {
        let speech = [(100, 2_000), (4_000, 6_000)];
        assert_eq!(run("w1w2", &speech, 9_000), [(2_600, "key"), (6_600, "key")]);
    }

    #[test]
    fn the_rest_of_a_stopped_prompt_does_not_count_as_the_next_one() {
        let speech = [(100, 1_050), (4_000, 6_000)];
        assert_eq!(run("1w2", &speech, 9_000), [(1_000, "key"), (6_600, "key")]);
    }

    #[test]
    fn two_w_wait_for_two_prompts() {
        assert_eq!(run("ww1", &[(100, 2_000), (4_000, 6_000)], 9_000), [(6_600, "key")]);
    }

    #[test]
    fn w_gives_up_on_ten_seconds_of_silence() {
        assert_eq!(run("w1", &[], 15_000), [(11_000, "no prompt"), (11_000, "key")]);
    }

    #[test]
    fn what_is_no_key_is_refused_with_its_place_and_what_to_write() {
        let error = Script::parse("12x", Duration::ZERO).err().unwrap();
        assert_eq!(error, ScriptError::NoKey { place: 3, sign: 'x' });
        assert!(error.to_string().contains("0-9 * # A-D"));
        assert!(Script::parse(&"1".repeat(1_001), Duration::ZERO).is_err());
        assert!(Script::parse("1234 #AbD*, w", Duration::ZERO).is_ok());
    }
}
