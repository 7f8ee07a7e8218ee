//! The words of scripts about payments: what callers' cards are worth, what breaks, what must be written.

use super::script::{number, so};
use super::vault::{Card, VAULT};
use super::{SERVER, World};
use records::PaymentState;
use std::time::Duration;

/// `card WORTH`, `vault dies`, `journal refuses STATE`, `journal writes`
pub(super) fn deed(world: &mut World, who: &str, what: &[&str]) -> Result<(), String> {
    match (who, what) {
        ("card", ["is", worth @ ..]) => world.vault.card = card(worth)?,
        ("card", ["takes", seconds]) => {
            world.vault.keying = Duration::from_secs(number(seconds)?);
        }
        ("vault", ["dies"]) => world.kill_vault(),
        ("vault", ["freezes"]) => world.vault.frozen = true,
        ("ports", ["are", "gone"]) => world.no_port_again = true,
        ("ports", ["are", "back"]) => world.no_port_again = false,
        ("journal", ["refuses", state]) => world.journal.refuses = Some(named(state)?),
        ("journal", ["writes"]) => world.journal.refuses = None,
        _ => return Err("card is …, card takes SECONDS, vault dies|freezes, ports are gone|back, journal refuses STATE, journal writes".into()),
    }
    Ok(())
}

fn card(worth: &[&str]) -> Result<Card, String> {
    Ok(match worth {
        ["good"] => Card::Good,
        ["bad"] => Card::Bad,
        ["bad", "then", "good"] => Card::SecondGood,
        ["to", "be", "proved"] => Card::Proof,
        ["left"] => Card::Leaves,
        ["unanswered"] => Card::LostAnswer,
        ["unreachable"] => Card::GatewayDown,
        _ => {
            return Err(
                "a card is good, bad, bad then good, to be proved, left, unanswered, unreachable"
                    .into(),
            );
        }
    })
}

fn named(state: &str) -> Result<PaymentState, String> {
    PaymentState::named(state).ok_or_else(|| format!("'{state}' is no state of a payment"))
}

/// The states of the journal's steps, in order, and no other.
pub(super) fn journal(world: &mut World, states: &[&str], within: Duration) -> Result<(), String> {
    let wanted: Vec<PaymentState> =
        states.iter().filter(|s| **s != "nothing").map(|s| named(s)).collect::<Result<_, _>>()?;
    let written = |w: &World| w.journal.steps.iter().map(|s| s.state).collect::<Vec<_>>();
    let met = world.run_until(within, |w| written(w) == wanted);
    so(met, || format!("it has {:?}", written(world)))
}

/// Whatever happened, gateway and ledger agree in the end.
pub(super) fn books(world: &mut World, within: Duration) -> Result<(), String> {
    world.pass(within);
    world.assert_books_balance();
    Ok(())
}

/// An event of the last call says so.
pub(super) fn history(world: &mut World, text: &str, within: Duration) -> Result<(), String> {
    let says = |w: &World| {
        let last = w.ledger.events.values().next_back();
        last.is_some_and(|events| events.iter().any(|event| event.body().contains(text)))
    };
    let met = world.run_until(within, says);
    so(met, || {
        let last = world.ledger.events.values().next_back();
        let bodies: Vec<_> = last.into_iter().flatten().map(records::Event::body).collect();
        format!("it has no '{text}':\n    {}", bodies.join("\n    "))
    })
}

/// `vault` or `server`: where a phone's sound and keys go.
pub(super) fn sends_to(
    world: &mut World,
    phone: usize,
    where_to: &str,
    within: Duration,
) -> Result<(), String> {
    let there = |w: &World| {
        let Some(to) = w.phones[phone].sends_to else { return false };
        let away = w.legs.is_away(phone);
        match where_to {
            "vault" => to.ip() == VAULT && away,
            _ => to.ip() == SERVER.ip() && Some(to.port()) == w.legs.port_of(phone) && !away,
        }
    };
    let met = world.run_until(within, there);
    so(met, || format!("it sends to {:?}", world.phones[phone].sends_to))
}
