"""Words of feeling, liking and disliking."""

from __future__ import annotations

from harmonia_plugins.pipeline.classification.lexicon.inflection import verb_forms, words

FEELING_ADJECTIVES = words("""
    afraid aggrieved agitated alarmed alienated amazed amused angry anguished annoyed anxious
    apprehensive ashamed astonished awestruck baffled bereaved betrayed bewildered bitter blissful
    blue bored bothered brokenhearted bummed burdened calm cheerful claustrophobic comforted
    concerned confused contented content crestfallen crushed cheated dejected delighted depressed
    desperate despairing despondent devastated disappointed disgusted discouraged disheartened
    disillusioned dismayed distraught distressed disturbed down downhearted drained ecstatic
    edgy elated embarrassed empty enraged enthusiastic envious euphoric exasperated excited
    exhausted exhilarated flustered forlorn frantic fearful frightened frustrated fuming furious
    glad gloomy glum grateful gutted guilty happy happier happiest heartbroken helpless homesick
    hopeful hopeless horrified humbled humiliated hurt hysterical impatient inadequate indignant
    infuriated insecure insulted intimidated irate irritable irritated isolated jealous jittery
    jolly jaded joyful jubilant jumpy let-down livid lonely lonesome lonelier lost low mad
    melancholic melancholy merry miserable moody moved mortified nervous nostalgic numb offended
    optimistic outraged overjoyed overwhelmed panicked panicky paralysed paralyzed peaceful
    pessimistic petrified pleased powerless pressured proud prouder proudest psyched puzzled
    rattled refreshed regretful rejected relaxed relieved remorseful resentful restless sad sadder
    scared sentimental shaken shattered shocked sick-with-worry sorrowful speechless spooked
    startled stoked stressed stressed-out stunned surprised suffocated tearful tense terrified
    thankful thrilled tired torn tormented touched trapped traumatised traumatized troubled
    unappreciated uneasy unhappy unloved unsettled unsure upset upbeat uptight useless vexed
    vulnerable weary wistful worried worn-out worthless wounded wrecked burned-out burnt-out
    fed-up on-edge over-the-moon conflicted giddy giggly ashamed self-conscious smug pumped
    buzzing chuffed knackered miffed peeved mopey heavy-hearted light-hearted teary bittersweet
    excluded ignored unwanted invisible defeated demoralised demoralized unmotivated motivated
    inspired energised energized serene tranquil carefree safe unsafe threatened paranoid
    distracted listless apathetic indifferent hollow grumpy cranky sulky unfulfilled fulfilled
    unnerved daunted dreading freaked rattled broken bruised cheered heartened reassured
""")
SOFT_ADJECTIVES = words("""
    bitter blue broken burdened calm comforted content cool crushed down drained empty hurt hollow
    lost low mad moved numb peaceful safe tense tired torn touched trapped wounded flat bruised
    excluded ignored invisible rejected threatened unsafe tired useless hopeless helpless powerless
    daunted refreshed concerned relaxed serene shaken pointless meaningless
""")
"""Feelings only where a person is said to be or feel so."""
FEELING_NOUNS = words("""
    anger anguish anxiety awe bitterness bliss boredom burnout butterflies dread delight despair
    disappointment disgust dismay distress elation embarrassment emptiness envy euphoria
    excitement exhaustion fear fright frustration fury gloom gratitude grief guilt happiness
    heartache heartbreak homesickness hope hopelessness horror humiliation insecurity irritation
    isolation jealousy joy longing loneliness melancholy misery nerves nostalgia outrage panic
    pride rage regret relief remorse resentment restlessness sadness shame sorrow stress suspense
    tears tension terror unease unhappiness weariness worry worries mood feeling feelings emotion
    emotions goosebumps wrath thrill contentment serenity self-doubt stage-fright
""")
FEELING_VERBS = verb_forms(
    words("""
    miss worry fear dread cry weep sob panic grieve mourn regret resent envy despair sulk mope
    cringe ache rejoice yearn long agonise agonize stress fret tremble
    """)
)
MOVING_VERBS = verb_forms(
    words("""
    scare upset frighten frustrate annoy worry terrify excite depress disappoint delight overwhelm
    thrill infuriate irritate embarrass bother stress devastate crush hurt exhaust drain please
    anger enrage shock unsettle disturb humiliate sicken sting alarm intimidate discourage
    demoralise amaze unnerve sadden gut haunt touch move comfort calm relieve unnerve
    """)
) | words("""
    scary upsetting frightening frustrating annoying worrying terrifying exciting depressing
    disappointing overwhelming thrilling infuriating irritating embarrassing stressful devastating
    heartbreaking exhausting draining shocking unsettling gut-wrenching nerve-wracking
    nerve-racking soul-crushing
    """)
"""What does something to a person's feelings, and what is said to do so."""

LIKING = verb_forms(
    words("""
    love like enjoy adore prefer hate dislike detest loathe despise relish savour savor favour
    favor crave appreciate fancy treasure cherish abhor dig
    """)
) - {"digging", "dug", "liking"}
LIKING_WORDS = words("""
    favourite favorite favourites favorites favorit preferred preference preferences taste tastes
    craving aversion pet-peeve guilty-pleasure fan fond keen partial fussy picky addicted hooked
    addict obsessed enthusiast lover buff nut sucker junkie soft-spot go-to
    weakness delicious yummy gross disgusting yuck
""")
DIETS = words("""
    vegan vegetarian pescatarian veggie flexitarian teetotal teetotaler teetotaller plant-based
    keto paleo halal kosher low-carb gluten-free dairy-free sugar-free alcohol-free carnivore
""")
CHARACTER = words("""
    introvert extrovert introverted extroverted shy outgoing stubborn patient impatient ambitious
    perfectionist optimist pessimist realist idealist sociable reserved talkative quiet honest loyal
    curious disorganised disorganized organised organized messy tidy punctual lazy hardworking
    hard-working easygoing easy-going laid-back sensitive emotional competitive adventurous
    cautious spontaneous impulsive analytical creative generous frugal thrifty independent
    empathetic sarcastic clumsy forgetful absent-minded early-bird night-owl homebody workaholic
    procrastinator overthinker worrier chatterbox loner empath daydreamer feminist pacifist
    left-handed right-handed ambidextrous colour-blind color-blind colourblind colorblind
    short-sighted nearsighted far-sighted tall short bald blonde brunette redhead transgender
    trans nonbinary non-binary cisgender gay lesbian bisexual asexual queer straight bilingual
    trilingual autistic neurodivergent dyslexic deaf blind sober single-minded headstrong
    outspoken blunt polite modest confident bossy gullible superstitious sceptical skeptical
    risk-averse level-headed hot-tempered short-tempered thick-skinned
""")
