import pytest
from tiny_onnx import write_folder

from harmonia_plugins.config import Settings
from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.providers import CheckedEmbedder, make_embedder
from harmonia_plugins.providers.embedded import EmbeddedEmbedder
from harmonia_plugins.providers.functional import CallableEmbedder
from harmonia_plugins.providers.ollama import OllamaEmbedder
from harmonia_plugins.providers.onnx import OnnxFolderEmbedder
from harmonia_plugins.testing import HashEmbedder

SETTINGS = Settings(embedder="embedded", ollama_url="http://far:1/", provider_retries=0)


def test_nothing_takes_the_one_in_the_settings(tmp_path):
    assert isinstance(make_embedder(None, SETTINGS), EmbeddedEmbedder)
    folder = Settings(embedder=str(write_folder(tmp_path)))
    assert isinstance(make_embedder(None, folder), OnnxFolderEmbedder)


def test_ollama_takes_everything_after_the_colon_and_the_settings():
    embedder = make_embedder("ollama:nomic-embed-text:v1.5", SETTINGS)
    assert isinstance(embedder, OllamaEmbedder)
    assert embedder.fingerprint == "ollama:nomic-embed-text:v1.5"
    embedder.close()


@pytest.mark.parametrize("kind", [str, lambda path: path])
def test_a_folder_is_taken_as_text_or_path(tmp_path, kind):
    embedder = make_embedder(kind(write_folder(tmp_path)), SETTINGS)
    assert embedder.embed(["a"]).shape == (1, 8)


@pytest.mark.parametrize("own", [HashEmbedder(), CheckedEmbedder(HashEmbedder())])
def test_an_embedder_is_taken_as_it_is(own):
    assert make_embedder(own, SETTINGS) is own


def test_members_are_looked_up_without_running_them():
    class Expensive(HashEmbedder):
        @property
        def dimension(self):
            raise AssertionError("asked before it was needed")

    assert isinstance(make_embedder(Expensive(), SETTINGS), Expensive)


def test_a_function_is_taken():
    def mine(texts):
        return [[1.0]] * len(texts)

    assert isinstance(make_embedder(mine, SETTINGS), CallableEmbedder)
    assert make_embedder(HashEmbedder(8).embed, SETTINGS).embed(["a"]).shape == (1, 8)


@pytest.mark.parametrize(
    "choice",
    ["", " ", "ollama:", "ollama: ", "openai:x", "sentence-transformers/x", 7, HashEmbedder, b"x"],
)
def test_anything_else_is_refused_with_the_choices(choice):
    with pytest.raises(InvalidInputError, match="'ollama:<model>'") as caught:
        make_embedder(choice, SETTINGS)
    assert repr(choice) in str(caught.value)


def test_half_an_embedder_is_refused_naming_what_it_lacks():
    class Half:
        dimension = 3

        def embed(self, texts):
            return [[1.0, 0.0, 0.0]] * len(texts)

    with pytest.raises(InvalidInputError, match="no `fingerprint`"):
        make_embedder(Half(), SETTINGS)
