//! Questions about payments that were made before: no caller, no card.

use crate::furniture::Furniture;
use crate::gateway::{Answer, Progress, Request, for_gateway};
use crate::limits::{PLAIN_REQUEST_BYTES, QUESTIONS_MAX};
use crate::visit::Visit;
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
    visit: Visit,
    /// The gateway's own name, where a void needs it and it was asked for.
    name: Option<String>,
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
        match Visit::begin(now, room) {
            Ok(visit) if !full => {
                self.open.push(Question { ask, wish, reference, visit, name: None });
            }
            _ => said.push(FromVault::Answer(ask, Found::NoAnswer)),
        }
    }

    /// The visits, to wait on.
    pub fn visits(&self) -> impl Iterator<Item = &Visit> {
        self.open.iter().map(|question| &question.visit)
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
        match self.visit.go_on(now, room) {
            Ok(Progress::Working) => None,
            Ok(Progress::Greeted) => self.send(room),
            Ok(Progress::Answered(answer)) => match self.wish {
                Wish::Query => Some(room.gateway.found(&answer)),
                Wish::Void if self.lacks_name(room) => self.name_to_void(now, room, &answer),
                Wish::Void => Some(room.gateway.voided(&answer)),
            },
            Err(_) => Some(Found::NoAnswer),
        }
    }

    fn lacks_name(&self, room: &Furniture) -> bool {
        room.gateway.void_needs_name() && self.name.is_none()
    }

    /// The first answer of two: how the gateway calls what is to be taken back.
    fn name_to_void(&mut self, now: Moment, room: &Furniture, answer: &Answer) -> Option<Found> {
        let named = room.gateway.name_to_void(answer).and_then(|name| {
            let visit = Visit::begin(now, room).map_err(|_| Found::NoAnswer)?;
            Ok((name, visit.until(self.visit.deadline())))
        });
        match named {
            Ok((name, visit)) => {
                (self.name, self.visit) = (Some(name), visit);
                None
            }
            Err(found) => Some(found),
        }
    }

    fn send(&mut self, room: &Furniture) -> Option<Found> {
        let mut memory = [0; PLAIN_REQUEST_BYTES];
        let mut request = Request::in_place(&mut memory);
        match self.wish {
            Wish::Void if !self.lacks_name(room) => {
                let told = || for_gateway(&self.reference);
                room.gateway.void(&mut request, &self.name.clone().unwrap_or_else(told));
            }
            Wish::Query | Wish::Void => room.gateway.query(&mut request, &self.reference),
        }
        let Some((head, body)) = request.finish() else { return Some(Found::NoAnswer) };
        self.visit.send(head, body).err().map(|_| Found::NoAnswer)
    }
}
