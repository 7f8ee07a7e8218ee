//! What the building is told about payments before its first call.

use ids::{Lang, Money};
use std::fmt;
use std::net::IpAddr;
use std::sync::Arc;
use vault_link::{ClipName, FundingGate};

/// Which clips say an amount in a language, in their order; `None`: it cannot be said, and no card is asked for.
pub type AmountClips = Arc<dyn Fn(Lang, Money) -> Option<Vec<ClipName>> + Send + Sync>;

/// How card payments are taken.
#[derive(Clone)]
pub struct PaymentsConfig {
    /// The gateway's name in the journal.
    pub gateway: String,
    /// Which funding the account takes.
    pub funding: FundingGate,
    /// How an amount is said.
    pub clips: AmountClips,
    /// Our own addresses whose callers may key a card over plain RTP: loopback, a cable of our own. Trunks say so
    /// themselves (`private`); all others need SRTP.
    pub private: Vec<IpAddr>,
}

impl fmt::Debug for PaymentsConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { gateway, funding, private, .. } = self;
        write!(f, "PaymentsConfig {{ {gateway}, {funding:?}, private: {private:?} }}")
    }
}
