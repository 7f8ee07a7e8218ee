//! A recorded call on real sockets, and the file of it measured: who is on which side, what is silent, what adds up.

use super::ears::{seconds, seconds_of_tone, speech_dbfs};
use super::hotline::{BIRTH, CASE, Hotline, KeysBy, PIN, hear_out, press, recorded};
use super::records::assert_last_call;
use acceptance::bare::clock::{Deadline, now};
use acceptance::bare::phone::Call;
use acceptance::bare::rtp;
use audio::tone::{Sine, tone};
use std::path::PathBuf;
use std::time::Duration;

const FLOW: &str = r##"
flow hotline {
    languages en
    entry notice
    on hangup=end error=bye
    record notice { what call; done ask-case; declined ask-case; full ask-case; error ask-case }
    ask ask-case {
        prompt verify_case_id
        digits min=6 max=10 first="10s" inter="3s" end="#"
        into case
        tries 3
        found verify; none person; empty person; no-input person; no-match person
    }
    verify verify {
        ask pin birth-date need=2
        ok main; failed person; locked person; empty person; no-input person; no-match person; back ask-case
    }
    menu main { prompt hotline_menu; key 9 main; key 7 main; key "#" bye; key 3 person; key 0 person; no-input bye; no-match bye; tries 3 }
    say person { prompt person_later; then end }
    say bye { prompt goodbye; then end }
}
"##;

/// A second of a tone, spoken by the caller.
fn speak(call: &mut Call, hz: f64) {
    for frame in tone(&[Sine { hz, dbfs: -12.0 }], 1_000).chunks_exact(rtp::FRAME) {
        let mut packet = call.sender.audio(rtp::SILENCE);
        let encoded = frame.iter().map(|s| audio::g711::alaw_encode(*s));
        packet[rtp::HEADER..].iter_mut().zip(encoded).for_each(|(byte, sample)| *byte = sample);
        call.send_audio(&packet).unwrap();
        call.listen(Duration::from_millis(20), false).unwrap();
    }
}

/// A call through the flow; how long it was up.
fn whole_call(hotline: &Hotline) -> Duration {
    let mut call = hotline.call();
    let up = now();
    hear_notice(hotline, &mut call);
    hear_out(&mut call);
    speak(&mut call, 440.0);
    press(&mut call, &format!("{CASE}#"), KeysBy::Rtp);
    hear_out(&mut call);
    speak(&mut call, 440.0);
    press(&mut call, &format!("{PIN}#"), KeysBy::Rtp);
    hear_out(&mut call);
    press(&mut call, BIRTH, KeysBy::Rtp);
    hear_out(&mut call);
    speak(&mut call, 600.0);
    press(&mut call, "#", KeysBy::Rtp);
    assert!(call.wait_request("BYE", Duration::from_secs(30)).unwrap().is_some());
    up.elapsed()
}

fn id_of(text: &str) -> String {
    text.split_whitespace().find(|word| word.starts_with("call-")).unwrap().to_owned()
}

/// The one file on the shelf.
fn file(hotline: &Hotline) -> Option<PathBuf> {
    let day = std::fs::read_dir(hotline.server.dir().join("recordings")).ok()?.next()?.ok()?;
    Some(std::fs::read_dir(day.path()).ok()?.next()?.ok()?.path())
}

/// Listens until the notice is over and nothing was declined: then there is a file.
fn hear_notice(hotline: &Hotline, call: &mut Call) {
    let deadline = Deadline::within(Duration::from_secs(60));
    while file(hotline).is_none() {
        assert!(!deadline.passed(), "nothing is recorded");
        call.listen(Duration::from_millis(100), true).unwrap();
    }
}

#[test]
fn a_recorded_call_has_the_caller_left_us_right_and_silence_where_secrets_were() {
    let hotline = recorded(FLOW);
    let lasted = whole_call(&hotline);
    let shown = assert_last_call(&hotline, &["recording kept", "whole"]);
    let id = id_of(&shown);
    assert!(hotline.parley(&["recordings", "list"]).contains("whole"));

    let wav = hotline.server.dir().join("heard.wav");
    let to = wav.to_string_lossy();
    let words = ["recordings", "export", &id, "--to", &to, "--why", "a test listens"];
    hotline.parley(&words);
    let sound = audio::wav::read(&wav).unwrap();
    let [caller, us] = &sound.channels[..] else { panic!("two channels") };
    assert!((seconds(caller) - lasted.as_secs_f64()).abs() < 1.5, "{lasted:?}");
    assert!((0.9..1.1).contains(&seconds_of_tone(caller, 440.0)), "the second one was masked");
    assert!((0.9..1.1).contains(&seconds_of_tone(caller, 600.0)));
    assert!(seconds_of_tone(us, 440.0) + seconds_of_tone(us, 600.0) < 0.05);
    let level = speech_dbfs(us);
    assert!((-22.0..=-14.0).contains(&level), "our speech at {level} dBFS");

    let text = std::fs::read_to_string(wav.with_extension("json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
    let spans = manifest["spans"].as_array().unwrap();
    let told: Vec<_> = spans.iter().map(|s| (s["reason"].as_str(), s["step"].as_str())).collect();
    let want = [("before-notice", "notice"), ("verification", "verify")];
    assert_eq!(told, want.map(|(reason, step)| (Some(reason), Some(step))));
    let mut masked = 0;
    for span in spans {
        let (from, frames) = (span["from"].as_u64().unwrap(), span["frames"].as_u64().unwrap());
        let span = from as usize..(from + frames) as usize;
        assert!(caller[span.clone()].iter().chain(&us[span]).all(|sample| *sample == 0));
        masked += frames;
    }
    assert_eq!(masked + manifest["sound_frames"].as_u64().unwrap(), caller.len() as u64);
    assert_eq!(manifest["frames"].as_u64().unwrap(), caller.len() as u64);

    assert_last_call(&hotline, &["recording: export by user", "a test listens"]);
    hotline.parley(&["recordings", "wipe", &id, "--why", "asked for it", "--by", "the clerk"]);
    assert_last_call(&hotline, &["recording removed by the clerk, because: asked for it"]);
    assert!(hotline.parley(&["recordings", "list"]).contains("no recordings yet"));
}

#[test]
fn a_changed_recording_is_noticed_and_who_declines_has_none() {
    let hotline = recorded(FLOW);
    let mut call = hotline.call();
    hear_notice(&hotline, &mut call);
    hear_out(&mut call);
    call.hang_up().unwrap();
    assert_last_call(&hotline, &["recording kept", "caller hung up"]);
    let path = file(&hotline).unwrap();
    let mut bytes = std::fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&path, bytes).unwrap();
    assert!(hotline.parley(&["recordings", "list"]).contains("not what was written"));

    let mut call = hotline.call();
    call.listen(Duration::from_secs(1), true).unwrap();
    press(&mut call, "2", KeysBy::Rtp);
    hear_out(&mut call);
    call.hang_up().unwrap();
    assert_last_call(&hotline, &["declined by the caller", "caller hung up"]);
    assert_eq!(hotline.parley(&["recordings", "list"]).matches("call-").count(), 1);
}

#[test]
fn a_shelf_that_cannot_be_written_to_is_an_alarm_and_the_call_goes_on() {
    let hotline = recorded(FLOW);
    // a file stands where the shelf should be: nobody can make a folder there, not even root
    let shelf = hotline.server.dir().join("recordings");
    let _ = std::fs::remove_dir_all(&shelf);
    std::fs::write(&shelf, "").unwrap();
    let mut call = hotline.call();
    let deadline = Deadline::within(Duration::from_secs(60));
    while !hotline.server.log().contains("its recording has a fault") {
        assert!(!deadline.passed(), "no alarm");
        call.listen(Duration::from_millis(100), true).unwrap();
    }
    let asked = hear_out(&mut call);
    assert!(seconds(&super::ears::samples(&asked)) > 1.0, "the next step speaks");
    call.hang_up().unwrap();
    assert_last_call(&hotline, &["there was no room", "caller hung up"]);
}
