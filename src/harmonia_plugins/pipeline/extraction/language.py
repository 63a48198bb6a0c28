"""Tells English from other languages by script and by words that only one of them uses."""

from __future__ import annotations

import re

from harmonia_plugins.pipeline.extraction.lexicon import word_set

_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_SAMPLE = 400

_ENGLISH = word_set("""
    i the and is are was were have has had do does did not you your my we our they their he she it
    this that with for to of in at on from by been be just but so what how can will would i'm i've
    it's don't that's i'd i'll me an about as if or got get am went like love really who
    when where why which there here than then out up new hey thanks yes yeah
""")
_OTHER = word_set("""
    yo soy estoy tengo mi mis vivo llamo gusta trabajo el los las una del por para con pero que
    está esta muy mañana ayer hoy también porque cuando nosotros tiene
    je suis j'ai mon ma mes nous vous le les des une du dans avec pour mais est pas très c'est
    aussi ai habite travaille aime hier demain chez au aux sont mange bientôt
    ich bin habe mein meine wir sie der das und nicht ist mit für auf ein eine einen im aber sehr
    auch heute gestern morgen wohne arbeite gerne zu
    io sono ho mio mia il gli una nel con per ma che non è molto anche abito lavoro piace
    eu sou tenho meu minha moro trabalho gosto uma não muito também para mas amanhã
    ik ben heb mijn een het van niet wij maar ook woon werk graag met voor
    jag är har mitt min och att det inte jeg er ikke og som bor på med
    jestem mam mieszkam nie moja mój lubię się ben benim bir ve çok için
""")
_FIRST_PERSON = word_set("""
    yo soy estoy tengo mi mis vivo llamo gusta trabajo nosotros
    je j'ai j'habite j'aime mon ma mes nous
    ich habe mein meine wir wohne arbeite
    io sono ho mio mia abito mi
    eu sou tenho meu minha moro trabalho gosto
    ik mijn heb jag jeg mitt min jestem mam mieszkam mój moja lubię ben benim
    я мой моя мне меня мы ja moje εγώ μου είμαι έχω אני שלי أنا لدي عندي मैं मेरा मेरी मुझे
""")
_EAST = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\u0e00-\u0e7f]")
_EAST_FIRST_PERSON = re.compile("我|私|僕|俺|わたし|나는|저는|내|제가|ฉัน|ผม")
_ASKS = re.compile(r"[?？؟;¿]\s*$|¿|[吗嗎呢か]\s*[。.]?$")


def is_english(text: str) -> bool:
    """Tell whether a text may be read as English: it says so, or nothing speaks against it."""
    sample = text[:_SAMPLE]
    letters = [letter for letter in sample if letter.isalpha()]
    if sum(letter < "\u0250" for letter in letters) * 2 < len(letters):
        return False
    words = [word.lower() for word in _WORD.findall(sample.replace("’", "'"))]
    english = sum(word in _ENGLISH for word in words)
    other = sum(word in _OTHER for word in words)
    plain = sample.isascii()
    return english >= other or (other == 1 and plain)


def states_something(sentence: str) -> float:
    """Return how surely a sentence of another language tells of its speaker, 0 to 1."""
    if _ASKS.search(sentence[-40:]) or "¿" in sentence:
        return 0.0
    east = len(_EAST.findall(sentence))
    words = [word.lower() for word in _WORD.findall(sentence)]
    long_enough = east >= 4 if east else len(words) >= 3
    if not long_enough:
        return 0.0
    if _EAST_FIRST_PERSON.search(sentence) or not _FIRST_PERSON.isdisjoint(words):
        return 0.35
    return 0.2 if east >= 10 or len(words) >= 5 else 0.0
