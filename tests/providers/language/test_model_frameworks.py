"""With the frameworks' own models, where they are installed."""

import json

import pytest

from harmonia_plugins.config import Settings
from harmonia_plugins.errors import ProviderError
from harmonia_plugins.model import Message, Window
from harmonia_plugins.pipeline.prompting import SCHEMA, ModelExtractor
from harmonia_plugins.providers.language import make_language_model

SETTINGS = Settings()
ANSWER = json.dumps({"statements": [{"message": 1, "content": "Ida plays the cello"}]})
WINDOW = Window(messages=(Message("user", "I play the cello."),))


def extracted(model):
    extractor = ModelExtractor(make_language_model(model, SETTINGS), retries=0)
    return [statement.content for statement in extractor.extract(WINDOW)]


@pytest.mark.filterwarnings("ignore")
class TestLangChain:
    @pytest.fixture
    def models(self):
        return pytest.importorskip("langchain_core.language_models")

    def test_a_chat_model(self, models):
        model = models.FakeListChatModel(responses=[ANSWER])
        assert make_language_model(model, SETTINGS).name == "langchain:FakeListChatModel"
        assert extracted(model) == ["Ida plays the cello"]

    def test_a_message_of_parts(self, models):
        messages = pytest.importorskip("langchain_core.messages")
        parts = [{"type": "text", "text": ANSWER[:9]}, {"type": "text", "text": ANSWER[9:]}]
        model = models.FakeMessagesListChatModel(responses=[messages.AIMessage(content=parts)])
        assert extracted(model) == ["Ida plays the cello"]

    def test_a_text_model_and_a_chain(self, models):
        parsers = pytest.importorskip("langchain_core.output_parsers")
        assert extracted(models.FakeListLLM(responses=[ANSWER])) == ["Ida plays the cello"]
        chat = models.FakeListChatModel(responses=[ANSWER])
        assert extracted(chat | parsers.StrOutputParser()) == ["Ida plays the cello"]
        assert extracted(chat | parsers.JsonOutputParser()) == ["Ida plays the cello"]

    def test_a_failing_model(self, models):
        class Broken(models.FakeListChatModel):
            def _call(self, *args, **options):
                raise OSError("no network")

        with pytest.raises(ProviderError, match="langchain:Broken failed: OSError: no network"):
            extracted(Broken(responses=[]))

    def test_a_model_that_takes_a_format_gets_the_schema(self, models):
        asked = []

        class Formatting(models.FakeListChatModel):
            format: str = ""

            def _call(self, messages, stop=None, run_manager=None, **options):
                asked.append(options)
                return ANSWER

        assert extracted(Formatting(responses=[])) == ["Ida plays the cello"]
        assert asked == [{"format": SCHEMA}]

    def test_the_conversation_around_it_does_not_hear_of_the_call(self, models):
        callbacks = pytest.importorskip("langchain_core.callbacks")
        runnables = pytest.importorskip("langchain_core.runnables")
        heard = []

        class Listener(callbacks.BaseCallbackHandler):
            def on_chat_model_start(self, *args, **options):
                heard.append("model")

            def on_chain_start(self, *args, **options):
                heard.append("chain")

        model = make_language_model(models.FakeListChatModel(responses=[ANSWER]), SETTINGS)
        chain = runnables.RunnableLambda(lambda prompt: model.complete(prompt))
        assert chain.invoke("Hello", config={"callbacks": [Listener()]}) == ANSWER
        assert heard == ["chain"]


@pytest.mark.filterwarnings("ignore")
class TestLlamaIndex:
    @pytest.fixture
    def llms(self):
        return pytest.importorskip("llama_index.core.llms")

    @pytest.fixture
    def custom(self, llms):
        class Custom(llms.CustomLLM):
            @property
            def metadata(self):
                return llms.LLMMetadata()

            def complete(self, prompt, formatted=False, **options):
                return llms.CompletionResponse(text=ANSWER)

            def stream_complete(self, prompt, formatted=False, **options):
                raise NotImplementedError

        return Custom

    def test_a_custom_model(self, custom):
        assert make_language_model(custom(), SETTINGS).name == "llamaindex:Custom"
        assert extracted(custom()) == ["Ida plays the cello"]

    def test_the_mock_model_answers_in_prose(self, llms):
        with pytest.raises(ProviderError, match="no usable JSON"):
            extracted(llms.MockLLM(max_tokens=5))

    def test_a_model_with_chat_alone(self, llms):
        class Chat:
            def chat(self, messages):
                assert messages[0].role == "user"
                assert "cello" in messages[0].content
                reply = llms.ChatMessage(role="assistant", content=ANSWER)
                return llms.ChatResponse(message=reply)

        assert extracted(Chat()) == ["Ida plays the cello"]

    def test_models_that_can_only_be_awaited(self, llms, custom):
        class Later(custom):
            def complete(self, prompt, formatted=False, **options):
                raise NotImplementedError

            async def acomplete(self, prompt, formatted=False, **options):
                return llms.CompletionResponse(text=ANSWER)

        class Chat:
            def chat(self, messages):
                raise NotImplementedError

            async def achat(self, messages):
                reply = llms.ChatMessage(role="assistant", content=ANSWER)
                return llms.ChatResponse(message=reply)

        assert extracted(Later()) == extracted(Chat()) == ["Ida plays the cello"]

    def test_a_model_that_takes_a_format_gets_the_schema(self, custom):
        asked = []

        class Ollama(custom):
            json_mode: bool = False

            def complete(self, prompt, formatted=False, **options):
                asked.append(options)
                return super().complete(prompt, formatted)

        assert extracted(Ollama()) == ["Ida plays the cello"]
        assert asked == [{"format": SCHEMA}]
