//! The lines that the test phone prints: when, and what, in the words of its user.

use super::talk::{Figures, Note};
use ids::Moment;
use sip::{Cause, CauseProtocol, EndedBy};
use std::time::Duration;

/// One line: seconds since the INVITE, and what happened.
pub fn line(began: Moment, now: Moment, text: &str) -> String {
    format!("{:8.3} s  {}\n", (now - began).as_secs_f64(), crate::commands::table::printable(text))
}

/// A provisional status with its customary phrase (RFC 3261 section 21.1).
pub fn progress(status: u16) -> String {
    let phrase = match status {
        180 => " Ringing",
        181 => " Call Is Being Forwarded",
        182 => " Queued",
        183 => " Session Progress",
        _ => "",
    };
    format!("{status}{phrase}")
}

/// What the answer agreed.
pub fn answered(negotiated: &sdp::Negotiated) -> String {
    let codec = &negotiated.codec.name;
    match negotiated.telephone_event {
        Some((payload_type, _)) => format!("answered ({codec}, telephone-event {payload_type})"),
        None => format!("answered ({codec}, no telephone-event)"),
    }
}

/// What the talk noticed or did. A key is a dot: its user knows it, who reads the log need not.
pub fn note(note: &Note) -> String {
    match note {
        Note::FirstAudio => "first audio".to_owned(),
        Note::PromptOver { speech, dbfs } => {
            format!(
                "prompt ended (heard {:.1} s of speech, {} dBFS)",
                speech.as_secs_f64(),
                signed(*dbfs)
            )
        }
        Note::Pressed => "pressed •".to_owned(),
        Note::Inform(_) => "pressed • (INFO)".to_owned(),
        Note::NotPressed => {
            "not pressed: the other side takes no telephone-events; try --keys-by inband".to_owned()
        }
        Note::NoPrompt => "no prompt for 10 s: going on".to_owned(),
    }
}

/// Who ended the call.
pub fn ended(by: EndedBy, cause: Option<&Cause>) -> String {
    match (by, cause) {
        (EndedBy::Peer, None) => "they hung up (BYE)".to_owned(),
        (EndedBy::Peer, Some(cause)) => format!("they hung up (BYE, {})", named(cause)),
        (EndedBy::Local, _) => "we hung up".to_owned(),
        (EndedBy::TimedOut, _) => "they do not respond any more".to_owned(),
        (EndedBy::TransportError, _) => "the connection is lost".to_owned(),
    }
}

/// Why an end is no normal one; `None` when it is.
pub fn fault(by: EndedBy, cause: Option<&Cause>) -> Option<String> {
    match (by, cause) {
        (EndedBy::Local, _) | (EndedBy::Peer, None) => None,
        (EndedBy::Peer, Some(Cause { protocol: CauseProtocol::Q850, code: 16, .. })) => None,
        (EndedBy::Peer, Some(Cause { protocol: CauseProtocol::Sip, code: 200, .. })) => None,
        (EndedBy::Peer, Some(cause)) => {
            Some(format!("the other side ended the call with {}; look at its log", named(cause)))
        }
        (EndedBy::TimedOut, _) => {
            Some("the other side stopped responding during the call; look at its log".to_owned())
        }
        (EndedBy::TransportError, _) => {
            Some("the connection was lost during the call; does the server still run?".to_owned())
        }
    }
}

/// The last line.
pub fn summary(lasted: Duration, figures: Figures) -> String {
    let Figures { received, lost } = figures;
    let lasted = lasted.as_secs_f64();
    match received {
        0 => format!("call over: {lasted:.1} s, no audio came; is RTP blocked on the way?"),
        _ => format!("call over: {lasted:.1} s, {received} packets heard, {lost} lost"),
    }
}

/// `Q.850 16` or `SIP 503 Service Unavailable`.
fn named(cause: &Cause) -> String {
    let text = cause.text.as_deref().filter(|t| !t.is_empty());
    let text = text.map(|t| format!(" {t}")).unwrap_or_default();
    match cause.protocol {
        CauseProtocol::Q850 => format!("Q.850 {}{text}", cause.code),
        CauseProtocol::Sip => format!("SIP {}{text}", cause.code),
    }
}

fn signed(dbfs: f32) -> String {
    let figure = format!("{:.1}", dbfs.abs());
    if dbfs < 0.0 { format!("−{figure}") } else { figure }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_the_seconds_since_the_invite_and_what_happened() {
        let at = |ms: u64| line(Moment::from_millis(5), Moment::from_millis(5 + ms), "180 Ringing");
        assert_eq!(at(12), "   0.012 s  180 Ringing\n");
        assert_eq!(at(123_456), " 123.456 s  180 Ringing\n");
    }

    #[test]
    fn a_prompt_is_told_by_its_length_and_level_and_a_key_by_a_dot() {
        let over = Note::PromptOver { speech: Duration::from_millis(3_210), dbfs: -18.34 };
        assert_eq!(note(&over), "prompt ended (heard 3.2 s of speech, −18.3 dBFS)");
        assert_eq!(note(&Note::Pressed), "pressed •");
        let key = keypad::Key::from_char('7').unwrap();
        assert!(!note(&Note::Inform(key)).contains('7'));
    }

    #[test]
    fn only_a_normal_end_is_no_fault() {
        let normal = Cause::q850(16, "Normal call clearing");
        let failure = Cause::q850(41, "Temporary failure");
        assert_eq!(
            ended(EndedBy::Peer, Some(&normal)),
            "they hung up (BYE, Q.850 16 Normal call clearing)"
        );
        assert_eq!(fault(EndedBy::Peer, Some(&normal)), None);
        assert_eq!(fault(EndedBy::Peer, None), None);
        assert_eq!(fault(EndedBy::Local, None), None);
        assert!(fault(EndedBy::Peer, Some(&failure)).unwrap().contains("Q.850 41"));
        assert!(fault(EndedBy::TimedOut, None).is_some());
        assert!(fault(EndedBy::TransportError, None).is_some());
    }

    #[test]
    fn a_call_without_audio_says_so() {
        let second = Duration::from_secs(1);
        assert!(summary(second, Figures::default()).contains("no audio came"));
        let some = Figures { received: 50, lost: 1 };
        assert_eq!(summary(second, some), "call over: 1.0 s, 50 packets heard, 1 lost");
    }
}
