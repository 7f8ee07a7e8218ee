//! Questions about payments that were made before: no caller, no card.

use crate::furniture::Furniture;
use crate::gateway::{Conversation, Progress, Request};
use crate::limits::{PLAIN_REQUEST_BYTES, QUESTIONS_MAX};
use ids::Moment;
use vault_link::{Ask, Found, FromVault, GatewayRef};

/// What is asked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// What became of it?
    Query,
    /// Take it back.
    Void,
}

struct Question {
    ask: Ask,
    wish: Wish,
    reference: GatewayRef,
    talk: Conversation,
}

/// All open questions.
#[derive(Default)]
pub struct Questions {
    open: Vec<Question>,
}

impl Questions {
    /// Asks the gateway; one too many, or no way to it, is answered at once.
    pub fn ask(
        &mut self,
        now: Moment,
        room: &Furniture,
        (ask, wish, reference): (Ask, Wish, GatewayRef),
        said: &mut Vec<FromVault>,
    ) {
        let full = self.open.len() >= QUESTIONS_MAX;
        match room.call_gateway(now) {
            Ok(talk) if !full => self.open.push(Question { ask, wish, reference, talk }),
            _ => said.push(FromVault::Answer(ask, Found::NoAnswer)),
        }
    }

    /// The conversations, to wait on.
    pub fn conversations(&self) -> impl Iterator<Item = &Conversation> {
        self.open.iter().map(|question| &question.talk)
    }

    /// One turn.
    pub fn turn(&mut self, now: Moment, room: &Furniture, said: &mut Vec<FromVault>) {
        self.open.retain_mut(|question| match question.go_on(now, room) {
            None => true,
            Some(found) => {
                said.push(FromVault::Answer(question.ask, found));
                false
            }
        });
    }
}

impl Question {
    fn go_on(&mut self, now: Moment, room: &Furniture) -> Option<Found> {
        match self.talk.go_on(now) {
            Ok(Progress::Working) => None,
            Ok(Progress::Greeted) => self.send(room),
            Ok(Progress::Answered(answer)) => Some(match self.wish {
                Wish::Query => room.gateway.found(&answer),
                Wish::Void => room.gateway.voided(&answer),
            }),
            Err(_) => Some(Found::NoAnswer),
        }
    }

    fn send(&mut self, room: &Furniture) -> Option<Found> {
        let mut memory = [0; PLAIN_REQUEST_BYTES];
        let mut request = Request::in_place(&mut memory);
        match self.wish {
            Wish::Query => room.gateway.query(&mut request, &self.reference),
            Wish::Void => room.gateway.void(&mut request, &self.reference),
        }
        let Some((head, body)) = request.finish() else { return Some(Found::NoAnswer) };
        self.talk.send(head, body).err().map(|_| Found::NoAnswer)
    }
}
