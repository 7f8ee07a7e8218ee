//! A negotiator on the line who says what the caller is asked: the commands for it.

use super::{OutOfTurn, SwitchSide};
use crate::Session;
use crate::link_word::Field;
use crate::session_line::Phase;
use crate::to_vault::{Order, ToVault};
use ids::Moment;

impl SwitchSide {
    /// The vault waits for the negotiator's commands: [`SwitchSide::arm_field`], [`SwitchSide::disarm`].
    ///
    /// # Errors
    /// Unless a negotiator's leg and the audio are there and nothing was asked yet.
    pub fn guide(&mut self, now: Moment, session: Session, order: Order) -> Result<(), OutOfTurn> {
        self.ready()?;
        let line = self.sessions.get_mut(&session).ok_or(OutOfTurn::Phase)?;
        if !line.with_negotiator || line.phase != Phase::Agreed {
            return Err(OutOfTurn::Phase);
        }
        line.guided = true;
        self.begin(now, session, &order)?;
        self.send(&ToVault::Guide(session, order));
        Ok(())
    }

    /// The negotiator asks for a field; [`FromVault::Field`](crate::FromVault::Field) tells what became of it.
    ///
    /// # Errors
    /// Unless a guided capture waits for keys; the first step, fetching the card, is no field.
    pub fn arm_field(&mut self, session: Session, field: Field) -> Result<(), OutOfTurn> {
        if field == Field::GetCard {
            return Err(OutOfTurn::Phase);
        }
        self.command(session, &ToVault::ArmField(session, field))
    }

    /// The negotiator takes the open field back.
    ///
    /// # Errors
    /// Unless a guided capture waits for keys.
    pub fn disarm(&mut self, session: Session) -> Result<(), OutOfTurn> {
        self.command(session, &ToVault::Disarm(session))
    }

    fn command(&mut self, session: Session, word: &ToVault) -> Result<(), OutOfTurn> {
        self.ready()?;
        let line = self.sessions.get(&session).ok_or(OutOfTurn::Phase)?;
        if !line.guided || line.phase != Phase::Capturing {
            return Err(OutOfTurn::Phase);
        }
        self.send(word);
        Ok(())
    }
}
