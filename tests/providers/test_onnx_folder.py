import shutil

import numpy as np
import pytest
from tiny_onnx import DIMENSION, INT32, INT64, VOCABULARY, table, write_folder

from harmonia_plugins.errors import InvalidInputError, ProviderError
from harmonia_plugins.providers.embedded import EmbeddedEmbedder
from harmonia_plugins.providers.onnx import OnnxFolderEmbedder
from harmonia_plugins.testing.conformance import embedder_tests


def expected(text, pooling="mean"):
    rows = table()[[VOCABULARY.get(word, 1) for word in text.split()]]
    vector = rows[0] if pooling == "cls" else rows.mean(axis=0)
    return vector / np.linalg.norm(vector)


@pytest.fixture(scope="module")
def minilm(tmp_path_factory):
    """A folder as sentence-transformers exports it, made of the embedded model's own files."""
    folder = tmp_path_factory.mktemp("minilm")
    files = EmbeddedEmbedder()._find()
    (folder / "onnx").mkdir()
    shutil.copy(files.weights, folder / "onnx" / "model.onnx")
    shutil.copy(files.tokenizer, folder / "tokenizer.json")
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 256}')
    return folder


def test_a_folder_with_the_embedded_model_gives_its_vectors(minilm):
    texts = ["My dog is called Biscuit.", "tea " * 400, "What?"]
    rows = OnnxFolderEmbedder(minilm).embed(texts)
    assert np.allclose(rows, EmbeddedEmbedder().embed(texts), atol=1e-6)


def test_a_folder_of_a_real_model_conforms(minilm):
    loaded = OnnxFolderEmbedder(minilm)
    for check in embedder_tests(lambda: loaded):
        check()


@pytest.mark.parametrize("weights", ["model.onnx", "onnx/model_quantized.onnx"])
def test_the_vector_is_the_mean_of_the_tokens(tmp_path, weights):
    embedder = OnnxFolderEmbedder(write_folder(tmp_path, weights=weights))
    texts = ["a b c", "d", "e f g h i j k", "unknown"]
    assert embedder.dimension == DIMENSION
    assert np.allclose(embedder.embed(texts), [expected(text) for text in texts], atol=1e-5)


def test_cls_pooling_takes_the_first_token(tmp_path):
    pooling = {"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}
    write_folder(tmp_path, configs={"1_Pooling/config.json": pooling})
    rows = OnnxFolderEmbedder(tmp_path).embed(["c b a", "d"])
    assert np.allclose(rows, [expected("c b a", "cls"), expected("d", "cls")], atol=1e-5)


def test_a_model_that_pools_by_itself_is_believed(tmp_path):
    rows = OnnxFolderEmbedder(write_folder(tmp_path, pooled=(1,))).embed(["a b"])
    assert np.allclose(rows, [expected("a b")], atol=1e-5)


def test_inputs_are_supplied_as_the_model_names_and_types_them(tmp_path):
    write_folder(tmp_path, inputs={"token_type_ids": INT32, "input_ids": INT32})
    rows = OnnxFolderEmbedder(tmp_path).embed(["a", "b c"])
    assert np.allclose(rows, [expected("a"), expected("b c")], atol=1e-5)


def test_an_unknown_input_is_an_error(tmp_path):
    write_folder(tmp_path, inputs={"input_ids": INT64, "pixel_values": INT64})
    with pytest.raises(ProviderError, match="pixel_values"):
        OnnxFolderEmbedder(tmp_path).embed(["a"])


def test_a_model_without_vectors_is_refused(tmp_path):
    write_folder(tmp_path, pooled=(1, 2))
    with pytest.raises(ProviderError, match=r"model\.onnx has no output of token or sentence"):
        OnnxFolderEmbedder(tmp_path).embed(["a"])


def test_a_model_with_scales_taken_per_run_still_gives_one_vector_per_text(tmp_path):
    embedder = OnnxFolderEmbedder(write_folder(tmp_path, quantized=True))
    alone = embedder.embed(["a b"])
    beside_a_large_one = embedder.embed(["a b", "t", "a c"])
    assert np.array_equal(alone[0], beside_a_large_one[0])
    assert alone[0] @ expected("a b") > 0.99


@pytest.mark.parametrize(
    "configs",
    [
        {"sentence_bert_config.json": {"max_seq_length": 8}},
        {"tokenizer_config.json": {"model_max_length": 8}},
        {"tokenizer_config.json": {"model_max_length": 1e30}, "config.json": {}},
        {"config.json": {"max_position_embeddings": 8}},
    ],
)
def test_the_length_is_what_the_folder_says(tmp_path, configs):
    embedder = OnnxFolderEmbedder(write_folder(tmp_path, configs=configs))
    limit = 512 if "config.json" in configs and not configs["config.json"] else 8
    text = "a " * limit
    same = embedder.embed([text, text + "t t t t"])
    assert same[0] @ same[1] > 0.99999
    assert embedder.fingerprint.endswith(f":mean:{limit}")


def test_the_fingerprint_follows_content_not_place(tmp_path):
    first = OnnxFolderEmbedder(write_folder(tmp_path / "one"))
    copy = OnnxFolderEmbedder(shutil.copytree(tmp_path / "one", tmp_path / "two"))
    assert first.fingerprint == copy.fingerprint
    others = [
        write_folder(tmp_path / "three", quantized=True),
        write_folder(tmp_path / "four", configs={"config.json": {"max_position_embeddings": 99}}),
        write_folder(
            tmp_path / "five", configs={"1_Pooling/config.json": {"pooling_mode_cls_token": True}}
        ),
    ]
    names = {OnnxFolderEmbedder(folder).fingerprint for folder in others}
    assert len(names | {first.fingerprint}) == 4


@pytest.mark.parametrize(
    ("configs", "named"),
    [
        ({"1_Pooling/config.json": {"pooling_mode_lasttoken": True}}, "pooling_mode_lasttoken"),
        ({"modules.json": [{"type": "sentence_transformers.models.Dense"}]}, "'Dense'"),
    ],
)
def test_what_would_give_wrong_vectors_is_refused(tmp_path, configs, named):
    embedder = OnnxFolderEmbedder(write_folder(tmp_path, configs=configs))
    with pytest.raises(ProviderError, match=named):
        embedder.embed(["a"])


def test_the_modules_of_a_plain_sentence_transformer_are_accepted(tmp_path):
    kinds = ["Transformer", "Pooling", "Normalize"]
    modules = [{"type": f"sentence_transformers.models.{kind}"} for kind in kinds]
    write_folder(tmp_path, configs={"modules.json": modules})
    assert OnnxFolderEmbedder(tmp_path).embed(["a"]).shape == (1, DIMENSION)


def test_a_folder_without_weights_or_tokenizer_is_refused(tmp_path):
    with pytest.raises(InvalidInputError, match=r"no ONNX weights.*model\.onnx"):
        OnnxFolderEmbedder(tmp_path)
    write_folder(tmp_path)
    (tmp_path / "tokenizer.json").unlink()
    with pytest.raises(InvalidInputError, match=r"tokenizer\.json"):
        OnnxFolderEmbedder(tmp_path)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "sentence_bert_config.json"])
def test_a_damaged_file_is_named(tmp_path, name):
    write_folder(tmp_path)
    (tmp_path / name).write_bytes(b"{ nothing of use")
    with pytest.raises(ProviderError, match=name):
        OnnxFolderEmbedder(tmp_path).embed(["a"])


def test_a_model_that_fails_in_a_run_is_named(tmp_path):
    write_folder(tmp_path)
    content = (tmp_path / "tokenizer.json").read_text()
    (tmp_path / "tokenizer.json").write_text(content.replace('"t": 21', '"t": 9999'))
    with pytest.raises(ProviderError, match=r"model\.onnx failed"):
        OnnxFolderEmbedder(tmp_path).embed(["t"])
