"""Sentences of the genres that live on wonder: other worlds, journeys and drawn pictures."""

from cinefuse.corpus.catalogue.sentences.vocabulary import vocabulary

WONDER = {
    "Adventure": vocabulary(
        who="""explorer, treasure hunter, sea captain, pirate, archaeologist, castaway, mountaineer,
            smuggler, balloonist, guide, diver""",
        where="""jungle, desert island, lost temple, mountain pass, river, sunken ship, caravan route,
            volcano, ice field, hidden valley""",
        what="""treasure, map, expedition, quest, golden idol, voyage, shipwreck, journey, rope bridge,
            legend, compass, storm""",
        openings="""
            A <who> sets out to find a <what> deep in the <where>.
            <name>, a young <who>, inherits half of a treasure map.
            An expedition into the <where> disappears, and a <who> goes after it.
            Stranded in a <where>, a <who> and a <who> must survive together.""",
        turns="""
            The journey leads across a <where> that is on no map.
            Pirates are after the same <what>.
            Facing rapids, snakes and rivals, the explorers press on through the <where>.
            The <what> is closer than they think, and so is danger.
            Their guide knows a way over the <where>, but at a price.
            A storm drives the ship towards the <where>.
            To reach the <what>, <name> must cross the <where> on foot.""",
    ),
    "Sci-Fi": vocabulary(
        who="""astronaut, robot, scientist, alien, space pilot, android, clone, time traveller, engineer,
            physicist, colonist, mutant""",
        where="""space station, laboratory, distant planet, starship, moon base, underground city, distant
            orbit, research outpost, wormhole, future metropolis""",
        what="""experiment, invasion, artificial intelligence, time machine, virus, spaceship, signal,
            asteroid, mutation, reactor, galaxy, human memory""",
        openings="""
            In the year 2190 a <who> wakes aboard a <where>.
            A scientist builds a <what> that works too well.
            When a <what> from space reaches Earth, <name>, a <who>, is the first to understand it.
            In the future, a <who> is wanted for having feelings.""",
        turns="""
            The aliens have a plan for the human race.
            The robot begins to dream of the <where>.
            The <what> opens a door in time.
            Oxygen is running out on the <where>.
            The experiment in the <where> creates a <who> that nobody can control.
            To save the planet, the crew must destroy the <what>.
            The computer of the <where> refuses to obey.
            Only a <who> can shut down the <what> before it reaches Earth.""",
    ),
    "Fantasy": vocabulary(
        who="""wizard, dragon, princess, elf, sorceress, knight, fairy, talking wolf, prophet child, dwarf,
            shape-shifter, giant""",
        where="""enchanted forest, kingdom, castle, magic portal, underworld, crystal cave, ruined tower,
            cloud city, realm of shadows""",
        what="""spell, magic sword, prophecy, crown, enchanted mirror, curse, amulet, potion, unicorn, dark
            lord, magic ring, wish""",
        openings="""
            A <who> must find the <what> before the kingdom falls into darkness.
            <name> steps through a portal into a magical <where>.
            An ancient prophecy names a farm girl as the heir to the <where>.""",
        turns="""
            Only a magic <what> can break the spell.
            The sorceress has turned the prince into a <who>.
            With a wizard and a <who> at <her> side, <name> rides to the castle.
            The dragon guards the <what> in the <where>.
            Magic always has a price, says the <who>.
            In the realm beyond the mirror, a <who> rules.
            The dark lord wants the <what> and the throne.""",
    ),
    "Animation": vocabulary(
        who="""talking mouse, squirrel, little dragon, toy soldier, clever fox, penguin, paper boy, snail,
            cartoon duck, robot dog, hedgehog, clay man""",
        where="""toy box, anthill, coral reef, candy land, beehive, paper city, forest of mushrooms, ice
            floe, attic of toys""",
        what="""acorn, magic paintbrush, rainbow, balloon, honey pot, cartoon chase, flying umbrella, pair
            of wings, lost button, moon cheese""",
        openings="""
            A <who> leaves the <where> to see the world.
            In this animated tale, a <who> and a <who> become friends.
            <name> the <who> is the smallest animal in the <where>.""",
        turns="""
            All the animals of the <where> come to the rescue.
            The <who> loses its <what> and learns to fly.
            A greedy cat wants the <what> for itself.
            In bright colours the cartoon world of the <where> comes alive.
            The toys escape through the window on a <what>.
            A <who> who cannot swim crosses the <where>.""",
    ),
    "Short": vocabulary(
        who="""old man, passer-by, boy with a balloon, street sweeper, mime, woman at a window, clockmaker,
            commuter""",
        where="""bus stop, staircase, empty room, bench, lift, street corner, laundrette""",
        what="""shoe, apple, single shot, red balloon, chair, minute, paper plane, shadow, sandwich""",
        openings="""
            In ten minutes and without a word, a <who> loses a <what>.
            A <who> and a <who> wait at a <where>.
            A short film about a <what>.""",
        turns="""
            A brief encounter at a <where>, told without dialogue.
            In a single shot, the <who> picks up the <what>.
            In a few minutes the <what> changes hands and nothing else happens.
            The sketch ends as it began, with a <what> in a <where>.""",
    ),
}
