//! The server that is measured: its settings and dialplans.

/// Settings: free ports on loopback, one flow that talks for long, one that answers keys.
pub const CONFIG: &str = r#"
[sip]
listen = ["udp:127.0.0.1:0", "tcp:127.0.0.1:0"]
[media]
address = "127.0.0.1"
ports = "20000-29999"
[store]
url = "sqlite:{dir}/parley.db"
key-file = "{dir}/parley.key"
spool = "{dir}/parley.spool"
[dialplans]
dir = "{dir}/dialplans"
[prompts]
dir = "{top}/prompts"
cache = "{top}/.cache/parley"
names-command = ""
[limits]
calls = 5000
[[numbers]]
called = "talk"
flow = "talk"
language = "pl"
[[numbers]]
called = "keys"
flow = "keys"
language = "pl"
"#;

/// Prompts in the flow that talks: some ten seconds each, longer than any measurement.
const LONG_PROMPTS: usize = 60;
/// Menus one after the other in the flow that answers keys.
pub const MENUS: usize = 12;

/// A flow that speaks without a pause for many minutes.
pub fn talk() -> String {
    let mut text =
        String::from("flow talk {\n    languages pl\n    entry s0\n    on hangup=end error=end\n");
    for n in 0..LONG_PROMPTS {
        let next = if n + 1 == LONG_PROMPTS { "end".to_owned() } else { format!("s{}", n + 1) };
        text += &format!(
            "    say s{n} {{\n        prompt main_menu_more\n        then {next}\n    }}\n"
        );
    }
    text + "}\n"
}

/// A chain of menus, each left by key 1: no edge touches the store.
pub fn keys() -> String {
    let mut text =
        String::from("flow keys {\n    languages pl\n    entry m0\n    on hangup=end error=end\n");
    for n in 0..MENUS {
        let next = if n + 1 == MENUS { "end".to_owned() } else { format!("m{}", n + 1) };
        text += &format!(
            "    menu m{n} {{\n        prompt lang_option language=pl key=1\n        key 1 {next}\n        no-input person; no-match person; tries 3\n    }}\n"
        );
    }
    text += "    say person {\n        prompt person_later\n        then end\n    }\n";
    text + "}\n"
}
