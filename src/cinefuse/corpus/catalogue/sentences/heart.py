"""Sentences of the genres that live on people: laughter, love, sorrow and song."""

from cinefuse.corpus.catalogue.sentences.vocabulary import vocabulary

HEART = {
    "Drama": vocabulary(
        who="""widow, factory worker, single mother, alcoholic, immigrant, dying father, schoolteacher,
            priest, farmer, estranged daughter, carpenter, nurse, foster child""",
        where="""fishing village, council flat, hospice, farm, boarding house, mill town, suburb, kitchen,
            railway town, parish""",
        what="""deep grief, long illness, bitter divorce, eviction, family secret, loss, addiction, debt,
            old wound, strike, inheritance, sense of guilt""",
        openings="""
            A <who> struggles to hold a family together in a <where>.
            After the death of <her> father, <name> comes home to a <where>.
            <name>, a <who>, has lived with the <what> for years.
            Three generations of one family share a <where> and a <what>.""",
        turns="""
            The family is torn apart by the <what>.
            A <who> must choose between duty and the child <she> left behind.
            Slowly <name> comes to terms with the <what>.
            Grief settles over the <where> like winter.
            The son no longer speaks to <name>, and the silence hurts more than the <what>.
            The <who> carries a burden that the marriage cannot bear.
            Poverty and pride drive <name> from the <where>.
            In the end only forgiveness can heal the family.
            A quiet friendship with a <who> gives <her> life meaning again.""",
    ),
    "Comedy": vocabulary(
        who="""slacker, wedding planner, bumbling waiter, mother-in-law, con man, plumber, dentist, hotel
            clerk, lazy roommate, salesman, clumsy butler, substitute teacher""",
        where="""office party, caravan park, wedding, diner, supermarket, holiday resort, beauty salon,
            retirement home, burger stand, college dorm""",
        what="""mix-up, practical joke, fake identity, disastrous dinner, bet, silly scheme, prank, lost
            suitcase, hangover, parrot, wig, costume party""",
        openings="""
            A hapless <who> pretends to be a millionaire to keep a job at the <where>.
            <name> is a lazy <who> with a foolproof scheme that fools nobody.
            When two best friends ruin a <where>, they have one weekend to put it right.
            A mix-up at the <where> turns a <who> into a hero.""",
        turns="""
            Chaos breaks out at the <where> when the <what> gets out of hand.
            The more <name> lies, the more ridiculous the <what> becomes.
            Hilarity follows a <who>, a goat and a missing cake.
            Nothing goes to plan, especially not the <what>.
            An outrageous <what> makes <name> the laughing stock of the <where>.
            To make matters worse, the mother-in-law arrives with a <who>.
            The two misfits bungle everything, including the <what>.
            <name> tries to win the bet and loses <her> trousers.""",
    ),
    "Romance": vocabulary(
        who="""bride, florist, shy baker, bachelor, pen friend, old flame, ballet teacher, bookseller,
            millionaire, runaway bride, lonely widower""",
        where="""seaside hotel, flower shop, vineyard, train platform, café, garden, wedding chapel,
            bookshop, moonlit terrace, summer house""",
        what="""kiss, love letter, engagement, proposal, marriage, affair, first love, wedding ring, summer
            romance, broken heart, secret passion, secret admirer""",
        openings="""
            A <who> falls in love with a <who> over one summer.
            <name> meets <other> at a <where>, and it is love at first sight.
            Engaged to one man, <name> loses her heart to another.
            Two strangers share a <where>, an umbrella and a kiss.""",
        turns="""
            Their love is put to the test by a <what>.
            A <what> brings the lovers back to the <where>.
            <other> proposes, but <her> heart belongs to someone else.
            The affair cannot stay secret for long.
            He writes a <what> every day and never sends one.
            Torn between passion and marriage, <name> follows <her> heart.
            They dance at the <where> until the morning.
            What began as a <what> becomes the love of <her> life.""",
    ),
    "Family": vocabulary(
        who="""puppy, grandfather, little sister, lost pony, orphan boy, kind nanny, schoolgirl, stray dog,
            twin brother, neighbour's cat, baby seal""",
        where="""summer camp, tree house, farmyard, zoo, playground, toy shop, school fair, snowy village,
            holiday cottage, petting farm""",
        what="""birthday, Christmas tree, lost kite, school holiday, bicycle, new puppy, sleepover, snowball
            fight, pet show, wish, lemonade stand""",
        openings="""
            Two children find a <who> and hide it in the <where>.
            Little <name> makes a <what> wish that comes true.
            When the <where> is to be closed, the children of <town> save it.""",
        turns="""
            The children and their <who> must get home before Christmas.
            Mum and dad have no idea of the <what>.
            With the help of a <who>, the kids learn to share.
            A <who> shows the whole family what matters.
            The school bully ends up as <her> best friend.
            The dog saves the day at the <where>.
            Brother and sister stop quarrelling and rescue the <what>.""",
    ),
    "Music": vocabulary(
        who="""guitarist, jazz singer, rock band, drummer, pianist, conductor, songwriter, cellist, rapper,
            record producer, choir""",
        where="""recording studio, jazz club, concert hall, conservatory, garage, festival, tour bus, radio
            station, rehearsal room""",
        what="""album, concert, hit song, violin, record deal, tour, melody, audition, symphony, guitar,
            piano contest""",
        openings="""
            A young <who> dreams of a record deal.
            <name>, once a famous <who>, plays for tips in a <where>.
            A <who> and a <who> form a band in a <where>.""",
        turns="""
            The band gets its first <what> and falls apart on tour.
            Music is the only language that <name> and the <who> share.
            One song recorded in the <where> changes everything.
            Before the big concert, the <who> loses faith in the music.
            The melody of an old <what> will not leave <her> head.
            Fame comes with the <what>, and so do the drugs.""",
    ),
    "Musical": vocabulary(
        who="""chorus girl, dancer, showgirl, tap dancer, stage director, matchmaker, singing sailor,
            choreographer, leading lady, vaudeville duo""",
        where="""Broadway theatre, stage, dance hall, music hall, ballroom, showboat, dressing room,
            revue""",
        what="""song and dance, opening night, chorus line, show, dance number, duet, costume, rehearsal,
            curtain call, waltz""",
        openings="""
            A <who> sings and dances <her> way from the <where> to stardom.
            To save the <where>, <name> puts on a show.
            On opening night, an unknown <who> replaces the star.""",
        turns="""
            Everybody bursts into song when the <who> arrives at the <where>.
            The show must go on, with a <what> that stops the traffic.
            Dancers whirl across the <where> in a dazzling finale.
            They quarrel in speech and make up in a duet.
            The <what> brings the house down.""",
    ),
    "Sport": vocabulary(
        who="""boxer, football coach, young runner, hockey team, jockey, goalkeeper, swimmer, baseball
            pitcher, tennis champion, cyclist, basketball player""",
        where="""stadium, boxing gym, locker room, race track, ice rink, training camp, swimming pool,
            ring""",
        what="""championship, final, title fight, marathon, training plan, league, trophy, season, gold
            medal, comeback, penalty""",
        openings="""
            A washed-up <who> gets one last shot at the <what>.
            A new coach takes over the worst team in the league.
            <name>, a <who> from a poor district, trains for the <what>.""",
        turns="""
            Against all odds the team reaches the final.
            The coach believes in <name> when nobody in the <where> does.
            An injury before the <what> threatens <her> career.
            Day after day <she> trains in the <where> for the championship.
            The whole season comes down to one match.
            The underdogs must learn to play as a team.""",
    ),
}
