//! Words as the ASCII names of clips.

/// `Dwadzieścia dwa` → `dwadziescia-dwa`: lower case, accents off, everything else one hyphen.
pub(crate) fn slug(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars().flat_map(char::to_lowercase).map(plain) {
        if letter.is_ascii_alphanumeric() {
            out.push(letter);
        } else if !out.ends_with('-') && !out.is_empty() {
            out.push('-');
        }
    }
    out.trim_end_matches('-').to_owned()
}

/// The letter without its accent; every accented letter of our four languages is here.
fn plain(letter: char) -> char {
    match letter {
        'ą' | 'á' | 'à' | 'â' | 'ã' => 'a',
        'ć' | 'ç' => 'c',
        'ę' | 'é' | 'è' | 'ê' => 'e',
        'ì' | 'í' => 'i',
        'ł' => 'l',
        'ń' => 'n',
        'ó' | 'ò' | 'ô' | 'õ' => 'o',
        'ś' => 's',
        'ù' | 'ú' => 'u',
        'ź' | 'ż' => 'z',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn words_become_ascii_names() {
        assert_eq!(slug("Dwadzieścia dwa"), "dwadziescia-dwa");
        assert_eq!(slug("l'otto agosto"), "l-otto-agosto");
        assert_eq!(slug("twenty-two"), "twenty-two");
        assert_eq!(slug(" três e "), "tres-e");
    }
}
