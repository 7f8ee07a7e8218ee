//! The network between phones and server: every datagram may be late, doubled or lost.

use super::dice::Dice;
use std::time::Duration;

/// What the network does to datagrams, in percent.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    /// Lost.
    pub lost: u64,
    /// Delivered twice.
    pub doubled: u64,
    /// Held back so long that later ones overtake.
    pub held_back: u64,
    /// Whose chance.
    pub seed: u64,
}

impl Weather {
    /// Nothing is lost, everything takes 5 ms.
    pub const FAIR: Weather = Weather { lost: 0, doubled: 0, held_back: 0, seed: 0 };
}

/// The network.
pub(crate) struct Network {
    weather: Weather,
    dice: Dice,
}

impl Network {
    pub(crate) fn new(weather: Weather) -> Self {
        Self { weather, dice: Dice::new(weather.seed) }
    }

    /// After which delays copies of one datagram arrive; none when it is lost.
    pub(crate) fn carry(&mut self) -> Vec<Duration> {
        let mut copies = Vec::new();
        for copy in 0..2 {
            let wanted = copy == 0 || self.dice.percent(self.weather.doubled);
            if wanted && !self.dice.percent(self.weather.lost) {
                copies.push(self.delay());
            }
        }
        copies
    }

    fn delay(&mut self) -> Duration {
        let usual = Duration::from_millis(5);
        if self.dice.percent(self.weather.held_back) {
            return usual + self.dice.between(Duration::ZERO, Duration::from_millis(700));
        }
        usual
    }
}
