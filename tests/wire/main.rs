//! The real program on real sockets, with peers that others wrote (sipp, baresip,
//! Linphone, Kamailio, rsipstack, JsSIP, Chromium) and with bare phones.
//! Needs the packages that tests/run installs. Everything stays on loopback and ends by its process id.

#![allow(missing_docs, reason = "a test binary has no readers of its interface")]
#![allow(clippy::unwrap_used, reason = "in a test an error is a failure")]

mod answerers;
mod bad_input;
mod baresip;
mod brief;
mod calls;
mod canary;
mod chromium;
mod desk_phone;
mod ears;
mod editor;
mod hotline;
mod jssip;
mod linphone;
mod own_phone;
mod payer;
mod paying;
mod peer;
mod phones;
mod proxied;
mod publishing;
mod recording;
mod records;
mod rsipstack_phone;
mod secure;
mod sipp;
mod sipp_builtin;
mod stopping;
mod transfers;
mod trunks;
