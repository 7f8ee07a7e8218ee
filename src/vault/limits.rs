//! Every limit of the vault: unit, reason, and what the other side is told.

use std::time::Duration;

/// Captures at once, and so sockets and secret slots; one more is refused with `Full`.
pub const CAPTURES_MAX: u16 = 64;
/// Bytes of one secret slot: a card and the request that carries it.
pub const SLOT_BYTES: usize = 4_096;
/// Digits of the longest card number (ISO/IEC 7812-1).
pub const NUMBER_DIGITS_MAX: usize = 19;
/// Digits of the longest security code.
pub const CODE_DIGITS_MAX: usize = 4;
/// Keys within one second that are still a person's; more are cut off and an alarm is raised.
pub const KEYS_PER_SECOND_MAX: u32 = 15;

/// To fetch the card; asked twice.
pub const GET_CARD: Duration = Duration::from_secs(60);
/// From the end of a prompt to the first key of a field.
pub const FIRST_KEY: Duration = Duration::from_secs(10);
/// From key to key; then the field is taken as it is.
pub const NEXT_KEY: Duration = Duration::from_secs(5);
/// From the first prompt to the end, the gateway's time not counted.
pub const CAPTURE: Duration = Duration::from_secs(180);
/// The same with a negotiator who guides the caller: they talk in between.
pub const GUIDED: Duration = Duration::from_secs(900);
/// Two stars within this leave the capture.
pub const DOUBLE_STAR: Duration = Duration::from_secs(2);
/// For the switch to write down what it was told; it has its own limit, this ends a forgotten capture.
pub const JOURNAL: Duration = Duration::from_secs(20);
/// For one request to the gateway, from the first packet to the last byte of the answer.
pub const GATEWAY: Duration = Duration::from_secs(30);
/// Between two questions to a gateway that took a card and does not know yet.
pub const ASK_AGAIN: Duration = Duration::from_secs(1);
/// A pass of a gateway is not used in its last minute: a step that began with it must end with it.
pub const TOKEN_MARGIN: Duration = Duration::from_secs(60);
/// Seconds after which PayU gives up an order that waits for the cardholder: nobody can go on with it.
pub const ORDER_SECONDS: &str = "300";
/// Between two sentences while the gateway works.
pub const PROCESSING_AGAIN: Duration = Duration::from_secs(8);
/// Tries of one field.
pub const TRIES_MAX: u8 = 3;

/// Bytes of a gateway's answer that are read; a longer one makes no sense.
pub const ANSWER_BYTES_MAX: usize = 65_536;
/// Bytes of the head of a request.
pub const HEAD_BYTES_MAX: usize = 1_024;
/// Bytes of a request without a card.
pub const PLAIN_REQUEST_BYTES: usize = 2_048;
/// Nested brackets of an answer; deeper ones make no sense.
pub const JSON_DEPTH_MAX: u32 = 16;
/// Questions about payments at once; one more waits for no one: it is answered with `NoAnswer`.
pub const QUESTIONS_MAX: usize = 16;

/// Bytes of one datagram from a caller; a longer one is cut, and then is no packet of ours.
pub const DATAGRAM_BYTES: usize = 1_500;
/// Datagrams read from one socket in one turn, so that one caller cannot starve the others.
pub const DATAGRAMS_PER_TURN: u32 = 32;
/// Samples of one packet that we send: 20 ms.
pub const FRAME_SAMPLES: usize = 160;
/// Between two of them (µs).
pub const FRAME_US: u64 = 20_000;
/// From an armed field or a key to the first sound of the caller that a negotiator hears again: what is still
/// on its way, or held a little longer, may be a key.
pub const UNMASK_AFTER: Duration = Duration::from_secs(1);
/// Samples that wait before sound between caller and negotiator flows: 40 ms of jitter pass unheard.
pub const VOICE_AHEAD: usize = 320;
/// Samples that may wait; of more, the oldest are dropped: 200 ms late is no conversation.
pub const VOICE_MAX: usize = 1_600;
/// Beeps that wait to be heard by the negotiator: the longest field. More are not heard.
pub const BEEPS_MAX: u8 = 19;
/// No packet from the caller for so long: the capture ends.
pub const NO_MEDIA: Duration = Duration::from_secs(30);
/// Bytes of one prompt file: a minute and a half of sound. A longer one is refused at the start.
pub const PROMPT_BYTES_MAX: u64 = 720_000;
/// Bytes of prompts that are in locked memory at once while they are read; then they may be paged out.
pub const PROMPT_CHUNK_BYTES: usize = 524_288;
/// Files of prompts: four languages, two laws, some hundred clips each.
pub const PROMPT_FILES_MAX: usize = 8_192;
/// Bytes that wait for the switch to read them; beyond this it is not reading and the vault ends.
pub const LINK_WAITING_BYTES_MAX: usize = 262_144;
