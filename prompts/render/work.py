"""The rendering itself; started by render.py inside its venv."""
import argparse
import csv
import functools
import hashlib
import io
import multiprocessing
import re
import subprocess
import sys
import time
import tomllib
import unicodedata
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
import soxr

import kokoro
import shape

PROMPTS = Path(__file__).resolve().parent.parent
UNIT_PACE = 0.72
REVISION = "2"  # of the packs: a change takes nothing over from the committed ones
CACHE_REVISION = "1"  # of the utterances in the cache: a change renders everything again
LIST_LENGTH, LIST_LETTERS = 12, 180  # units spoken in one breath
BETWEEN_CLIPS = shape.RATE * 20 // 1000
BETWEEN_SENTENCES = shape.RATE * 250 // 1000
AFTER_COMMA = shape.RATE * 120 // 1000
COLUMNS = ["id", "start", "length", "text_hash", "kind", "engine", "voice", "version", "licence", "text"]


@dataclass(frozen=True)
class Wanted:
    """One clip of the inventory."""
    id: str
    kind: str  # segment, unit, name
    form: str  # of a unit: m (more follows) or f (final)
    text: str
    hash: str
    spelt: str = ""  # for the voice, where it differs from the text
    pace: float = 1.0


@dataclass(frozen=True)
class Utterance:
    """A sentence, or an item of a spoken list."""
    text: str
    form: str  # - for a sentence, m for an item with a comma after it, f with a full stop
    pace: float = 1.0

    def key(self, voice: str) -> str:
        parts = "|".join([CACHE_REVISION, kokoro.VERSION, voice, self.text, self.form]
                         + ([str(self.pace)] if self.pace != 1 else []))
        return hashlib.sha256(parts.encode()).hexdigest()[:32]


def inventory(language: str) -> list[Wanted]:
    """Every clip that the words of `language` need, then the names."""
    lister = ["cargo", "run", "-q", "-p", "words", "--example", "inventory", "--", language]
    table = subprocess.run(lister, cwd=PROMPTS.parent, check=True, capture_output=True, text=True).stdout
    rows = csv.DictReader(table.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE)
    clips = [Wanted(r["id"], r["kind"], r["form"], r["text"], r["hash"]) for r in rows]
    return clips + names(language)


def spoken_how(clips: list[Wanted], dates: set[str]) -> list[Wanted]:
    """Dates are spoken alike in the middle and at the end: half the audio, for a fall of the voice.

    Short units are spoken slower than the model reads a list: a lone "dwa" is gone before it is heard.
    """
    def how(clip: Wanted) -> Wanted:
        if clip.kind != "unit":
            return clip
        return replace(clip, form="f") if dates & set(clip.text.split()) else replace(clip, pace=UNIT_PACE)
    return [how(clip) for clip in clips]


def names(language: str) -> list[Wanted]:
    """The names in names.txt: a text, and after a tab how to spell it for the voice."""
    out = []
    for line in (PROMPTS / language / "names.txt").read_text().splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        text, _, spoken = line.partition("\t")
        digest = hashlib.sha256(text.encode()).hexdigest()
        out.append(Wanted(f"name.{slug(text)}", "name", "f", text, digest, spoken))
    return out


def slug(text: str) -> str:
    plain = unicodedata.normalize("NFD", text.lower().replace("ł", "l"))
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


def breaths(clip: Wanted) -> list:
    """A clip as utterances and silences (in samples) between them."""
    if clip.kind != "segment":
        return [Utterance(clip.spelt or clip.text, clip.form, clip.pace)]
    text, out = clip.text.strip(), []
    opening = re.match(r"^[,.;:!?…\s]+", text)
    if opening:  # the rest of a sentence whose middle is another clip
        out.append(BETWEEN_SENTENCES if re.search(r"[.!?…]", opening[0]) else AFTER_COMMA)
        text = text[opening.end():]
    sentences = [s for s in re.split(r"(?<=[.!?…])\s+", text) if re.search(r"\w", s)]
    for n, sentence in enumerate(sentences):
        if n:
            out.append(BETWEEN_SENTENCES)
        open_end = not re.search(r"[.!?…:;,]$", sentence)
        out.append(Utterance(sentence + "," if open_end else sentence, "-"))
    return out


def clip_samples(clip: Wanted, load) -> np.ndarray | None:
    """The clip's samples, or None while one of its breaths is not rendered."""
    if clip.kind != "segment":
        return load(Utterance(clip.spelt or clip.text, clip.form, clip.pace))
    sound = []
    for breath in breaths(clip):
        piece = np.zeros(breath, np.float32) if isinstance(breath, int) else load(breath)
        if piece is None:
            return None
        sound.append(piece)
    return np.concatenate(sound)


_voice = None


def start_worker(folder, voice, language):
    global _voice
    _voice = kokoro.Voice(folder, voice, language)


def render(job):
    """Renders one sentence, or a list of units in one breath, into files in the cache."""
    utterances, paths = job
    form = utterances[0].form
    if form == "-":
        whole = narrow(_voice.say(utterances[0].text))
        sounds = [shape.level(shape.trim(whole))]
    else:
        texts = [u.text for u in utterances]
        # items that more follows need neighbours on both sides
        around = [texts[-1], *texts, texts[0]] if form == "m" else texts
        audio, places = _voice.say_list(around, "," if form == "m" else ".", utterances[0].pace)
        whole = narrow(audio)
        places = places[1:-1] if form == "m" else places
        sounds = [shape.unit(whole, [p * shape.RATE // kokoro.RATE for p in place]) for place in places]
    for sound, path in zip(sounds, paths):
        part = path.with_suffix(".part.npy")
        np.save(part, shape.sixteen_bit(shape.fade(sound), 16))
        part.replace(path)
    return len(utterances), len(whole) / shape.RATE


def narrow(audio: np.ndarray) -> np.ndarray:
    return soxr.resample(audio, kokoro.RATE, shape.RATE, quality="VHQ")


def in_breaths(utterances: list[Utterance]) -> list[list[Utterance]]:
    """Sentences alone; units of one form by the dozen, in the order given."""
    out, lists = [], {}
    for utterance in utterances:
        if utterance.form == "-":
            out.append([utterance])
            continue
        like = utterance.form, utterance.pace
        batch = lists.get(like)
        if batch is None or len(batch) == LIST_LENGTH or sum(len(u.text) for u in batch) > LIST_LETTERS:
            batch = lists[like] = []
            out.append(batch)
        batch.append(utterance)
    return out


class Cache:
    """Rendered utterances of one voice in one language."""

    def __init__(self, folder: Path, voice: str):
        self.folder, self.voice = folder, voice
        folder.mkdir(parents=True, exist_ok=True)

    def path(self, utterance: Utterance) -> Path:
        return self.folder / f"{utterance.key(self.voice)}.npy"

    @functools.cache  # also so that what two clips share is one object, and is stored once
    def load(self, utterance: Utterance):
        path = self.path(utterance)
        if not path.exists():
            return None
        sound = np.load(path).astype(np.float32) / 32767
        return sound if utterance.form == "-" else shape.tidy(sound)


@dataclass(frozen=True)
class Made:
    """A clip's samples and who made them."""
    samples: np.ndarray
    engine: str
    voice: str
    version: str
    licence: str


def version() -> str:
    return f"{kokoro.VERSION}, cut {REVISION}"


def read_pack(language: str, setting: dict) -> dict[tuple[str, str], Made]:
    """Clips of the pack that this setting made, by id and text hash; stand-ins are left out."""
    table, sound = PROMPTS / language / "synthetic.tsv", PROMPTS / language / "synthetic.flac"
    if not table.exists() or not sound.exists():
        return {}
    samples, _ = soundfile.read(sound, dtype="int16")
    kept, by_place = {}, {}
    for row in csv.DictReader(table.read_text().splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE):
        if row["voice"] == setting["voice"] and row["version"] == version():
            start, length = int(row["start"]), int(row["length"])
            if start not in by_place:
                by_place[start] = made_by(setting, samples[start:start + length].astype(np.float32) / 32767)
            kept[row["id"], row["text_hash"]] = by_place[start]
    return kept


def made_by(setting: dict, samples: np.ndarray) -> Made:
    return Made(samples, setting["engine"], setting["voice"], version(), kokoro.LICENCE)


@functools.cache
def stand_in(text: str, voice: str) -> Made:
    """What is played until a clip is rendered: espeak-ng says it."""
    command = ["espeak-ng", "-v", voice, "-s", "150", "--stdout", "--", text]
    done = subprocess.run(command, capture_output=True, check=True)
    samples, rate = soundfile.read(io.BytesIO(done.stdout), dtype="float32")
    whole = shape.trim(soxr.resample(samples, rate, shape.RATE, quality="VHQ"))
    return Made(shape.fade(shape.level(whole)), "espeak-ng", voice, "1.51, stand-in", "GPL-3.0-or-later engine")


def older(clip: Wanted, cache: Cache, setting: dict) -> Made | None:
    """A unit as it was rendered at the model's own pace, before units were spoken slower."""
    sound = cache.load(Utterance(clip.spelt or clip.text, clip.form)) if clip.kind == "unit" else None
    return None if sound is None else replace(made_by(setting, sound), version=f"{kokoro.VERSION}, cut 1")


def other_form(clip: Wanted, made: dict[str, Made]) -> Made | None:
    """The same unit as rendered for another place in the sentence: better than another voice."""
    other = made.get(clip.id[:-1] + ("f" if clip.form == "m" else "m")) if clip.kind == "unit" else None
    return replace(other, version=f"{version()}, the other form") if other else None


def write_pack(language: str, setting: dict, clips: list[Wanted], made: dict[str, Made]) -> float:
    """synthetic.flac: the clips with 20 ms of silence between; synthetic.tsv: where and from what."""
    rows, sound, at, placed = [], [], 0, {}
    for clip in clips:
        if clip.id not in made:
            continue
        by = made[clip.id]
        piece = shape.sixteen_bit(by.samples)
        start = placed.get(id(by.samples))
        if start is None:
            start = placed[id(by.samples)] = at
            sound += [piece, np.zeros(BETWEEN_CLIPS, np.int16)]
            at += len(piece) + BETWEEN_CLIPS
        rows.append([clip.id, start, len(piece), clip.hash, "synthetic", by.engine, by.voice, by.version, by.licence,
                     clip.text])
    folder = PROMPTS / language
    soundfile.write(folder / "synthetic.flac", np.concatenate(sound), shape.RATE, subtype="PCM_16", format="FLAC",
                    compression_level=1.0)
    lines = ["\t".join(str(c) for c in row) for row in [COLUMNS, *rows]]
    (folder / "synthetic.tsv").write_text("\n".join(lines) + "\n")
    return at / shape.RATE


def render_missing(language, setting, todo, cache, root, minutes):
    """Renders utterances until done or out of time."""
    until, done, spoken, began = time.monotonic() + minutes * 60, 0, 0.0, time.monotonic()
    jobs = [(batch, [cache.path(u) for u in batch]) for batch in in_breaths(todo)]
    workers = (root, setting["voice"], setting["phonemes"])
    with multiprocessing.get_context("spawn").Pool(2, start_worker, workers) as pool:
        for n, (count, seconds) in enumerate(pool.imap(render, jobs), 1):
            done, spoken = done + count, spoken + seconds
            if n % 20 == 0 or n == len(jobs):
                took = time.monotonic() - began
                print(f"{language}: {done}/{len(todo)} utterances, {spoken:.0f} s of speech in {took:.0f} s", flush=True)
            if time.monotonic() > until:
                break
        pool.terminate()


def order(clip: Wanted) -> tuple:
    """Prompts and names before units; short units (numbers) before long ones (dates)."""
    return clip.kind == "unit", len(clip.text.split()) > 1 and not clip.form == "f", len(clip.text)


def language_run(language: str, setting: dict, root: Path, options) -> None:
    clips = spoken_how(inventory(language), set(setting["one_form"].split()))
    cache = Cache(options.cache / "utterances" / language, setting["voice"])
    kept = {} if options.fresh else read_pack(language, setting)
    changed = [c for c in clips if (c.id, c.hash) not in kept]
    todo, seen = [], set()
    for clip in sorted(changed, key=order):
        for breath in breaths(clip):
            if isinstance(breath, Utterance) and breath not in seen and not cache.path(breath).exists():
                seen.add(breath)
                todo.append(breath)
    print(f"{language}: {len(clips)} clips, {len(changed)} to render, {len(todo)} utterances", flush=True)
    if todo and options.limit_minutes > 0:
        render_missing(language, setting, todo, cache, root, options.limit_minutes)
    made = {}
    for clip in clips:
        by = kept.get((clip.id, clip.hash))
        if by is None:
            sound = clip_samples(clip, cache.load)
            by = None if sound is None else made_by(setting, sound)
        if by:
            made[clip.id] = by
    late = [clip for clip in clips if clip.id not in made]
    made |= {clip.id: older(clip, cache, setting) or other_form(clip, made)
             or stand_in(clip.spelt or clip.text, setting["names"]) for clip in late}
    seconds = write_pack(language, setting, clips, made)
    print(f"{language}: {len(clips)} clips, {seconds / 60:.1f} min, {len(late)} of them stand-ins", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("cache", type=Path)
    parser.add_argument("languages", nargs="*", default=["pl", "en", "it", "pt"])
    parser.add_argument("--limit-minutes", type=float, default=1e6)
    parser.add_argument("--fresh", action="store_true", help="render all, also what did not change")
    parser.add_argument("--score", action="store_true", help="print the recogniser's word errors")
    parser.add_argument("--only-score", action="store_true", help="render nothing")
    options = parser.parse_args()
    settings = tomllib.loads((PROMPTS / "voices.toml").read_text())
    root = kokoro.fetch(options.cache)
    for language in options.languages or ["pl", "en", "it", "pt"]:
        if not options.only_score:
            language_run(language, settings[language], root, options)
        if options.score or options.only_score:
            import score
            score.report(language, options.cache)


if __name__ == "__main__":
    sys.exit(main())
