"""Words for things, places and doings, by the part of life they belong to."""

from __future__ import annotations

from harmonia_plugins.pipeline.classification.lexicon.inflection import noun_forms, words

FOODS = noun_forms(
    words("""
    apple apricot avocado bacon bagel banana basil bean beef beer beetroot berry biscuit blueberry
    bread breakfast broccoli broth brunch burger burrito butter cabbage cake candy carrot
    cauliflower celery cereal cheese cheesecake cherry chicken chickpea chilli chili chip chocolate
    cider cinnamon cocktail coconut coffee cookie coriander cilantro corn courgette couscous crab
    cream croissant cucumber cupcake curry dessert dinner dish dough doughnut dumpling egg
    espresso falafel feta fig fruit garlic gin ginger gnocchi granola grape gravy grapefruit ham
    hazelnut honey hummus ice-cream jam juice kale kebab ketchup kimchi lamb lasagna lasagne latte
    leek lemon lemonade lentil lettuce lime liquorice licorice lobster lunch mango marmite
    mayonnaise meal meat meatball melon milk mint muffin mushroom mussel mustard noodle nut oat
    oatmeal olive omelette onion orange oregano oyster paella pancake pasta pastry pea peach peanut
    pear pepper pesto pickle pie pineapple pizza plum popcorn pork porridge potato prawn pudding
    pumpkin quinoa radish raisin ramen raspberry recipe rice risotto rum salad salami salmon salsa
    salt sandwich sauce sausage seafood shellfish shrimp smoothie snack soda soup sourdough soy
    spaghetti spice spinach sprout squash steak stew strawberry sugar sushi sweet taco tea toast
    tofu tomato tuna turkey vanilla vegetable vinegar vodka waffle walnut watermelon whisky whiskey
    wine yeast yoghurt yogurt zucchini matcha kombucha almond cashew aubergine eggplant
    """)
) | words(
    "potatoes tomatoes sushi food foods cuisine alcohol caffeine gluten dairy fish anchovies fries"
)
INSTRUMENTS = noun_forms(
    words("""
    piano guitar violin viola cello bass double-bass drum flute clarinet saxophone sax trumpet
    trombone tuba oboe bassoon harp harmonica accordion banjo ukulele mandolin keyboard organ
    recorder sitar synthesizer synth bagpipe xylophone fiddle lute
    """)
)
VEHICLES = noun_forms(
    words("""
    car van truck lorry motorbike motorcycle scooter bike bicycle e-bike moped boat yacht canoe
    kayak caravan campervan motorhome tractor suv hatchback estate sedan convertible pickup minivan
    volvo toyota honda ford vw volkswagen bmw audi fiat skoda tesla renault peugeot mazda kia
    hyundai subaru nissan vespa jeep trailer
    """)
)
DEVICES = noun_forms(
    words("""
    laptop computer pc mac macbook iphone ipad phone smartphone tablet kindle e-reader printer
    monitor router server camera tv television projector speaker headphone console playstation xbox
    switch drone smartwatch watch fridge freezer oven dishwasher washing-machine dryer microwave
    boiler thermostat vacuum blender mixer toaster kettle telescope microscope sewing-machine
    lawnmower 3d-printer keyboard mouse gpu chromebook android stove hob heater radiator
    """)
)
HOME = noun_forms(
    words("""
    house flat apartment home studio cottage bungalow condo room bedroom bathroom kitchen garden
    yard balcony terrace garage attic cellar basement shed floor roof lease mortgage landlord rent
    sofa couch bed desk wardrobe shelf street neighbourhood neighborhood allotment greenhouse
    village building lift elevator window furniture conservatory loft porch fence cabin
    """)
)
WORK = noun_forms(
    words("""
    job company employer office work career startup firm salary team project client customer
    department shift contract business shop store agency promotion workplace colleague boss
    manager industry freelance hospital factory lab laboratory branch warehouse union ceo
    headquarters probation overtime budget meeting
    """)
)
STUDIES = noun_forms(
    words("""
    school university college degree bachelor master phd doctorate thesis dissertation course
    class lecture semester term exam homework student major minor kindergarten nursery seminar
    diploma scholarship tuition campus professor teacher biology chemistry physics mathematics
    history economics philosophy psychology law medicine engineering literature
    """)
) | words("maths math gcse a-levels")
SPORTS = noun_forms(
    words("""
    football soccer tennis basketball volleyball hockey cricket rugby golf badminton squash
    table-tennis ping-pong baseball handball yoga pilates gym marathon half-marathon triathlon race
    hike run jog swim cycling running swimming climbing bouldering hiking skiing snowboarding
    surfing sailing rowing boxing judo karate taekwondo fencing dancing ballet salsa archery
    skateboarding crossfit weightlifting workout training match game tournament kayaking diving
    """)
)
ARTS = noun_forms(
    words("""
    painting drawing sketch watercolour watercolor pottery ceramics sculpture photography photo
    knitting crochet sewing quilting embroidery calligraphy woodworking carpentry gardening baking
    cooking gaming chess board-game puzzle crossword lego birdwatching origami blogging podcast
    collecting stamp coin model-train fishing camping astronomy genealogy scrapbooking
    """)
)
MEDIA = noun_forms(
    words("""
    book novel film movie series show documentary author poem poetry thriller comic manga anime
    magazine newspaper podcast audiobook cinema theatre theater musical opera play sitcom fantasy
    """)
) | words("sci-fi netflix spotify")
MUSIC = noun_forms(
    words("""
    music song album concert band choir orchestra gig playlist jazz rock techno singer opera
    metal blues reggae hip-hop rap festival vinyl record composer folk pop
    """)
)
TRAVEL = noun_forms(
    words("""
    trip holiday vacation flight airport hotel hostel airbnb journey cruise tour passport visa
    luggage suitcase beach island abroad backpacking road-trip train ferry border museum
    honeymoon safari camping itinerary travel
    """)
)
FINANCE = noun_forms(
    words("""
    bank loan mortgage debt savings budget tax pension invoice insurance stock share fund crypto
    bitcoin credit-card credit account salary bill deposit investment price money expense isa
    dollar euro pound interest
    """)
)
EVENTS = noun_forms(
    words("""
    wedding funeral party birthday concert festival accident crash storm trip holiday vacation
    graduation ceremony marathon race competition contest tournament exhibition reunion barbecue
    picnic camp operation surgery burglary fire flood earthquake interview match game baptism
    christening anniversary conference hackathon hike adventure honeymoon
    """)
)
APPOINTMENTS = noun_forms(
    words("""
    appointment meeting flight deadline interview exam booking reservation check-up checkup class
    lesson session call rehearsal shift train viewing hearing consultation haircut delivery
    surgery operation scan webinar standup stand-up sync workshop conference practice match game
    concert wedding ceremony party dinner lunch brunch date dentist vaccination jab ultrasound
    mot inspection presentation demo parent-teacher seminar lecture test due ferry bus ticket
    recital audition graduation subscription-renewal renewal pickup drop-off mass service
    therapy physio orientation tour event launch release submission kick-off kickoff visit
    """)
) | words("tickets physiotherapy choir yoga pilates training booked scheduled due")
BELONGINGS = noun_forms(
    words("""
    membership subscription licence license account library-card season-ticket collection
    dog-tag policy wardrobe backpack tent guitar piano bookshelf sofa desk garden allotment
    garage balcony pool sauna fireplace solar-panel wallbox mattress website blog newsletter
    domain channel shop wifi broadband contract plan passport coat jacket ring necklace
    """)
) | words("wi-fi spotify netflix gym club")
TOOLS = words("""
    python java javascript typescript rust golang c++ c# php ruby sql excel photoshop illustrator
    figma blender autocad kubernetes docker terraform linux git react vue django html css matlab r
    latex powerpoint lightroom premiere pandas tensorflow pytorch postgres arduino kotlin swift
    spreadsheets spreadsheet regex solidworks unity ableton
""")
WORLD = noun_forms(
    words("""
    government election economy climate politician president minister parliament inflation planet
    ocean earth moon mars sun scientist researcher study science society war population country
    city-centre law policy tax vaccine pandemic internet technology ai robot company market industry
    public people person human humanity generation nation democracy media news newspaper species
    universe galaxy dinosaur glacier empire century railway traffic tourism oil energy fuel
    housing education healthcare capitalism religion culture history language whale shark octopus
    weather sport player team museum bank council mayor king queen river mountain volcano desert
    bridge tower price website app smartphone social-media app-store supermarket train airline
    plastic pollution virus brain heart tree plant insect honey bee sound light water school
    building city town bus capital currency crow penguin pigeon elephant
    """)
) | words("nobody everyone everybody somebody someone society humans men women kids")
PLACES = words("""
    london paris berlin rome madrid lisbon vienna prague warsaw budapest dublin edinburgh glasgow
    manchester birmingham liverpool leeds bristol oxford cambridge munich hamburg cologne frankfurt
    zurich geneva amsterdam rotterdam brussels copenhagen stockholm oslo helsinki reykjavik tallinn
    riga vilnius athens istanbul moscow kyiv lyon marseille nice barcelona seville valencia porto
    milan naples florence venice turin tokyo kyoto osaka seoul beijing shanghai hong-kong singapore
    bangkok hanoi jakarta manila delhi mumbai bangalore kolkata karachi lahore dubai tehran baghdad
    jerusalem cairo lagos nairobi casablanca johannesburg sydney melbourne brisbane auckland toronto
    montreal vancouver ottawa chicago boston seattle denver austin dallas houston miami atlanta
    philadelphia detroit lima bogota santiago havana texas california florida ontario
    england scotland wales ireland britain france germany spain italy portugal netherlands belgium
    switzerland austria poland hungary romania bulgaria greece turkey russia ukraine norway sweden
    denmark finland iceland estonia latvia lithuania serbia croatia slovenia slovakia albania
    china japan korea india pakistan bangladesh nepal thailand vietnam cambodia malaysia indonesia
    philippines australia egypt morocco tunisia kenya nigeria ghana ethiopia uganda tanzania
    canada mexico brazil argentina chile peru colombia ecuador bolivia venezuela cuba jamaica
    israel lebanon syria iraq iran afghanistan america europe asia africa antarctica usa uk eu us
    google apple amazon microsoft facebook meta tesla twitter netflix spotify youtube instagram
    tiktok openai nvidia samsung sony ikea nasa python java linux windows bitcoin mars venus
    jupiter saturn pluto everest wikipedia shakespeare mozart einstein
""")
"""Well-known places and other names that are not a person's or a pet's."""
