"""English word lists that the rules share: closed classes and the common verbs."""

from __future__ import annotations


def word_set(text: str) -> frozenset[str]:
    """Return the words of a text, which reads better than a long list of quoted ones."""
    return frozenset(text.split())


_FORMS = """
arise arose arisen|awake awoke awoken|beat beat beaten|become became become|begin began begun
bend bent bent|bet bet bet|bite bit bitten|bleed bled bled|blow blew blown|break broke broken
breed bred bred|bring brought brought|build built built|burn burnt burnt|buy bought bought
catch caught caught|choose chose chosen|come came come|cost cost cost|cut cut cut
deal dealt dealt|dig dug dug|do did done|draw drew drawn|dream dreamt dreamt|drink drank drunk
drive drove driven|eat ate eaten|fall fell fallen|feed fed fed|feel felt felt
fight fought fought|find found found|fly flew flown|forget forgot forgotten
forgive forgave forgiven|freeze froze frozen|get got got|give gave given|go went gone
grow grew grown|hang hung hung|have had had|hear heard heard|hide hid hidden|hit hit hit
hold held held|hurt hurt hurt|keep kept kept|know knew known|lay laid laid|lead led led
lean leant leant|learn learnt learnt|leave left left|lend lent lent|let let let|lie lay lain
lose lost lost|make made made|mean meant meant|meet met met|mow mowed mown|pay paid paid
put put put|quit quit quit|read read read|ride rode ridden|ring rang rung|rise rose risen
run ran run|say said said|see saw seen|sell sold sold|send sent sent|set set set|sew sewed sewn
shake shook shaken|shine shone shone|shoot shot shot|show showed shown|shut shut shut
sing sang sung|sink sank sunk|sit sat sat|sleep slept slept|speak spoke spoken|spend spent spent
split split split|spread spread spread|stand stood stood|steal stole stolen|stick stuck stuck
swear swore sworn|sweep swept swept|swim swam swum|take took taken|teach taught taught
tear tore torn|tell told told|think thought thought|throw threw thrown
understand understood understood|wake woke woken|wear wore worn|win won won|write wrote written
"""
IRREGULAR = {
    base: (past, participle)
    for base, past, participle in (
        form.split() for form in _FORMS.replace("\n", "|").split("|") if form
    )
}
"""Base form to past tense and past participle."""

UNCHANGED = frozenset(base for base, (past, _) in IRREGULAR.items() if base == past)
"""Verbs whose past tense looks like the base form."""

PASTS = frozenset(past for past, _ in IRREGULAR.values()) - UNCHANGED | {"was", "were"}
PARTICIPLES = frozenset(part for _, part in IRREGULAR.values()) | {"been", "gotten"}

BASE_VERBS = (
    frozenset(IRREGULAR)
    | word_set("""
    accept achieve act adapt add admire admit adopt adore advise afford agree aim allow answer
    appreciate apply argue arrange arrive ask assume attend avoid bake balance believe belong
    bike book borrow breathe brew bring call camp care carry celebrate change chat check clean
    climb coach collect combine commute compete complete connect consider contact continue cook
    count cover crave create cross cry cycle dance decide decorate dedicate deliver depend
    describe design develop die discover discuss dislike dread dress earn edit email embrace
    encourage end enjoy enter escape exercise exist expect experience experiment explain explore
    express face fail fear finish fish fix focus follow garden generate graduate grieve grill
    guess handle happen hate head heal help hike hire hope host identify imagine improve include
    inspire intend invest invite join journal jog juggle kayak knit lack laugh launch lift
    like listen live look love maintain manage marry matter mentor mind miss motivate move need
    notice offer open order organise organize own paint park participate pass perform phone
    photograph pick place plan plant play practice practise prefer prepare present print
    produce promise promote provide pull push raise reach realise realize receive recommend
    record recover reduce refuse regret relate relax release rely remember remind renovate rent
    repair repeat replace report rescue research respect rest retire return review run save
    search seem serve share shop skate sketch ski smile smoke snack sort sound specialise
    specialize stay start stop stream stretch struggle study suffer suggest supervise supply
    support suppose surf swap talk taste tend thank train translate transfer travel treasure
    treat trust try turn type use value visit volunteer vote wait walk want wash watch welcome
    wish wonder work worry worship yearn post dye stand snap whip wrap teach tour try tutor
    gather tackle
    succeed proceed exceed embed motivate cherish prioritise prioritize miss commute fancy
    """)
) - {"lean", "lie", "let"}
"""Base forms that a sentence may use without more evidence that they are verbs."""

ED_BASES = word_set("need feed exceed succeed proceed speed bleed breed embed shed wed")
"""Base forms that end like a past tense."""

ADVERBS = word_set("""
    also just really always never usually often sometimes still now even already ever once
    mostly rarely currently recently finally actually absolutely totally definitely probably
    certainly occasionally normally generally typically basically honestly truly seriously
    literally simply only almost nearly quite kind-of both all then soon again not lately
    especially mainly primarily regularly frequently constantly gladly personally sure
    thankfully luckily sadly unfortunately hardly barely seldom maybe perhaps too so
""")

MODALS = word_set("""
    can could will would shall should may might must cannot ought
""")

PREPOSITIONS = word_set("""
    about above across after against along among around as at before behind below beside between
    beyond by down during except for from in inside into like near of off on onto out outside
    over past since than through throughout till to toward towards under until up upon via with
    within without
""")

SUBORDINATORS = word_set("""
    when whenever if because since although though after before while as until unless once
    whereas wherever that which who whose where how why what whether
""")

DETERMINERS = word_set("""
    a an the my our your his her its their this that these those some any no every each another
    one two three four five six seven eight nine ten
""")

RELATIONS = word_set("""
    wife husband partner spouse fiance fiancé fiancee fiancée girlfriend boyfriend ex mom mum mother
    dad father parent parents son sons daughter daughters kid kids child children baby toddler
    teenager brother brothers sister sisters sibling siblings twin twins cousin cousins uncle
    aunt auntie niece nephew grandma grandmother granny grandpa grandfather grandparents
    grandson granddaughter family fam friend friends buddy roommate flatmate neighbor neighbour
    colleague colleagues coworker boss manager mentor teacher coach student students team
    gran nan nana grandad granddad grandkid grandkids stepson stepdaughter stepdad stepmum stepmom
    mother-in-law father-in-law sister-in-law brother-in-law son-in-law daughter-in-law housemate
    lodger in-laws dog dogs cat cats pet pets puppy pup kitten horse rabbit hamster parrot
    turtle turtles
""")

NUMBER_WORDS = word_set("""
    one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty forty
    fifty hundred thousand million first second third once twice dozen couple few several half
""")

TIME_WORDS = word_set("""
    today tonight yesterday tomorrow monday tuesday wednesday thursday friday saturday sunday
    mon tue tues wed thu thurs fri january february march april june july august september
    october november december week weeks weekend weekends month months year years day days hour
    hours morning afternoon evening night nights summer winter spring fall autumn ago last next
    birthday anniversary christmas easter thanksgiving since
""")

EVENT_VERBS = word_set("""
    start begin join sign move buy adopt win finish graduate quit lose launch open visit travel
    attend volunteer meet marry create build write publish paint host organize organise plan book
    register enroll apply accept get pass fail break fix learn take run hike camp perform compete
    record release design develop receive earn donate retire train teach study work switch change
    decide discover try celebrate cook bake plant collect make go inspire motivate help
""")
"""Verbs of what happens in a life: what an account of one would tell."""

LIFE_WORDS = word_set("""
    job career company business office work degree university college school class course exam
    project hobby house apartment flat home garden car bike trip vacation holiday wedding party
    birthday allergy allergic vegan vegetarian diet doctor hospital injury surgery therapy health
    exercise gym yoga marathon race game tournament team band guitar piano violin music concert
    festival book novel movie film show recipe restaurant language church charity community event
    club volunteer award competition goal dream passion habit routine favorite favourite childhood
    interview internship promotion salary meeting appointment deadline conference camp museum
    beach mountain mountains park country city town necklace painting art photography
""")
"""Nouns that accounts of a person's life are about."""
