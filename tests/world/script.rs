//! Whole calls as text: `tests/calls/*.call`. See tests/calls/README.md for the words.
//!
//! Owns: reading a script, doing what it says, saying in which line the world was otherwise.
//! Never: a deed that a walk could not do (those are in `stage`).

use super::cases::Service;
use super::network::Weather;
use super::phone::{Dialling, PhoneState};
use super::{Setting, World};
use super::{script_payments, script_trunks};
use ids::{Lang, Money};
use media::command::KeySource;
use records::{Case, HungUp};
use std::time::Duration;

/// Plays a script from its first to its last line, then ends the world; the error names the line.
///
/// # Errors
/// A sentence with the line that was not so.
pub fn play(script: &str) -> Result<(), String> {
    let lines: Vec<(usize, &str)> = script
        .lines()
        .enumerate()
        .map(|(n, l)| (n + 1, l.trim()))
        .filter(|(_, l)| !l.is_empty() && !l.starts_with('#'))
        .collect();
    let (given, told): (Vec<_>, Vec<_>) =
        lines.into_iter().partition(|(_, l)| l.starts_with("given "));
    let mut setting = Setting::hotline();
    let mut world_given = Vec::new();
    for (n, line) in given {
        let words = split(line.trim_start_matches("given "));
        let at = |e: String| format!("line {n}: {line}\n  {e}");
        if !set(&mut setting, &words).map_err(at)? {
            world_given.push((n, line, words));
        }
    }
    let mut world = World::new(setting);
    for (n, line, words) in world_given {
        set_world(&mut world, &words).map_err(|e| format!("line {n}: {line}\n  {e}"))?;
    }
    world.start_trunks();
    world.start_vault();
    for (n, line) in told {
        step(&mut world, &split(line)).map_err(|e| format!("line {n}: {line}\n  {e}"))?;
    }
    world.end();
    Ok(())
}

/// Words, with `"…"` as one.
fn split(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (n, part) in line.split('"').enumerate() {
        match n % 2 {
            0 => words.extend(part.split_whitespace().map(str::to_owned)),
            _ => words.push(part.to_owned()),
        }
    }
    words
}

fn refs(words: &[String]) -> Vec<&str> {
    words.iter().map(String::as_str).collect()
}

fn time(text: &str) -> Result<Duration, String> {
    let (digits, unit) =
        text.split_at(text.find(|c: char| c.is_alphabetic()).unwrap_or(text.len()));
    let amount: f64 =
        digits.parse().map_err(|_| format!("'{text}' is no time; write 2s, 300ms or 5min"))?;
    let unit = match unit {
        "ms" => 0.001,
        "s" => 1.0,
        "min" => 60.0,
        _ => return Err(format!("'{text}' has no unit; write 2s, 300ms or 5min")),
    };
    Ok(Duration::from_secs_f64(amount * unit))
}

pub(super) fn number<T: std::str::FromStr>(text: &str) -> Result<T, String> {
    text.parse().map_err(|_| format!("'{text}' is no number"))
}

/// `given` lines that shape the setting; false when it is one about the world.
fn set(setting: &mut Setting, words: &[String]) -> Result<bool, String> {
    match refs(words).as_slice() {
        ["case", rest @ ..] => file_case(setting, rest)?,
        ["network", "loses", lost, "doubles", doubled, "delays", held, "seed", seed] => {
            let (lost, doubled, held_back) = (number(lost)?, number(doubled)?, number(held)?);
            setting.weather = Weather { lost, doubled, held_back, seed: number(seed)? };
        }
        ["flow", name] => {
            let file = format!("tests/calls/{name}.kdl");
            setting.plans.push(super::setting::checked(&file, &crate::house::read(&file)));
        }
        ["lines", lines] => setting.config.calls_max = number(lines)?,
        ["trunk", name, "to", rest @ ..] => script_trunks::file(setting, name, rest)?,
        ["store" | "ports" | "carrier" | "dns", ..] | [_, "may", "call", _] => return Ok(false),
        _ => return Err("given what? case, flow, network, lines, store or ports".into()),
    }
    Ok(true)
}

/// `case 20260010 pl "Creditor" 1234.56 PLN due 2026-10-15 pin 602214 born 17031985 [phone +48…]`
fn file_case(setting: &mut Setting, words: &[&str]) -> Result<(), String> {
    let [
        number,
        lang,
        creditor,
        amount,
        currency,
        "due",
        due,
        "pin",
        pin,
        "born",
        born,
        phone @ ..,
    ] = words
    else {
        return Err("write: case NUMBER LANGUAGE \"CREDITOR\" AMOUNT CURRENCY due DATE pin PIN born DDMMYYYY [phone NUMBER]".into());
    };
    let currency = currency.parse().map_err(|e| format!("{e}"))?;
    let case = Case {
        id: setting.file.next_id(),
        number: (*number).to_owned(),
        name: "Osoba".into(),
        phones: phone.iter().skip(1).map(|p| (*p).to_owned()).collect(),
        lang: lang.parse::<Lang>().map_err(|e| e.to_string())?,
        creditor: (*creditor).to_owned(),
        outstanding: Money::parse(amount, currency).map_err(|e| e.to_string())?,
        due_date: due.parse().map_err(|e| format!("{e}"))?,
    };
    setting.file.add(case, pin, born);
    Ok(())
}

fn set_world(world: &mut World, words: &[String]) -> Result<(), String> {
    match refs(words).as_slice() {
        ["store", "is", rest @ ..] => world.file.service = service(rest)?,
        ["store", "locks", "after", tries] => world.file.lock_after = number(tries)?,
        ["carrier", name, duty @ ..] => script_trunks::carrier(world, name, duty)?,
        ["dns", "is", mood] => world.dns = *mood == "up",
        [user, "may", "call", start] => world.allow(user, start),
        ["ports", "free", ports] => world.ports_free = number(ports)?,
        ["ports", "take", delay] => world.ports_after = time(delay)?,
        _ => return Err("write: store is up|down|mute|slow TIME, store locks after N, ports free N, ports take TIME".into()),
    }
    Ok(())
}

fn service(words: &[&str]) -> Result<Service, String> {
    match words {
        ["up"] => Ok(Service::Up(Duration::from_millis(10))),
        ["slow", delay] => Ok(Service::Up(time(delay)?)),
        ["down"] => Ok(Service::Down),
        ["mute"] => Ok(Service::Mute),
        _ => Err("the store is up, down, mute or slow TIME".into()),
    }
}

/// `+2s who deed` lets time pass first; `<10s who observation` must be so within that time.
fn step(world: &mut World, words: &[String]) -> Result<(), String> {
    let words = refs(words);
    let (when, rest) = words.split_first().ok_or("an empty line")?;
    let (who, what) = rest.split_first().ok_or("who does what?")?;
    if let Some(wait) = when.strip_prefix('+') {
        world.pass(time(wait)?);
        return deed(world, who, what);
    }
    let within =
        when.strip_prefix('<').ok_or("a line begins with +TIME (then) or <TIME (within)")?;
    observe(world, who, what, time(within)?)
}

fn deed(world: &mut World, who: &str, what: &[&str]) -> Result<(), String> {
    match (who, what) {
        ("server", ["drains"]) => world.drain(),
        ("server", ["stops"]) => world.stop(),
        ("server", ["calls", number, how @ ..]) => script_trunks::call(world, number, how)?,
        ("dns", ["is", mood]) => world.dns = *mood == "up",
        ("vault" | "journal" | "card" | "ports", what) => script_payments::deed(world, who, what)?,
        (name, ["becomes", duty @ ..]) => script_trunks::carrier(world, name, duty)?,
        ("store", ["is", rest @ ..]) => world.file.service = service(rest)?,
        (name, ["registers"]) => {
            let phone = world.phone(name);
            world.register(phone);
        }
        (name, ["dials", called, how @ ..]) => {
            let phone = world.phone(name);
            let dialling = dialling(called, how)?;
            world.dial(phone, &dialling);
        }
        (name, _) => {
            let phone = world.phones.iter().position(|p| p.name == name);
            let phone = phone.ok_or_else(|| format!("nobody named {name} has dialled yet"))?;
            deed_of_caller(world, phone, what)?;
        }
    }
    Ok(())
}

fn deed_of_caller(world: &mut World, phone: usize, what: &[&str]) -> Result<(), String> {
    match what {
        ["keys", keys] => world.press(phone, keys, KeySource::Rtp),
        ["keys", keys, "by", "tones"] => world.press(phone, keys, KeySource::Inband),
        ["keys", keys, "by", "info"] => world.press_by_info(phone, keys),
        ["hangs", "up"] | ["gives", "up"] => world.hang_up(phone),
        ["refuses", "offers", status, times, "times"] => {
            world.phones[phone].refuses_offers = (number(status)?, number(times)?);
        }
        ["holds"] => world.hold(phone, true),
        ["resumes"] => world.hold(phone, false),
        ["vanishes"] => world.vanish(phone),
        ["picks", "up"] => world.pick_up(phone),
        ["sets", "it", "aside"] => world.phones[phone].set_aside(),
        ["joins", "them"] => world.join(phone),
        ["transfers", "to", user] => world.refer(phone, user),
        ["waits"] => {}
        _ => {
            return Err(
                "a caller: dials, keys, hangs up, gives up, holds, resumes, vanishes, registers, picks up, transfers to USER, sets it aside, joins them, refuses offers STATUS N times, waits".into(),
            );
        }
    }
    Ok(())
}

fn dialling(called: &str, how: &[&str]) -> Result<Dialling, String> {
    let mut dialling =
        Dialling { called: called.into(), from: "anonymous".into(), offers: true, codec: None };
    let mut how = how;
    loop {
        how = match how {
            [] => return Ok(dialling),
            ["from", from, rest @ ..] => {
                dialling.from = (*from).to_owned();
                rest
            }
            ["without", "offer", rest @ ..] => {
                dialling.offers = false;
                rest
            }
            ["with", "codec", codec, rest @ ..] => {
                dialling.codec = Some((*codec).to_owned());
                rest
            }
            _ => return Err("dials NUMBER [from NUMBER] [without offer] [with codec NAME]".into()),
        };
    }
}

fn observe(world: &mut World, who: &str, what: &[&str], within: Duration) -> Result<(), String> {
    match (who, what) {
        ("server", ["tried", wanted @ ..]) => return script_trunks::tried(world, wanted, within),
        ("trunk", [name, "is", standing]) => {
            return script_trunks::stands(world, name, standing, within);
        }
        ("journal", states) => return script_payments::journal(world, states, within),
        ("books", ["balance"]) => return script_payments::books(world, within),
        ("history", [text]) => return script_payments::history(world, text, within),
        ("record", facts) => return record(world, facts, within),
        ("alarm", [text]) => {
            let rung = |w: &World| w.ledger.alarms.iter().any(|a| a.contains(text));
            return so(world.run_until(within, rung), || format!("no alarm with '{text}'"));
        }
        _ => {}
    }
    let phone = world.phones.iter().position(|p| p.name == who);
    let phone = phone.ok_or_else(|| format!("nobody named {who} has dialled yet"))?;
    let state = |world: &mut World, wanted: PhoneState| {
        let met = world.run_until(within, |w| w.phones[phone].state == wanted);
        so(met, || format!("{who} is {:?}, not {wanted:?}", world.phones[phone].state))
    };
    match what {
        ["is", "answered"] => state(world, PhoneState::Up),
        ["is", "refused", status] => state(world, PhoneState::Refused(number(status)?, false)),
        ["is", "refused", status, "for", "now"] => state(world, PhoneState::Refused(number(status)?, true)),
        ["is", "registered", "with", "for", seconds] => {
            let wanted = Some(number(seconds)?);
            let met = world.run_until(within, |w| w.phones[phone].expires_s == wanted);
            so(met, || format!("it was asked for {:?} s", world.phones[phone].expires_s))
        }
        ["is", "kept", "open", times] => {
            let times: usize = number(times)?;
            let met = world.run_until(within, |w| w.phones[phone].kept_open >= times);
            so(met, || format!("{} empty lines came", world.phones[phone].kept_open))
        }
        ["is", "hung", "up", "on"] => state(world, PhoneState::Over(true)),
        ["is", "on", "hold"] => {
            let met = world.run_until(within, |w| w.phones[phone].held == Some(true));
            so(met, || "the server's answer still sends".into())
        }
        ["is", "taken", "back"] => {
            let met = world.run_until(within, |w| w.phones[phone].held == Some(false));
            so(met, || "the server's answer does not send".into())
        }
        ["sends", "to", "the", where_to] => {
            script_payments::sends_to(world, phone, where_to, within)
        }
        ["rings"] => {
            let rings = |w: &World| w.phones[phone].state == PhoneState::Calling;
            so(world.run_until(within, rings), || format!("{who} does not ring"))
        }
        ["is", "registered"] => {
            so(world.run_until(within, |w| w.phones[phone].registered), || "it is not".into())
        }
        ["talks", "with", other] => {
            let other = world.phone(other);
            let met = world.run_until(within, |w| w.talk(phone, other));
            so(met, || "they do not hear each other".into())
        }
        ["is", "told", status] => {
            let status = number(status)?;
            let met = world.run_until(within, |w| w.phones[phone].transferred == Some(status));
            so(met, || format!("it was told {:?}", world.phones[phone].transferred))
        }
        ["hears", "ringback" | "music"] => {
            let met = world.run_until(within, |w| w.legs.hears_a_sound(phone));
            so(met, || format!("{who} hears none"))
        }
        ["hears", "no", "more"] => so(world.wait_quiet(phone, within), || "it goes on speaking".into()),
        ["hears", prompt] => world.wait_heard(phone, prompt, "", within),
        ["hears", prompt, text] => world.wait_heard(phone, prompt, text, within),
        _ => Err("a caller: is answered, is refused STATUS [for now], is hung up on, is on hold, is taken back, rings, is registered, talks with NAME, is told STATUS, hears ringback|music, hears PROMPT [\"TEXT\"]".into()),
    }
}

/// The facts hold for the last record that was written.
fn record(world: &mut World, facts: &[&str], within: Duration) -> Result<(), String> {
    let before = world.ledger.records.len();
    let holds = |w: &World| w.ledger.records.last().is_some_and(|r| facts_hold(r, facts).is_ok());
    if world.run_until(within, holds) {
        return Ok(());
    }
    let last = world.ledger.records.last();
    let last = last.ok_or_else(|| format!("no record was written ({before})"))?;
    facts_hold(last, facts).map_err(|e| format!("{e}; the last record is {last:?}"))
}

fn facts_hold(record: &records::CallRecord, facts: &[&str]) -> Result<(), String> {
    let mut facts = facts;
    loop {
        let (fact, holds, rest) = match facts {
            [] => return Ok(()),
            ["verified", rest @ ..] => ("verified", record.verified, rest),
            ["unverified", rest @ ..] => ("unverified", !record.verified, rest),
            ["answered", rest @ ..] => ("answered", record.answered_us.is_some(), rest),
            ["unanswered", rest @ ..] => ("unanswered", record.answered_us.is_none(), rest),
            ["outbound", rest @ ..] => ("outbound", record.direction == records::Direction::Outbound, rest),
            ["inbound", rest @ ..] => ("inbound", record.direction == records::Direction::Inbound, rest),
            ["trunk", name, rest @ ..] => (*name, record.trunk.as_deref() == Some(*name), rest),
            ["q850", cause, rest @ ..] => (*cause, record.q850 == number::<u8>(cause)?, rest),
            ["with-case", rest @ ..] => ("with-case", record.case.is_some(), rest),
            ["by", who, rest @ ..] => (*who, who_ended(record.hung_up) == *who, rest),
            ["status", status, rest @ ..] => (*status, record.sip_status == number::<u16>(status)?, rest),
            ["language", lang, rest @ ..] => (*lang, record.lang == *lang, rest),
            ["because", why, rest @ ..] => (*why, record.disposition.contains(why), rest),
            _ => return Err("a record: verified, unverified, answered, unanswered, with-case, by caller|flow|system, status N, language TAG, because \"TEXT\"".into()),
        };
        so(holds, || format!("'{fact}' does not hold"))?;
        facts = rest;
    }
}

fn who_ended(hung_up: HungUp) -> &'static str {
    match hung_up {
        HungUp::Caller => "caller",
        HungUp::Flow => "flow",
        HungUp::System => "system",
    }
}

pub(super) fn so(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}
