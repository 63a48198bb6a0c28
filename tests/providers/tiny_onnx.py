"""Writes model folders small enough for a test: a table of word vectors as an ONNX model.

ONNX files are protocol buffers; the few messages needed are written by hand, since the library
that makes such files is larger than all this package depends on.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

WORDS = "abcdefghijklmnopqrst"
VOCABULARY = {"[PAD]": 0, "[UNK]": 1} | {word: 2 + i for i, word in enumerate(WORDS)}
DIMENSION = 8

FLOAT, UINT8, INT8, INT32, INT64 = 1, 2, 3, 6, 7
INPUTS = {"input_ids": INT64, "attention_mask": INT64}


def table() -> np.ndarray:
    """Return the vector of each token, of lengths from 1 to 60."""
    rows = np.random.default_rng(7).normal(size=(len(VOCABULARY), DIMENSION))
    return (rows * np.linspace(1, 60, len(rows))[:, None]).astype(np.float32)


def write_folder(
    folder: Path,
    *,
    weights: str = "model.onnx",
    inputs: dict[str, int] = INPUTS,
    quantized: bool = False,
    pooled: tuple[int, ...] = (),
    configs: dict[str, object] | None = None,
) -> Path:
    """Write a model and its tokenizer; `configs` are further JSON files by their paths.

    `pooled` names axes of (text, token, number) whose mean the model takes by itself.
    """
    target = folder / weights
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(_model(inputs, quantized=quantized, pooled=pooled))
    tokenizer = Tokenizer(WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    for name, content in (configs or {}).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(json.dumps(content), encoding="utf-8")
    return folder


def _model(inputs: dict[str, int], *, quantized: bool, pooled: tuple[int, ...]) -> bytes:
    states = "token_vectors" if pooled else "last_hidden_state"
    tensors = [_tensor("table", FLOAT, table())]
    nodes = [_node("Gather", ["table", "input_ids"], ["gathered" if quantized else states])]
    if quantized:
        turn = np.rint(np.eye(DIMENSION) * 100).astype(np.int8)
        tensors += [_tensor("turn", INT8, turn), _tensor("hundredth", FLOAT, np.float32([0.01]))]
        nodes += [
            _node("DynamicQuantizeLinear", ["gathered"], ["small", "scale", "zero"]),
            _node("MatMulInteger", ["small", "turn", "zero"], ["product"]),
            _node("Cast", ["product"], ["float"], _attribute("to", FLOAT)),
            _node("Mul", ["float", "scale"], ["scaled"]),
            _node("Mul", ["scaled", "hundredth"], [states]),
        ]
    outputs = [_value(states, FLOAT, ["batch", "sequence", DIMENSION])]
    if pooled:
        mean = _attribute("axes", list(pooled)) + _attribute("keepdims", 0)
        nodes.append(_node("ReduceMean", [states], ["sentence_embedding"], mean))
        outputs = [_value("sentence_embedding", FLOAT, ["batch", DIMENSION][: 3 - len(pooled)])]
    given = [_value(name, kind, ["batch", "sequence"]) for name, kind in inputs.items()]
    graph = b"".join(
        [
            *(_field(1, node) for node in nodes),
            _field(2, "tiny"),
            *(_field(5, tensor) for tensor in tensors),
            *(_field(11, value) for value in given),
            *(_field(12, value) for value in outputs),
        ]
    )
    return _field(1, 8) + _field(7, graph) + _field(8, _field(1, "") + _field(2, 13))


def _field(number: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(number << 3) + _varint(value)
    data = value.encode() if isinstance(value, str) else value
    return _varint(number << 3 | 2) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _node(kind: str, inputs: list[str], outputs: list[str], attributes: bytes = b"") -> bytes:
    names = b"".join(_field(1, name) for name in inputs)
    return names + b"".join(_field(2, name) for name in outputs) + _field(4, kind) + attributes


def _attribute(name: str, value: int | list[int]) -> bytes:
    if isinstance(value, int):
        return _field(5, _field(1, name) + _field(3, value) + _field(20, 2))
    many = b"".join(_field(8, item) for item in value)
    return _field(5, _field(1, name) + many + _field(20, 7))


def _tensor(name: str, kind: int, data: np.ndarray) -> bytes:
    sizes = b"".join(_field(1, size) for size in data.shape)
    return sizes + _field(2, kind) + _field(8, name) + _field(9, data.tobytes())


def _value(name: str, kind: int, shape: list[str | int]) -> bytes:
    sizes = b"".join(
        _field(1, _field(1, size) if isinstance(size, int) else _field(2, size)) for size in shape
    )
    return _field(1, name) + _field(2, _field(1, _field(1, kind) + _field(2, sizes)))
