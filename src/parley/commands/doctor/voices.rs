//! What is said: texts, shipped audio and recordings of each language, the names engine, the flows.

use super::Finding;
use crate::causes::with_causes;
use crate::config::Config;
use crate::texts;
use clips::{ClipState, Library, Source};
use dialplan::{Environment, Plan, Texts};
use ids::Lang;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

/// Looks at texts and audio. The first look after a change encodes the audio, which takes seconds.
pub fn look(config: &Config) -> Vec<Finding> {
    let prompts = &config.prompts;
    let mut findings = match Library::open(&prompts.dir, &prompts.cache, &Lang::VOICES) {
        Ok(library) => library_of(&library, &prompts.dir),
        Err(error) => {
            vec![Finding::bad("the audio of the prompts cannot be used", with_causes(&error))]
        }
    };
    findings.push(names(&prompts.names_command));
    findings
}

fn library_of(library: &Library, dir: &Path) -> Vec<Finding> {
    let languages = Lang::VOICES.into_iter().map(|lang| language(library, dir, lang));
    let strays = library.strays().map(|(_, stray)| {
        let what = format!(
            "{} is {}",
            stray.path.display(),
            if stray.refused { "not used" } else { "used" }
        );
        Finding::look(what, stray.problem.clone())
    });
    languages.chain(strays).collect()
}

fn language(library: &Library, dir: &Path, lang: Lang) -> Finding {
    match texts::catalogue(dir, lang) {
        Ok(catalogue) => {
            let wanted = words::inventory(lang, &catalogue);
            complete(lang, &library.status(lang, &wanted))
        }
        Err(error) => Finding::bad(format!("{lang}: no texts"), error.to_string()),
    }
}

/// What must be said, by where its sound comes from.
fn complete(lang: Lang, clips: &[ClipState]) -> Finding {
    let count = |source| clips.iter().filter(|clip| clip.source == source).count();
    let (recorded, synthetic) = (count(Some(Source::Recorded)), count(Some(Source::Synthetic)));
    let what = format!("{lang}: {} clips, {recorded} recorded, {synthetic} synthetic", clips.len());
    let todo = "render them with prompts/render/render.py, or record them";
    if let Some(missing) = clips.iter().find(|clip| clip.source.is_none()) {
        let many = count(None);
        return Finding::bad(format!("{what}, {many} missing, such as {}", missing.id), todo);
    }
    if let Some(stale) = clips.iter().find(|clip| clip.stale) {
        let many = clips.iter().filter(|clip| clip.stale).count();
        let what =
            format!("{what}, {many} say older words than the catalogue, such as {}", stale.id);
        return Finding::look(what, todo);
    }
    Finding::good(what)
}

fn names(command: &str) -> Finding {
    if command.is_empty() {
        return Finding::good("free names are left out (prompts.names-command is empty)");
    }
    let asked = Command::new(command).arg("--version").stdin(Stdio::null()).output();
    match asked {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            let said =
                said.lines().next().unwrap_or_default().split("  ").next().unwrap_or_default();
            Finding::good(format!("free names are spoken by {command} ({})", said.trim()))
        }
        Err(error) => Finding::look(
            format!("free names are left out, {command} does not start ({error})"),
            format!("install {command}, or set prompts.names-command = \"\""),
        ),
    }
}

/// Looks at every flow, and whether the ones that numbers lead to are there.
pub fn look_at_dialplans(config: &Config) -> Vec<Finding> {
    let dir = &config.dialplans.dir;
    let texts: Arc<dyn Texts> = match texts::load(&config.prompts.dir) {
        Ok(texts) => texts,
        Err(_) => return vec![Finding::bad("flows cannot be checked", "mend the texts first")],
    };
    let sources = match crate::commands::dialplan::sources::find(std::slice::from_ref(dir)) {
        Ok(sources) => sources,
        Err(error) => return vec![Finding::bad("there is no flow", error.to_string())],
    };
    let check_digit = config.check_digit().unwrap_or_default();
    let environment = Environment { check_digit };
    let mut flows = BTreeSet::new();
    let mut findings = Vec::new();
    let library = crate::commands::dialplan::sources::library(&sources);
    for source in sources {
        let name = source.path.display().to_string();
        match Plan::check_among(&source.bytes, &name, &texts, &environment, &library) {
            Ok(plan) => {
                findings.push(Finding::good(format!("{name} can be used")));
                flows.insert(plan.name.clone());
            }
            Err(faults) => findings.push(Finding::bad(
                format!("{name} has {} faults", faults.len()),
                format!("parley dialplan check {name}"),
            )),
        }
    }
    let numbers = config.exchange([0; 32]).map(|exchange| exchange.numbers).unwrap_or_default();
    let wanted: BTreeSet<String> = numbers.into_iter().map(|number| number.flow).collect();
    findings.extend(wanted.difference(&flows).map(|flow| {
        Finding::bad(
            format!("a number leads to the flow {flow}, which is not there"),
            format!("add it to {} or change [[numbers]]", dir.display()),
        )
    }));
    findings
}

#[cfg(test)]
mod tests {
    use super::super::Mark;
    use super::*;

    fn clip(source: Option<Source>, stale: bool) -> ClipState {
        ClipState { id: "greeting.0".into(), source, stale }
    }

    #[test]
    fn a_clip_without_sound_is_bad_and_one_with_older_words_is_to_look_at() {
        let recorded = clip(Some(Source::Recorded), false);
        let synthetic = clip(Some(Source::Synthetic), false);
        let good = complete(Lang::Pl, &[recorded.clone(), synthetic]);
        assert_eq!(good, Finding::good("pl: 2 clips, 1 recorded, 1 synthetic"));
        let missing = complete(Lang::Pl, &[recorded, clip(None, false)]);
        assert!(missing.mark == Mark::Bad && missing.what.contains("1 missing"), "{missing:?}");
        assert_eq!(complete(Lang::Pl, &[clip(Some(Source::Synthetic), true)]).mark, Mark::Look);
    }

    #[test]
    fn a_names_command_that_is_not_there_is_told_and_none_is_no_fault() {
        assert_eq!(names("").mark, Mark::Good);
        let finding = names("no-such-engine-here");
        assert_eq!(finding.mark, Mark::Look);
        assert!(finding.todo.unwrap().contains("install no-such-engine-here"));
    }
}
