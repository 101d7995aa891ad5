"""The words that the made-up listings are written with: some in every other one, some in few."""


def _words(text: str) -> list[str]:
    return text.split()


#: What one does. Earlier ones are drawn far more often.
ACTIVITIES = _words("""
football drama coding dance art music cooking gardening cycling swimming robotics chess athletics
photography pottery sewing boxing climbing netball basketball cricket rugby tennis hockey judo karate
yoga running walking fishing sailing canoeing rowing surfing skating camping astronomy beekeeping
birdwatching woodwork metalwork welding printing sculpture painting drawing animation filmmaking
podcasting radio singing choir guitar drumming piano violin brass samba juggling circus magic comedy
poetry writing journalism debating reading storytelling history archaeology genealogy languages
Spanish Welsh French signing calligraphy origami knitting crochet weaving quilting embroidery
upcycling repair electronics soldering gaming esports design architecture engineering mechanics
carpentry plumbing bricklaying hairdressing barbering nails fashion baking catering barista nutrition
budgeting enterprise marketing interviews apprenticeships mentoring tutoring leadership fundraising
campaigning recycling composting conservation rewilding foraging orienteering geocaching parkour
trampolining gymnastics fencing archery badminton squash volleyball rounders bowling golf darts
snooker table-tennis wrestling fitness weights spinning mindfulness wellbeing cadets scouting guiding
lifesaving first-aid babysitting childcare farming horses dogs veterinary lambing shearing
""")

MANNERS = _words("""
open weekly friendly community street junior young first free advanced outdoor indoor city summer
creative mixed girls quiet evening family saturday inclusive beginners pop-up mobile giant secret
""")

SORTS = _words("""
club workshop taster session academy group course camp project festival league studio lab crew
placement team school day challenge exchange
""")

SENTENCES = (
    "Come and try {a} with people of your own age.",
    "No experience is needed, and all the kit is here.",
    "You will learn the basics of {a} and make something to take home.",
    "We meet in a warm hall with a kitchen and plenty of {m} corners.",
    "Volunteers help at every {s}, and a {s} leader shows you around.",
    "Bring water, a coat and somebody you know, or come alone.",
    "Part of the time is {a}, and part of it is {b}.",
    "At the end there is a small show of {b} for families.",
    "Trainers from a local {a} {s} lead it.",
    "Tea, toast and fruit are there from the start.",
    "Think about a job in {b}: people who work there come to talk.",
    "You can help with {a} in the {m} programme later on.",
)

STREETS = _words("""
Mill Church Station Chapel Park Bridge Castle Market Harbour Orchard Forge Meadow Priory Quarry Abbey
Spring Tower Garden Weaver Tanner Cooper Foundry Canal Lock Heron Robin Hazel Rowan Alder Willow
""")

BUILDINGS = _words("""
Hall Library Centre Theatre Gym Studio School College Pool Pavilion Workshop Gallery Museum Farm
Garden Church Chapel Stadium Arena House
""")

SYLLABLES = _words("bar cor den el fen gar hol ing kel lin mor nor ott pen ryd sel tam ulv wen yar")
