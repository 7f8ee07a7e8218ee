//! In which order equals are tried: by priority, and within one by weighted chance (RFC 2782).

use sip::Dice;

/// Sorts by priority, lowest first; among equals the chance to come first is proportional to the
/// weight, and weight 0 has a very small one.
pub(crate) fn shuffled<T>(mut all: Vec<(u32, u16, T)>, dice: &mut Dice) -> Vec<T> {
    // RFC 2782: those of weight 0 stand first before the running sums are made.
    all.sort_by_key(|(priority, weight, _)| (*priority, *weight != 0));
    let mut ordered = Vec::with_capacity(all.len());
    while let Some((priority, _, _)) = all.first() {
        let priority = *priority;
        let equals = all.iter().take_while(|(p, ..)| *p == priority).count();
        let sum: u64 = all[..equals].iter().map(|(_, weight, _)| u64::from(*weight)).sum();
        let mut point = dice.roll() % (sum + 1);
        let chosen = all[..equals].iter().position(|(_, weight, _)| {
            let here = point <= u64::from(*weight);
            point = point.saturating_sub(u64::from(*weight));
            here
        });
        let (_, _, one) = all.remove(chosen.unwrap_or(0));
        ordered.push(one);
    }
    ordered
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lower_priority_always_comes_first() {
        let mut dice = Dice::new([3; 32]);
        for _ in 0..50 {
            let all = vec![(20, 60, 'c'), (10, 0, 'b'), (10, 100, 'a'), (30, 1, 'd')];
            let order: String = shuffled(all, &mut dice).into_iter().collect();
            assert!(order == "abcd" || order == "bacd", "{order}");
        }
    }

    #[test]
    fn equals_share_by_their_weight() {
        let mut dice = Dice::new([9; 32]);
        let mut first = [0u32; 2];
        for _ in 0..4_000 {
            let order = shuffled(vec![(1, 75, 0), (1, 25, 1)], &mut dice);
            first[order[0]] += 1;
        }
        assert!((2_800..3_200).contains(&first[0]), "{first:?}");
    }
}
