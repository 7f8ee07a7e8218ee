//! A server whose flow says one sentence and hangs up, so that it is the one who ends a call; with a trunk if wanted.

use super::hotline::config;
use acceptance::program::{Server, parley};
use std::process::Command;

/// Says goodbye and hangs up.
const BRIEF: &str = "\
flow brief {
    languages pl
    entry bye
    on hangup=end error=end
    say bye {
        prompt goodbye
        then end
    }
}
";

/// A server that answers every call with the brief flow; `more` are further lines of its configuration.
pub fn server(more: &str) -> Server {
    let config = config("127.0.0.1:0").replace("{top}/dialplans", "{dir}/dialplans");
    let numbers = "[[numbers]]\ncalled = \"*\"\nflow = \"brief\"\nlanguage = \"pl\"\n";
    Server::serve(&format!("{config}\n{numbers}\n{more}"), &[("dialplans/brief.kdl", BRIEF)])
        .unwrap()
}

/// A trunk with one target on loopback that is not asked whether it lives; `more` are further lines.
pub fn trunk(port: u16, more: &str) -> String {
    format!(
        "[[trunks]]\nname = \"carrier\"\ntargets = [\"sip:127.0.0.1:{port}\"]\noptions = false\n{more}\n"
    )
}

/// What a command of parley prints, and whether it was content.
fn command(server: &Server, words: &[&str]) -> (String, bool) {
    let config = server.dir().join("parley.toml");
    let out = Command::new(parley()).args(words).arg("--config").arg(config).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout).into_owned();
    (text + &String::from_utf8_lossy(&out.stderr), out.status.success())
}

/// Calls a number by the trunk and lets the brief flow speak.
pub fn call_out(server: &Server) {
    let words = ["trunks", "call", "auto", "+48600100200", "--flow", "brief"];
    let (said, content) = command(server, &words);
    assert!(content && said.contains("answered"), "{said}");
}
