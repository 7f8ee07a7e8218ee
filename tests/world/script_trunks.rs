//! The words of scripts about trunks: what is given, what the server does, what must be so.

use super::answerers::Answerer;
use super::phone::Duty;
use super::script::{number, so};
use super::trunks::trunk;
use super::{Setting, World};
use exchange::{RegistrationConfig, Standing};
use std::sync::Arc;
use std::time::Duration;

/// `trunk NAME to CARRIER… [lines N] [rate N] [priority N] [prefix +48] [private] [narrow] [registers] [unasked]`
pub(super) fn file(setting: &mut Setting, name: &str, words: &[&str]) -> Result<(), String> {
    const KNOWN: [&str; 8] =
        ["lines", "rate", "priority", "prefix", "private", "narrow", "registers", "unasked"];
    let end = words.iter().position(|w| KNOWN.contains(w)).unwrap_or(words.len());
    let (to, mut how) = words.split_at(end);
    let mut trunk = trunk(name, to);
    loop {
        how = match how {
            [] => break,
            ["lines", n, rest @ ..] => {
                trunk.calls_max = number(n)?;
                rest
            }
            ["rate", n, rest @ ..] => {
                trunk.calls_per_second = number(n)?;
                rest
            }
            ["priority", n, rest @ ..] => {
                trunk.priority = number(n)?;
                rest
            }
            ["prefix", prefix, rest @ ..] => {
                trunk.prefixes.push((*prefix).to_owned());
                rest
            }
            ["private", rest @ ..] => {
                trunk.private = true;
                rest
            }
            ["narrow", rest @ ..] => {
                let mut one = sdp::Capabilities::g711();
                one.codecs.truncate(1);
                trunk.narrow = Some(Arc::new(one));
                rest
            }
            ["registers", rest @ ..] => {
                let expires = Duration::from_secs(600);
                trunk.registration = Some(RegistrationConfig { user: "firm".into(), expires });
                rest
            }
            ["unasked", rest @ ..] => {
                trunk.options = false;
                rest
            }
            _ => return Err(format!("a trunk: {}", KNOWN.join(", "))),
        };
    }
    setting.config.trunks.push(Arc::new(trunk));
    Ok(())
}

/// What a carrier does from now on.
pub(super) fn carrier(world: &mut World, name: &str, duty: &[&str]) -> Result<(), String> {
    let n = world.phone(name);
    let phone = &mut world.phones[n];
    match duty {
        ["answers"] => phone.duty = Duty::Answer,
        ["answers", "as", who @ ..] => {
            phone.duty = Duty::Answer;
            phone.answerer = match who {
                ["a", "person"] => Answerer::Person,
                ["a", "machine"] => Answerer::Machine,
                ["a", "machine", "without", "beep"] => Answerer::MachineWithoutBeep,
                ["a", "beep"] => Answerer::BeepAlone,
                ["silence"] => Answerer::Silence,
                _ => {
                    return Err(
                        "answers as a person, a machine [without beep], a beep, silence".into()
                    );
                }
            };
        }
        ["answers", "one", "codec"] => phone.duty = Duty::AnswerOneCodec,
        ["rings"] => phone.duty = Duty::Ring,
        ["announces", "then", status] => phone.duty = Duty::Announce(number(status)?),
        ["refuses", status] => phone.duty = Duty::Refuse(number(status)?, None),
        ["refuses", status, "for", seconds] => {
            phone.duty = Duty::Refuse(number(status)?, Some(number(seconds)?));
        }
        ["answers", "later"] => phone.duty = Duty::AnswerLater,
        ["calls", "itself", status] => phone.away = number(status)?,
        ["registers", status] => phone.registrar = Some(number(status)?),
        ["dead"] => phone.gone = true,
        ["alive"] => phone.gone = false,
        _ => {
            return Err("a carrier: answers [one codec|later] [as …], calls itself STATUS, rings, announces then STATUS, \
                        refuses STATUS [for SECONDS], registers STATUS, dead, alive"
                .into());
        }
    }
    Ok(())
}

/// `calls NUMBER [by TRUNK] [with FLOW]`
pub(super) fn call(world: &mut World, to: &str, how: &[&str]) -> Result<(), String> {
    let (mut trunk, mut flow, mut how) = (None, "hotline", how);
    loop {
        how = match how {
            [] => break,
            ["by", name, rest @ ..] => {
                trunk = Some(*name);
                rest
            }
            ["with", name, rest @ ..] => {
                flow = name;
                rest
            }
            _ => return Err("calls NUMBER [by TRUNK] [with FLOW]".into()),
        };
    }
    world.call_out(to, flow, trunk).map(drop)
}

/// `tried alpha 503 beta 200`: these ways, in this order, and no other.
pub(super) fn tried(world: &mut World, wanted: &[&str], within: Duration) -> Result<(), String> {
    let pairs: Vec<(String, u16)> = wanted
        .chunks(2)
        .map(|pair| match pair {
            [name, status] => Ok(((*name).to_owned(), number(status)?)),
            _ => Err("tried CARRIER STATUS [CARRIER STATUS …]".to_owned()),
        })
        .collect::<Result<_, _>>()?;
    let met = world.run_until(within, |w| w.tried() == pairs);
    so(met, || format!("it tried {:?}", world.tried()))
}

/// `trunk NAME is up|down|starting`
pub(super) fn stands(
    world: &mut World,
    name: &str,
    standing: &str,
    within: Duration,
) -> Result<(), String> {
    let wanted = match standing {
        "up" => Standing::Up,
        "down" => Standing::Down,
        "starting" => Standing::Starting,
        _ => return Err("a trunk is up, down or starting".into()),
    };
    let stands = |w: &World| {
        let all = w.exchange.trunk_status(w.time());
        all.into_iter().find(|t| t.name == name).map(|t| t.standing)
    };
    let met = world.run_until(within, |w| stands(w) == Some(wanted));
    so(met, || format!("trunk {name} is {:?}", stands(world)))
}
