"""The real command, in a process of its own."""

import json
import os
import subprocess
import sys

import pytest

from harmonia_plugins import MemoryEngine, __version__

LINES = [
    {"role": "user", "text": "My sailing boat is called Petrel", "time": "2024-05-01T10:00:00",
     "session": "boats", "id": "m1"},
    {"role": "assistant", "content": "A fine name for a boat.", "session": "boats"},
    {"name": "Ada", "text": "I work as a glass blower", "session": "work"},
]  # fmt: skip


def run(*arguments, stdin="", **environment):
    return subprocess.run(
        [sys.executable, "-m", "harmonia_plugins", *map(str, arguments)],
        input=stdin, capture_output=True, text=True, timeout=200,
        env={**os.environ, "PYTHONIOENCODING": "utf-8", **environment},
    )  # fmt: skip


def write_lines(path, lines):
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    path.write_text(text + "\n", "utf-8")
    return path


def answers_of(output):
    """Return the text below each question, on one line."""
    parts = " ".join(output.split()).split(" ? ")
    return parts[1:]


def test_without_a_command_the_help_is_printed():
    done = run()
    assert done.returncode == 0
    assert "demo" in done.stdout
    assert "--version" in done.stdout


def test_version():
    assert run("--version").stdout == f"harmonia-plugins {__version__}\n"


def test_the_story_survives_the_kill_and_is_answered():
    done = run("demo")
    assert done.returncode == 0, done.stderr
    assert "ended with signal 9" in done.stdout or os.name == "nt"
    assert "finds all 13 messages" in done.stdout
    expected = [
        "hazelnuts", "Miso", "Luzia", "read the meter", "is on 7 April 2025", "nothing found",
        "User now works at Google as a team lead", "User works as a software engineer at AWS",
        "User works as a software engineer at AWS",
    ]  # fmt: skip
    for answer, wanted in zip(answers_of(done.stdout), expected, strict=True):
        first = answer.split(" 2. ")[0]
        assert wanted in first
        if wanted != "nothing found":
            assert "found by meaning (no. " in first
    assert "words (no. 1, " in done.stdout
    assert "\x1b" not in done.stdout


def test_the_story_shows_learning_a_change_and_the_way_back():
    said = " ".join(run("demo").stdout.split())
    told = (
        "created User's name is Jason Thompson personal,",
        "created User works as a software engineer at AWS factual,",
        "created User has a dog called Biggie relational,",
        "created User has a meeting on 13 May 2025 at 14:00 temporal, 90 % sure, "
        "happens Tue 13 May 2025, 14:00",
        "superseded User works as a software engineer at AWS factual, 90 % sure, "
        "true until 23 Jun 2025; why: ",
        "created User now works at Google as a team lead factual,",
        "revision 2, superseded: true since 12 May 2025 until 23 Jun 2025",
        "reverted User works as a software engineer at AWS",
        "reverted User now works at Google as a team lead factual, 90 % sure, now retracted",
    )
    places = [said.find(part) for part in told]
    assert -1 not in places, told[places.index(-1)]
    assert places == sorted(places)


def test_the_store_of_the_story_can_be_kept(tmp_path):
    assert run("demo", "--store", tmp_path / "kept").returncode == 0
    with MemoryEngine(tmp_path / "kept") as engine:
        assert [s.messages for s in engine.sessions(user_id="demo")] == [7, 6]
        work = engine.memories(user_id="jason", sort="content")
        assert "User works as a software engineer at AWS" in [memory.content for memory in work]


def test_a_file_of_lines_is_stored_and_asked(tmp_path):
    chat = write_lines(tmp_path / "chat.jsonl", LINES)
    done = run("demo", "--file", chat, "--question", "What is the boat called?",
               "--question", "What does Ada do for a living?")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "3 of 3 messages" in done.stdout
    assert "2 memories were learned" in done.stdout
    boat, ada = answers_of(done.stdout)
    told = "Wed 01 May 2024, 10:00 memory, factual User's sailing boat is called Petrel"
    assert told in boat.split(" 2. ")[0]
    assert "Ada I work as a glass blower" in ada.split(" 2. ")[0]


def test_storing_a_file_twice_adds_nothing(tmp_path):
    chat = write_lines(tmp_path / "chat.jsonl", [*LINES, LINES[1]])
    for _ in range(2):
        assert run("demo", "--file", chat, "--store", tmp_path / "s").returncode == 0
    with MemoryEngine(tmp_path / "s") as engine:
        assert [s.messages for s in engine.sessions(user_id="chat")] == [3, 1]


def test_a_conversation_with_speakers_captions_and_questions(tmp_path):
    whole = {
        "conversation": "c1",
        "speakers": ["Ida", "assistant"],
        "messages": [
            {"id": "1", "session": "s1", "time": "2024-02-03T09:00:00", "speaker": "Ida",
             "text": "Look what I knitted!", "image_caption": "a striped scarf"},
            {"id": "2", "session": "s1", "time": "2024-02-03T09:01:00", "speaker": "assistant",
             "text": "Very neat work."},
        ],
        "questions": [{"question": "What did Ida knit?", "answer": "A scarf", "evidence": ["1"]}],
    }  # fmt: skip
    path = tmp_path / "c1.json"
    path.write_text(json.dumps(whole, indent=2), "utf-8")
    done = run("demo", "--file", path, "--store", tmp_path / "s", "--user", "ida")
    assert done.returncode == 0, done.stderr
    (answer,) = answers_of(done.stdout)
    assert "Ida Look what I knitted! [image: a striped scarf]" in answer.split(" 2. ")[0]
    assert "the file's answer: A scarf" in answer
    with MemoryEngine(tmp_path / "s") as engine:
        said = engine.messages(user_id="ida", session_id="s1")
    assert [(m.role, m.name, m.id) for m in said] == [
        ("user", "Ida", "1"),
        ("assistant", None, "2"),
    ]


def test_without_questions_it_says_how_to_ask(tmp_path):
    done = run("demo", "--file", write_lines(tmp_path / "chat.jsonl", LINES))
    assert done.returncode == 0
    assert '--question "..."' in done.stdout


def test_text_cannot_steer_the_terminal(tmp_path):
    chat = write_lines(tmp_path / "c.jsonl", [{"role": "user", "text": "red \x1b[31m kite\u202e"}])
    done = run("demo", "--file", chat, "--question", "kite")
    assert "\x1b" not in done.stdout
    assert "\u202e" not in done.stdout


GOOD = '{"role": "user", "text": "hello"}'
BAD = [
    ([GOOD, '{"role": "user", "text": '], "line 2: not JSON"),
    (['{"role": "user" "text": 1}', GOOD], "line 1: not JSON"),
    ([GOOD, "", '{"role": "user"}'], 'line 3: there is no "text"'),
    ([GOOD, '{"text": "hi"}'], "line 2: nobody says it"),
    ([GOOD, '{"role": "user", "text": 7}'], 'line 2: "text" must be a string, not 7'),
    ([GOOD, '"hello"'], "line 2: a message looks like"),
    ([GOOD, '{"role": "user", "text": "x", "time": "noon"}'], 'line 2: "time" must be such as'),
    ([GOOD, '{"role": "user", "text": "x", "time": 5}'], 'line 2: "time" must be such as'),
    ([GOOD, '{"role": "user", "text": "x", "id": []}'], 'line 2: "id" must be a string'),
    ([GOOD, '{"role": "user", "text": "\\ud800"}'], "line 2: \"text\" holds half a character"),
    (["{", '  "messages": [', "    oops", "]}"], "line 3: not JSON"),
    (['{"messages": 3}'], '"messages" must be a list'),
    (['{"messages": [{"text": "x"}]}'], "message 1: nobody says it"),
    (['{"messages": [{"role": "user", "text": "x"}], "questions": [1]}'], "question 1: write"),
    ([""], "holds no messages"),
]  # fmt: skip


@pytest.mark.parametrize(("lines", "message"), BAD, ids=[message for _, message in BAD])
def test_a_bad_file_is_named_with_line_and_remedy(tmp_path, capsys, lines, message):
    from harmonia_plugins.__main__ import main

    path = write_lines(tmp_path / "chat.jsonl", lines)
    assert main(["demo", "--file", str(path)]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"error: {path}")
    assert message in said


def test_a_file_that_is_not_utf8_or_not_there(tmp_path, capsys):
    from harmonia_plugins.__main__ import main

    path = tmp_path / "latin.jsonl"
    path.write_bytes(GOOD.encode() + b'\n{"role": "user", "text": "caf\xe9"}\n')
    assert main(["demo", "--file", str(path)]) == 2
    assert f"{path}, line 2: not UTF-8" in capsys.readouterr().err
    assert main(["demo", "--file", str(tmp_path / "none.jsonl")]) == 2
    assert "cannot be read: No such file" in capsys.readouterr().err


def test_wrong_options(tmp_path, capsys):
    from harmonia_plugins.__main__ import main

    assert main(["demo", "--question", "why?"]) == 2
    assert "add --file" in capsys.readouterr().err
    chat = write_lines(tmp_path / "chat.jsonl", LINES)
    assert main(["demo", "--file", str(chat), "--question", " "]) == 2
    assert "is blank" in capsys.readouterr().err


def test_an_error_of_the_engine_is_one_line(tmp_path, capsys):
    from harmonia_plugins.__main__ import main

    chat = write_lines(tmp_path / "chat.jsonl", LINES)
    assert main(["demo", "--file", str(chat), "--store", str(chat)]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_ctrl_c_ends_cleanly(tmp_path):
    import signal
    import time

    if os.name == "nt":
        pytest.skip("no SIGINT for a child there")
    lines = [
        {"role": "user", "text": f"note {n} " + "about many things " * 60} for n in range(3000)
    ]
    chat = write_lines(tmp_path / "long.jsonl", lines)
    process = subprocess.Popen(
        [sys.executable, "-m", "harmonia_plugins", "demo", "--file", str(chat)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        # A shell hands its background jobs an ignored Ctrl-C, which a child would inherit.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )  # fmt: skip
    assert process.stdout is not None
    while "Storing" not in process.stdout.readline():
        pass
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    said, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "of 3000 messages are stored" in said
    assert "Traceback" not in errors
