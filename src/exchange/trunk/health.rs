//! Whether one target lives, with hysteresis: one lost packet takes nothing down, one lucky answer
//! brings nothing back.
//!
//! ```text
//!              alive                3 x dead
//!   Unknown ---------> Up(0) -----------------> Down(0) --2 x alive--> Up(0)
//!      |  3 x dead       ^  alive: Up(0)            |  dead: Down(0)
//!      +-----------------|------------------------->+
//! ```
//!
//! Owns: the state of one target. Never: when it is asked; what an answer was.

use crate::limits;

/// How one target stands.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Health {
    /// Asked, but no answer seen yet; after so many failures. Calls may try it.
    Unknown {
        /// Failures in a row.
        failures: u8,
    },
    /// It answers; after so many failures in a row.
    Up {
        /// Failures in a row.
        failures: u8,
    },
    /// It does not; after so many answers in a row.
    Down {
        /// Answers in a row.
        answers: u8,
    },
}

/// What a probe showed.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub(crate) enum Sign {
    /// Any answer of the peer but 503.
    Alive,
    /// 503, silence for 3 s, or a path that failed. A 408 that we made ourselves is no answer.
    Dead,
}

impl Sign {
    /// What a result of OPTIONS says. `local`: no peer said so.
    pub(crate) fn of(status: u16, local: bool) -> Sign {
        if local || status == 503 { Sign::Dead } else { Sign::Alive }
    }
}

impl Health {
    /// Nothing is known.
    pub(crate) const NEW: Health = Health::Unknown { failures: 0 };

    /// Whether a call may be sent there.
    pub fn is_usable(self) -> bool {
        !matches!(self, Health::Down { .. })
    }

    /// The state after a sign.
    pub(crate) fn after(self, sign: Sign) -> Health {
        match (self, sign) {
            (Health::Unknown { .. } | Health::Up { .. }, Sign::Alive) => Health::Up { failures: 0 },
            (Health::Unknown { failures }, Sign::Dead) => match failures + 1 {
                limits::DOWN_AFTER_FAILURES.. => Health::Down { answers: 0 },
                failures => Health::Unknown { failures },
            },
            (Health::Up { failures }, Sign::Dead) => match failures + 1 {
                limits::DOWN_AFTER_FAILURES.. => Health::Down { answers: 0 },
                failures => Health::Up { failures },
            },
            (Health::Down { answers }, Sign::Alive) => match answers + 1 {
                limits::UP_AFTER_ANSWERS.. => Health::Up { failures: 0 },
                answers => Health::Down { answers },
            },
            (Health::Down { .. }, Sign::Dead) => Health::Down { answers: 0 },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use std::fmt::Write;

    #[test]
    fn every_state_has_its_answer_to_every_sign() {
        let states = [
            Health::NEW,
            Health::Unknown { failures: 1 },
            Health::Unknown { failures: 2 },
            Health::Up { failures: 0 },
            Health::Up { failures: 1 },
            Health::Up { failures: 2 },
            Health::Down { answers: 0 },
            Health::Down { answers: 1 },
        ];
        let mut table = String::new();
        for state in states {
            for sign in [Sign::Alive, Sign::Dead] {
                writeln!(table, "{state:?} × {sign:?} -> {:?}", state.after(sign)).unwrap();
            }
        }
        expect![[r#"
            Unknown { failures: 0 } × Alive -> Up { failures: 0 }
            Unknown { failures: 0 } × Dead -> Unknown { failures: 1 }
            Unknown { failures: 1 } × Alive -> Up { failures: 0 }
            Unknown { failures: 1 } × Dead -> Unknown { failures: 2 }
            Unknown { failures: 2 } × Alive -> Up { failures: 0 }
            Unknown { failures: 2 } × Dead -> Down { answers: 0 }
            Up { failures: 0 } × Alive -> Up { failures: 0 }
            Up { failures: 0 } × Dead -> Up { failures: 1 }
            Up { failures: 1 } × Alive -> Up { failures: 0 }
            Up { failures: 1 } × Dead -> Up { failures: 2 }
            Up { failures: 2 } × Alive -> Up { failures: 0 }
            Up { failures: 2 } × Dead -> Down { answers: 0 }
            Down { answers: 0 } × Alive -> Down { answers: 1 }
            Down { answers: 0 } × Dead -> Down { answers: 0 }
            Down { answers: 1 } × Alive -> Up { failures: 0 }
            Down { answers: 1 } × Dead -> Down { answers: 0 }
        "#]]
        .assert_eq(&table);
    }

    #[test]
    fn any_answer_but_503_is_a_sign_of_life_and_a_408_of_our_own_is_none() {
        for (status, local, sign) in [
            (200, false, Sign::Alive),
            (404, false, Sign::Alive),
            (408, false, Sign::Alive),
            (501, false, Sign::Alive),
            (503, false, Sign::Dead),
            (408, true, Sign::Dead),
            (503, true, Sign::Dead),
        ] {
            assert_eq!(Sign::of(status, local), sign, "{status} local {local}");
        }
    }
}
