"""Words that reading a statement needs: verbs with their forms, relatives, kinds of things."""

from __future__ import annotations

import re


def word_set(words: str) -> frozenset[str]:
    """Return the words of a list that is written with spaces between them."""
    return frozenset(words.split())


_REGULAR = word_set("""
    accept admire adopt adore age agree aim allow appreciate arrange arrive ask attend avoid
    bake bank base believe belong blog board book borrow box call camp cancel care carry
    celebrate change check clean climb close coach code collect commute complete consider
    contain cook cost crave crochet cycle dance date decide deliver deploy despise detest dine
    dislike divorce dream dress earn enjoy enrol enroll exercise expect explore face fear finish
    fish focus follow foster garden graduate handle hate head help hike hope host identify
    include jog join juggle kick knit last laugh lease lend lift like listen live live-stream
    loathe look love manage marry measure mentor miss move name need offer open order organise
    organize own paint park pass pay perform plan play postpone practice practise prefer prepare
    program promise quilt raise reach receive recommend recover regret relax relocate rely
    remember rent repair replace report reschedule rescue reside resign rest retire return row
    sail save schedule serve settle share shop sign skate sketch ski skip smoke snore snowboard
    specialise specialize speed spell start stay stop stream stretch struggle study subscribe
    suffer supervise support surf switch talk taste tend text track trade train transfer
    translate travel treat try turn tutor type use usually visit volunteer vote wait walk want
    wash watch weigh wish work worry yell
    """)

_IRREGULAR = {
    "be": "is are was were am been being 's",
    "have": "has had having 've",
    "do": "does did done doing",
    "go": "goes went gone going",
    "get": "gets got gotten getting",
    "become": "becomes became becoming",
    "begin": "begins began begun beginning",
    "break": "breaks broke broken breaking",
    "bring": "brings brought bringing",
    "build": "builds built building",
    "buy": "buys bought buying",
    "catch": "catches caught catching",
    "choose": "chooses chose chosen choosing",
    "come": "comes came coming",
    "cut": "cuts cutting",
    "draw": "draws drew drawn drawing",
    "drink": "drinks drank drunk drinking",
    "drive": "drives drove driven driving",
    "eat": "eats ate eaten eating",
    "feed": "feeds fed feeding",
    "feel": "feels felt feeling",
    "find": "finds found finding",
    "fly": "flies flew flown flying",
    "forget": "forgets forgot forgotten forgetting",
    "give": "gives gave given giving",
    "grow": "grows grew grown growing",
    "hold": "holds held holding",
    "keep": "keeps kept keeping",
    "know": "knows knew known knowing",
    "learn": "learns learned learnt learning",
    "leave": "leaves left leaving",
    "lose": "loses lost losing",
    "make": "makes made making",
    "mean": "means meant meaning",
    "meet": "meets met meeting",
    "quit": "quits quitting quitted",
    "read": "reads reading",
    "ride": "rides rode ridden riding",
    "run": "runs ran running",
    "say": "says said saying",
    "see": "sees saw seen seeing",
    "sell": "sells sold selling",
    "sing": "sings sang sung singing",
    "sleep": "sleeps slept sleeping",
    "speak": "speaks spoke spoken speaking",
    "spend": "spends spent spending",
    "swim": "swims swam swum swimming",
    "take": "takes took taken taking",
    "teach": "teaches taught teaching",
    "tell": "tells told telling",
    "think": "thinks thought thinking",
    "understand": "understands understood understanding",
    "wake": "wakes woke woken waking",
    "wear": "wears wore worn wearing",
    "win": "wins won winning",
    "write": "writes wrote written writing",
    "can": "could cannot can't couldn't",
    "will": "won't would wouldn't 'll",
    "must": "should might may",
}


def _forms(base: str) -> list[str]:
    """All regular forms of a verb."""
    if base.endswith("e"):
        return [base, base + "s", base + "d", base[:-1] + "ing"]
    if base.endswith("y") and base[-2] not in "aeou":
        return [base, base[:-1] + "ies", base[:-1] + "ied", base + "ing"]
    sibilant = base.endswith(("s", "sh", "ch", "x", "z"))
    forms = [base, base + ("es" if sibilant else "s"), base + "ed", base + "ing"]
    if re.fullmatch(r".*[^aeiou][aeiou][bdglmnprt]", base):
        forms += [base + base[-1] + "ed", base + base[-1] + "ing"]
    return forms


BASE_OF = {form: base for base in _REGULAR for form in _forms(base)} | {
    form: base for base, row in _IRREGULAR.items() for form in (base, *row.split())
}
"""The base of every form of the verbs known here."""

PAST_FORMS = frozenset(
    form for base in _REGULAR for form in _forms(base) if form.endswith("ed")
) | word_set("""
    was were had did went got became began broke brought built bought caught chose came drew drank
    drove ate fed felt found flew forgot gave grew held kept knew learnt left lost made met ran rode
    said saw sold sang slept spoke spent swam took taught told thought woke wore won wrote
    """)
"""Verb forms that tell of a former time."""

ADVERBS = word_set("""
    now currently recently just really actually finally still also already always usually often
    sometimes mostly mainly generally typically absolutely definitely truly officially nowadays
    presently newly lately eventually simply only even too probably originally permanently
    temporarily instead deeply quite very especially regularly normally today apparently
    happily sadly
    """)

PARTNERS = word_set(
    "wife husband girlfriend boyfriend partner fiancé fiancée fiance fiancee spouse"
)
SINGLE_RELATIVES = PARTNERS | word_set(
    "mother father mum mom dad mama papa boss manager landlord landlady"
)
RELATIVES = SINGLE_RELATIVES | word_set("""
    sister brother son daughter child kid baby twin aunt uncle cousin nephew niece grandmother
    grandfather grandma grandpa gran granny grandson granddaughter stepson stepdaughter stepmother
    stepfather stepbrother stepsister sibling friend colleague coworker co-worker neighbour neighbor
    flatmate roommate housemate classmate teammate ex godson goddaughter in-law buddy mate mentor
    teacher doctor dentist therapist coach trainer
    """)
PETS = word_set("""
    dog puppy pup cat kitten rabbit bunny hamster parrot budgie canary fish goldfish horse pony
    turtle tortoise snake lizard gecko guinea-pig ferret rat mouse bird hen chicken pet labrador
    poodle beagle terrier collie dachshund retriever bulldog spaniel corgi husky
    """)
CAR_MAKES = word_set("""
    audi bmw mercedes volkswagen vw golf polo passat toyota yaris corolla prius honda civic ford
    fiesta focus mustang opel vauxhall corsa astra renault clio peugeot citroen citroën fiat panda
    skoda škoda octavia fabia seat ibiza volvo tesla nissan leaf micra mazda hyundai kia subaru
    suzuki swift mini porsche jaguar lexus dacia duster sandero chevrolet chevy dodge jeep
    land-rover
    alfa saab mitsubishi polestar cupra acura buick cadillac gmc
    """)
CAR_WORDS = word_set("car van suv sedan hatchback estate convertible pickup truck")
PHONE_WORDS = word_set("phone iphone pixel smartphone samsung galaxy fairphone nokia")

COLOURS = word_set("""
    red blue green yellow black white grey gray brown orange purple pink silver gold golden beige
    blonde blond ginger turquoise teal navy burgundy violet maroon cream lilac
    """)

_JOBS = word_set("""
    nurse chef cook pilot judge guide clerk coach guard plumber vet surgeon architect student
    journalist pharmacist accountant consultant assistant lawyer solicitor attorney barista
    receptionist mechanic actor actress waiter waitress cashier midwife paramedic butcher baker
    carpenter electrician scientist engineer developer programmer designer teacher professor doctor
    dentist therapist psychologist manager director secretary librarian translator writer author
    editor musician photographer farmer driver dancer hairdresser barber firefighter policeman
    policewoman officer soldier analyst economist physicist chemist biologist technician researcher
    lecturer tutor principal gardener florist tailor cleaner builder painter postman courier
    freelancer intern apprentice trainee trainer instructor banker broker realtor broker ceo cto cfo
    founder entrepreneur administrator coordinator specialist strategist recruiter marketer
    statistician mathematician historian archaeologist geologist astronomer sculptor illustrator
    animator copywriter bartender caretaker carer nanny physiotherapist optician radiologist
    """)
_JOB_ENDINGS = ("ologist", "ographer", "smith", "keeper", "worker", "maker", "scientist", "analyst")


def is_job(phrase: str) -> bool:
    """Say whether a noun phrase ends in an occupation ("senior data engineer")."""
    head = re.split(r" (?:at|in|for|of|with|on|who|by|from) ", phrase.lower(), maxsplit=1)[0]
    words = re.findall(r"[\w-]+", head)
    return bool(words) and (words[-1] in _JOBS or words[-1].endswith(_JOB_ENDINGS))


DIGITS_OF = {
    word: str(number)
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
        ]
    )
}
"""The digits of the small numbers that are written as words."""
