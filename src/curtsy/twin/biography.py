"""What a rich profile has beside its top card: the parts of FullProfileWithEntities (wire reference 4.1)."""

from dataclasses import dataclass

Month = tuple[int, int]


@dataclass(frozen=True)
class Position:
    """One post held; `until` is None while it lasts."""

    title: str
    company: str
    place: str
    since: Month
    until: Month | None = None
    description: str = ""


@dataclass(frozen=True)
class Education:
    """One school; `school` may be missing on the wire, as some profiles have it (wire reference 4.1)."""

    school: str | None
    degree: str
    field: str
    since_year: int
    until_year: int


@dataclass(frozen=True)
class Biography:
    """All of it, newest first."""

    summary: str
    industry: str
    positions: tuple[Position, ...]
    educations: tuple[Education, ...]
    skills: tuple[str, ...]


ADA = Biography(
    summary="I turn long tables into short sentences.",
    industry="Data Analytics",
    positions=(
        Position("Analyst", "Example Co", "London", (2022, 3), None, "Reads the numbers, then explains them."),
        Position("Junior Analyst", "Example Co", "London", (2020, 9), (2022, 2)),
        Position("Intern", "Sample Works", "Leeds", (2019, 6), (2019, 9)),
    ),
    educations=(Education("University of Examples", "BSc", "Mathematics", 2016, 2020),),
    skills=("Statistics", "SQL", "Plain writing"),
)

WILLIAM = Biography(
    summary="Reader of books, grower of trees.",
    industry="Philanthropy",
    positions=(
        Position("Chair", "Example Foundation", "Seattle", (2008, 7), None, "Looks after a foundation of examples."),
        Position("Founder", "Sample Energy", "Seattle", (2015, 1)),
        Position("Co-founder", "Tiny Software", "Albuquerque", (1985, 4), (2008, 6)),
    ),
    educations=(
        Education("Example University", "", "Mathematics", 1973, 1975),
        Education(None, "Secondary school", "", 1967, 1973),
    ),
    skills=("Reading", "Bridge", "Public health", "Software"),
)
