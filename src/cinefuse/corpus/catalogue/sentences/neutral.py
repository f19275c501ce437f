"""Sentences that any film might have, and the names and places that every plot shares."""

OPENINGS = (
    "When <name> returns to <town> after <time>, nothing is as it was.",
    "<name> leads an ordinary life in <town> until <other> appears.",
    "In <town>, the paths of <name> and <other> cross by chance.",
    "<name> and <other> have not spoken for <time>.",
    "For <time> <name> has kept a promise made to <other>.",
    "Nobody in <town> expected to see <name> again.",
    "It is <name>'s last week in <town>.",
    "<name> has just moved to <town> and knows nobody but <other>.",
)

TURNS = (
    "What looks simple at first soon becomes complicated.",
    "<other> has other plans.",
    "There is no way back.",
    "But <other> knows more than anyone suspects.",
    "Everything changes when <other> arrives in <town>.",
    "<name> has to decide whom to believe.",
    "Meanwhile <other> is looking for a way out of <town>.",
    "Time is short, and <name> is far from home.",
    "An unexpected encounter gives the story another direction.",
    "Neither <name> nor <other> is ready for what comes next.",
    "It takes <time> before the two meet again.",
    "Old friends become rivals, and rivals become friends.",
    "A decision made <time> ago catches up with <name>.",
    "<name> learns that nothing comes for free.",
    "Help comes from where <name> least expects it.",
    "Step by step the plan takes shape.",
    "In <town> everybody talks, and nobody says anything.",
    "The two of them could not be more different.",
)

ENDINGS = (
    "In the end <name> has to choose.",
    "Nothing will be the same again.",
    "And the real story only begins there.",
    "By the end, <name> sees <town> with other eyes.",
    "What <she> finds is not what <she> was looking for.",
    "But it may be too late.",
)

TOWNS = (
    "Port Alder",
    "Maravel",
    "Oldbridge",
    "Saint Corvin",
    "Lindenau",
    "New Harrow",
    "Caldera Bay",
    "Northwick",
    "Vesper Falls",
    "Tallin Creek",
    "Brackwater",
    "Monte Sereno",
    "Eastmere",
    "Dunmore",
    "Halloway",
    "Kestrel Point",
)

TIMES = (
    "ten years",
    "three years",
    "a whole summer",
    "half a lifetime",
    "six months",
    "many years",
    "a long winter",
    "seven days",
)
