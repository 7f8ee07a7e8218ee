//! The world as a session sees it, and the responses that need nothing else.

use crate::dialog::Dialog;
use crate::event::Event;
use crate::extension;
use crate::layer::{Layer, TxId};
use crate::message::Name;
use crate::method::ALLOW;
use crate::print::Writer;
use ids::Moment;
use std::collections::VecDeque;

/// The world as a session sees it for the length of one input.
pub(crate) struct Turn<'a> {
    pub(crate) now: Moment,
    pub(crate) layer: &'a mut Layer,
    pub(crate) events: &'a mut VecDeque<Event>,
}

impl Turn<'_> {
    /// Answers a request of a peer with nothing but a status, which may also be 200.
    pub(crate) fn refuse(&mut self, tx: TxId, status: u16) {
        let wait = if status == 500 { self.layer.dice.roll() % 10 } else { 0 };
        self.layer.respond(self.now, tx, status, None, |_, mut writer| {
            match status {
                405 => writer.field(Name::Allow, ALLOW),
                // RFC 3261 section 14.2: a random time between 0 and 10 s.
                500 => writer.field(Name::RetryAfter, wait),
                415 => writer.named("Accept", "application/sdp"),
                // RFC 6665 section 8.3.2.
                489 => writer.named("Allow-Events", "refer"),
                _ => {}
            }
            writer.end()
        });
    }

    /// Answers what we can (RFC 3261 section 11.2).
    pub(crate) fn capabilities(&mut self, tx: TxId, status: u16) {
        self.layer.respond(self.now, tx, status, None, |layer, mut writer| {
            writer.field(Name::Allow, ALLOW);
            writer.named("Accept", "application/sdp");
            writer.named("Accept-Encoding", "identity");
            writer.named("Accept-Language", "pl, en, it, pt");
            writer.field(Name::Supported, extension::supported(&layer.config));
            if status != 200 {
                writer.field(Name::RetryAfter, crate::limits::DRAINING_RETRY_AFTER_S);
            }
            writer.named("Server", &layer.config.user_agent);
            writer.end()
        });
    }

    /// A body-less or SDP-carrying response that makes or changes a dialog.
    pub(super) fn respond_sdp(
        &mut self,
        tx: TxId,
        status: u16,
        dialog: &Dialog,
        sdp: &[u8],
        more: impl FnOnce(&mut Writer),
    ) {
        self.layer.respond(self.now, tx, status, None, |layer, mut writer| {
            writer.field(Name::Contact, dialog.contact(layer, dialog.path));
            if status >= 200 {
                writer.field(Name::Allow, ALLOW);
                writer.field(Name::Supported, extension::supported(&layer.config));
            }
            more(&mut writer);
            writer.named("Server", &layer.config.user_agent);
            writer.body("application/sdp", sdp)
        });
    }

    /// `contact`: in requests that make, keep or change a dialog.
    pub(super) fn about_us(&mut self, writer: &mut Writer, contact: Option<String>) {
        if let Some(contact) = contact {
            writer.field(Name::Contact, contact);
            writer.field(Name::Allow, ALLOW);
            writer.field(Name::Supported, extension::supported(&self.layer.config));
        }
        writer.field(Name::UserAgent, &self.layer.config.user_agent);
    }
}
