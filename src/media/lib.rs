//! media
pub mod command;
