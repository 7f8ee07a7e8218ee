//! The real program behind its locked doors, against the sandbox over TLS, with a telephone of packets.

#![allow(clippy::unwrap_used)]

mod attackers;
mod bursts;
mod canary;
mod funding;
mod negotiator;
mod paying;
mod payu;
mod phone;
mod proof;
mod stage;
