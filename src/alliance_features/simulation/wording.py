"""Words and sentences of simulated sessions, written for this project."""

from __future__ import annotations

from typing import NamedTuple


class Topic(NamedTuple):
    """Words about one topic."""

    nouns: tuple[str, ...]
    adjectives: tuple[str, ...]
    verbs: tuple[str, ...]


def _topic(nouns: str, adjectives: str, verbs: str) -> Topic:
    return Topic(tuple(nouns.split()), tuple(adjectives.split()), tuple(verbs.split(", ")))


TOPICS = (
    _topic(
        "bed night dream pillow alarm bedroom nap morning",
        "tired awake restless quiet dark sleepy",
        "slept badly, woke at four, stayed in bed, dreamed of falling",
    ),
    _topic(
        "office boss project meeting deadline colleague salary desk",
        "busy late stressful important unfair boring",
        "worked until nine, answered every email, missed the deadline, argued with the boss",
    ),
    _topic(
        "mother father sister brother family wedding grandmother uncle",
        "angry proud distant loving jealous stubborn",
        "called home, visited the parents, cried at the wedding, shouted at dinner",
    ),
    _topic(
        "kitchen bread soup breakfast cake dinner plate recipe",
        "hungry sweet full fresh salty delicious",
        "cooked for everyone, ate alone, skipped breakfast, burned the soup",
    ),
    _topic(
        "money rent loan bill bank debt account price",
        "expensive poor cheap broke careful generous",
        "paid the rent, counted the money, opened the bill, borrowed again",
    ),
    _topic(
        "school exam teacher essay student classroom grade homework",
        "difficult clever nervous slow prepared strict",
        "studied all night, failed the exam, wrote the essay, raised a hand",
    ),
    _topic(
        "doctor hospital pain medicine knee headache nurse fever",
        "sick sore weak healthy dizzy swollen",
        "took the pills, saw the doctor, felt the pain, rested the knee",
    ),
    _topic(
        "garden tree flower rain forest river mountain lake",
        "green wet wild sunny beautiful cold",
        "walked by the river, planted a tree, climbed the hill, watched the rain",
    ),
    _topic(
        "car train road ticket station airport traffic driver",
        "fast crowded delayed dangerous noisy empty",
        "missed the train, drove for hours, waited at the station, lost the ticket",
    ),
    _topic(
        "guitar song choir piano concert band radio drum",
        "loud musical gentle famous sad cheerful",
        "played the piano, sang along, listened to the radio, left the concert",
    ),
    _topic(
        "friend party neighbour message visit birthday joke secret",
        "friendly lonely funny shy honest awkward",
        "laughed at the party, told a secret, ignored the message, met a friend",
    ),
    _topic(
        "football team gym race coach match running medal",
        "strong fit lazy competitive exhausted healthy",
        "ran five miles, lost the match, joined the gym, trained with the team",
    ),
)

#: Openings of a therapist's sentence in equally many words, with "I" and without.
THERAPIST_OPENERS = (
    ("I think", "it seems"),
    ("I imagine", "so perhaps"),
    ("I hear that", "you say that"),
    ("I notice that", "it looks like"),
    ("I was wondering if", "could it be that"),
)
ASKING = 4
CLIENT_OPENERS = ("well", "and", "but", "so", "you know", "I guess", "I suppose", "maybe")
#: {n}, {m} nouns, {a} an adjective, {v} a verb in the past tense.
THERAPIST_CLAUSES = (
    "the {n} and the {m} belong together",
    "the {n} was {a} for you this week",
    "you {v} and the {n} became {a}",
    "the {m} makes the {n} feel {a}",
    "there is something {a} about the {n}",
    "you {v} because of the {n}",
    "this {n} means more to you than the {m}",
)
CLIENT_CLAUSES = (
    "the {n} was {a} again",
    "I {v} and then the {n} felt {a}",
    "my {n} is always {a} like that",
    "nobody asks about the {n} or the {m}",
    "the {m} and the {n} were {a} all week",
    "it all started with the {n}",
    "I {v} because the {n} was too {a}",
)
MINIMAL = {"therapist": ("Mm-hmm.", "Okay.", "Right."), "client": ("Yeah.", "Okay.", "Yes.")}
PAUSES = ("um", "uh", "er", "erm")
