use super::*;
use proptest::prelude::*;

/// The sound of packet `n` is its number.
fn packet(n: u32, payload: &[u8]) -> Packet<'_> {
    let (sequence, timestamp) = (n as u16, 9_000_u32.wrapping_add(n * 160));
    Packet { payload_type: 8, marker: false, sequence, timestamp, ssrc: 1, payload }
}

/// Packets of 20 ms, each so many ms late, taken out every 20 ms for two seconds: all sound in its order.
fn heard(late_ms: &[u64]) -> (Vec<u8>, JitterBuffer) {
    let mut buffer = JitterBuffer::new(20);
    let mut coming: Vec<_> =
        (0_u64..).zip(late_ms).map(|(n, late)| (n * 20 + late, n as u32)).collect();
    coming.sort_unstable();
    let (mut coming, mut due, mut sound) = (coming.into_iter().peekable(), None, Vec::new());
    for ms in 0..2_000 {
        let now = Moment::from_millis(ms);
        while let Some((_, n)) = coming.next_if(|(at, _)| *at <= ms) {
            buffer.put(now, &packet(n, &[n as u8; 160]), false);
            due = due.or(Some(buffer.turn_of(now, &packet(n, &[]))));
        }
        if due == Some(now) {
            sound.extend(taken(&mut buffer, now));
            due = Some(Moment::from_millis(ms + 20));
        }
    }
    (sound, buffer)
}

/// The sound of 20 ms.
fn taken(buffer: &mut JitterBuffer, at: Moment) -> Vec<u8> {
    let (mut sound, mut done) = (Vec::new(), 0);
    while done < 160 {
        let mut out = [0; 160];
        let turn = at + std::time::Duration::from_micros(done as u64 * 125);
        done += match buffer.take(turn, &mut out[done..]) {
            Taken::Sound(run) => {
                sound.extend_from_slice(&out[done..done + run]);
                run
            }
            Taken::Gap(run) => run,
        };
    }
    sound
}

/// The packets of these numbers, whole and in order.
fn all(numbers: impl IntoIterator<Item = u8>) -> Vec<u8> {
    numbers.into_iter().flat_map(|n| [n; 160]).collect()
}

#[test]
fn even_packets_wait_20_ms_and_come_out_as_they_are() {
    let (sound, buffer) = heard(&[0; 50]);
    assert_eq!(sound, all(0..50));
    assert_eq!((buffer.delay_ms(), buffer.late), (20, 0));
}

#[test]
fn a_late_packet_makes_the_delay_grow_at_once_and_is_heard_after_the_gap() {
    let mut late = [0; 50];
    late[10] = 55;
    let (sound, buffer) = heard(&late);
    assert!(sound[..1_600] == all(0..10) && sound.len() >= 40 * 160);
    assert!(sound.contains(&10) && sound.ends_with(&all(20..50)));
    assert!((60..=80).contains(&buffer.delay_ms()), "{} ms", buffer.delay_ms());
    assert_eq!(buffer.late, 0);
}

#[test]
fn what_comes_after_more_than_the_most_is_dropped_and_counted() {
    let mut late = [0; 50];
    late[10] = 390;
    let (sound, buffer) = heard(&late);
    assert!(!sound.contains(&10));
    assert_eq!((buffer.late, buffer.delay_ms()), (1, 200));
}

#[test]
fn reordered_packets_come_out_in_order() {
    let mut late = [0; 50];
    (0..50).step_by(7).for_each(|n| late[n] = 25);
    let (sound, buffer) = heard(&late);
    assert!(sound.ends_with(&all(3..50)) && sound.is_sorted());
    assert!((40..=60).contains(&buffer.delay_ms()));
}

#[test]
fn the_delay_shrinks_by_ten_ms_at_a_time_once_the_line_is_quiet_again() {
    let mut buffer = JitterBuffer::new(20);
    let mut delays = Vec::new();
    for n in 0..1_500_u32 {
        let late = if n == 5 { 100 } else { 0 };
        let now = Moment::from_millis(u64::from(n) * 20 + late);
        buffer.put(now, &packet(n, &[1; 160]), false);
        taken(&mut buffer, now + std::time::Duration::from_millis(20));
        buffer.shrink(now);
        delays.push(buffer.delay_ms());
    }
    assert_eq!(delays.iter().max(), Some(&120));
    assert_eq!(delays.last(), Some(&20));
    let steps = delays.windows(2).filter(|w| w[0] > w[1]);
    assert!(steps.clone().count() >= 10 && steps.into_iter().all(|w| w[0] - w[1] <= 10));
}

#[test]
fn pieces_need_not_be_as_long_as_packets() {
    let mut buffer = JitterBuffer::new(10);
    for n in 0..4 {
        buffer.put(Moment::START, &packet(n, &[n as u8; 160]), false);
    }
    let mut out = [0; 240];
    let at = buffer.turn_of(Moment::START, &packet(0, &[]));
    assert_eq!(buffer.take(at, &mut out), Taken::Sound(240));
    assert_eq!((out[0], out[159], out[160]), (0, 0, 1));
    let next = at + std::time::Duration::from_millis(30);
    assert_eq!(buffer.take(next, &mut [0; 480]), Taken::Sound(400));
}

#[test]
fn a_clock_that_jumps_and_a_source_that_restarts_begin_anew() {
    let mut buffer = JitterBuffer::new(20);
    buffer.put(Moment::START, &packet(0, &[1; 160]), false);
    let later = Moment::from_millis(40);
    for (n, restarted) in [(9_000, false), (9_010, true)] {
        buffer.put(later, &packet(n, &[2; 160]), restarted);
        let turn = buffer.turn_of(later, &packet(n, &[]));
        assert_eq!((turn - later).as_millis(), 20);
        assert_eq!(taken(&mut buffer, turn), [2; 160]);
    }
}

proptest! {
    #[test]
    fn whatever_comes_whenever_the_delay_is_bounded_and_nothing_is_heard_twice(
        coming in prop::collection::vec((0_u64..120_000, any::<u32>(), 0_usize..600, any::<bool>()), 1..200),
        near in any::<bool>(),
    ) {
        let mut buffer = JitterBuffer::new(20);
        let mut now = Moment::START;
        let (mut came, mut heard) = (0, 0);
        for (n, (wait_us, numbers, bytes, restarted)) in coming.into_iter().enumerate() {
            now = now + std::time::Duration::from_micros(wait_us);
            let timestamp = if near { (n as u32 * 160).wrapping_add(numbers % 2_000) } else { numbers };
            let payload = vec![7; bytes];
            let packet = Packet { timestamp, ..packet(0, &payload) };
            buffer.put(now, &packet, restarted && !near);
            came += bytes;
            prop_assert!(buffer.delay_ms() <= 200, "{} ms", buffer.delay_ms());
            let mut out = [0; 160];
            if let Taken::Sound(ticks) = buffer.take(now, &mut out) {
                heard += ticks;
            }
        }
        prop_assert!(heard <= came);
    }
}
