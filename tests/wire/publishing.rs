//! Versions of a flow under real calls: published, tried with a share of the calls, promoted, rolled back,
//! damaged, led to the emergency step, and a directory of drafts that is read again.

use super::hotline::{KeysBy, config, press, run};
use acceptance::bare::clock::Deadline;
use acceptance::bare::phone::{Call, Line};
use acceptance::program::{Server, TempDir, parley};
use serde_json::Value;
use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::channel;
use std::time::Duration;

/// `END` is the word that a call's record ends with: another word, another version.
const FLOW: &str = r##"
flow line {
    languages pl
    entry main
    emergency closed
    on hangup=end error=closed

    menu main {
        prompt verify_locked
        key 3 person; key 0 person; key "#" bye
        no-input bye; no-match person
    }
    say person { prompt person_later; then bye; }
    hangup closed { prompt service_trouble; reason closed; }
    hangup bye { reason END; }
}
"##;

/// What the switch is to do within half a second, on a busy machine.
const SOON: Duration = Duration::from_secs(20);

/// Calls of these tests so far.
static CALLS: AtomicU64 = AtomicU64::new(1_000_000);

/// A server whose one number runs the flow above, and what is known of its calls.
struct Firm {
    server: Server,
    seen: BTreeSet<String>,
}

/// The settings, with flows from here.
fn settings(dialplans: &str) -> String {
    let whole = config("127.0.0.1:0");
    let (before, after) = whole.split_once("[dialplans]").unwrap();
    let rest = &after[after.find("[prompts]").unwrap()..];
    let number = "[[numbers]]\ncalled = \"*\"\nflow = \"line\"\n";
    format!("{before}[dialplans]\n{dialplans}\n{rest}{number}")
}

fn flow(end: &str) -> String {
    FLOW.replace("END", end)
}

/// Writes a draft and publishes it; `flow@version` as records name it.
fn publish(config: &Path, text: &str, more: &[&str]) -> String {
    let file = draft(config, text);
    let words = ["dialplan", "publish", &file.to_string_lossy(), "--note", "a test"];
    let said = run(&[&words, more].concat(), &config.to_owned());
    said.split_whitespace().find(|word| word.starts_with("line@")).unwrap().to_owned()
}

fn draft(config: &Path, text: &str) -> PathBuf {
    let file = config.with_file_name("draft.kdl");
    std::fs::write(&file, text).unwrap();
    file
}

fn told(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

fn pause() {
    let (_open, nothing) = channel::<()>();
    let _ = nothing.recv_timeout(Duration::from_millis(50));
}

impl Firm {
    /// With the first version published.
    fn with_versions() -> (Self, String) {
        let mut first = String::new();
        let published = settings("dir = \"{dir}/drafts\"\npublished = \"{dir}/published\"");
        let server = Server::serve_with(&published, |config| {
            first = publish(&config, &flow("first"), &[]);
            Ok(())
        });
        (Self { server: server.unwrap(), seen: BTreeSet::new() }, first)
    }

    fn config(&self) -> PathBuf {
        self.server.dir().join("parley.toml")
    }

    fn parley(&self, words: &[&str]) -> String {
        run(words, &self.config())
    }

    fn publish(&self, end: &str, more: &[&str]) -> String {
        publish(&self.config(), &flow(end), more)
    }

    fn wait_log(&self, words: &str) {
        let deadline = Deadline::within(SOON);
        while !self.server.log().contains(words) {
            assert!(!deadline.passed(), "the log never says: {words}");
            pause();
        }
    }

    /// Waits until the server has taken so many changes, its start among them.
    fn wait_loaded(&self, times: usize) {
        let deadline = Deadline::within(SOON);
        while self.server.log().matches("flow loaded").count() < times {
            assert!(!deadline.passed(), "the flow is never loaded for the {times}th time");
            pause();
        }
    }

    /// A call that stands in the menu.
    fn call(&self) -> Call {
        let uri = format!("sip:line@{}", self.server.udp());
        let line = Line::udp(self.server.udp()).unwrap();
        // Many short calls: one that got the port of an earlier one must not get its Call-ID as well.
        let number = CALLS.fetch_add(1, Ordering::Relaxed);
        let mut call = Call::new(line, &uri, "phone", number).unwrap();
        assert_eq!(call.dial().unwrap().status(), 200);
        let heard = call.hear(SOON).unwrap();
        let (id, audio) = (&call.dialog.call_id, call.server_audio);
        assert!(heard.is_some(), "nothing is heard in {id}, audio from {audio:?}");
        call
    }

    /// Presses a key, waits for the goodbye; what the record says.
    fn end_with(&mut self, call: &mut Call, key: &str) -> Ended {
        press(call, key, KeysBy::Rtp);
        let bye = call.wait_request("BYE", Duration::from_secs(60)).unwrap();
        assert!(bye.is_some(), "the flow hangs up after {key}");
        self.record()
    }

    /// One whole call.
    fn talk(&mut self) -> Ended {
        let mut call = self.call();
        self.end_with(&mut call, "#")
    }

    /// Calls until one ends as wanted: the change was just asked for.
    fn talk_until(&mut self, flow: &str, end: &str) {
        let deadline = Deadline::within(SOON);
        loop {
            let ended = self.talk();
            if ended.flow == flow && ended.end == end {
                return;
            }
            assert!(!deadline.passed(), "new calls never run {flow} to '{end}', but {ended:?}");
        }
    }

    /// The record that was not there before.
    fn record(&mut self) -> Ended {
        let deadline = Deadline::within(SOON);
        loop {
            let list = self.parley(&["calls", "list", "--limit", "200"]);
            let ids = list.split_whitespace().filter(|word| word.starts_with("call-"));
            let new = ids.map(str::to_owned).find(|id| !self.seen.contains(id));
            if let Some(id) = new {
                self.seen.insert(id.clone());
                let trace = self.parley(&["calls", "trace", &id]);
                let known: Value = serde_json::from_str(&trace).unwrap();
                let text = |key: &str| known[key].as_str().unwrap().to_owned();
                return Ended { flow: text("flow"), end: text("end"), trace };
            }
            assert!(!deadline.passed(), "no new call is on record:\n{list}");
            pause();
        }
    }
}

/// What is on record of a call.
#[derive(Debug)]
struct Ended {
    flow: String,
    end: String,
    trace: String,
}

impl Ended {
    #[track_caller]
    fn assert(&self, flow: &str, end: &str) {
        assert_eq!((self.flow.as_str(), self.end.as_str()), (flow, end), "{}", self.trace);
    }
}

#[test]
fn new_calls_run_what_is_published_and_a_running_call_keeps_its_version() {
    let (mut firm, first) = Firm::with_versions();
    firm.talk().assert(&first, "first");
    let mut running = firm.call();
    let second = firm.publish("second", &[]);
    assert_ne!(first, second);
    firm.talk_until(&second, "second");
    firm.end_with(&mut running, "#").assert(&first, "first");

    let mut running = firm.call();
    let said = firm.parley(&["dialplan", "rollback", "line", "--note", "callers are puzzled"]);
    assert!(said.starts_with(&first), "{said}");
    firm.talk_until(&first, "first");
    firm.end_with(&mut running, "#").assert(&second, "second");
    let page = firm.parley(&["dialplan", "versions", "line"]);
    assert!(page.contains("callers are puzzled") && page.contains("previous"), "{page}");
}

#[test]
fn a_share_of_the_calls_tries_a_new_version_until_it_is_promoted() {
    let (mut firm, first) = Firm::with_versions();
    let second = firm.publish("second", &["--canary", "50%"]);
    firm.wait_log("canary=");
    let mut on = BTreeSet::new();
    for _ in 0..40 {
        let ended = firm.talk();
        let wanted = if ended.flow == first { "first" } else { "second" };
        assert_eq!(ended.end, wanted, "a call runs wholly on its version: {ended:?}");
        on.insert(ended.flow);
        if on.len() == 2 {
            break;
        }
    }
    assert_eq!(on, BTreeSet::from([first, second.clone()]));
    let mut running = firm.call();
    let said = firm.parley(&["dialplan", "promote", "line"]);
    assert!(said.starts_with(&second), "{said}");
    assert!(firm.parley(&["dialplan", "versions"]).contains("promoted"));
    // Until then half of the calls are of the new version anyhow: a call alone would not tell.
    firm.wait_loaded(3);
    firm.talk_until(&second, "second");
    for _ in 0..4 {
        firm.talk().assert(&second, "second");
    }
    running.hang_up().unwrap();
}

#[test]
fn a_version_that_is_damaged_on_disk_is_not_used_at_a_start_and_the_last_good_one_is() {
    let (mut firm, first) = Firm::with_versions();
    let second = firm.publish("second", &[]);
    firm.talk_until(&second, "second");
    let digits = second.trim_start_matches("line@");
    let file = firm.server.dir().join("published/line").join(digits).join("flow.kdl");
    firm.server = firm.server.restart(|| std::fs::write(&file, "flow line {").unwrap()).unwrap();
    let log = firm.server.log();
    let alarm = log.lines().find(|line| line.contains("alarm=true")).unwrap_or_default();
    assert!(alarm.contains(&format!("calls run on {first}")), "{log}");
    assert!(alarm.contains("not as it was published"), "{log}");
    firm.talk().assert(&first, "first");
}

#[test]
fn the_emergency_switch_leads_new_and_running_calls_to_its_step_between_two_steps() {
    let (mut firm, first) = Firm::with_versions();
    let mut running = firm.call();
    firm.parley(&["dialplan", "emergency", "line", "on"]);
    firm.talk_until(&first, "closed");
    // The menu that had begun is finished first; then the call goes where all go, not to 'bye'.
    let ended = firm.end_with(&mut running, "#");
    ended.assert(&first, "closed");
    assert!(ended.trace.contains("\"key #\""), "{}", ended.trace);
    let page = firm.parley(&["dialplan", "versions", "line"]);
    assert!(page.contains("EMERGENCY SWITCH ON"), "{page}");
    firm.parley(&["dialplan", "emergency", "line", "off"]);
    firm.talk_until(&first, "first");
}

#[test]
fn a_trial_whose_calls_end_in_trouble_is_stopped_and_a_restart_does_not_begin_it_anew() {
    let (mut firm, first) = Firm::with_versions();
    // 'error' is the word of a flow that gave up: it counts as trouble.
    let second = firm.publish("error", &["--canary", "99%"]);
    firm.wait_log("canary=");
    let deadline = Deadline::within(Duration::from_secs(60));
    while !firm.server.log().contains("on trial was stopped") {
        assert!(!deadline.passed(), "the trial goes on");
        firm.talk();
    }
    for _ in 0..3 {
        firm.talk().assert(&first, "first");
    }
    let deadline = Deadline::within(SOON);
    let stopped = format!("stopped the trial of {}", second.trim_start_matches("line@"));
    while !firm.parley(&["dialplan", "versions", "line"]).contains(&stopped) {
        assert!(!deadline.passed(), "the alias is never moved back");
        pause();
    }
    assert!(!firm.parley(&["dialplan", "versions", "line"]).contains("on trial, 99 %"));
    firm.server = firm.server.restart(|| ()).unwrap();
    firm.talk().assert(&first, "first");
}

#[test]
fn a_draft_is_used_when_its_file_changes_and_a_broken_one_leaves_the_last_good_one() {
    let drafts = settings("dir = \"{dir}/drafts\"");
    let first = flow("first");
    let server = Server::serve(&drafts, &[("drafts/line.kdl", &first)]).unwrap();
    let mut firm = Firm { server, seen: BTreeSet::new() };
    let file = firm.server.dir().join("drafts/line.kdl");
    let ended = firm.talk();
    assert_eq!(ended.end, "first");
    let mut running = firm.call();
    std::fs::write(&file, flow("second")).unwrap();
    let deadline = Deadline::within(SOON);
    let second = loop {
        let ended = firm.talk();
        if ended.end == "second" {
            break ended.flow;
        }
        assert!(!deadline.passed(), "the changed file is never used");
    };
    firm.end_with(&mut running, "#").assert(&ended.flow, "first");
    std::fs::write(&file, flow("third").replace("then bye", "then by")).unwrap();
    firm.wait_log("is not used; calls go on with version");
    firm.talk().assert(&second, "second");
}

#[test]
fn a_real_call_is_replayed_against_a_draft_that_leads_it_elsewhere() {
    let (mut firm, _) = Firm::with_versions();
    let ended = firm.talk();
    let config = firm.config();
    let replay = |text: &str| {
        let file = draft(&config, text);
        let mut replay = Command::new(parley())
            .args(["dialplan", "replay"])
            .arg(file)
            .args(["-", "--config"])
            .arg(&config)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        replay.stdin.take().unwrap().write_all(ended.trace.as_bytes()).unwrap();
        told(&replay.wait_with_output().unwrap())
    };
    let same = replay(&flow("first"));
    assert!(same.starts_with("1 call replayed: 1 the same"), "{same}");
    let other = replay(&flow("first").replace("key \"#\" bye", "key \"#\" closed"));
    assert!(other.contains("after main —key #→: closed, before: bye"), "{other}");
    assert!(other.contains("they end: closed, before: first"), "{other}");
}

#[test]
fn the_shipped_hotline_is_published_with_the_flows_of_other_files_that_it_calls() {
    let mut published = String::new();
    let settings =
        config("127.0.0.1:0").replace("[prompts]", "published = \"{dir}/published\"\n[prompts]");
    let server = Server::serve_with(&settings, |config| {
        let shipped = acceptance::house::top().join("dialplans/hotline.kdl");
        let file = shipped.to_string_lossy();
        published = run(&["dialplan", "publish", &file, "--note", "as shipped"], &config);
        Ok(())
    });
    let mut firm = Firm { server: server.unwrap(), seen: BTreeSet::new() };
    assert!(!firm.server.log().contains("alarm=true"), "{}", firm.server.log());
    let mut call = firm.call();
    call.hang_up().unwrap();
    let ended = firm.record();
    assert!(published.starts_with(&ended.flow), "{published}{}", ended.flow);
    let same = firm.parley(&["dialplan", "diff", "hotline@current", &ended.flow]);
    assert!(same.contains("nothing that a caller could notice is different"), "{same}");
}

/// A folder with settings, and no server.
fn desk() -> (TempDir, PathBuf) {
    let dir = TempDir::new("desk").unwrap();
    let top = acceptance::house::top();
    let text = settings("published = \"{dir}/published\"")
        .replace("{dir}", &dir.path().to_string_lossy())
        .replace("{top}", &top.to_string_lossy());
    let config = dir.path().join("parley.toml");
    std::fs::write(&config, text).unwrap();
    (dir, config)
}

#[test]
fn a_flow_with_verbs_that_are_not_live_is_refused_and_each_step_is_named() {
    let (dir, config) = desk();
    let pays = "queue person to=negotiators max-wait=\"10m\" {\n\
                served bye; full bye; closed bye; no-answer bye; callback bye; error bye\n}";
    let text = flow("first").replace("say person { prompt person_later; then bye; }", pays);
    let output = Command::new(parley())
        .args(["dialplan", "publish", "--note", "a queue", "--config"])
        .args([&config, &draft(&config, &text)])
        .output()
        .unwrap();
    let said = told(&output);
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("line.person: 'queue' is not live on this server yet"), "{said}");
    assert!(said.contains("the versions in use stay as they are"), "{said}");
    assert!(!dir.path().join("published").exists(), "nothing was written");
}

#[test]
fn publishing_without_room_says_so_and_leaves_nothing_half_made() {
    let (dir, config) = desk();
    let first = publish(&config, &flow("first"), &[]);
    let line = dir.path().join("published/line");
    let names = || {
        let entries = std::fs::read_dir(&line).unwrap().flatten();
        entries.map(|entry| entry.file_name()).collect::<BTreeSet<_>>()
    };
    let publish_within = |bytes: u32, end: &str, signal: &str| {
        let limited = format!("{signal} exec prlimit --core=0 --fsize={bytes} \"$@\"");
        let words = ["dialplan", "publish", "--note", "no room", "--config"];
        let mut command = Command::new("sh");
        command.args(["-c", &limited, "sh"]).arg(parley()).args(words);
        command.args([&config, &draft(&config, &flow(end))]).output().unwrap()
    };
    let assert_refused = |bytes: u32, end: &str| {
        let (before, alias) = (names(), std::fs::read(line.join("alias.toml")).unwrap());
        let output = publish_within(bytes, end, "trap '' XFSZ;");
        let said = told(&output);
        assert!(!output.status.success(), "{bytes}: {said}");
        assert!(said.contains("nothing was published and nothing is half there"), "{said}");
        assert!(said.contains("make room"), "{said}");
        assert_eq!(names(), before, "{bytes}");
        assert_eq!(std::fs::read(line.join("alias.toml")).unwrap(), alias, "{bytes}");
    };
    // Files of at most so many bytes: too few for any file, then for the texts behind the flow.
    assert_refused(50, "second");
    assert_refused(500, "second");
    let page = run(&["dialplan", "versions", "line"], &config);
    assert!(page.contains(first.trim_start_matches("line@")), "{page}");
    publish(&config, &flow("second"), &[]);
    // A version that is on the shelf already: the alias alone finds no room.
    assert_refused(50, "first");

    // A publisher that is killed in the midst: what it left is nobody's version, and the next one clears it.
    let good = names();
    assert_eq!(publish_within(500, "third", "").status.code(), None, "it was killed");
    assert_eq!(names().difference(&good).count(), 1);
    let page = run(&["dialplan", "versions", "line"], &config);
    assert!(!page.contains("no room"), "{page}");
    run(&["dialplan", "rollback", "line"], &config);
    assert_eq!(names(), good);
}
