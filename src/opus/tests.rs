use super::*;

const FRAME: usize = 320;

fn rms_dbfs(samples: &[i16]) -> f32 {
    let power: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
    (10.0 * (power / samples.len().max(1) as f64 / 32_768.0_f64.powi(2) + 1e-10).log10()) as f32
}

/// Something voiced whose loudness moves: what a coder of speech is made for.
fn voice(ms: usize) -> Vec<i16> {
    let sample = |n: usize| {
        let t = n as f64 / f64::from(RATE_HZ) * std::f64::consts::TAU;
        let tone = |harmonic: f64, level: f64| (t * 140.0 * harmonic).sin() * level;
        let loud = 0.7 + 0.3 * (t * 3.0).sin();
        ((tone(1.0, 0.5) + tone(5.0, 0.3) + tone(16.0, 0.2)) * loud * 9_000.0) as i16
    };
    (0..ms * RATE_HZ as usize / 1_000).map(sample).collect()
}

fn packets(samples: &[i16], frame: usize) -> Vec<Vec<u8>> {
    let (mut encoder, mut packet) = (Encoder::new().unwrap(), [0; 1_275]);
    let mut one = |piece: &[i16]| {
        let length = encoder.encode(piece, &mut packet);
        packet[..length].to_vec()
    };
    samples.chunks_exact(frame).map(&mut one).collect()
}

fn decoded(packets: &[Vec<u8>]) -> Vec<i16> {
    let (mut decoder, mut all) = (Decoder::new().unwrap(), Vec::new());
    for packet in packets {
        let mut samples = [0; SAMPLES_MAX];
        let count = decoder.decode(packet, &mut samples);
        all.extend_from_slice(&samples[..count]);
    }
    all
}

/// Best signal-to-noise ratio over delays of up to 20 ms, the first 200 ms set apart.
fn snr_db(sent: &[i16], heard: &[i16]) -> f64 {
    let at = |delay: usize| {
        let pairs = sent.iter().zip(&heard[delay..]).skip(3_200);
        let (signal, error) = pairs.fold((0.0, 1.0), |(signal, error), (a, b)| {
            let (a, b) = (f64::from(*a), f64::from(*b));
            (signal + a * a, error + (a - b) * (a - b))
        });
        10.0 * (signal / error).log10()
    };
    (0..320).map(at).fold(f64::MIN, f64::max)
}

#[test]
fn a_voice_comes_back_in_packets_of_every_length_that_we_send() {
    let sent = voice(2_400);
    for frame in [160, 320, 640, 960] {
        let packets = packets(&sent, frame);
        let bytes: usize = packets.iter().map(Vec::len).sum();
        assert!(bytes * 8 < 24_000 * 24 / 10 * 6 / 5, "{frame}: {bytes} bytes for 2.4 s");
        assert!(packets.iter().all(|packet| samples_in(packet) == Some(frame)), "{frame}");
        let heard = decoded(&packets);
        assert_eq!(heard.len(), sent.len());
        let (snr, level) = (snr_db(&sent, &heard), rms_dbfs(&heard) - rms_dbfs(&sent));
        assert!(snr > 5.0 && level.abs() < 1.5, "{frame} samples: {snr:.1} dB, level {level}");
    }
}

#[test]
fn a_length_that_opus_does_not_have_is_no_packet() {
    let (mut encoder, mut packet) = (Encoder::new().unwrap(), [0; 1_275]);
    assert_eq!(encoder.encode(&[0; 480], &mut packet), 0, "30 ms");
    assert_eq!(encoder.encode(&[], &mut packet), 0);
}

/// Packets of libopus 1.3.1 (24 kbit/s, with redundancy) and what it hears in them: a sum for each packet.
#[test]
fn packets_of_another_coder_are_heard_as_it_hears_them() {
    let vector = include_str!("vector.txt");
    let mut decoder = Decoder::new().unwrap();
    let mut compared = 0;
    for line in vector.lines().filter(|line| !line.starts_with('#')) {
        let (packet, sum) = line.split_once(' ').unwrap();
        let byte = |n: usize| u8::from_str_radix(&packet[n..n + 2], 16).unwrap();
        let packet: Vec<u8> = (0..packet.len()).step_by(2).map(byte).collect();
        let mut samples = [0; SAMPLES_MAX];
        assert_eq!(decoder.decode(&packet, &mut samples), FRAME);
        let heard: i64 = samples[..FRAME].iter().zip(1..).map(|(s, n)| i64::from(*s) * n).sum();
        assert_eq!(heard, sum.parse::<i64>().unwrap(), "packet {compared}");
        compared += 1;
    }
    assert!(compared > 40, "{compared} packets");
}

#[test]
fn a_lost_packet_is_told_by_the_next_one_and_made_up_where_it_is_not() {
    let sent = voice(1_200);
    let packets = packets(&sent, FRAME);
    let whole = decoded(&packets);
    let (mut told, mut made_up) = (Vec::new(), Vec::new());
    let telling: Vec<usize> = (20..55).filter(|n| says_before(&packets[n + 1])).collect();
    assert!(telling.len() > 10, "{} packets tell of the one before", telling.len());
    for lost in telling {
        for recovers in [true, false] {
            let mut decoder = Decoder::new().unwrap();
            let mut samples = [0; SAMPLES_MAX];
            for packet in &packets[..lost] {
                decoder.decode(packet, &mut samples);
            }
            let count = match recovers {
                true => decoder.recover(&packets[lost + 1], &mut samples[..FRAME]),
                false => decoder.conceal(&mut samples[..FRAME]),
            };
            assert_eq!(count, FRAME);
            let wanted = &whole[lost * FRAME..(lost + 1) * FRAME];
            let error: Vec<i16> =
                wanted.iter().zip(&samples).map(|(a, b)| a.saturating_sub(*b)).collect();
            let snr = rms_dbfs(wanted) - rms_dbfs(&error);
            if recovers { told.push(snr) } else { made_up.push(snr) }
        }
    }
    let mean = |all: &[f32]| all.iter().sum::<f32>() / all.len() as f32;
    let (told, made_up) = (mean(&told), mean(&made_up));
    assert!(told > 5.0 && told > made_up, "told {told:.1} dB, made up {made_up:.1} dB");
}

#[test]
fn losses_that_go_on_fade() {
    let packets = packets(&voice(800), FRAME);
    let mut decoder = Decoder::new().unwrap();
    let mut samples = [0; SAMPLES_MAX];
    for packet in &packets {
        decoder.decode(packet, &mut samples);
    }
    let mut level = |_: usize| {
        decoder.conceal(&mut samples[..FRAME]);
        rms_dbfs(&samples[..FRAME])
    };
    let first = level(0);
    let last = (1..40).map(level).last().unwrap();
    assert!(last < first - 10.0, "{first} to {last} dBFS");
}

/// What a peer with DTX sends in a pause (RFC 6716 section 2.1.9): the first byte alone.
#[test]
fn a_pause_told_by_one_byte_is_comfort_noise_or_silence() {
    let packets = packets(&voice(400), FRAME);
    let mut decoder = Decoder::new().unwrap();
    let mut samples = [0; SAMPLES_MAX];
    for packet in &packets {
        decoder.decode(packet, &mut samples);
    }
    let mut last = 0.0;
    for _ in 0..50 {
        assert_eq!(decoder.decode(&packets[0][..1], &mut samples), FRAME);
        last = rms_dbfs(&samples[..FRAME]);
    }
    assert!(last < -40.0, "{last} dBFS");
}

#[test]
fn a_packet_tells_its_own_length() {
    for (packet, samples) in [
        (&[0x08][..], Some(320)),
        (&[0x00], Some(160)),
        (&[0x18], Some(960)),
        (&[0x19], Some(1_920)),
        (&[0x1B, 3], None),
        (&[0xF8], Some(320)),
        (&[0x83, 48], Some(1_920)),
        (&[0x83, 49], None),
        (&[0x83, 0], None),
        (&[0x83], None),
        (&[], None),
    ] {
        assert_eq!(samples_in(packet), samples, "{packet:02x?}");
    }
}

#[test]
fn whatever_comes_nothing_panics_and_a_voice_is_heard_again() {
    let good = packets(&voice(600), FRAME);
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut dice = move |sides: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed as usize % sides
    };
    let mut decoder = Decoder::new().unwrap();
    let mut samples = [0; SAMPLES_MAX];
    for _ in 0..20_000 {
        let mut packet = good[dice(good.len())].clone();
        match dice(3) {
            0 => packet = (0..dice(300)).map(|_| dice(256) as u8).collect(),
            1 => packet.truncate(dice(packet.len() + 1)),
            _ => (0..1 + dice(6)).for_each(|_| {
                let place = dice(packet.len());
                packet[place] ^= 1 << dice(8);
            }),
        }
        match dice(8) {
            0 => decoder.recover(&packet, &mut samples[..[160, 320, 640, 960][dice(4)]]),
            1 => decoder.conceal(&mut samples[..40 * (1 + dice(24))]),
            _ => decoder.decode(&packet, &mut samples),
        };
    }
    let mut level = |packet: &Vec<u8>| {
        let count = decoder.decode(packet, &mut samples);
        rms_dbfs(&samples[..count])
    };
    let heard: Vec<f32> = good.iter().map(&mut level).collect();
    assert!(heard[10..].iter().all(|level| *level > -40.0), "{heard:?}");
}
