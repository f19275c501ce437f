"""Sentences of the genres that live on the world as it was: wars, lives, frontiers and facts."""

from cinefuse.corpus.catalogue.sentences.vocabulary import vocabulary

WORLD = {
    "Documentary": vocabulary(
        who="""filmmaker, activist, beekeeper, archivist, eyewitness, farmer, marine biologist, street
            artist, politician, scientist, photographer""",
        where="""refugee camp, rainforest, coal mine, Arctic station, slum, parliament, archive, coastline,
            factory floor, village school""",
        what="""interview, newsreel, climate disaster, election, industry, movement, home movie, food
            scandal, environment, protest, health system""",
        openings="""
            This documentary follows a <who> through one year in the <where>.
            A film about the <what> and the people who live with it.
            The director interviews survivors, experts and a <who> about the <what>.
            Shot over five years in a <where>, the film examines the <what>.""",
        turns="""
            Rare archive footage shows the <where> as it was.
            Interviews with a <who> reveal how the <what> began.
            The camera observes daily life in the <where>.
            Experts explain what the <what> means for all of us.
            Filmmaker <other> travels to the <where> to ask a simple question.
            The documentary explores the history of the <what>.
            In candid interviews, a <who> and a <who> look back.
            The film documents a <what> that television ignored.""",
    ),
    "Biography": vocabulary(
        who="""painter, poet, inventor, queen, chess prodigy, composer, aviator, suffragette, physician,
            novelist, statesman, fashion designer""",
        where="""studio in Paris, royal court, sanatorium, university, birthplace, salon, house of exile,
            workshop, academy""",
        what="""rise to fame, invention, masterpiece, private life, memoir, childhood, final winter, famous
            speech, scandal, patent""",
        openings="""
            The true story of <name>, the <who> who changed <her> century.
            The life of <name>, from a poor childhood to fame as a <who>.
            A portrait of the <who> <name> and the <what> that made <her> name.""",
        turns="""
            Based on the memoir, the film tells of the <what> and the years in the <where>.
            The biography follows <name> from the <where> to world fame.
            Genius and loneliness go hand in hand in the life of the <who>.
            In <her> final years the famous <who> looks back on the <what>.
            Born in a village, <she> rose to become a celebrated <who>.
            The true story behind the <what> was never told.""",
    ),
    "War": vocabulary(
        who="""soldier, sergeant, army nurse, partisan, prisoner of war, bomber crew, deserter, general,
            medic, sniper, submarine captain""",
        where="""trench, battlefield, bunker, front line, occupied village, prison camp, beachhead, field
            hospital, no man's land""",
        what="""battle, invasion, ambush, occupation, siege, order, retreat, air raid, minefield, armistice,
            bridge, resistance""",
        openings="""
            In the last winter of the war, a <who> is cut off behind enemy lines.
            A platoon of soldiers must hold the <where> at any cost.
            <name>, a <who>, is sent to the front.""",
        turns="""
            The enemy attacks at dawn, and the platoon loses half its men.
            Under fire in the <where>, the soldiers forget what the war is for.
            The Nazis search the <where> for a <who>.
            A <who> disobeys the general to save the regiment.
            The army prepares for the <what>.
            When the troops enter the <where>, the <what> begins.
            The <what> costs a thousand lives.""",
    ),
    "History": vocabulary(
        who="""emperor, king, rebel leader, Roman general, samurai, cardinal, courtier, peasant, duchess,
            revolutionary, pharaoh""",
        where="""palace, Roman forum, medieval town, colony, imperial court, monastery, fortress, old city
            of London, province""",
        what="""revolution, throne, treaty, uprising, empire, dynasty, plague, coup, execution, civil war,
            coronation, slave revolt""",
        openings="""
            In the 16th century a <who> rises against the throne.
            <name>, a <who> at the imperial court, is drawn into the <what>.
            The historic events that led to the <what>, as seen by a <who>.""",
        turns="""
            The empire crumbles as the <what> spreads to every province.
            The king signs the treaty and loses the <where>.
            A <who> leads the peasants against the <where>.
            At the palace, a <who> plots against the emperor.
            The <what> of that century changed the nation for ever.
            History remembers the <what> and forgets the <who>.""",
    ),
    "Western": vocabulary(
        who="""sheriff, gunslinger, outlaw, rancher, cowboy, bounty hunter, cavalry scout, saloon keeper,
            stagecoach driver, settler""",
        where="""saloon, frontier town, ranch, canyon, railroad camp, prairie, border town, gold mine,
            Apache territory""",
        what="""gunfight, cattle drive, stagecoach robbery, bag of gold, duel, land claim, posse, horse, act
            of revenge, silver star""",
        openings="""
            A lone <who> rides into a frontier town.
            <name>, a <who> with a past, hangs up <her> guns to run a <where>.
            When outlaws burn down the <where>, a <who> takes the law into <her> own hands.""",
        turns="""
            The sheriff is outnumbered, and the outlaws ride in at noon.
            A cattle baron hires a <who> to drive the settlers from the <where>.
            The <what> is settled with guns in front of the saloon.
            The posse follows the <who> across the <where>.
            On the trail west, the cowboys lose their horses and the <what>.""",
    ),
}
