//! `--wav`: the sentence as it sounds, from the shipped clips; what they lack is said by the names engine.

use crate::causes::with_causes;
use crate::commands::{Failure, settings};
use clips::{Library, NameVoice, Rendered};
use std::path::Path;
use words::Sentence;

/// Writes the file, and says on standard error what in it is no clip of the voice.
pub fn render(prompts: &Path, sentence: &Sentence, path: &Path) -> Result<(), Failure> {
    let config = settings(None)?.prompts;
    let told =
        |error: &dyn std::error::Error| format!("{}: {}", path.display(), with_causes(error));
    let library = Library::open(prompts, &config.cache, &[sentence.lang]).map_err(|e| told(&e))?;
    let names = NameVoice::new(&config.names_command);
    let rendered = clips::render_wav(&library, &names, sentence, path).map_err(|e| told(&e))?;
    for note in notes(&rendered, &config.names_command) {
        eprintln!("parley: {note}");
    }
    Ok(())
}

fn notes(rendered: &Rendered, engine: &str) -> Vec<String> {
    let missing = rendered.missing.iter();
    let clips = missing.map(|clip| format!("no clip {}: {engine} says {:?}", clip.id, clip.text));
    let names = rendered.names.iter();
    clips.chain(names.map(|name| format!("no clip of this name: {engine} says {name:?}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_voice_lacks_is_told_with_who_says_it_instead() {
        let missing = vec![clips::MissingClip { id: "unit.sto.m".into(), text: "sto".into() }];
        let rendered = Rendered { samples: 1, missing, names: vec!["Parley".into()] };
        assert_eq!(
            notes(&rendered, "espeak-ng"),
            [
                "no clip unit.sto.m: espeak-ng says \"sto\"",
                "no clip of this name: espeak-ng says \"Parley\"",
            ]
        );
        assert!(notes(&Rendered::default(), "espeak-ng").is_empty());
    }
}
