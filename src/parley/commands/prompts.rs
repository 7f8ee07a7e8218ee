//! `parley prompts`: the texts that callers hear, where their sound comes from, and who approved it.

mod approvals;
mod listing;
mod sample;

use super::{Failure, say, settings};
use crate::causes::with_causes;
use crate::cli::{self, PromptsCommand};
use crate::config::Config;
use crate::{Outcome, texts};
use approvals::Approvals;
use clips::{Library, NameVoice, Source};
use ids::Lang;
use listing::{Entry, Status};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use words::{Catalogue, ClipSpec};

/// Lists, checks, renders, plays, brings in or approves prompts.
pub fn run(args: cli::Prompts) -> Outcome {
    let config = settings(args.config.as_deref())?;
    let dir = args.prompts.unwrap_or_else(|| config.prompts.dir.clone());
    let room = Room { dir, config };
    match args.command {
        PromptsCommand::List { lang, status } => room.list(lang.as_deref(), status.as_deref()),
        PromptsCommand::Check => room.check(),
        PromptsCommand::Build { lang } => room.build(lang.as_deref()),
        PromptsCommand::Play { id, lang, to } => room.play(&id, &lang, to),
        PromptsCommand::Import { file, id, lang } => room.import(&file, &id, &lang),
        PromptsCommand::Approve { id, lang, author } => room.approve(&id, &lang, author),
    }
}

/// The prompts directory with the firm's settings.
struct Room {
    dir: PathBuf,
    config: Config,
}

/// One language as it stands.
struct Language {
    lang: Lang,
    catalogue: Catalogue,
    specs: Vec<ClipSpec>,
    folder: PathBuf,
}

fn language_of(tag: &str) -> Result<Lang, Failure> {
    let lang: Lang = tag.parse().map_err(|error: ids::UnknownLang| with_causes(&error))?;
    Ok(lang)
}

impl Room {
    fn language(&self, lang: Lang) -> Result<Language, Failure> {
        let catalogue = texts::catalogue(&self.dir, lang)?;
        let specs = words::inventory(lang, &catalogue);
        Ok(Language { lang, catalogue, specs, folder: self.dir.join(lang.catalogue()) })
    }

    /// The named one, or all that have a voice.
    fn languages(&self, tag: Option<&str>) -> Result<Vec<Language>, Failure> {
        let wanted = match tag {
            Some(tag) => vec![language_of(tag)?],
            None => Lang::VOICES.to_vec(),
        };
        wanted.into_iter().map(|lang| self.language(lang)).collect()
    }

    fn library(&self) -> Result<Library, Failure> {
        let library = Library::open(&self.dir, &self.config.prompts.cache, &Lang::VOICES);
        library.map_err(|error| with_causes(&error).into())
    }

    fn entries(&self, tag: Option<&str>) -> Result<Vec<Entry>, Failure> {
        let (library, used) = (self.library()?, listing::used(&self.config, &self.dir)?);
        let mut entries = Vec::new();
        for language in self.languages(tag)? {
            let approvals = Approvals::read(&language.folder)?;
            let states = library.status(language.lang, &language.specs);
            entries.extend(listing::entries(&language, &states, &approvals, &used));
        }
        Ok(entries)
    }

    fn list(&self, tag: Option<&str>, status: Option<&str>) -> Outcome {
        let wanted = status.map(str::parse::<Status>).transpose()?;
        let mut entries = self.entries(tag)?;
        entries.retain(|entry| wanted.is_none_or(|wanted| wanted == entry.status));
        say(&listing::page(&entries))?;
        Ok(ExitCode::SUCCESS)
    }

    /// Everything that is wrong, with what to do; fails when a caller could hear it.
    fn check(&self) -> Outcome {
        let (mut errors, mut notes) = (Vec::new(), Vec::new());
        for entry in self.entries(None)? {
            for fault in entry.faults() {
                if fault.heard { errors.push(fault.text) } else { notes.push(fault.text) }
            }
        }
        for (language, stray) in self.library()?.strays() {
            let text = format!("{language}: {}: {}", stray.path.display(), stray.problem);
            if stray.refused { errors.push(text) } else { notes.push(text) }
        }
        let mut page = String::new();
        errors.iter().for_each(|text| page.push_str(&format!("error: {text}\n")));
        notes.iter().for_each(|text| page.push_str(&format!("note: {text}\n")));
        page.push_str(&format!("{} errors, {} notes\n", errors.len(), notes.len()));
        say(&page)?;
        Ok(if errors.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// Renders what is missing or says older words, and sweeps what is not needed any more.
    fn build(&self, tag: Option<&str>) -> Outcome {
        let speech = NameVoice::for_prompts(&self.config.prompts.build_command);
        let library = self.library()?;
        let mut failed = 0;
        for language in self.languages(tag)? {
            let states = library.status(language.lang, &language.specs);
            let (mut made, mut kept) = (0, 0);
            for (spec, state) in language.specs.iter().zip(&states) {
                let recorded = state.source == Some(Source::Recorded);
                if recorded || (state.source.is_some() && !state.stale) {
                    continue;
                }
                match clips::render(&speech, language.lang, &language.folder, spec) {
                    Ok(true) => made += 1,
                    Ok(false) => kept += 1,
                    Err(error) => {
                        failed += 1;
                        say(&format!("{}: {}\n", language.lang, with_causes(&error)))?;
                    }
                }
            }
            let wanted = |id: &str, hash: &str| {
                language.specs.iter().any(|spec| spec.id == id && spec.text_hash == hash)
            };
            let swept = clips::sweep(&language.folder, wanted)?;
            say(&format!(
                "{}: {made} clips rendered, {kept} there already, {swept} of older words taken out\n",
                language.lang
            ))?;
        }
        Ok(if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }

    /// With sample values in its places: to a file, else to this machine's loudspeaker.
    fn play(&self, id: &str, tag: &str, to: Option<PathBuf>) -> Outcome {
        let language = self.language(language_of(tag)?)?;
        let sentence = sample::sentence(&language.catalogue, id)?;
        say(&format!("{}\n", sentence.text()))?;
        let names = NameVoice::for_prompts(&self.config.prompts.build_command);
        let temporary =
            std::env::temp_dir().join(format!("parley-play-{}.wav", std::process::id()));
        let path = to.as_ref().unwrap_or(&temporary);
        let rendered = clips::render_wav(&self.library()?, &names, &sentence, path)
            .map_err(|error| with_causes(&error))?;
        for missing in &rendered.missing {
            say(&format!("{} has no clip; the names engine says it\n", missing.id))?;
        }
        if to.is_none() {
            let played = Command::new("aplay").arg("-q").arg(path).status();
            // Its sound is out, or is not to come: the file is of no more use.
            let _ = std::fs::remove_file(path);
            if !played.is_ok_and(|status| status.success()) {
                return Err(
                    "this machine does not play sound (aplay); name a file: --to prompt.wav".into(),
                );
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn import(&self, file: &Path, id: &str, tag: &str) -> Outcome {
        let language = self.language(language_of(tag)?)?;
        let spec = language.clip(id)?;
        let done = clips::bring_in(file, &language.folder, spec)?;
        let seconds = f64::from(done.ms) / 1_000.0;
        let place = done.path.display();
        say(&format!("{place}: {seconds:.1} s at -18 dBFS, says: {}\n", spec.text))?;
        for note in &done.notes {
            say(&format!("look: {note}\n"))?;
        }
        for other in &done.replaced {
            say(&format!("{} was replaced by it\n", other.display()))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn approve(&self, id: &str, tag: &str, author: Option<String>) -> Outcome {
        let lang = language_of(tag)?;
        let entries = self.entries(Some(tag))?;
        let Some(entry) = entries.iter().find(|entry| entry.id == id) else {
            return Err(format!(
                "the {lang} catalogue has no text '{id}'; see: parley prompts list"
            )
            .into());
        };
        if entry.status == Status::Draft {
            let why =
                "its sound is missing or says older words; record it, or run parley prompts build";
            return Err(format!("'{id}' cannot be approved: {why}").into());
        }
        let folder = self.dir.join(lang.catalogue());
        let by = super::dialplan::author(author);
        Approvals::approve(&folder, id, &entry.hash, &by)?;
        say(&format!("{lang} {id}: approved by {by}, until its words change\n"))?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Language {
    /// The clip of this id, or the only clip of the prompt of this id.
    fn clip(&self, id: &str) -> Result<&ClipSpec, String> {
        let of_prompt = |spec: &&ClipSpec| matches!(&spec.kind, words::ClipKind::Segment { prompt, .. } if prompt == id);
        if let Some(spec) = self.specs.iter().find(|spec| spec.id == id) {
            return Ok(spec);
        }
        let parts: Vec<&ClipSpec> = self.specs.iter().filter(of_prompt).collect();
        match parts[..] {
            [one] => Ok(one),
            [] => Err(format!(
                "{} has no clip '{id}'; see: parley prompts list --lang {}",
                self.lang, self.lang
            )),
            _ => {
                let lines: String =
                    parts.iter().map(|spec| format!("\n  {}: {}", spec.id, spec.text)).collect();
                Err(format!("'{id}' is said in parts; record and name one of them:{lines}"))
            }
        }
    }
}
