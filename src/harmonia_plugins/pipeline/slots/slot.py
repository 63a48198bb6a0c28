"""What a statement says, as subject, attribute and value; which attributes hold one value."""

from __future__ import annotations

from dataclasses import dataclass

ANY = "*"
"""The attribute of what was given up without saying how it was held ("gave up coffee")."""

WHEN = "when"
"""The attribute of an event's time."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A statement's place among the beliefs.

    `functional` is set where the subject holds one value of the attribute at a time. `negated`
    says that the value is not, or no longer, so; an empty value then means any value. `past` is
    set where only a former time is told ("lived in Rome"). `replaced` holds the value that the
    statement itself names as given up ("moved from Rome to Oslo", "Lyon, not Paris").
    """

    subject: str
    attribute: str
    value: str
    functional: bool
    negated: bool = False
    past: bool = False
    replaced: str | None = None


FUNCTIONAL = frozenset(
    """
    name,surname,age,birthday,home,address,workplace,employer,job,manager,relationship,partner,
    diet,email,phone number,phone,car,height,weight,blood type,shoe size,nationality,religion,
    gender,pronouns,origin,native language,reading,watching,project,studying,school,wakes up,
    goes to bed,commute,rent,salary,budget,team,bank,gym,doctor,dentist,therapist,landlord,
    accountant,password,pin,username,nickname,favourite,marital status,time zone,when,place,
    colour,price,breakfast,lunch,major,field,health insurance,insurance,internet provider,
    provider,number plate,licence plate,coach,trainer,teacher,tutor,supervisor,mentor,boss,
    operating system,editor,browser,deadline,goal weight,target,room,office,desk,seat,
    usual order,coffee order,morning drink,hair colour,eye colour,star sign,zodiac sign,
    postcode,zip code,size,limit,training for,best friend,title,wife,husband,
    girlfriend,boyfriend,mother,father,mum,mom,dad,hair colour,gym day,day off
    """.replace("\n", " ").split(",")
)
_FUNCTIONAL = frozenset(" ".join(name.split()) for name in FUNCTIONAL)

_SAME = {
    **dict.fromkeys(("residence", "location", "city", "hometown now", "current city"), "home"),
    **dict.fromkeys(("home town", "hometown", "birthplace", "place of birth"), "origin"),
    **dict.fromkeys(("home address", "street address"), "address"),
    **dict.fromkeys(("company", "workplace name", "current employer"), "employer"),
    **dict.fromkeys(
        ("occupation", "profession", "role", "position", "job title", "day job", "career"), "job"
    ),
    **dict.fromkeys(("boss", "line manager", "supervisor", "team lead"), "manager"),
    **dict.fromkeys(
        ("marital status", "relationship status", "civil status", "love life"), "relationship"
    ),
    **dict.fromkeys(("e-mail", "email address", "e-mail address", "mail address"), "email"),
    **dict.fromkeys(
        ("phone no", "mobile number", "cell number", "number", "telephone number", "telephone",
         "cell phone number", "mobile phone number"),
        "phone number",
    ),
    **dict.fromkeys(("mobile", "mobile phone", "cell phone", "smartphone", "cellphone"), "phone"),
    **dict.fromkeys(("date of birth", "birth date", "birthdate"), "birthday"),
    **dict.fromkeys(("full name", "real name", "first name", "given name"), "name"),
    **dict.fromkeys(("last name", "family name"), "surname"),
    **dict.fromkeys(("vehicle", "current car"), "car"),
    **dict.fromkeys(("gp", "family doctor", "physician"), "doctor"),
    **dict.fromkeys(("mother tongue", "first language"), "native language"),
    **dict.fromkeys(("course", "degree", "major", "subject"), "studying"),
    **dict.fromkeys(("university", "college"), "school"),
    **dict.fromkeys(("spouse", "significant other"), "partner"),
    **dict.fromkeys(("bedtime",), "goes to bed"),
    **dict.fromkeys(("favorite team", "favourite team", "football team"), "team"),
    **dict.fromkeys(("date", "time", "day", "start time", "start date"), WHEN),
    **dict.fromkeys(("current project",), "project"),
    **dict.fromkeys(("current book",), "reading"),
}  # fmt: skip


def canonical(attribute: str) -> str:
    """Return the one name under which an attribute is kept: lower case, synonyms joined."""
    name = " ".join(attribute.lower().replace("_", " ").split())
    name = name.replace("favorite", "favourite").replace("color", "colour").removeprefix("current ")
    return _SAME.get(name, name)


def is_functional(attribute: str) -> bool:
    """Say whether a subject holds one value of the attribute at a time."""
    name = canonical(attribute)
    return name in _FUNCTIONAL or name.startswith(("favourite ", "number of ", "time of "))
