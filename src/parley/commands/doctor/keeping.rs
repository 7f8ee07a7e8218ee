//! What is kept: the store and its chain, the key file, the spool, and the disk under them.

use super::Finding;
use crate::causes::with_causes;
use crate::commands::{open_store, sqlite_file, wait_for};
use crate::config::Config;
use crate::secrets;
use std::path::Path;

/// Free bytes below which records will soon be refused.
const FREE_BYTES_MIN: u64 = 100 << 20;
/// Free bytes below which somebody should look.
const FREE_BYTES_LOW: u64 = 1 << 30;

/// Looks at all of it.
pub fn look(config: &Config) -> Vec<Finding> {
    let mut findings = vec![key(&config.store.key_file)];
    match sqlite_file(&config.store.url) {
        Some(path) if !path.exists() => {
            let path = path.display();
            findings.push(Finding::good(format!("store {path} will be made at the first start")));
        }
        _ => findings.extend(store(config)),
    }
    findings.extend(sqlite_file(&config.store.url).map(|path| disk("store", path)));
    findings.push(disk("spool", &config.store.spool));
    findings.extend(spool(&config.store.spool));
    if let Some(dir) = &config.recordings.dir {
        findings.push(key(&config.recordings.key_file));
        findings.push(disk("recordings", dir));
    }
    findings
}

fn store(config: &Config) -> Vec<Finding> {
    match wait_for(opened(config)) {
        Ok(findings) => findings,
        Err(error) => {
            vec![Finding::bad(format!("the store cannot be asked ({error})"), "start again")]
        }
    }
}

async fn opened(config: &Config) -> Vec<Finding> {
    let store = match open_store(config, false).await {
        Ok(store) => store,
        Err(error) => return vec![Finding::bad("the store does not open", error.to_string())],
    };
    let tables = Finding::good("the store opens, its tables fit this version");
    let chain = match store.verify_chain().await {
        Ok(report) => match report.fault {
            None => Finding::good(format!(
                "the history's chain is whole: {} events, head {}",
                report.events, report.head
            )),
            Some(fault) => Finding::bad("the history was changed", fault.to_string()),
        },
        Err(error) => Finding::bad("the history cannot be read", with_causes(&error)),
    };
    store.close().await;
    vec![tables, chain]
}

fn key(path: &Path) -> Finding {
    let name = path.display();
    if !path.exists() {
        return Finding::good(format!("key file {name} will be made at the first start"));
    }
    if let Err(error) = secrets::pepper(path) {
        return Finding::bad("the key file cannot be used", error.to_string());
    }
    match secrets::is_open_to_others(path) {
        Ok(false) => Finding::good(format!("key file {name} is its owner's alone")),
        Ok(true) => {
            Finding::bad(format!("key file {name} is open to others"), format!("chmod 600 {name}"))
        }
        Err(error) => Finding::bad(
            format!("key file {name} cannot be looked at ({error})"),
            "run as its owner",
        ),
    }
}

fn spool(path: &Path) -> Option<Finding> {
    let waiting = std::fs::metadata(path).ok()?.len();
    if waiting == 0 {
        return Some(Finding::good("the spool is empty"));
    }
    Some(Finding::look(
        format!("{waiting} bytes of records wait in the spool {}", path.display()),
        "they are written when the server runs and the database is back",
    ))
}

fn disk(what: &str, path: &Path) -> Finding {
    let dir = path.ancestors().skip(1).find(|dir| dir.is_dir());
    let dir = dir.unwrap_or(Path::new("."));
    match rustix::fs::statvfs(dir) {
        Ok(disk) => space(what, dir, disk.f_bavail.saturating_mul(disk.f_frsize)),
        Err(error) => {
            let dir = dir.display();
            Finding::bad(
                format!("the {what}'s directory {dir} cannot be looked at ({error})"),
                "make it",
            )
        }
    }
}

fn space(what: &str, dir: &Path, free: u64) -> Finding {
    let text = format!("{} free for the {what} in {}", readable(free), dir.display());
    match free {
        0..FREE_BYTES_MIN => Finding::bad(text, "make room now, records need it"),
        FREE_BYTES_MIN..FREE_BYTES_LOW => Finding::look(text, "make room soon"),
        FREE_BYTES_LOW.. => Finding::good(text),
    }
}

fn readable(bytes: u64) -> String {
    match bytes {
        0..0x4000_0000 => format!("{} MB", bytes >> 20),
        _ => format!("{:.1} GB", bytes as f64 / f64::from(1 << 30)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Mark;
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn a_key_that_others_can_read_is_bad_and_the_command_to_mend_it_is_named() {
        let path = std::env::temp_dir().join(format!("parley-doctor-{}.key", std::process::id()));
        assert_eq!(key(&path).mark, Mark::Good);
        secrets::pepper(&path).unwrap();
        assert_eq!(key(&path).mark, Mark::Good);
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let finding = key(&path);
        assert_eq!(finding.mark, Mark::Bad);
        assert!(finding.todo.unwrap().starts_with("chmod 600 "));
        std::fs::write(&path, "short").unwrap();
        assert_eq!(key(&path).mark, Mark::Bad);
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn little_space_is_told_in_time() {
        let at = |free| space("store", Path::new("."), free).mark;
        assert_eq!((at(50 << 20), at(500 << 20), at(5 << 30)), (Mark::Bad, Mark::Look, Mark::Good));
        assert_eq!(
            (readable(50 << 20), readable(5 << 30)),
            ("50 MB".to_owned(), "5.0 GB".to_owned())
        );
    }

    #[test]
    fn the_disk_of_a_directory_that_is_not_there_yet_is_its_parents() {
        assert_ne!(disk("store", Path::new("/tmp/not/yet/parley.db")).what, "");
        assert!(disk("store", Path::new("parley.db")).what.contains("free for the store in ."));
    }
}
