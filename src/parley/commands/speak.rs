//! `parley speak`: how a value is said, as one line of words or as a WAV file.

mod wav;

use super::say;
use crate::Outcome;
use crate::causes::with_causes;
use crate::cli;
use ids::Lang;
use std::process::ExitCode;
use words::Sentence;

/// Exit code for what cannot be spoken: the same as for a wrong option.
const WRONG_WORDS: u8 = 2;

/// Prints the words on one line; renders them where `--wav` says.
pub fn run(args: cli::Speak) -> Outcome {
    let sentence = match spoken(&args) {
        Ok(sentence) => sentence,
        Err(message) => {
            eprintln!("parley: {message}");
            return Ok(ExitCode::from(WRONG_WORDS));
        }
    };
    say(&format!("{}\n", words::spoken_line(&sentence)))?;
    if let Some(path) = &args.wav {
        wav::render(&args.prompts, &sentence, path)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn spoken(args: &cli::Speak) -> Result<Sentence, String> {
    let lang: Lang = args.language.parse().map_err(|error| with_causes(&error))?;
    let mut values: Vec<&str> = args.values.iter().map(String::as_str).collect();
    if args.year {
        values.push("year");
    }
    words::speak(lang, &args.what, &values).map_err(|error| with_causes(&error))
}
