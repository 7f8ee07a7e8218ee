//! RTCP compound packets (RFC 3550 section 6): written into a buffer, read without allocation.
//!
//! ```text
//!  | SR (we sent) or RR | 0–1 report block | SDES CNAME | BYE when we leave |
//! ```
//! Written by hand because a report must not allocate; a second reader checks it in tests.

use crate::limits::{CNAME_BYTES_MAX, RTCP_PACKETS_MAX};

const SENDER_REPORT: u8 = 200;
const RECEIVER_REPORT: u8 = 201;
const SOURCE_DESCRIPTION: u8 = 202;
const GOODBYE: u8 = 203;

/// What a sender tells about its own stream (section 6.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct SenderInfo {
    /// 32.32 fixed-point seconds. Without a calendar clock: time since we joined (section 6.4.1).
    pub ntp: u64,
    /// The same instant on the RTP clock.
    pub rtp_timestamp: u32,
    /// RTP packets sent so far.
    pub packets: u32,
    /// Payload bytes sent so far.
    pub octets: u32,
}

/// What a receiver tells about one stream (section 6.4.1).
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct ReportBlock {
    /// Whose stream.
    pub ssrc: u32,
    /// Lost since the last report, in 1/256.
    pub fraction_lost: u8,
    /// Lost so far, 24 bits signed.
    pub cumulative_lost: i32,
    /// Highest sequence number with wraps.
    pub extended_highest: u32,
    /// In ticks.
    pub jitter: u32,
    /// Middle 32 bits of the last sender report's NTP time; 0 if none came.
    pub last_sr: u32,
    /// Since that report, in 1/65,536 s.
    pub delay_since_last_sr: u32,
}

/// What we send.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Report<'a> {
    /// Ours.
    pub ssrc: u32,
    /// Present when we sent RTP since the report before the last (section 6.4): makes it an SR.
    pub sender: Option<SenderInfo>,
    /// Present when we received something.
    pub block: Option<ReportBlock>,
    /// Our canonical name (section 6.5.1, RFC 7022).
    pub cname: &'a str,
    /// We leave.
    pub bye: bool,
}

/// What a received compound packet tells us.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct RtcpSummary {
    /// SSRC of the first report.
    pub ssrc: u32,
    /// The sender's account of its stream, if it sends.
    pub sender: Option<SenderInfo>,
    /// Its account of our stream.
    pub about_us: Option<ReportBlock>,
    /// It says goodbye.
    pub bye: bool,
}

/// Why a datagram is no compound RTCP packet (appendix A.2).
#[derive(Clone, Copy, PartialEq, Eq, Debug, thiserror::Error)]
#[error("not a valid RTCP compound packet: drop it and count it")]
pub struct BadRtcp;

/// Writes a compound packet; returns its length, 0 if `out` is shorter than
/// [`crate::limits::RTCP_BYTES_MAX`] asks for.
pub fn write_rtcp(report: &Report<'_>, out: &mut [u8]) -> usize {
    let mut pen = Pen { out, at: 0 };
    write_report(report, &mut pen)
        .and_then(|()| write_cname(report, &mut pen))
        .and_then(|()| if report.bye { write_bye(report.ssrc, &mut pen) } else { Some(()) })
        .map_or(0, |()| pen.at)
}

struct Pen<'a> {
    out: &'a mut [u8],
    at: usize,
}

impl Pen<'_> {
    fn put(&mut self, bytes: &[u8]) -> Option<()> {
        self.out.get_mut(self.at..self.at + bytes.len())?.copy_from_slice(bytes);
        self.at += bytes.len();
        Some(())
    }

    fn words(&mut self, words: &[u32]) -> Option<()> {
        words.iter().try_for_each(|word| self.put(&word.to_be_bytes()))
    }

    /// `length` in 32-bit words, the header's own not counted.
    fn head(&mut self, count: u8, kind: u8, length: usize) -> Option<()> {
        let [high, low] = (length as u16).to_be_bytes();
        self.put(&[0x80 | count, kind, high, low])
    }
}

fn write_report(report: &Report<'_>, pen: &mut Pen<'_>) -> Option<()> {
    let blocks = u8::from(report.block.is_some());
    let block_words = usize::from(blocks) * 6;
    match report.sender {
        Some(SenderInfo { ntp, rtp_timestamp, packets, octets }) => {
            pen.head(blocks, SENDER_REPORT, 6 + block_words)?;
            let (seconds, fraction) = ((ntp >> 32) as u32, ntp as u32);
            pen.words(&[report.ssrc, seconds, fraction, rtp_timestamp, packets, octets])?;
        }
        None => {
            pen.head(blocks, RECEIVER_REPORT, 1 + block_words)?;
            pen.words(&[report.ssrc])?;
        }
    }
    match report.block {
        Some(block) => write_block(&block, pen),
        None => Some(()),
    }
}

fn write_block(block: &ReportBlock, pen: &mut Pen<'_>) -> Option<()> {
    let loss = u32::from(block.fraction_lost) << 24 | block.cumulative_lost as u32 & 0xFF_FFFF;
    pen.words(&[
        block.ssrc,
        loss,
        block.extended_highest,
        block.jitter,
        block.last_sr,
        block.delay_since_last_sr,
    ])
}

fn write_cname(report: &Report<'_>, pen: &mut Pen<'_>) -> Option<()> {
    let cname = &report.cname.as_bytes()[..report.cname.len().min(CNAME_BYTES_MAX)];
    // SSRC, type, length, text, then one to four zero bytes up to a 32-bit boundary (section 6.5)
    let padding = 4 - (2 + cname.len()) % 4;
    pen.head(1, SOURCE_DESCRIPTION, 1 + (2 + cname.len() + padding) / 4)?;
    pen.words(&[report.ssrc])?;
    pen.put(&[1, cname.len() as u8])?;
    pen.put(cname)?;
    pen.put(&[0; 4][..padding])
}

fn write_bye(ssrc: u32, pen: &mut Pen<'_>) -> Option<()> {
    pen.head(1, GOODBYE, 1)?;
    pen.words(&[ssrc])
}

/// Reads a compound packet; `our_ssrc` selects the report about us.
///
/// # Errors
/// Anything that the validity checks of appendix A.2 refuse.
pub fn read_rtcp(datagram: &[u8], our_ssrc: u32) -> Result<RtcpSummary, BadRtcp> {
    let first = datagram.get(1).copied().ok_or(BadRtcp)?;
    if !matches!(first, SENDER_REPORT | RECEIVER_REPORT) || datagram[0] & 0x20 != 0 {
        return Err(BadRtcp);
    }
    let mut summary = RtcpSummary { ssrc: word(datagram, 1)?, ..RtcpSummary::default() };
    let mut rest = datagram;
    for _ in 0..RTCP_PACKETS_MAX {
        if rest.is_empty() {
            break;
        }
        let length = packet_length(rest)?;
        let (packet, after) = rest.split_at_checked(length).ok_or(BadRtcp)?;
        read_packet(packet, our_ssrc, &mut summary)?;
        rest = after;
    }
    Ok(summary)
}

fn packet_length(rest: &[u8]) -> Result<usize, BadRtcp> {
    match rest {
        [first, _, high, low, ..] if first >> 6 == 2 => {
            Ok((usize::from(u16::from_be_bytes([*high, *low])) + 1) * 4)
        }
        _ => Err(BadRtcp),
    }
}

fn read_packet(packet: &[u8], our_ssrc: u32, summary: &mut RtcpSummary) -> Result<(), BadRtcp> {
    let count = usize::from(packet[0] & 0x1F);
    match packet[1] {
        SENDER_REPORT => {
            summary.sender = Some(SenderInfo {
                ntp: u64::from(word(packet, 2)?) << 32 | u64::from(word(packet, 3)?),
                rtp_timestamp: word(packet, 4)?,
                packets: word(packet, 5)?,
                octets: word(packet, 6)?,
            });
            read_blocks(packet, 7, count, our_ssrc, summary)
        }
        RECEIVER_REPORT => read_blocks(packet, 2, count, our_ssrc, summary),
        GOODBYE => {
            summary.bye = true;
            Ok(())
        }
        _ => Ok(()),
    }
}

fn read_blocks(
    packet: &[u8],
    first_word: usize,
    count: usize,
    our_ssrc: u32,
    summary: &mut RtcpSummary,
) -> Result<(), BadRtcp> {
    for at in (0..count).map(|n| first_word + n * 6) {
        let block = read_block(packet, at)?;
        if block.ssrc == our_ssrc {
            summary.about_us = Some(block);
        }
    }
    Ok(())
}

fn read_block(packet: &[u8], at: usize) -> Result<ReportBlock, BadRtcp> {
    let loss = word(packet, at + 1)?;
    Ok(ReportBlock {
        ssrc: word(packet, at)?,
        fraction_lost: (loss >> 24) as u8,
        // the sign is in bit 23
        cumulative_lost: (loss << 8) as i32 >> 8,
        extended_highest: word(packet, at + 2)?,
        jitter: word(packet, at + 3)?,
        last_sr: word(packet, at + 4)?,
        delay_since_last_sr: word(packet, at + 5)?,
    })
}

fn word(packet: &[u8], index: usize) -> Result<u32, BadRtcp> {
    match packet.get(index * 4..index * 4 + 4) {
        Some(&[a, b, c, d]) => Ok(u32::from_be_bytes([a, b, c, d])),
        _ => Err(BadRtcp),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rtcp_types::{Compound, Packet as Witness};

    const BLOCK: ReportBlock = ReportBlock {
        ssrc: 0xAAAA_0001,
        fraction_lost: 64,
        cumulative_lost: -3,
        extended_highest: 70_000,
        jitter: 12,
        last_sr: 0x1234_5678,
        delay_since_last_sr: 65_536,
    };
    const SENDER: SenderInfo =
        SenderInfo { ntp: 5 << 32 | 7, rtp_timestamp: 1_600, packets: 10, octets: 1_600 };

    fn report(sender: bool, block: bool, bye: bool, cname: &str) -> Report<'_> {
        Report {
            ssrc: 9,
            sender: sender.then_some(SENDER),
            block: block.then_some(BLOCK),
            cname,
            bye,
        }
    }

    fn written(report: &Report<'_>) -> Vec<u8> {
        let mut out = [0; crate::limits::RTCP_BYTES_MAX];
        let length = write_rtcp(report, &mut out);
        out[..length].to_vec()
    }

    #[test]
    fn what_we_write_we_read() {
        let bytes = written(&report(true, true, true, "abc"));
        let summary = read_rtcp(&bytes, BLOCK.ssrc).unwrap();
        assert_eq!(
            summary,
            RtcpSummary { ssrc: 9, sender: Some(SENDER), about_us: Some(BLOCK), bye: true }
        );
        assert_eq!(read_rtcp(&bytes, 1).unwrap().about_us, None);
    }

    #[test]
    fn a_second_reader_understands_every_form_of_what_we_write() {
        for (sender, block, bye) in
            [(true, true, true), (true, false, false), (false, true, false), (false, false, true)]
        {
            for cname in ["", "a", "ab", "abc", "parley@host.example", &"x".repeat(300)] {
                let bytes = written(&report(sender, block, bye, cname));
                assert_eq!(bytes.len() % 4, 0);
                let kinds: Vec<&str> = Compound::parse(&bytes)
                    .unwrap()
                    .map(|packet| match packet.unwrap() {
                        Witness::Sr(sr) => {
                            assert_eq!((sr.ssrc(), sr.packet_count()), (9, 10));
                            "SR"
                        }
                        Witness::Rr(rr) => {
                            assert_eq!(rr.report_blocks().count(), usize::from(block));
                            "RR"
                        }
                        Witness::Sdes(sdes) => {
                            let said = sdes
                                .chunks()
                                .next()
                                .unwrap()
                                .items()
                                .next()
                                .unwrap()
                                .value()
                                .to_vec();
                            assert_eq!(said, cname.as_bytes()[..cname.len().min(CNAME_BYTES_MAX)]);
                            "SDES"
                        }
                        Witness::Bye(_) => "BYE",
                        other => panic!("{other:?}"),
                    })
                    .collect();
                let first = if sender { "SR" } else { "RR" };
                assert_eq!(kinds[..2], [first, "SDES"]);
                assert_eq!(kinds.len(), if bye { 3 } else { 2 });
            }
        }
    }

    #[test]
    fn a_compound_that_begins_with_anything_but_a_report_is_refused() {
        let mut bytes = written(&report(false, false, true, "abc"));
        assert!(read_rtcp(&bytes, 1).is_ok());
        assert_eq!(read_rtcp(&bytes[8..], 1), Err(BadRtcp));
        assert_eq!(read_rtcp(&bytes[..bytes.len() - 1], 1), Err(BadRtcp));
        bytes[0] |= 0x20;
        assert_eq!(read_rtcp(&bytes, 1), Err(BadRtcp));
    }

    #[test]
    fn a_buffer_too_small_gets_nothing() {
        assert_eq!(write_rtcp(&report(true, true, true, "abc"), &mut [0; 40]), 0);
    }

    proptest! {
        #[test]
        fn bent_packets_never_panic(at in 0_usize..80, with in any::<u8>(), cut in 0_usize..90) {
            let mut bytes = written(&report(true, true, true, "parley@host.example"));
            let at = at % bytes.len();
            bytes[at] = with;
            bytes.truncate(cut);
            let _ = read_rtcp(&bytes, 9);
        }
    }
}
