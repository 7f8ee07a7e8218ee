//! Cards in whole calls: phone, switch, vault and acquirer are processes of their own on real sockets.

use super::canary::{Canary, Card, PLANTED};
use super::hotline::{CASE, Hotline, run};
use super::payer::{Acquirer, Payer, random_card, till, vault_of};
use super::records::assert_last_call;
use acceptance::bare::clock::Deadline;

/// Said by a command of parley about this hotline, once it holds these words.
fn said(hotline: &Hotline, words: &[&str], wanted: &[&str]) -> String {
    let deadline = Deadline::within(super::payer::PATIENCE);
    loop {
        let text = run(words, &hotline.server.dir().join("parley.toml"));
        if wanted.iter().all(|word| text.contains(word)) {
            return text;
        }
        assert!(!deadline.passed(), "parley {words:?} never says {wanted:?}:\n{text}");
    }
}

fn last_four(card: &Card) -> &str {
    &card.number[12..]
}

#[test]
fn a_card_is_charged_once_and_the_case_owes_nothing_more() {
    let acquirer = Acquirer::start();
    let hotline = till(&acquirer, "");
    let card = random_card();
    let mut payer = Payer::at_the_vault(&hotline);
    payer.key_card(&card);
    payer.press("1");
    payer.until("the audio is moved back", |payer| payer.moves.len() == 2);
    payer.until("the hotline speaks", |payer| payer.spoken > 5);
    payer.leave();
    let ledger = acquirer.ledger();
    assert_eq!(ledger.len(), 1, "{ledger:?}");
    assert!(ledger[0].starts_with("charged "), "{ledger:?}");
    assert!(ledger[0].ends_with(&format!(" 123456 pln {}", last_four(&card))), "{ledger:?}");
    said(&hotline, &["cases", "show", CASE], &["0.00 PLN"]);
    said(&hotline, &["payments", "list"], &["posted"]);
    assert_last_call(&hotline, &["right party proved", last_four(&card)]);
}

#[test]
fn a_declined_card_makes_way_for_another_one() {
    let acquirer = Acquirer::start();
    let hotline = till(&acquirer, "");
    let empty = Card { number: "4000000000009995".to_owned(), ..random_card() };
    let card = random_card();
    let mut payer = Payer::at_the_vault(&hotline);
    payer.key_card(&empty);
    payer.press("1");
    // the vault has said that the bank did not take it, and asks for another number
    payer.say("");
    payer.key_card(&card);
    payer.press("1");
    payer.until("the audio is moved back", |payer| payer.moves.len() == 2);
    payer.leave();
    let ledger = acquirer.ledger();
    assert_eq!(ledger.len(), 1, "{ledger:?}");
    assert!(ledger[0].ends_with(last_four(&card)), "{ledger:?}");
    said(&hotline, &["payments", "list"], &["declined", "posted"]);
}

#[test]
fn a_vault_that_is_killed_takes_no_call_with_it_and_the_next_caller_pays() {
    let acquirer = Acquirer::start();
    let hotline = till(&acquirer, "");
    let mut payer = Payer::at_the_vault(&hotline);
    let first = vault_of(&hotline, None);
    payer.press("14242");
    let pid = rustix::process::Pid::from_raw(first.cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    payer.until("the audio is moved back", |payer| payer.moves.len() == 2);
    payer.until("the caller hears what happened", |payer| payer.spoken > 5);
    payer.leave();
    assert!(acquirer.ledger().is_empty());
    vault_of(&hotline, Some(first));
    let mut payer = Payer::at_the_vault(&hotline);
    payer.key_card(&random_card());
    payer.press("1");
    payer.until("the audio is moved back", |payer| payer.moves.len() == 2);
    payer.leave();
    assert_eq!(acquirer.ledger().len(), 1);
}

#[test]
fn no_digit_of_a_card_but_the_last_four_is_in_any_other_process_nor_in_any_file() {
    let acquirer = Acquirer::start();
    let hotline = till(&acquirer, &format!("[company]\nname = \"Firm {PLANTED}\"\n"));
    let (vault, card, mut canary) = (vault_of(&hotline, None), random_card(), Canary::default());
    let mut payer = Payer::at_the_vault(&hotline);
    payer.press(&format!("{}#", card.number));
    canary.look(&hotline, vault, "after the number");
    payer.press(&card.expiry);
    payer.press(&card.code);
    canary.look(&hotline, vault, "after the code");
    payer.press("1");
    canary.look(&hotline, vault, "after consent");
    payer.until("the audio is moved back", |payer| payer.moves.len() == 2);
    canary.look(&hotline, vault, "after the charge");
    payer.leave();
    said(&hotline, &["payments", "list"], &["posted"]);
    canary.look(&hotline, vault, "after the call");
    assert_eq!(acquirer.ledger().len(), 1);
    canary.assert_nowhere(&card);
}

#[test]
fn a_caller_who_hangs_up_and_a_vault_that_is_killed_leave_no_digit_behind() {
    let acquirer = Acquirer::start();
    let hotline = till(&acquirer, &format!("[company]\nname = \"Firm {PLANTED}\"\n"));
    let (vault, card, mut canary) = (vault_of(&hotline, None), random_card(), Canary::default());
    let mut payer = Payer::at_the_vault(&hotline);
    payer.key_card(&card);
    payer.call.hang_up().unwrap();
    said(&hotline, &["calls", "list"], &["caller, "]);
    canary.look(&hotline, vault, "after hanging up");
    let mut payer = Payer::at_the_vault(&hotline);
    payer.key_card(&card);
    let pid = rustix::process::Pid::from_raw(vault.cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    payer.until("the audio is moved back", |payer| payer.moves.len() == 2);
    canary.look(&hotline, vault, "after the vault's death");
    payer.leave();
    assert!(acquirer.ledger().is_empty(), "nobody has consented");
    canary.assert_nowhere(&card);
}

#[test]
fn a_server_that_is_killed_takes_its_vault_with_it() {
    let acquirer = Acquirer::start();
    let hotline = till(&acquirer, "");
    let vault = vault_of(&hotline, None);
    let pid = rustix::process::Pid::from_raw(hotline.server.pid().cast_signed()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    let gone = Deadline::within(super::payer::PATIENCE);
    // whoever inherits it may leave a name without a process behind
    let lives = || {
        let status = std::fs::read_to_string(format!("/proc/{vault}/status")).unwrap_or_default();
        status.contains("Name:\tvault") && !status.contains("State:\tZ")
    };
    while lives() {
        assert!(!gone.passed(), "the vault outlives its server");
    }
}
