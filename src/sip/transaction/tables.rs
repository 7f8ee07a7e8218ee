//! Every state and every input of the four transactions, as tables that are compared.
//!
//! Each cell starts in the state's row at 0 s with default timers; times are seconds.

use super::{Act, Class, Timers, client, invite_client, invite_server, server};
use expect_test::{ExpectFile, expect_file};
use ids::Moment;
use std::fmt::Debug;
use std::time::Duration;

const S: Duration = Duration::from_secs(1);

fn at(seconds: u64) -> Moment {
    Moment::from_millis(seconds * 1_000)
}

fn table<S: Debug, I: Debug + Copy>(
    states: impl IntoIterator<Item = S>,
    inputs: &[I],
    mut step: impl FnMut(&S, I) -> (S, Act),
) -> String {
    let mut out = String::new();
    for state in states {
        out += &format!("{state:?}\n");
        for &input in inputs {
            let (next, act) = step(&state, input);
            let same = format!("{next:?}") == format!("{state:?}");
            let next = if same { "same".to_owned() } else { format!("{next:?}") };
            let input = format!("{input:?}");
            let act = format!("send {:?}, tell {:?}", act.send, act.tell);
            out += &format!("  {input:22} {act:32} {next}\n");
        }
    }
    out
}

fn check(table: String, expected: ExpectFile) {
    expected.assert_eq(&table);
}

#[test]
fn invite_server_by_state_and_input() {
    use invite_server::{Input, InviteServer, State};
    let states = [
        State::Proceeding { trying_at: Some(at(1)) },
        State::Completed { resend: Some((at(1), S)), give_up: at(32) },
        State::Completed { resend: Some((at(1), S)), give_up: at(1) },
        State::Confirmed { over: at(1) },
        State::Accepted { over: at(1) },
        State::Terminated,
    ];
    let inputs = [
        Input::Invite,
        Input::Ack,
        Input::Respond(Class::Provisional),
        Input::Respond(Class::Success),
        Input::Respond(Class::Failure),
        Input::Unreachable,
        Input::Timer,
    ];
    let step = |&state: &State, input| {
        let mut m = InviteServer { state, reliable: false };
        let act = m.handle(at(1), &Timers::default(), input);
        (m.state, act)
    };
    check(table(states, &inputs, step), expect_file!["tables/invite_server.txt"]);
}

#[test]
fn server_by_state_and_input() {
    use server::{Input, Server, State};
    let states =
        [State::Trying, State::Proceeding, State::Completed { over: at(1) }, State::Terminated];
    let inputs = [
        Input::Request,
        Input::Respond(Class::Provisional),
        Input::Respond(Class::Success),
        Input::Respond(Class::Failure),
        Input::Unreachable,
        Input::Timer,
    ];
    let step = |&state: &State, input| {
        let mut m = Server { state, reliable: false };
        let act = m.handle(at(1), &Timers::default(), input);
        (m.state, act)
    };
    check(table(states, &inputs, step), expect_file!["tables/server.txt"]);
}

#[test]
fn invite_client_by_state_and_input() {
    use invite_client::{Input, InviteClient, State};
    let states = [
        State::Calling { resend: Some((at(1), S)), give_up: at(32) },
        State::Calling { resend: Some((at(1), S)), give_up: at(1) },
        State::Proceeding,
        State::Completed { over: at(1) },
        State::Accepted { over: at(1) },
        State::Terminated,
    ];
    let inputs = [
        Input::Response(Class::Provisional),
        Input::Response(Class::Success),
        Input::Response(Class::Failure),
        Input::Unreachable,
        Input::Timer,
    ];
    let step = |&state: &State, input| {
        let mut m = InviteClient { state, reliable: false, abandoned: None };
        let act = m.handle(at(1), &Timers::default(), input);
        (m.state, act)
    };
    check(table(states, &inputs, step), expect_file!["tables/invite_client.txt"]);
}

#[test]
fn client_by_state_and_input() {
    use client::{Client, Input, State};
    let states = [
        State::Trying { resend: Some((at(1), S)), give_up: at(32) },
        State::Trying { resend: Some((at(1), S)), give_up: at(1) },
        State::Proceeding { resend: Some((at(1), 4 * S)), give_up: at(32) },
        State::Completed { over: at(1) },
        State::Terminated,
    ];
    let inputs = [
        Input::Response(Class::Provisional),
        Input::Response(Class::Success),
        Input::Response(Class::Failure),
        Input::Unreachable,
        Input::Timer,
    ];
    let step = |&state: &State, input| {
        let mut m = Client { state, reliable: false };
        let act = m.handle(at(1), &Timers::default(), input);
        (m.state, act)
    };
    check(table(states, &inputs, step), expect_file!["tables/client.txt"]);
}

#[test]
fn over_a_reliable_transport_nothing_is_repeated_or_waited_for() {
    let timers = Timers::default();
    let mut m = invite_server::InviteServer::new(at(0), true);
    m.handle(at(0), &timers, invite_server::Input::Respond(Class::Failure));
    assert_eq!(m.deadline(), at(32));
    m.handle(at(0), &timers, invite_server::Input::Ack);
    assert_eq!(m.state, invite_server::State::Terminated);
    let mut m = client::Client::new(at(0), &timers, true);
    assert_eq!(m.deadline(), at(32));
    m.handle(at(0), &timers, client::Input::Response(Class::Success));
    assert_eq!(m.state, client::State::Terminated);
}

#[test]
fn an_abandoned_invite_is_over_after_64_t1_even_when_it_rings() {
    let timers = Timers::default();
    let mut m = invite_client::InviteClient::new(at(0), &timers, false);
    m.handle(at(1), &timers, invite_client::Input::Response(Class::Provisional));
    assert_eq!(m.deadline(), Moment::NEVER);
    m.abandon(at(2), &timers);
    assert_eq!(m.deadline(), at(34));
    assert_eq!(m.handle(at(34), &timers, invite_client::Input::Timer), Act::TIMED_OUT);
    assert_eq!(m.state, invite_client::State::Terminated);
}
