//! One payment in one call: where the caller's audio is, and what may come next.
//!
//! ```text
//!  Asked ─▶ Opening ─▶ Moving ─▶ Capturing ◀───── outcome ─────── Authorising
//!             │          │        │  consent                          ▲ journalled: money may move
//!             │          │        ▼                                   │
//!             │          │      Storing ─▶ Preparing ─▶ Noting ───────┘
//!             │          └─ not wanted any more ─▶ Withdrawing
//!             │                   │ the vault is done, or lost, or stopped
//!             ▼                   ▼                  ▼
//!         (the flow goes on)   Plugging: a fresh port ─▶ Returning: re-INVITE ─▶ Finishing ─▶ Over
//! ```
//! Who hangs up leaves every stage for `Finishing`: there the vault has its last word, and money that moves is
//! journalled whether or not anybody is there to hear of it.
//!
//! Owns: the order of things. Never: a message, an amount, a card.

use vault_link::AbortReason;

/// Tries for ports, and for the re-INVITE back, before the call is given up.
pub(super) const TRIES_MAX: u8 = 3;

/// How far a payment is.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Stage {
    /// The store is asked whether a card may be asked for.
    Asked,
    /// The vault is asked for a socket. The leg is deaf from here on.
    Opening,
    /// The far end is asked to send there.
    Moving,
    /// It is still being asked, but that is not wanted any more. `over`: the vault has said its last.
    Withdrawing { over: bool },
    /// The vault asks, the caller keys.
    Capturing,
    /// The caller has consented; that is being journalled.
    Storing,
    /// The gateway is told, without a card.
    Preparing,
    /// Its reference is being journalled.
    Noting,
    /// Money may move.
    Authorising,
    /// The audio comes back: ports for it are being opened.
    Plugging { over: bool, tries: u8 },
    /// The far end is asked to send here again.
    Returning { over: bool, tries: u8 },
    /// Nothing is owed to the caller any more; the vault has not said its last.
    Finishing,
    /// Nothing is left.
    Over,
}

/// What happened.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum News {
    /// The store allows it.
    Allowed,
    /// It does not, or does not answer.
    NotAllowed,
    /// The vault has a socket.
    Opened,
    /// It has none.
    NotOpened,
    /// The far end has agreed to the re-INVITE.
    MoveTaken,
    /// It has refused it: its audio is where it was.
    MoveRefused,
    /// It has agreed to something that cannot be used.
    MoveUnusable,
    /// The caller wants to pay.
    Consented,
    /// The gateway has a place for it.
    Prepared,
    /// All that was to be journalled is on disk.
    Written,
    /// Something is not.
    NotWritten,
    /// What the authorisation came to.
    Outcome,
    /// The vault has said its last.
    Ended,
    /// The vault is lost; nothing was charged.
    LostUncharged,
    /// The vault is lost; something may have been charged.
    LostMaybeCharged,
    /// A key came by a way that is not the vault's.
    StrayDigit,
    /// The flow waits no longer.
    Unwanted,
    /// The call is over.
    HungUp,
    /// Fresh ports are there.
    Ports,
    /// The stage has lasted its time.
    Late,
}

/// What is to be done, in order.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Deed {
    /// The leg hears nothing from now on, and the vault is asked for a socket.
    Open,
    /// A re-INVITE leads the audio to the vault.
    OfferVault,
    /// Our own socket is closed.
    Unplug,
    /// The vault is told what was agreed, and what is to be paid.
    Arm,
    /// Write down, in the order of these words.
    Journal(Entry),
    /// The vault may prepare.
    TellStored,
    /// The vault may authorise.
    TellJournalled,
    /// The vault is to end it.
    Abort(AbortReason),
    /// Fresh ports, please.
    OpenPorts,
    /// A re-INVITE leads the audio back.
    OfferBack,
    /// It is back. Late keys are nobody's for a moment.
    Back,
    /// It never left. Late keys are nobody's for a moment.
    Stay,
    /// The vault's socket is free for another caller.
    CloseMedia,
    /// The flow goes on with what came of it.
    Reply,
    /// The audio cannot be brought back: the call ends.
    HangUp,
}

/// What is written down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Entry {
    /// The caller's consent.
    Intent,
    /// The gateway's reference, and that it will be asked to charge.
    Reference,
    /// What that came to.
    Outcome,
    /// Nobody knows what it came to.
    Unknown,
    /// It ended before the gateway was asked to charge.
    Abandoned,
}

impl Stage {
    /// What follows. News that means nothing now changes nothing.
    pub(crate) fn handle(self, news: News) -> (Stage, Vec<Deed>) {
        use Deed as D;
        use News as N;
        match self {
            Stage::Asked => match news {
                N::Allowed => (Stage::Opening, vec![D::Open]),
                N::NotAllowed | N::Late | N::StrayDigit => (Stage::Over, vec![D::Reply]),
                N::HungUp | N::Unwanted => (Stage::Over, vec![]),
                _ => (self, vec![]),
            },
            Stage::Opening => match news {
                N::Opened => (Stage::Moving, vec![D::OfferVault]),
                N::NotOpened | N::LostUncharged => (Stage::Over, vec![D::Stay, D::Reply]),
                N::StrayDigit | N::Unwanted => {
                    (Stage::Finishing, vec![D::Abort(why(news)), D::Stay, D::Reply])
                }
                N::HungUp => (Stage::Finishing, vec![D::Abort(why(news))]),
                _ => (self, vec![]),
            },
            Stage::Moving => Stage::moving(news),
            Stage::Withdrawing { over } => Stage::withdrawing(over, news),
            Stage::Capturing => match news {
                N::Consented => (Stage::Storing, vec![D::Journal(Entry::Intent)]),
                N::NotWritten => {
                    (Stage::back(false), vec![D::Abort(AbortReason::NotJournalled), D::OpenPorts])
                }
                news => self.asking(news, false),
            },
            Stage::Storing => match news {
                N::Written => (Stage::Preparing, vec![D::TellStored]),
                N::NotWritten => {
                    (Stage::back(false), vec![D::Abort(AbortReason::NotJournalled), D::OpenPorts])
                }
                news => self.asking(news, true),
            },
            Stage::Preparing => match news {
                N::Prepared => (Stage::Noting, vec![D::Journal(Entry::Reference)]),
                news => self.asking(news, true),
            },
            Stage::Noting => match news {
                N::Written => (Stage::Authorising, vec![D::TellJournalled]),
                N::NotWritten => {
                    let abandoned = D::Journal(Entry::Abandoned);
                    let abort = D::Abort(AbortReason::NotJournalled);
                    (Stage::back(false), vec![abort, abandoned, D::OpenPorts])
                }
                news => self.asking(news, true),
            },
            Stage::Authorising => Stage::authorising(news),
            Stage::Plugging { over, tries } => Stage::plugging(over, tries, news),
            Stage::Returning { over, tries } => Stage::returning(over, tries, news),
            Stage::Finishing => match news {
                N::Ended => (Stage::Over, vec![D::CloseMedia]),
                N::LostUncharged => (Stage::Over, vec![]),
                N::LostMaybeCharged => (Stage::Over, vec![D::Journal(Entry::Unknown)]),
                N::Outcome => (self, vec![D::Journal(Entry::Outcome)]),
                _ => (self, vec![]),
            },
            Stage::Over => (self, vec![]),
        }
    }

    /// The audio is at the vault and comes back now.
    const fn back(over: bool) -> Stage {
        Stage::Plugging { over, tries: 0 }
    }

    fn moving(news: News) -> (Stage, Vec<Deed>) {
        use Deed as D;
        use News as N;
        let refused = D::Abort(AbortReason::MoveRefused);
        match news {
            N::MoveTaken => (Stage::Capturing, vec![D::Unplug, D::Arm]),
            N::MoveUnusable => (Stage::back(false), vec![refused, D::Unplug, D::OpenPorts]),
            N::MoveRefused => (Stage::Finishing, vec![refused, D::Stay, D::Reply]),
            N::Ended | N::LostUncharged => (Stage::Withdrawing { over: true }, vec![]),
            N::StrayDigit | N::Unwanted => {
                (Stage::Withdrawing { over: false }, vec![D::Abort(why(news))])
            }
            N::HungUp => (Stage::Finishing, vec![D::Abort(why(news))]),
            _ => (Stage::Moving, vec![]),
        }
    }

    fn withdrawing(over: bool, news: News) -> (Stage, Vec<Deed>) {
        use Deed as D;
        use News as N;
        match news {
            N::MoveTaken | N::MoveUnusable => (Stage::back(over), vec![D::Unplug, D::OpenPorts]),
            N::MoveRefused => Stage::settled(over, vec![D::Stay, D::Reply]),
            N::HungUp => Stage::settled(over, vec![]),
            N::Ended | N::LostUncharged => (Stage::Withdrawing { over: true }, vec![]),
            _ => (Stage::Withdrawing { over }, vec![]),
        }
    }

    /// What may happen at any time between the first prompt and the authorisation. `begun`: an intent may be on
    /// disk, and nothing was charged.
    fn asking(self, news: News, begun: bool) -> (Stage, Vec<Deed>) {
        use Deed as D;
        use News as N;
        let abandoned = begun.then_some(D::Journal(Entry::Abandoned));
        let with = |before: &[D], after: &[D]| {
            before.iter().copied().chain(abandoned).chain(after.iter().copied()).collect()
        };
        match news {
            N::Ended | N::LostUncharged => (Stage::back(true), with(&[], &[D::OpenPorts])),
            N::StrayDigit | N::Unwanted | N::MoveUnusable => {
                (Stage::back(false), with(&[D::Abort(why(news))], &[D::OpenPorts]))
            }
            N::HungUp => (Stage::Finishing, with(&[D::Abort(why(news))], &[])),
            _ => (self, vec![]),
        }
    }

    /// What was begun is brought to its end, whatever happens to the call.
    fn authorising(news: News) -> (Stage, Vec<Deed>) {
        use Deed as D;
        use News as N;
        match news {
            N::Outcome => (Stage::Capturing, vec![D::Journal(Entry::Outcome)]),
            N::LostMaybeCharged => {
                (Stage::back(true), vec![D::Journal(Entry::Unknown), D::OpenPorts])
            }
            N::StrayDigit => (Stage::Authorising, vec![D::Abort(why(news))]),
            N::Unwanted | N::MoveUnusable => {
                (Stage::back(false), vec![D::Abort(why(news)), D::OpenPorts])
            }
            N::HungUp => (Stage::Finishing, vec![D::Abort(why(news))]),
            _ => (Stage::Authorising, vec![]),
        }
    }

    fn plugging(over: bool, tries: u8, news: News) -> (Stage, Vec<Deed>) {
        use Deed as D;
        match news {
            News::Ports => (Stage::Returning { over, tries: 0 }, vec![D::OfferBack]),
            News::Late if tries + 1 < TRIES_MAX => {
                (Stage::Plugging { over, tries: tries + 1 }, vec![D::OpenPorts])
            }
            News::Late => Stage::settled(over, vec![D::HangUp]),
            news => Stage::coming_back(over, news, |over| Stage::Plugging { over, tries }),
        }
    }

    fn returning(over: bool, tries: u8, news: News) -> (Stage, Vec<Deed>) {
        use Deed as D;
        match news {
            News::MoveTaken => Stage::settled(over, vec![D::Back, D::Reply]),
            News::MoveRefused if tries + 1 < TRIES_MAX => {
                (Stage::Returning { over, tries: tries + 1 }, vec![])
            }
            News::MoveRefused | News::MoveUnusable => Stage::settled(over, vec![D::HangUp]),
            News::Late => (Stage::Returning { over, tries }, vec![D::OfferBack]),
            news => Stage::coming_back(over, news, |over| Stage::Returning { over, tries }),
        }
    }

    /// Money that was under way as the audio was taken back.
    fn coming_back(over: bool, news: News, stage: impl Fn(bool) -> Stage) -> (Stage, Vec<Deed>) {
        match news {
            News::Ended | News::LostUncharged => (stage(true), vec![]),
            News::LostMaybeCharged => (stage(true), vec![Deed::Journal(Entry::Unknown)]),
            News::Outcome => (stage(over), vec![Deed::Journal(Entry::Outcome)]),
            News::HungUp => Stage::settled(over, vec![]),
            _ => (stage(over), vec![]),
        }
    }

    /// Nothing is owed to the caller any more.
    fn settled(over: bool, mut deeds: Vec<Deed>) -> (Stage, Vec<Deed>) {
        if !over {
            return (Stage::Finishing, deeds);
        }
        deeds.push(Deed::CloseMedia);
        (Stage::Over, deeds)
    }

    /// The far end's next answer is to an offer that moves its audio.
    pub(crate) const fn awaits_move(self) -> bool {
        matches!(self, Stage::Moving | Stage::Withdrawing { .. } | Stage::Returning { .. })
    }

    /// Our leg has no socket.
    pub(crate) const fn is_away(self) -> bool {
        matches!(
            self,
            Stage::Capturing
                | Stage::Storing
                | Stage::Preparing
                | Stage::Noting
                | Stage::Authorising
                | Stage::Plugging { .. }
                | Stage::Returning { .. }
        )
    }

    /// The caller hears neither the vault nor the flow.
    pub(crate) const fn is_before(self) -> bool {
        matches!(self, Stage::Asked | Stage::Opening | Stage::Moving | Stage::Withdrawing { .. })
    }
}

const fn why(news: News) -> AbortReason {
    match news {
        News::StrayDigit => AbortReason::StrayDigit,
        News::HungUp => AbortReason::HungUp,
        News::MoveUnusable => AbortReason::MoveRefused,
        _ => AbortReason::Stopped,
    }
}
