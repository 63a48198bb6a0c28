"""Words for people, animals, origins, callings."""

from __future__ import annotations

from harmonia_plugins.pipeline.classification.lexicon.inflection import noun_forms, words

FAMILY = noun_forms(
    words("""
    mother mom mum mam mommy mummy father dad daddy papa pa ma parent brother sister sibling bro
    sis twin son daughter child kid baby toddler newborn grandson granddaughter grandchild
    grandkid grandmother grandma granny gran nana nan grandfather grandpa granddad grandad
    grandparent great-grandmother great-grandfather great-aunt great-uncle aunt auntie uncle
    cousin nephew niece husband wife spouse partner fiance fiancé fiancee fiancée boyfriend
    girlfriend ex ex-wife ex-husband ex-boyfriend ex-girlfriend hubby stepmother stepmom stepmum
    stepfather stepdad stepson stepdaughter stepbrother stepsister half-brother half-sister
    mother-in-law father-in-law brother-in-law sister-in-law son-in-law daughter-in-law in-law
    godmother godfather godson goddaughter godchild godparent relative teenager firstborn
    """)
) | words(
    "children grandchildren stepchildren godchildren in-laws family folks wives kin twins triplets"
)
OTHERS = noun_forms(
    words("""
    friend bestie buddy pal mate best-friend roommate flatmate housemate neighbour neighbor
    colleague coworker co-worker workmate teammate boss manager supervisor mentor mentee
    classmate schoolmate tutor landlord landlady tenant godparent bandmate penpal pen-pal
    acquaintance soulmate best-man bridesmaid babysitter nanny childminder cleaner therapist
    coach apprentice intern business-partner co-founder cofounder ex-colleague line-manager crush
    """)
)
ANIMALS = noun_forms(
    words("""
    dog puppy pup cat kitten kitty rabbit bunny hamster gerbil guinea-pig parrot budgie
    parakeet cockatiel canary bird goldfish tortoise turtle terrapin snake python-snake gecko
    lizard iguana horse pony mare foal donkey goat sheep lamb pig chicken hen rooster duck goose
    ferret rat chinchilla hedgehog pet labrador lab retriever poodle beagle terrier bulldog
    dachshund corgi collie spaniel greyhound whippet husky shepherd dalmatian chihuahua pug
    rottweiler mastiff boxer-dog schnauzer mutt mongrel siamese persian tabby tomcat ragdoll
    llama alpaca cow bee axolotl stick-insect tarantula dragon-lizard greyhound cockapoo labradoodle
    """)
) | words("fish geese sheep mice puppies kittens koi huskies ponies budgies bees")
RELATIONS = words("""
    married engaged divorced separated widowed dating adopted related friendship marriage
    relationship relatives siblings-in-law widow widower
    """)
JOBS = noun_forms(
    words("""
    accountant actor actress actuary administrator advisor analyst animator apprentice archaeologist
    architect archivist artist astronomer attorney auditor author baker banker barber barista
    bartender beautician biologist blacksmith bookkeeper botanist bricklayer broker builder butcher
    caregiver carer caretaker carpenter cashier chef chemist chiropractor cleaner clerk coach
    composer conductor consultant contractor controller cook copywriter counsellor counselor courier
    curator dancer dentist designer developer dietitian director dispatcher doctor driver
    economist editor electrician engineer entrepreneur estate-agent executive farmer filmmaker
    firefighter fisherman florist founder freelancer gardener geologist glazier goldsmith guard
    hairdresser handyman historian housekeeper housewife illustrator inspector intern interpreter
    investor janitor jeweller joiner journalist judge landscaper lawyer lecturer librarian lifeguard
    linguist locksmith machinist manager marketer mason mathematician mechanic merchant
    meteorologist
    midwife miner minister model mortician musician nanny nurse nutritionist officer operator
    optician optometrist painter paralegal paramedic pastor pathologist pediatrician paediatrician
    pharmacist philosopher photographer physician physicist physiotherapist pilot plasterer plumber
    poet policeman politician postman potter practitioner priest principal producer professor
    programmer psychiatrist psychologist publicist radiographer radiologist ranger realtor
    receptionist recruiter reporter representative researcher restaurateur retailer roofer sailor
    salesman salesperson saleswoman scientist sculptor seamstress secretary sergeant shepherd
    shopkeeper singer soldier solicitor sommelier statistician stylist superintendent surgeon
    surveyor tailor teacher technician teller tester therapist toolmaker trader trainer translator
    tutor typist undertaker upholsterer veterinarian vet videographer vicar waiter waitress warden
    watchmaker weaver welder writer zookeeper zoologist student undergraduate trainee employee
    assistant worker labourer laborer temp bookseller caterer forester beekeeper brewer dj
    decorator tiler tattooist streamer headteacher guide agent stagehand bouncer croupier
    dressmaker cobbler optometrist geographer negotiator planner buyer auctioneer
    postgraduate
    pensioner retiree volunteer paramedic
    """)
) | words("self-employed unemployed retired freelance part-time full-time phd")
NATIONALITIES = words("""
    afghan albanian algerian american argentinian argentine armenian australian austrian
    azerbaijani bangladeshi belarusian belgian bolivian bosnian brazilian british bulgarian
    cambodian cameroonian canadian catalan chilean chinese colombian croatian cuban cypriot czech
    danish dominican dutch ecuadorian egyptian english estonian ethiopian filipino filipina finnish
    french georgian german ghanaian greek guatemalan haitian honduran hungarian icelandic indian
    indonesian iranian iraqi irish israeli italian jamaican japanese jordanian kazakh kenyan korean
    kurdish kuwaiti latvian lebanese libyan lithuanian luxembourgish macedonian malaysian maltese
    mexican moldovan mongolian moroccan nepalese nepali nigerian norwegian pakistani palestinian
    peruvian polish portuguese romanian russian rwandan salvadoran saudi scottish senegalese serbian
    singaporean slovak slovakian slovenian somali spanish sudanese swedish swiss syrian taiwanese
    tanzanian thai tunisian turkish ugandan ukrainian uruguayan venezuelan vietnamese welsh yemeni
    zimbabwean basque texan californian londoner parisian berliner yorker scot dane swede finn pole
    spaniard briton african asian european latina latino hispanic
""")
LANGUAGES = words("""
    english french spanish german italian portuguese dutch swedish norwegian danish finnish
    icelandic polish czech slovak hungarian romanian bulgarian greek turkish arabic hebrew persian
    farsi urdu hindi bengali punjabi tamil telugu marathi gujarati nepali mandarin cantonese chinese
    japanese korean thai vietnamese indonesian malay tagalog swahili amharic yoruba igbo hausa zulu
    afrikaans russian ukrainian serbian croatian bosnian slovenian albanian georgian armenian
    catalan basque galician welsh irish gaelic latin esperanto estonian latvian lithuanian dari
    pashto kurdish somali bsl asl sign-language braille
""")
FAITHS = words("""
    christian catholic protestant orthodox lutheran methodist baptist anglican evangelical mormon
    quaker jewish muslim hindu buddhist sikh jain taoist pagan atheist agnostic secular religious
    christianity islam judaism hinduism buddhism baptised baptized
""")
HEALTH = words("""
    asthma asthmatic diabetes diabetic epilepsy epileptic migraine migraines allergy allergies
    allergic intolerant intolerance coeliac celiac anaemia anaemic anemia anemic arthritis adhd add
    autism ocd ptsd bipolar dyslexia tinnitus eczema psoriasis hypertension thyroid crohn cancer
    remission endometriosis fibromyalgia sciatica scoliosis insomnia hay-fever pacemaker wheelchair
    disability disabled hearing-aid glasses contact-lenses pregnant pregnancy insulin inhaler
    medication epipen prosthetic diagnosed condition blood-pressure hypothyroidism hyperthyroidism
    rheumatism angina stammer stutter vitiligo rosacea dementia narcolepsy
    lupus glaucoma anaphylaxis anaphylactic sleep-apnea apnoea heart-condition osteoporosis gout
    vertigo lactose multiple-sclerosis parkinson depression concussion hernia colitis ibs
""")
