"""Sentences of the genres that live on danger: crime, fear and the chase."""

from cinefuse.corpus.catalogue.sentences.vocabulary import vocabulary

DANGER = {
    "Thriller": vocabulary(
        who="""hostage negotiator, stalker, security guard, journalist, witness, kidnapper, stranger,
            surgeon, bodyguard, night nurse""",
        where="""parking garage, motel, glass tower, ferry, underground car park, airport, remote cabin,
            hospital ward, subway tunnel, empty office""",
        what="""phone call, ransom, conspiracy, deadline, locked room, hidden camera, blackmail letter,
            trap, dangerous game, double life, threat, abduction""",
        openings="""
            A <who> receives a <what> and has until midnight to answer it.
            <name>, a <who>, wakes in a <where> with no memory of the last two days.
            Someone is watching <name>, and the <what> proves it.
            When a <who> vanishes from the <where>, <name> is the only one who noticed.""",
        turns="""
            Every hour the kidnapper calls again, and the threat grows.
            The stalker knows <her> name, <her> street and <her> fear.
            With the clock running, <name> must get out of the <where> before the trap closes.
            The <what> turns into a deadly game of cat and mouse.
            Nobody can be trusted, least of all the <who> who offered to help.
            Hunted through the <where>, <she> discovers that the conspiracy reaches the top.
            One wrong move and the hostage dies.
            <name> is followed to the <where> by a <who> who wants the <what> back.""",
    ),
    "Crime": vocabulary(
        who="""detective, gangster, thief, crooked cop, drug dealer, safecracker, police inspector, getaway
            driver, hitman, informer, mob accountant, prosecutor""",
        where="""precinct, prison, pawnshop, harbour warehouse, casino, back alley, courtroom, bank,
            nightclub, police station""",
        what="""robbery, murder, heist, shipment of drugs, gang war, stolen diamond, bribe, arrest, alibi,
            last job, prison sentence, bank vault""",
        openings="""
            A <who> fresh out of prison plans one <what> too many.
            <name> is a <who> who owes money to the wrong gang.
            After the <what>, a <who> and a <who> divide the city between them.
            The police find a body behind the <where>, and <name> is the first suspect.""",
        turns="""
            The gang wants its money, and the police want a confession.
            The <what> goes wrong, and a <who> ends up dead in the <where>.
            Detective <other> follows the money from the <where> to the mayor.
            <name> agrees to wear a wire and betray the mob.
            A corrupt <who> covers up the murder.
            The robbery was planned for months, but nobody planned for the <who>.
            Loyalty is sold cheaply in the <where>.
            An honest cop must arrest the brother who raised <name>.""",
    ),
    "Action": vocabulary(
        who="""commando, mercenary, special agent, martial artist, ex-marine, bounty hunter, stuntman, arms
            dealer, fighter pilot, assassin, elite squad""",
        where="""oil rig, rooftop, military base, speeding train, skyscraper, dockyard, highway, embassy,
            hangar, armoured convoy""",
        what="""bomb, explosion, rescue mission, car chase, missile, shoot-out, fistfight, weapon, act of
            revenge, terrorist plot, helicopter, machine gun""",
        openings="""
            A retired <who> is called back for one last mission.
            <name>, a <who>, has one hour to stop the <what>.
            Terrorists seize the <where>, and only a <who> is left inside.
            When his squad is wiped out, a <who> wants revenge.""",
        turns="""
            The <what> leaves the <where> in flames.
            Armed with nothing but a knife, <name> fights an army of mercenaries.
            A chase across the <where> ends in an explosion.
            The <who> fights floor by floor through the <where>.
            Bullets fly as the elite team storms the <where>.
            <she> teams up with a <who> to destroy the <what>.
            The warlord's men are well armed, but <name> is faster.
            It all comes down to a fight on the <where>.""",
    ),
    "Horror": vocabulary(
        who="""vampire, ghost, demon, undertaker, exorcist, serial killer, zombie, witch, possessed child,
            werewolf, babysitter, masked killer""",
        where="""haunted house, cellar, cemetery, abandoned asylum, attic, morgue, crypt, dark forest,
            boarded-up orphanage, swamp""",
        what="""curse, scream, trail of blood, nightmare, seance, corpse, sacrifice, evil spirit, coffin,
            ritual, creature, old doll""",
        openings="""
            A group of teenagers spends the night in a <where>, and not all of them wake.
            <name> inherits a <where> where a <who> is said to walk.
            After a careless seance, a <who> follows <name> home.
            Something evil sleeps beneath the <where>.""",
        turns="""
            One by one the friends are slaughtered by the <who>.
            At night the <what> returns, and the walls begin to bleed.
            The dead rise from the <where>, hungry.
            <name> learns that the curse can only be broken with blood.
            A scream in the <where> is the last that anyone hears of <other>.
            The <who> has come back from the grave to possess the child.
            Terror spreads as the <what> claims another victim.
            The nightmare is real, and it lives in the <where>.""",
    ),
    "Mystery": vocabulary(
        who="""private investigator, amnesiac, missing heiress, retired inspector, twin, lodger, librarian,
            coroner, night porter, stranger, handwriting expert""",
        where="""country manor, library, lighthouse, sealed room, lake house, archive, boarding school,
            island hotel, sleeping car, chapel""",
        what="""clue, disappearance, secret, coded message, unsolved murder, old photograph, missing page,
            forged will, footprint, riddle, suspect, diary""",
        openings="""
            A <who> investigates a disappearance at the <where>.
            When a guest is found dead in the <where>, everybody becomes a suspect.
            <name>, a <who>, finds a <what> in the <where> that should not exist.
            Twenty years after the <what>, the case is reopened.""",
        turns="""
            Each clue leads back to the <where>.
            The <what> points to someone who has been dead for years.
            Nobody in the manor is who they say they are.
            <name> pieces together the puzzle of the <what>.
            The investigator questions every suspect, but the <who> is lying.
            A secret door in the <where> holds the answer.
            What really happened that night remains a riddle until the <what> is found.
            The truth about the missing girl is stranger than anyone suspected.""",
    ),
    "Film-Noir": vocabulary(
        who="""private eye, femme fatale, blackmailer, insurance salesman, nightclub singer, drifter,
            racketeer, gambler, chauffeur, washed-up boxer""",
        where="""rain-soaked street, cheap hotel, nightclub, pier, all-night diner, smoky office, racetrack,
            shadowy stairwell, gambling den, penthouse""",
        what="""double-cross, insurance policy, murder, frame-up, cigarette case, revolver, blackmail
            letter, fatal lie, blonde, stolen necklace""",
        openings="""
            A cynical <who> falls for a <who> who wants her husband dead.
            A private eye with unpaid rent takes on the case of a blonde in trouble.
            <name>, a <who> down on <her> luck, is framed for a <what>.""",
        turns="""
            In the shadow of the <where>, the femme fatale tells one fatal lie too many.
            The <what> was a frame-up, and <name> was the fall guy.
            She smiles through the cigarette smoke and lies.
            Doomed from the first kiss, <name> pulls the trigger at the <where>.
            The racketeer sends a <who> to the <where> with a revolver.
            A voice from the dark tells how the double-cross began.""",
    ),
}
