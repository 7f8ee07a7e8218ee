//! A prompt with sample values in its places, to be listened to.

use ids::{Currency, Money};
use jiff::civil::{date, time};
use words::{Args, Catalogue, Sentence, Value};

/// The sentence, each placeable filled by its name; what does not fit is tried as something else.
pub fn sentence(catalogue: &Catalogue, id: &str) -> Result<Sentence, String> {
    let Some(places) = catalogue.placeables(id) else {
        return Err(format!("there is no text '{id}'; see: parley prompts list"));
    };
    let mut why = String::new();
    for turn in 0..TURNS {
        let fill = |args: Args, place: &String| args.with(place, value(place, turn));
        match catalogue.sentence(id, &places.iter().fold(Args::new(), fill)) {
            Ok(sentence) => return Ok(sentence),
            Err(error) => why = crate::causes::with_causes(&error),
        }
    }
    Err(why)
}

/// How many kinds of value are tried in a place whose name says nothing.
const TURNS: usize = 4;

fn value(place: &str, turn: usize) -> Value {
    let has = |part: &str| place.contains(part);
    if has("amount") || has("total") || has("fee") || has("minimum") {
        Value::Amount(Money::new(123_456, Currency::PLN))
    } else if has("date") || has("day") {
        Value::Date(date(2026, 12, 15))
    } else if has("time") {
        Value::Time(time(17, 30, 0, 0))
    } else if has("phone") || has("number") {
        Value::Phone("221234567".to_owned())
    } else if has("digits") || has("code") || has("key") || has("case") || has("last") {
        Value::Digits("4711".to_owned())
    } else if has("company") || has("creditor") || has("name") {
        Value::Name("Parley".to_owned())
    } else {
        match turn {
            0 => Value::Number(3),
            1 => Value::Name("Parley".to_owned()),
            2 => Value::Digits("4711".to_owned()),
            _ => Value::WaitBand(5),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ids::Lang;

    #[test]
    fn every_shipped_prompt_can_be_listened_to() {
        for lang in Lang::VOICES {
            let top = concat!(env!("CARGO_MANIFEST_DIR"), "/../../prompts");
            let catalogue = crate::texts::catalogue(std::path::Path::new(top), lang).unwrap();
            let spoken: Vec<String> = catalogue
                .ids()
                .filter(|id| !id.starts_with(words::TEXT_ONLY_PREFIX))
                .map(str::to_owned)
                .collect();
            for id in spoken {
                let said = sentence(&catalogue, &id);
                assert!(said.is_ok(), "{lang} {id}: {said:?}");
            }
        }
        let top = concat!(env!("CARGO_MANIFEST_DIR"), "/../../prompts");
        let catalogue = crate::texts::catalogue(std::path::Path::new(top), Lang::Pl).unwrap();
        assert!(sentence(&catalogue, "no-such").unwrap_err().contains("prompts list"));
    }
}
