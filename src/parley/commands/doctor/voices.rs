//! What is said: texts, shipped audio and recordings of each language, the names engine, the flows.

use super::Finding;
use crate::config::Config;
use crate::texts;
use dialplan::{Environment, Plan, Texts};
use ids::Lang;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use words::ClipSpec;

/// Endings of recordings.
const RECORDINGS: [&str; 4] = ["wav", "flac", "mp3", "ogg"];

/// Looks at texts and audio.
pub fn look(config: &Config) -> Vec<Finding> {
    let dir = &config.prompts.dir;
    let mut findings: Vec<_> = Lang::VOICES.into_iter().map(|lang| language(dir, lang)).collect();
    findings.push(names(&config.prompts.names_command));
    findings
}

fn language(dir: &Path, lang: Lang) -> Finding {
    let catalogue = match texts::catalogue(dir, lang) {
        Ok(catalogue) => catalogue,
        Err(error) => return Finding::bad(format!("{lang}: no texts"), error.to_string()),
    };
    let home = dir.join(lang.catalogue());
    let pack = std::fs::read_to_string(home.join("synthetic.tsv")).unwrap_or_default();
    let has_sound = home.join("synthetic.flac").is_file();
    let synthetic = if has_sound { index(&pack) } else { BTreeSet::new() };
    complete(lang, &words::inventory(lang, &catalogue), &synthetic, &recorded(&home))
}

/// Compares what must be said with what can be played.
fn complete(
    lang: Lang,
    wanted: &[ClipSpec],
    synthetic: &BTreeSet<&str>,
    recorded: &BTreeSet<String>,
) -> Finding {
    let is_recorded = |clip: &&ClipSpec| recorded.contains(&clip.id);
    let rest: Vec<&ClipSpec> = wanted.iter().filter(|clip| !is_recorded(clip)).collect();
    let missing: Vec<_> = rest.iter().filter(|clip| !synthetic.contains(clip.id.as_str())).collect();
    let what = format!(
        "{lang}: {} clips, {} recorded, {} synthetic",
        wanted.len(),
        wanted.len() - rest.len(),
        rest.len() - missing.len()
    );
    match missing.first() {
        None => Finding::good(what),
        Some(first) => Finding::bad(
            format!("{what}, {} missing, such as {}", missing.len(), first.id),
            "render them as prompts/render/README.md says, or record them",
        ),
    }
}

/// Clip ids of a pack's index: its first column; lines that begin with `#` and the header are none.
fn index(tsv: &str) -> BTreeSet<&str> {
    let rows = tsv.lines().filter(|line| !line.starts_with('#'));
    rows.filter_map(|line| line.split('\t').next()).collect()
}

fn recorded(home: &Path) -> BTreeSet<String> {
    let entries = std::fs::read_dir(home.join("recordings")).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let path = entry.path();
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        RECORDINGS.contains(&ending.as_str()).then(|| path.file_stem()?.to_str().map(str::to_owned))?
    }).collect()
}

fn names(command: &str) -> Finding {
    if command.is_empty() {
        return Finding::good("free names are left out (prompts.names-command is empty)");
    }
    let asked = Command::new(command).arg("--version").stdin(Stdio::null()).output();
    match asked {
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stdout);
            let said = said.lines().next().unwrap_or_default().split("  ").next().unwrap_or_default();
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
    let environment = Environment { check_digit, ..Environment::default() };
    let mut flows = BTreeSet::new();
    let mut findings = Vec::new();
    for source in sources {
        let name = source.path.display().to_string();
        match Plan::check(&source.bytes, &name, &texts, &environment) {
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
    use words::Catalogue;

    #[test]
    fn a_clip_without_sound_is_missing_unless_it_is_recorded() {
        let catalogue = Catalogue::parse(Lang::Pl, "hello = Dzień dobry.\n").unwrap();
        let wanted = words::inventory(Lang::Pl, &catalogue);
        let all: String = wanted.iter().map(|clip| format!("{}\t0\t1\n", clip.id)).collect();
        assert_eq!(complete(Lang::Pl, &wanted, &index(&all), &BTreeSet::new()).mark, Mark::Good);
        let first = wanted[0].id.clone();
        let rest = all.split_once('\n').unwrap().1;
        let finding = complete(Lang::Pl, &wanted, &index(rest), &BTreeSet::new());
        assert!(finding.mark == Mark::Bad && finding.what.contains("1 missing"), "{finding:?}");
        let recorded = BTreeSet::from([first]);
        assert_eq!(complete(Lang::Pl, &wanted, &index(rest), &recorded).mark, Mark::Good);
    }

    #[test]
    fn a_names_command_that_is_not_there_is_told_and_none_is_no_fault() {
        assert_eq!(names("").mark, Mark::Good);
        let finding = names("no-such-engine-here");
        assert_eq!(finding.mark, Mark::Look);
        assert!(finding.todo.unwrap().contains("install no-such-engine-here"));
    }
}
