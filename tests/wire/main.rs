//! The real program on real sockets, with peers that others wrote (sipp, baresip) and with bare phones.
//! Needs the packages that tests/run installs. Everything stays on loopback and ends by its process id.

#![allow(missing_docs, reason = "a test binary has no readers of its interface")]
#![allow(clippy::unwrap_used, reason = "in a test an error is a failure")]

mod bad_input;
mod baresip;
mod calls;
mod ears;
mod hotline;
mod own_phone;
mod records;
mod sipp;
mod stopping;
