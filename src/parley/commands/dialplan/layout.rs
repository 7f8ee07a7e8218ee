//! `parley dialplan fmt`: flow files in their one layout, replaced whole or not at all.

use super::sources::{self, Source};
use super::{Outcome, counted, exit, say};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Lays the files out; with `check` only says which are laid out otherwise.
pub fn run(files: &[PathBuf], check: bool) -> Outcome {
    let (mut others, mut refused) = (0, 0);
    for source in sources::find(files)? {
        match laid_out(&source) {
            Ok(None) => {}
            Ok(Some(_)) if check => {
                others += 1;
                say(&format!("{}: laid out otherwise\n", source.path.display()))?;
            }
            Ok(Some(text)) => {
                replace(&source.path, &text)
                    .map_err(|error| format!("cannot write {}: {error}", source.path.display()))?;
                say(&format!("{}: laid out\n", source.path.display()))?;
            }
            Err(faults) => {
                refused += 1;
                say(&faults)?;
            }
        }
    }
    if others > 0 {
        say(&format!("{}; run parley dialplan fmt\n", counted(others, "file")))?;
    }
    Ok(exit(others + refused == 0))
}

/// The new text; `None` when the file has it already. All faults as text.
fn laid_out(source: &Source) -> Result<Option<String>, String> {
    let name = source.path.display().to_string();
    match dialplan::format(&source.bytes, &name) {
        Ok(text) => Ok((text.as_bytes() != source.bytes).then_some(text)),
        Err(faults) => Err(faults.iter().map(|fault| format!("{fault}\n")).collect()),
    }
}

/// Writes beside the file and renames: a server that reloads it never sees half a flow.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = fs::canonicalize(path)?;
    let draft = path.with_extension("kdl-new");
    fs::write(&draft, text)?;
    fs::set_permissions(&draft, fs::metadata(&path)?.permissions())?;
    fs::rename(&draft, &path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::ExitCode;

    #[test]
    fn a_file_is_laid_out_once_and_a_broken_one_is_left_alone() {
        let dir = std::env::temp_dir().join(format!("parley-layout-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let (good, broken) = (dir.join("good.kdl"), dir.join("broken.kdl"));
        fs::write(&good, "flow f { languages en // spoken\n}").unwrap();
        fs::write(&broken, "flow f {").unwrap();
        let run = |file: &PathBuf, check| run(std::slice::from_ref(file), check).unwrap();
        assert_eq!(run(&good, true), ExitCode::FAILURE);
        assert_eq!(run(&good, false), ExitCode::SUCCESS);
        assert_eq!(run(&good, true), ExitCode::SUCCESS);
        let text = fs::read_to_string(&good).unwrap();
        assert_eq!(text, "flow f {\n    languages en // spoken\n}\n");
        assert_eq!(run(&broken, false), ExitCode::FAILURE);
        assert_eq!(fs::read_to_string(&broken).unwrap(), "flow f {");
        assert_eq!(fs::read_dir(&dir).unwrap().count(), 2, "nothing is left beside them");
        fs::remove_dir_all(dir).unwrap();
    }
}
