use super::*;
use crate::level::rms_dbfs;

fn tone(hz: f64, amplitude: f64, samples: usize) -> Vec<i16> {
    let step = std::f64::consts::TAU * hz / f64::from(RATE_HZ);
    (0..samples).map(|n| ((step * n as f64).sin() * amplitude) as i16).collect()
}

fn encoded(samples: &[i16]) -> Vec<u8> {
    let mut bytes = vec![0; samples.len() / 2];
    assert_eq!(Encoder::default().encode_into(samples, &mut bytes), bytes.len());
    bytes
}

fn decoded(bytes: &[u8]) -> Vec<i16> {
    let mut samples = vec![0; bytes.len() * 2];
    assert_eq!(Decoder::default().decode_into(bytes, &mut samples), samples.len());
    samples
}

/// Signal over error in dB, the filters' delay of 22 samples set apart, once the steps have found their size.
fn snr_db(sent: &[i16], heard: &[i16]) -> f64 {
    let pairs = sent.iter().zip(&heard[22..]).skip(400);
    let (mut signal, mut error) = (0.0, 0.0);
    for (sent, heard) in pairs {
        signal += f64::from(*sent).powi(2);
        error += (f64::from(*sent) - f64::from(*heard)).powi(2);
    }
    10.0 * (signal / error).log10()
}

#[test]
fn tones_of_either_band_come_back() {
    for (hz, least_db) in [(200.0, 30.0), (1_000.0, 30.0), (3_400.0, 22.0), (6_000.0, 15.0)] {
        let sent = tone(hz, 8_000.0, 8_000);
        let snr = snr_db(&sent, &decoded(&encoded(&sent)));
        assert!(snr > least_db, "{hz} Hz: {snr:.1} dB");
    }
}

/// A sweep over both bands at two levels, with clicks: its bytes and its samples were compared, one by one,
/// with those of another implementation of the recommendation; these are their sums.
#[test]
fn bytes_and_samples_are_those_of_the_recommendation() {
    let mut phase = 0.0_f64;
    let sweep: Vec<i16> = (0..32_000)
        .map(|n| {
            phase += std::f64::consts::TAU * (100.0 + f64::from(n) * 0.24) / f64::from(RATE_HZ);
            let loud = if n % 8_000 < 4_000 { 20_000.0 } else { 300.0 };
            if n % 5_000 == 0 { i16::MIN } else { (phase.sin() * loud) as i16 }
        })
        .collect();
    let bytes = encoded(&sweep);
    let sum = |sum: u32, value: u32| sum.wrapping_mul(31).wrapping_add(value);
    let byte_sum = bytes.iter().fold(0, |s, byte| sum(s, u32::from(*byte)));
    let sample_sum = decoded(&bytes).iter().fold(0, |s, sample| sum(s, *sample as u16 as u32));
    assert_eq!((byte_sum, sample_sum), (807_289_401, 339_293_829));
}

#[test]
fn the_silent_byte_brings_a_loud_decoder_to_rest() {
    let mut decoder = Decoder::default();
    let mut samples = [0; 320];
    for frame in encoded(&tone(900.0, 20_000.0, 3_200)).chunks(160) {
        decoder.decode_into(frame, &mut samples);
    }
    assert!(rms_dbfs(&samples) > -10.0);
    for _ in 0..5 {
        decoder.decode_into(&[SILENCE; 160], &mut samples);
    }
    assert!(rms_dbfs(&samples) < -60.0, "{}", rms_dbfs(&samples));
    assert_eq!(decoded(&[SILENCE; 400]), [0; 800], "and from rest it is silence to the last bit");
}

#[test]
fn a_decoder_that_missed_a_packet_finds_its_way_back() {
    let sent = tone(700.0, 8_000.0, 16_000);
    let bytes = encoded(&sent);
    let (mut whole, mut holed) = (Decoder::default(), Decoder::default());
    let mut apart = 0.0;
    for (n, frame) in bytes.chunks(160).enumerate() {
        let (mut a, mut b) = ([0; 320], [0; 320]);
        whole.decode_into(frame, &mut a);
        if n != 20 {
            holed.decode_into(frame, &mut b);
        }
        let error: Vec<i16> = a.iter().zip(b).map(|(a, b)| a.saturating_sub(b)).collect();
        apart = if n == 24 { f64::from(rms_dbfs(&error)) } else { apart };
    }
    assert!(apart < -40.0, "80 ms behind the gap {apart} dBFS apart");
}

#[test]
fn no_bytes_make_it_panic_and_no_samples_do() {
    let mut seed = 7_u32;
    let mut next = || {
        seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (seed >> 16) as u16
    };
    let (mut encoder, mut decoder) = (Encoder::default(), Decoder::default());
    for _ in 0..100_000 {
        decoder.decode(next() as u8);
        let extreme = |bits: u16| if bits & 1 == 0 { i16::MIN } else { i16::MAX };
        encoder.encode(extreme(next()), extreme(next()));
    }
}
