//! Where the gateway is: its name is asked beside the control thread, again when the answer is old.
//!
//! Owns: when it is asked. Never: an address that is not believed because TLS proves the name anyway.

use crate::core::Shared;
use std::net::IpAddr;
use std::time::Duration;
use tokio::sync::watch;
use vault_link::limits::GATEWAY_ADDRESSES_MAX;

/// An answer is not asked for again sooner, nor kept longer.
const KEPT_MIN: Duration = Duration::from_secs(30);
const KEPT_MAX: Duration = Duration::from_secs(3_600);
/// Between two questions while DNS gives no answer; the last addresses stay in use.
const AGAIN: Duration = Duration::from_secs(10);

/// Tells the addresses whenever they change.
pub async fn keep_found(core: Shared, host: String, tell: watch::Sender<Vec<IpAddr>>) {
    loop {
        let asked = core.borrow().dns.host(&host);
        let pause = match asked.await {
            Ok((addresses, _)) if addresses.is_empty() => {
                tracing::error!(
                    alarm = true,
                    "DNS knows no address of the gateway {host}: see payments.url"
                );
                AGAIN
            }
            Ok((mut addresses, ttl)) => {
                addresses.sort_unstable();
                addresses.truncate(GATEWAY_ADDRESSES_MAX);
                tell.send_if_modified(|known| {
                    let moved = *known != addresses;
                    *known = addresses;
                    moved
                });
                ttl.clamp(KEPT_MIN, KEPT_MAX)
            }
            Err(why) => {
                tracing::warn!(alarm = true, "the gateway's addresses stay as they were: {why}");
                AGAIN
            }
        };
        if tell.is_closed() {
            return;
        }
        tokio::time::sleep(pause).await;
    }
}
