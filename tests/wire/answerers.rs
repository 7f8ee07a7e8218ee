//! The server calls out over a trunk; a bare phone answers and plays a person or an answering machine.

use super::hotline::config;
use super::records::assert_last_call_of;
use acceptance::answering::{Answer, Truth, one};
use acceptance::bare::clock::{Deadline, now};
use acceptance::bare::rtp::{FRAME, Sender};
use acceptance::bare::sip::{Response, offer};
use acceptance::house;
use acceptance::program::{Server, parley};
use audio::g711::alaw_encode;
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

/// A phone behind a carrier, for one call.
struct Answerer {
    signalling: UdpSocket,
    audio: UdpSocket,
}

impl Answerer {
    fn new() -> Self {
        let bind = || UdpSocket::bind("127.0.0.1:0").unwrap();
        Self { signalling: bind(), audio: bind() }
    }

    /// Answers, plays, hears until the server hangs up; how many packets the server sent.
    fn play(&self, call: &Answer) -> usize {
        let deadline = Deadline::within(Duration::from_secs(90));
        let (server, audio_to) = self.answer(deadline);
        self.signalling.set_nonblocking(true).unwrap();
        self.audio.set_nonblocking(true).unwrap();
        let mut sender = Sender::new(77);
        let mut frames = call.samples.chunks_exact(FRAME);
        let (mut due, mut heard, mut buffer) = (now(), 0, [0; 4_000]);
        while !deadline.passed() {
            let frame: [u8; FRAME] = frames
                .next()
                .map_or([0xD5; FRAME], |frame| std::array::from_fn(|n| alaw_encode(frame[n])));
            self.audio.send_to(&sender.sound(&frame), audio_to).unwrap();
            due += Duration::from_millis(20);
            while self.audio.recv(&mut buffer).is_ok() {
                heard += 1;
            }
            if self.is_hung_up(server, &mut buffer) {
                return heard;
            }
            std::thread::park_timeout(due.saturating_duration_since(now()));
        }
        panic!("the server did not hang up");
    }

    /// Waits for the call and takes it.
    fn answer(&self, deadline: Deadline) -> (SocketAddr, SocketAddr) {
        let mut buffer = [0; 4_000];
        self.signalling.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        while !deadline.passed() {
            let (length, server) = self.signalling.recv_from(&mut buffer).expect("a call comes");
            let request = Response::new(&buffer[..length]);
            if request.method() == "INVITE" && request.status() == 0 {
                let rtp = self.audio.local_addr().unwrap();
                let answer = offer(rtp, rtp.port());
                let accept = request.accept(self.signalling.local_addr().unwrap(), &answer);
                self.signalling.send_to(accept.as_bytes(), server).unwrap();
                return (server, request.media().expect("the server offers audio"));
            }
        }
        panic!("the server did not call");
    }

    fn is_hung_up(&self, server: SocketAddr, buffer: &mut [u8]) -> bool {
        let Ok(length) = self.signalling.recv(buffer) else { return false };
        let request = Response::new(&buffer[..length]);
        let over = request.status() == 0 && request.method() == "BYE";
        if over {
            self.signalling.send_to(request.ok().as_bytes(), server).unwrap();
        }
        over
    }
}

/// A server with the flow of the call scripts, whose only carrier is this phone.
fn server(carrier: SocketAddr) -> Server {
    let trunk =
        format!("[[trunks]]\nname = \"carrier\"\ntargets = [\"sip:{carrier}\"]\noptions = false\n");
    let config = config("127.0.0.1:0").replace("{top}/dialplans", "{dir}/flows");
    Server::serve_with(&format!("{config}\n{trunk}"), |config| {
        let flows = config.with_file_name("flows");
        std::fs::create_dir_all(&flows)?;
        for file in ["dialplans/hotline.kdl", "tests/calls/who-answers.kdl"] {
            let from = house::top().join(file);
            std::fs::copy(&from, flows.join(from.file_name().unwrap_or_default()))?;
        }
        Ok(())
    })
    .unwrap()
}

/// Has the server call whoever plays this; what the record then says.
fn called(call: &Answer, words: &[&str]) -> (String, usize) {
    let phone = Answerer::new();
    let server = server(phone.signalling.local_addr().unwrap());
    let mut dialling = Command::new(parley())
        .args(["trunks", "call", "carrier", "+48600100200", "--flow", "who-answers", "--config"])
        .arg(server.dir().join("parley.toml"))
        .spawn()
        .unwrap();
    let heard = phone.play(call);
    assert!(dialling.wait().unwrap().success());
    (assert_last_call_of(&server, words), heard)
}

#[test]
fn a_person_who_answers_is_told_who_calls() {
    let call = one(Truth::Person).unwrap();
    let (record, heard) = called(&call, &["answered by human", "said in_greeting", "said goodbye"]);
    assert!(!record.contains("voicemail") && !record.contains("answered by machine"), "{record}");
    assert!(heard > 100, "{heard} packets of speech");
}

#[test]
fn an_answering_machine_hears_a_name_and_a_number_after_its_beep() {
    let call = one(Truth::Machine).unwrap();
    let words = ["answered by machine", "a beep was heard", "said voicemail_limited", "machine"];
    let (record, heard) = called(&call, &words);
    let (before, _) = record.split_once("said voicemail_limited").unwrap_or_default();
    assert!(before.contains("a beep was heard") && !before.contains("said "), "{record}");
    assert!(heard > 100, "{heard} packets of speech");
}
