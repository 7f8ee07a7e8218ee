"""From a voice's samples to a clip: cut, trimmed, faded, levelled; all at 16 kHz.

The levels here are those that the `clips` room measures: speech is the 20 ms frames within 25 dB of the
loudest one, and its RMS stands at -18 dBFS; no sample passes -3 dBFS.
"""
import numpy as np

RATE = 16_000
LEVEL = 10 ** (-18 / 20)
PEAK = 10 ** (-3.1 / 20)
FADE = RATE * 5 // 1000
KEPT_BEFORE = RATE * 8 // 1000
KEPT_AFTER = RATE * 15 // 1000
PAUSE_KEPT = RATE * 60 // 1000


def active_rms(x: np.ndarray) -> float:
    """RMS of the speech in x; 0 for silence."""
    size = RATE // 50
    if len(x) < size:
        return float(np.sqrt(np.mean(np.square(x)))) if len(x) else 0.0
    power = np.square(x[: len(x) // size * size]).reshape(-1, size).mean(1)
    speech = power[power > power.max() * 10 ** -2.5]
    return float(np.sqrt(speech.mean())) if len(speech) else 0.0


def envelope(x: np.ndarray) -> np.ndarray:
    """Smoothed power, one value a sample, over 10 ms."""
    window = np.hanning(RATE // 100)
    return np.convolve(np.square(x), window / window.sum(), "same")


def trim(x: np.ndarray, under_db: float = 42, before: int = KEPT_BEFORE, after: int = KEPT_AFTER) -> np.ndarray:
    """Takes off the ends what is this far under the loudest, but for some samples."""
    power = envelope(x)
    loud = np.flatnonzero(power > power.max() * 10 ** (-under_db / 10))
    if not len(loud):
        return x[:0]
    return x[max(0, loud[0] - before):loud[-1] + after]


def fade(x: np.ndarray) -> np.ndarray:
    """Raised-cosine ends of 5 ms, so that a clip begins and ends at nothing."""
    size = min(FADE, len(x) // 2)
    ramp = (1 - np.cos(np.linspace(0, np.pi, size))) / 2
    out = x.copy()
    out[:size] *= ramp
    out[len(out) - size:] *= ramp[::-1]
    return out


def limit(x: np.ndarray) -> np.ndarray:
    """Turns peaks down smoothly (over 4 ms) instead of clipping them."""
    need = np.minimum(1, PEAK / np.maximum(np.abs(x), 1e-9))
    if need.min() == 1:
        return x
    reach = RATE // 500
    padded = np.pad(need, reach, mode="edge")
    lowest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(1)
    window = np.hanning(2 * reach + 3)[1:-1]
    gain = np.convolve(np.pad(lowest, reach, mode="edge"), window / window.sum(), "valid")
    return np.clip(x * gain, -PEAK, PEAK)


def level(x: np.ndarray) -> np.ndarray:
    """Speech at -18 dBFS with no peak over -3."""
    for _ in range(4):
        loud = active_rms(x)
        if loud == 0:
            return x
        x = limit(x * (LEVEL / loud))
    return x


def unit(whole: np.ndarray, place) -> np.ndarray:
    """Cuts an item out of a spoken list, in the middle of the pauses around it, and levels it.

    The pauses are where the model says; looking for silence instead takes weak first and last sounds away.
    """
    gap, start, end, gap_end = place
    first = max((gap + start) // 2, start - PAUSE_KEPT)
    last = min((end + gap_end) // 2, end + PAUSE_KEPT)
    return level(whole[first:last])


def tidy(x: np.ndarray) -> np.ndarray:
    """Takes off the true silence that the first and the last item of a list have."""
    return fade(trim(x, 52, PAUSE_KEPT // 2, PAUSE_KEPT))


def sixteen_bit(x: np.ndarray, bits: int = 11) -> np.ndarray:
    """16-bit samples in steps of `bits` bits: below what A-law adds to speech, and half as much to store."""
    step = 1 << (16 - bits)
    return (np.round(np.clip(x, -0.99, 0.99) * 32767 / step) * step).astype(np.int16)
