//! `parley dialplan`: flows checked, tested, simulated, drawn and laid out, without a server.

mod compare;
mod exploration;
mod layout;
mod lsp;
mod publish;
pub mod sources;

use super::{Failure, say, settings};
use crate::cli::{self, DialplanCommand, Switch};
use crate::config::Config;
use crate::sounding::Sounding;
use crate::{Outcome, texts};
use dialplan::{Draft, Environment, Figures, Plan, Severity, TestResult, Texts, simulate};
use ids::Lang;
use publish::Deed;
use sources::Source;
use std::fmt::Write as _;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// Bytes typed or piped into one simulated call; then it is hung up.
const INPUT_BYTES_MAX: u64 = 1 << 20;

/// Checks, tests, simulates, draws, lays out flows, or prints the reference.
pub fn run(args: cli::Dialplan) -> Outcome {
    let config = settings(args.config.as_deref())?;
    let desk = || Desk::open(args.prompts.as_deref(), &config);
    let listening = || Desk::listening(args.prompts.as_deref(), &config);
    match args.command {
        DialplanCommand::Check { files } => listening()?.check(&files),
        DialplanCommand::Test { files } => desk()?.test(&files),
        DialplanCommand::Explore { files, calls } => desk()?.explore(&files, calls),
        DialplanCommand::Simulate { file, language, test } => {
            let lang = language.as_deref().map(str::parse::<Lang>).transpose()?;
            desk()?.simulate(file, test.as_deref(), lang)
        }
        DialplanCommand::Graph { file, svg } => desk()?.graph(file, svg.as_deref()),
        DialplanCommand::Fmt { files, check } => layout::run(&files, check),
        DialplanCommand::Publish { file, note, author, canary } => {
            desk()?.publish(file, &Deed::of(author, note), canary.as_deref())
        }
        DialplanCommand::Promote { flow, author } => {
            desk()?.promote(&flow, &Deed::of(author, None))
        }
        DialplanCommand::Rollback { flow, to, author, note } => {
            desk()?.roll_back(&flow, to.as_deref(), &Deed::of(author, note))
        }
        DialplanCommand::Versions { flow } => desk()?.versions(flow.as_deref()),
        DialplanCommand::Emergency { flow, switch, author } => {
            desk()?.emergency(&flow, switch == Switch::On, &Deed::of(author, None))
        }
        DialplanCommand::Diff { old, new } => desk()?.diff(&old, &new),
        DialplanCommand::Replay { draft, traces, last } => {
            desk()?.replay(&config, &draft, &traces, last)
        }
        DialplanCommand::Lsp { stdio: _ } => lsp::run(args.prompts, config),
        DialplanCommand::Reference => {
            say(&dialplan::reference())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// What flows are checked with.
struct Desk {
    texts: Arc<dyn Texts>,
    environment: Environment,
    /// Where drafts stand.
    dir: PathBuf,
    /// Where versions are published, if anywhere.
    published: Option<PathBuf>,
}

impl Desk {
    /// With the firm's settings, and the texts of this directory or of the configured one.
    fn open(prompts: Option<&Path>, config: &Config) -> Result<Self, Failure> {
        let environment = Environment { check_digit: config.check_digit()? };
        Ok(Self {
            texts: texts::load(prompts.unwrap_or(&config.prompts.dir))?,
            environment,
            dir: config.dialplans.dir.clone(),
            published: config.dialplans.published.clone(),
        })
    }

    /// The same, with texts that know whether they have sound.
    fn listening(prompts: Option<&Path>, config: &Config) -> Result<Self, Failure> {
        let dir = prompts.unwrap_or(&config.prompts.dir);
        let texts = Sounding::open(dir, &config.prompts.cache)?;
        Ok(Self { texts, ..Self::open(prompts, config)? })
    }

    /// The plan with its warnings as text, or all faults as text.
    fn read(&self, source: &Source) -> Result<(Arc<Plan>, String), String> {
        let name = source.path.display().to_string();
        let (texts, environment) = (&self.texts, &self.environment);
        let library = sources::around(&source.path);
        match Plan::check_among(&source.bytes, &name, texts, environment, &library) {
            Ok(plan) => {
                let warnings = plan.warnings.iter().map(|w| format!("{w}\n")).collect();
                Ok((plan, warnings))
            }
            Err(faults) => {
                let errors = faults.iter().filter(|f| f.severity == Severity::Error).count();
                let mut text: String = faults.iter().map(|f| format!("{f}\n")).collect();
                let _ = writeln!(text, "{name}: {}, not usable", counted(errors, "error"));
                Err(text)
            }
        }
    }

    fn check(&self, files: &[PathBuf]) -> Outcome {
        let mut all_good = true;
        for source in sources::find(files)? {
            match self.read(&source) {
                Ok((plan, warnings)) => {
                    say(&format!("{warnings}{}", good_line(&source.path, &plan)))?
                }
                Err(faults) => {
                    all_good = false;
                    say(&faults)?;
                }
            }
        }
        Ok(exit(all_good))
    }

    fn test(&self, files: &[PathBuf]) -> Outcome {
        let mut all_good = true;
        for source in sources::find(files)? {
            match self.read(&source) {
                Ok((plan, _)) => {
                    let results = dialplan::run_tests(&plan);
                    all_good &= results.iter().all(|result| result.failure.is_none());
                    say(&test_page(&source.path, &results))?;
                }
                Err(faults) => {
                    all_good = false;
                    say(&faults)?;
                }
            }
        }
        Ok(exit(all_good))
    }

    fn explore(&self, files: &[PathBuf], calls: usize) -> Outcome {
        let mut all_good = true;
        for source in sources::find(files)? {
            match self.read(&source) {
                Ok((plan, _)) => {
                    let found = dialplan::explore(&plan, calls);
                    all_good &= found.faults.is_empty();
                    say(&exploration::page(&source.path, &found))?;
                }
                Err(faults) => {
                    all_good = false;
                    say(&faults)?;
                }
            }
        }
        Ok(exit(all_good))
    }

    fn simulate(&self, file: PathBuf, test: Option<&str>, lang: Option<Lang>) -> Outcome {
        let plan = match self.read(&sources::read(file)?) {
            Ok((plan, _)) => plan,
            Err(faults) => return told(&faults),
        };
        let (mut session, first) = simulate::Session::begin(&plan, test, lang)?;
        say_lines(&first)?;
        let mut input = BufReader::new(std::io::stdin().take(INPUT_BYTES_MAX));
        while !session.over() {
            if std::io::stdin().is_terminal() {
                say("> ")?;
            }
            let mut line = String::new();
            // The end of the input hangs up.
            if input.read_line(&mut line)? == 0 {
                say_lines(&session.line("hangup"))?;
                break;
            }
            say_lines(&session.line(line.trim()))?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Draws a flow that is faulty too: the ways to its faults are marked, and told.
    fn graph(&self, file: PathBuf, svg: Option<&Path>) -> Outcome {
        let source = sources::read(file)?;
        let name = source.path.display().to_string();
        let library = sources::around(&source.path);
        let draft = Draft::read(&source.bytes, &name, &self.texts, &self.environment, &library);
        match svg {
            None => say(&draft.text())?,
            Some(path) => std::fs::write(path, draft.svg())
                .map_err(|error| format!("cannot write {}: {error}", path.display()))?,
        }
        if draft.plan.is_none() {
            say(&draft.faults.iter().map(|fault| format!("{fault}\n")).collect::<String>())?;
        }
        Ok(exit(draft.plan.is_some()))
    }
}

/// Who does something: the named one, else who is logged in.
pub fn author(named: Option<String>) -> String {
    let who = named.or_else(|| std::env::var("USER").ok()).filter(|who| !who.is_empty());
    who.unwrap_or_else(|| "unknown".to_owned())
}

fn told(faults: &str) -> Outcome {
    say(faults)?;
    Ok(ExitCode::FAILURE)
}

fn say_lines(lines: &[String]) -> std::io::Result<()> {
    say(&lines.iter().map(|line| format!("{line}\n")).collect::<String>())
}

const fn exit(good: bool) -> ExitCode {
    if good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn good_line(path: &Path, plan: &Plan) -> String {
    let languages: Vec<_> = plan.languages.iter().map(|lang| lang.to_string()).collect();
    let version = plan.version.get(..12).unwrap_or(&plan.version);
    let warnings = match plan.warnings.len() {
        0 => String::new(),
        many => format!(", {}", counted(many, "warning")),
    };
    let path = path.display();
    let figures: String = plan.figures.iter().map(figures_line).collect();
    let name = &plan.name;
    format!("{path}: good: flow {name} {version}, in {}{warnings}\n{figures}", languages.join(" "))
}

/// How long calls through a flow can be.
fn figures_line(figures: &Figures) -> String {
    let minutes = |time: Duration| {
        let seconds = time.as_secs_f64().ceil() as u64;
        format!("{}:{:02} min", seconds / 60, seconds % 60)
    };
    let person = figures.person.map_or_else(String::new, |keys| {
        format!(", a person within {}", counted(keys as usize, "key"))
    });
    format!(
        "    {}: about {} at most for who presses nothing; about {} and {} at most where no step is entered \
         twice{person}\n",
        figures.flow,
        minutes(figures.silent),
        minutes(figures.longest),
        counted(figures.keys as usize, "key"),
    )
}

fn test_page(path: &Path, results: &[TestResult]) -> String {
    let mut page = String::new();
    for result in results {
        let lasted = result.lasted.as_secs_f64();
        match &result.failure {
            None => {
                let _ = writeln!(page, "ok      {} ({lasted:.1} s of call)", result.name);
            }
            Some(failure) => {
                let _ =
                    writeln!(page, "FAILED  {} ({lasted:.1} s of call)\n  {failure}", result.name);
                page.push_str("  heard until then:\n");
                result.heard.iter().for_each(|line| {
                    let _ = writeln!(page, "    {line}");
                });
            }
        }
    }
    let failed = results.iter().filter(|result| result.failure.is_some()).count();
    let path = path.display();
    let _ = match (results.len(), failed) {
        (0, _) => {
            writeln!(page, "{path}: no tests; write a test block for each way through the flow")
        }
        (many, 0) => writeln!(page, "{path}: {} passed", counted(many, "test")),
        (many, _) => writeln!(page, "{path}: {failed} of {} failed", counted(many, "test")),
    };
    page
}

fn counted(many: usize, thing: &str) -> String {
    format!("{many} {thing}{}", if many == 1 { "" } else { "s" })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(name: &str, failure: Option<&str>) -> TestResult {
        TestResult {
            name: name.into(),
            failure: failure.map(str::to_owned),
            heard: vec!["   0.0 s  in_greeting: Dzień dobry".into()],
            lasted: Duration::from_millis(12_340),
            visited: Default::default(),
        }
    }

    #[test]
    fn a_failed_test_shows_its_line_and_what_was_heard() {
        let results =
            [result("lost PIN", None), result("silence", Some("expect ended\n    it goes on"))];
        assert_eq!(
            test_page(Path::new("a.kdl"), &results),
            "ok      lost PIN (12.3 s of call)\n\
             FAILED  silence (12.3 s of call)\n  \
               expect ended\n    it goes on\n  \
               heard until then:\n       0.0 s  in_greeting: Dzień dobry\n\
             a.kdl: 1 of 2 tests failed\n"
        );
    }

    #[test]
    fn passing_tests_are_counted_and_a_flow_without_tests_says_so() {
        let page = test_page(Path::new("a.kdl"), &[result("one", None)]);
        assert!(page.ends_with("a.kdl: 1 test passed\n"), "{page}");
        assert!(test_page(Path::new("a.kdl"), &[]).contains("no tests; write"));
    }
}
