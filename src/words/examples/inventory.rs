//! Prints every clip a voice must have, as tab-separated values: id, kind, form, text, before, after, hash.
//!
//! `cargo run -p words --example inventory -- pl [prompts/pl/catalogue.ftl]`

use ids::Lang;
use std::process::ExitCode;
use words::{Catalogue, ClipKind, inventory};

fn main() -> ExitCode {
    match list() {
        Ok(lines) => {
            print_all(&lines);
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("{message}");
            ExitCode::FAILURE
        }
    }
}

#[allow(clippy::print_stdout)]
fn print_all(lines: &str) {
    print!("{lines}");
}

fn list() -> Result<String, String> {
    let mut args = std::env::args().skip(1);
    let tag = args.next().ok_or("name a language: pl, en, it or pt")?;
    let lang: Lang = tag.parse().map_err(|e| format!("{e}"))?;
    let path = args.next().unwrap_or_else(|| format!("prompts/{}/catalogue.ftl", lang.catalogue()));
    let ftl = std::fs::read_to_string(&path).map_err(|e| format!("{path}: {e}"))?;
    let catalogue = Catalogue::parse(lang, &ftl).map_err(|faults| {
        faults.iter().map(|f| format!("{path}: {f}")).collect::<Vec<_>>().join("\n")
    })?;
    let mut out = String::from("id\tkind\tform\ttext\tbefore\tafter\thash\n");
    for clip in inventory(lang, &catalogue) {
        let (kind, form) = match clip.kind {
            ClipKind::Segment { .. } => ("segment", "-"),
            ClipKind::Unit { form } => ("unit", form.letter()),
        };
        let (before, after) = clip.carrier.unwrap_or_default();
        let row = [&clip.id, kind, form, &clip.text, &before, &after, &clip.text_hash];
        out.push_str(&row.join("\t"));
        out.push('\n');
    }
    Ok(out)
}
