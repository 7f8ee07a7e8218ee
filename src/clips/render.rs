//! A sentence as a WAV file, for `parley speak --wav` and for listening to prompts.

use crate::level::settle;
use crate::library::Library;
use crate::limits::PACK_RATE_HZ;
use crate::names::{NameError, NameVoice};
use crate::pack::{self, PackError};
use crate::recording::import;
use crate::resolve::MissingClip;
use crate::studio::rendered;
use crate::voice::{recordings, sixteen_bit};
use audio::wav;
use std::collections::HashMap;
use std::path::Path;
use words::{Piece, Sentence};

/// Why no file was written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The clips.
    #[error("the clips cannot be read")]
    Pack(#[from] PackError),
    /// A missing clip or a name, and no engine to say it.
    #[error("'{text}' has no clip and cannot be spoken")]
    Unspoken {
        /// The words.
        text: String,
        /// Why the engine did not help.
        #[source]
        source: NameError,
    },
    /// The file.
    #[error("the file cannot be written")]
    Write(#[from] wav::WriteError),
}

/// What is in a file that was written.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Rendered {
    /// Samples, 16,000 a second.
    pub samples: usize,
    /// Clips that were missing and are spoken by the names engine instead.
    pub missing: Vec<MissingClip>,
    /// Names that the names engine spoke.
    pub names: Vec<String>,
}

/// Writes a sentence as 16-bit mono WAV, 16 kHz, from recordings and pack; what they lack, `names` says.
///
/// # Errors
/// A damaged pack, a clip that neither pack nor engine can say, or a file that cannot be written.
pub fn render_wav(
    library: &Library,
    names: &NameVoice,
    sentence: &Sentence,
    path: &Path,
) -> Result<Rendered, RenderError> {
    let clips = wide_clips(&library.dir().join(sentence.lang.catalogue()), sentence)?;
    let (mut sound, mut rendered) = (Vec::<f32>::new(), Rendered::default());
    let spoken = |text: &str| {
        let said = names.speak_wide(sentence.lang, text);
        let mut said =
            said.map_err(|source| RenderError::Unspoken { text: text.to_owned(), source })?;
        settle(&mut said);
        Ok::<_, RenderError>(said)
    };
    for piece in &sentence.pieces {
        match piece {
            Piece::Pause(ms) => {
                sound.resize(sound.len() + usize::from(*ms) * PACK_RATE_HZ as usize / 1_000, 0.0);
            }
            Piece::Clip { id, text, .. } => match clips.get(id.as_ref()) {
                Some(clip) => sound.extend(clip),
                None => {
                    rendered.missing.push(MissingClip { id: id.clone(), text: text.clone() });
                    sound.extend(spoken(text)?);
                }
            },
            Piece::Name(name) => match clips.get(name.as_ref()) {
                Some(clip) => sound.extend(clip),
                None => {
                    rendered.names.push(name.to_string());
                    sound.extend(spoken(name)?);
                }
            },
        }
    }
    let samples: Vec<i16> = sound.into_iter().map(sixteen_bit).collect();
    wav::write(path, PACK_RATE_HZ, &[&samples])?;
    rendered.samples = samples.len();
    Ok(rendered)
}

/// The wideband audio of a sentence's clips by id, and of its names by their text.
fn wide_clips(folder: &Path, sentence: &Sentence) -> Result<HashMap<String, Vec<f32>>, PackError> {
    let mut found = HashMap::new();
    let wanted = |key: &str| {
        sentence.pieces.iter().any(|piece| match piece {
            Piece::Clip { id, .. } => id.as_ref() == key,
            Piece::Name(name) => name.as_ref() == key,
            Piece::Pause(_) => false,
        })
    };
    let key = |row: &pack::Row| {
        if row.id.starts_with("name.") { row.text.clone() } else { row.id.clone() }
    };
    if folder.join(pack::TABLE).exists() {
        let rows = pack::table(folder)?;
        let sound = pack::sound(folder, &rows)?;
        for row in rows.iter().filter(|row| wanted(&key(row))) {
            found.insert(key(row), sound[row.start..row.start + row.length].to_vec());
        }
    }
    let made = rendered(folder).into_iter().map(|(id, _, path)| (id, path));
    for (id, path) in made.chain(recordings(folder)).filter(|(id, _)| wanted(id)) {
        if let Ok(recording) = import(&path) {
            found.insert(id, recording.samples);
        }
    }
    Ok(found)
}
