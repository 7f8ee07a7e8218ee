use words::Sentence;
use std::path::Path;
pub fn render(_: &Path, _: &Sentence, _: &Path) -> Result<(), Box<dyn std::error::Error>> { Ok(()) }
