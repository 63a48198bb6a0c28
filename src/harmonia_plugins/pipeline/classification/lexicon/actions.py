"""Verbs by what they tell of."""

from __future__ import annotations

from harmonia_plugins.pipeline.classification.lexicon.inflection import (
    IRREGULAR,
    past,
    verb_forms,
    words,
)

DOING = words("""
    accept achieve add adopt adjust agree analyse announce apply appear arrange arrive ask assemble
    attend bake bathe bike blend boil book borrow bring brush build burn buy call camp cancel carry
    catch celebrate change charge chat check chop clean climb close code collect compare complete
    compose connect cook cool copy count cover crash create crochet cross cut cycle dance debug
    decide decorate delete deliver deploy design develop dig discover discuss dive divide do
    donate download draft drain draw dress drink drive drop dry eat edit email enter escape exercise
    explain explore explode extract fall feed fetch fill film filter find finish fish fix flip fly
    fold follow freeze fry garden gather get give go grate graduate greet grill grind grow hang
    harvest have hear heat help hike hire hit hold host hug inherit install interview invite iron
    jog join juggle jump keep kick knead knit land laugh launch lay lead learn leave lend lift
    lock log lose make manage marinate mark mash massage measure meditate meet melt memorise mend
    merge mix mop move mow mute negotiate notice open order organise organize overcome pack paint
    park participate pass pause pay peel perform phone photograph pick plan plant play plug polish
    pour practise practice preheat prepare present press print promote prune publish pull push put
    quit race read realise realize rebuild receive recite record recover recycle refactor refill
    refuse register rehearse relax relocate remove renovate rent repair repeat replace rescue
    restart restore retire return review rewrite ride rinse rise roast roll row run sail salt save
    scrub sculpt see sell send separate serve set sew shake share shave ship shop shout show
    shower shuffle shut sign sing sit skate skateboard sketch ski skip sleep slice slip smoke soak
    solve sort speak spend spill split spot sprain spread sprinkle squeeze stand start stay steal
    steam stir stitch stop store strain stretch study submit surf survive sweep swim switch take
    talk tap taste teach tell test text throw tidy tie touch train translate transfer travel treat
    trim trip try turn twist type unlock unpack unplug update upgrade upload use vacuum visit
    volunteer vote wait wake walk warm wash watch water weave weigh whisk win wipe witness work
    wrap write
""")
"""What people do, as events or as steps."""

STATES = words("""
    be believe belong contain cost depend exist fit hate have hold know lack last like live look
    love matter mean need own prefer remain rent reside run seem sound stay study suit think use
    want weigh work
""")
ALL_VERBS = (
    DOING
    | STATES
    | frozenset(IRREGULAR)
    | words("""
    admire avoid become behave bark cough chase snore drool purr bite sneeze expect experience
    hope happen matter manage mention prefer remember remind require retire specialise specialize
    struggle suffer suggest support suppose tend understand wear wish wonder dream intend aim
    move marry divorce date die born raise bless turn come treat hurt deal handle employ subscribe
    commute drive supervise report
    """)
)
PAST = frozenset(form for verb in ALL_VERBS for form in past(verb)) - words("""
    read put cut hit set let cost beat quit bet split spread shut come become run hurt been
    born used retired married divorced engaged belonged
""")
"""Past tenses and participles that no present tense looks like."""

COOKING = verb_forms(
    words("""
    bake boil brown chop dice drain drizzle fry grate grill knead marinate mash melt mince peel
    preheat proof roast saute sauté season sear sift simmer slice soak sprinkle stir strain toss
    toast whisk poach steep brew grind blend pour
""")
) - {"brown", "browns", "seasons"}
PROCEDURE_VERBS = (
    verb_forms(
        words("""
    back-up backup restart reboot reset rinse rotate sand scan sort sterilise sterilize unplug
    deploy compile commit merge lint migrate label draft proofread wipe scrub prime warm-up batch
    soak fold wrap dust oil tighten loosen
""")
    )
    | COOKING
)
SKILL_VERBS = verb_forms(
    words("""
    code program type juggle knit crochet sew cook bake draw paint sing dance ski snowboard swim
    surf skate sail weld solder whistle write touch-type speak read drive fly ride lip-read
    translate sketch carve yodel dive fence improvise sight-read recite play design edit debug
    fix repair build weave cycle parallel-park
""")
)
LASTING_PAST = words("worked lived studied owned served trained specialised specialized")
SPEAKING_TO = words("""
    call address answer reply respond speak explain write use keep stop remember forget note give
    tell show talk remind save delete erase ignore correct update assume avoid start treat refer
    summarise summarize list translate skip include mention ask suggest recommend be act make
    format quote cite stick limit shorten drop disregard switch spell get let add store
""")
"""What an instruction to an assistant begins with."""
