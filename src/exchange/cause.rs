//! Why a call ended, in the numbers of ITU-T Q.850, which SIP carries in `Reason` (RFC 3326).

/// Normal call clearing.
pub(crate) const NORMAL: u8 = 16;

/// The Q.850 cause for a SIP status (RFC 3398 section 8.2.6.1).
pub(crate) const fn q850(status: u16) -> u8 {
    match status {
        200 => NORMAL,
        400 | 401 | 402 | 403 | 407 | 603 => 21,
        404 | 485 | 604 => 1,
        405 => 63,
        406 | 415 | 488 | 606 => 88,
        408 | 504 => 102,
        410 => 22,
        413 | 414 | 416 | 420 | 421 | 423 | 505 | 513 => 127,
        480 => 18,
        481 | 500 | 503 => 41,
        482 | 483 => 25,
        484 => 28,
        486 | 600 => 17,
        487 => NORMAL,
        501 => 79,
        502 => 38,
        _ => 31,
    }
}

/// The cause that a peer gave: Q.850 as it is, a SIP status translated.
pub(crate) fn of(reason: &sip::Cause) -> u8 {
    match reason.protocol {
        sip::CauseProtocol::Q850 => u8::try_from(reason.code).unwrap_or(127),
        sip::CauseProtocol::Sip => q850(reason.code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_busy_line_and_a_wrong_number_keep_their_meaning_in_the_telephone_network() {
        assert_eq!((q850(486), q850(404), q850(200), q850(699)), (17, 1, 16, 31));
        assert_eq!(of(&sip::Cause::q850(17, "busy")), 17);
    }
}
