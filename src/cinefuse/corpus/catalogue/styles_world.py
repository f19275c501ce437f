"""Poster styles of the genres that live on other worlds, and on this one as it was."""

from cinefuse.corpus.catalogue.canvas import HEIGHT, Canvas, arc
from cinefuse.corpus.catalogue.motifs import bust, dots, hat, person, rays, ridge, skyline, star, tree
from cinefuse.corpus.catalogue.palettes import Palette


def science_fiction(canvas: Canvas, palette: Palette) -> None:
    """A planet over a grid that runs to the horizon, or a skyline of lights under stars."""
    canvas.gradient(palette.sky, palette.ground)
    dots(canvas, 40, 1.0, palette.ink, 0.006)
    x, y, radius = canvas.between(0.25, 0.75), canvas.between(0.45, 0.65), canvas.between(0.17, 0.28)
    canvas.glow(x, y, radius * 1.7, palette.accent, 0.7)
    canvas.circle(x, y, radius, palette.second)
    canvas.circle(x + radius * 0.22, y + radius * 0.1, radius * 0.76, palette.ground)
    canvas.line(
        [(x - radius * 1.7, y + radius * 0.4), (x + radius * 1.7, y - radius * 0.4)], palette.accent, 0.025
    )
    if canvas.random.random() < 0.65:
        for step in range(-5, 6):
            canvas.line([(0.5 + step * 0.06, 1.0), (0.5 + step * 0.32, HEIGHT)], palette.accent, 0.01)
        for line in (1.0, 1.06, 1.14, 1.25, 1.4):
            canvas.line([(0, line), (1, line)], palette.accent, 0.01)
    else:
        skyline(canvas, 1.3, 0.4, palette.sky, palette.accent)


def adventure(canvas: Canvas, palette: Palette) -> None:
    """A path through mountains and jungle towards the sun, or a ship."""
    canvas.gradient(palette.sky, palette.ground)
    x = canvas.between(0.3, 0.7)
    canvas.circle(x, 0.6, 0.16, (255, 240, 190))
    ridge(canvas, 0.95, 0.35, palette.second, 3)
    if canvas.random.random() < 0.6:
        canvas.box(0, 1.0, 1, HEIGHT, palette.accent)
        canvas.polygon([(0.5, 1.0), (0.54, 1.0), (0.8, HEIGHT), (0.25, HEIGHT)], palette.ground)
        for step in range(6):
            tree(canvas, 0.02 + 0.2 * step, canvas.between(1.1, 1.35), 0.38, palette.accent, palette.ink)
        person(canvas, 0.5, 1.3, 0.34, palette.ink)
    else:
        canvas.box(0, 1.0, 1, HEIGHT, (60, 130, 150))
        canvas.polygon([(0.2, 1.05), (0.8, 1.05), (0.68, 1.2), (0.3, 1.2)], palette.ink)
        canvas.polygon([(0.5, 0.55), (0.5, 1.0), (0.78, 1.0)], (245, 235, 210))
        canvas.polygon([(0.46, 0.62), (0.46, 1.0), (0.26, 1.0)], (245, 235, 210))


def documentary(canvas: Canvas, palette: Palette) -> None:
    """A photograph on white paper with plain type."""
    canvas.gradient(palette.sky, palette.sky)
    top = canvas.between(0.1, 0.3)
    canvas.box(0.1, top, 0.9, top + 0.75, palette.accent)
    canvas.box(0.1, top, 0.9, top + canvas.between(0.3, 0.45), palette.second)
    if canvas.random.random() < 0.5:
        bust(canvas, canvas.between(0.35, 0.65), top + 0.75, 0.6, palette.ink)
    else:
        canvas.box(0.1, top + 0.55, 0.9, top + 0.75, palette.ink)
        for _ in range(3):
            person(canvas, canvas.between(0.2, 0.8), top + 0.65, 0.28, palette.ink)
    for line in range(3):
        canvas.box(0.1, 1.22 + line * 0.06, canvas.between(0.5, 0.9), 1.24 + line * 0.06, palette.accent)


def biography(canvas: Canvas, palette: Palette) -> None:
    """A portrait in an oval frame, in sepia."""
    canvas.gradient(palette.sky, palette.ground)
    canvas.ellipse(0.5, 0.72, 0.4, 0.52, palette.accent)
    canvas.ellipse(0.5, 0.72, 0.36, 0.48, palette.second)
    canvas.ellipse(0.5, 0.62, 0.15, 0.2, palette.ground)
    canvas.polygon(arc(0.5, 1.08, 0.28, 190, 350), palette.accent)
    if canvas.random.random() < 0.4:
        hat(canvas, 0.5, 0.47, 0.2, palette.accent)
    canvas.ring(0.5, 0.72, 0.44, palette.ink, 0.01)


def history(canvas: Canvas, palette: Palette) -> None:
    """Columns and a banner, or a crown, in gold and oxblood."""
    canvas.gradient(palette.sky, palette.ground)
    if canvas.random.random() < 0.5:
        canvas.polygon([(0.05, 0.5), (0.95, 0.5), (0.5, 0.25)], palette.accent)
        canvas.box(0.08, 0.5, 0.92, 0.58, palette.second)
        for index in range(4):
            canvas.box(0.13 + 0.2 * index, 0.58, 0.25 + 0.2 * index, 1.15, palette.second)
            canvas.box(0.22 + 0.2 * index, 0.58, 0.25 + 0.2 * index, 1.15, palette.accent)
        canvas.box(0.03, 1.15, 0.97, 1.25, palette.accent)
    else:
        canvas.polygon([(0.2, 0), (0.8, 0), (0.8, 1.15), (0.5, 1.0), (0.2, 1.15)], palette.accent)
        points = [(0.3, 0.75), (0.28, 0.45), (0.4, 0.6), (0.5, 0.38), (0.6, 0.6), (0.72, 0.45), (0.7, 0.75)]
        canvas.polygon(points, palette.second)
        for x, y in points[1:-1:2]:
            canvas.circle(x, y, 0.03, palette.second)


def western(canvas: Canvas, palette: Palette) -> None:
    """A rider's land: a low sun, mesas, a lone hat."""
    canvas.gradient(palette.sky, palette.ground)
    x = canvas.between(0.25, 0.75)
    canvas.circle(x, 0.85, canvas.between(0.2, 0.3), palette.second)
    for left, width, height in ((-0.05, 0.3, 0.28), (0.7, 0.25, 0.36), (0.42, 0.14, 0.18)):
        canvas.polygon(
            [
                (left, 1.1),
                (left + 0.04, 1.1 - height),
                (left + width, 1.1 - height),
                (left + width + 0.05, 1.1),
            ],
            palette.ground,
        )
    canvas.box(0, 1.08, 1, HEIGHT, palette.accent)
    cactus = canvas.between(0.1, 0.9)
    canvas.line([(cactus, 1.1), (cactus, 0.8)], palette.accent, 0.05)
    canvas.line([(cactus, 1.0), (cactus + 0.09, 1.0), (cactus + 0.09, 0.88)], palette.accent, 0.035)
    if canvas.random.random() < 0.7:
        person(canvas, 0.5, 1.2, 0.55, palette.accent)
        hat(canvas, 0.5, 0.7, 0.13, palette.accent)


def neutral(canvas: Canvas, palette: Palette) -> None:
    """What any film might have: a portrait, an empty landscape, a few shapes."""
    canvas.gradient(palette.sky, palette.ground)
    match int(canvas.random.integers(4)):
        case 0:
            bust(canvas, canvas.between(0.3, 0.7), HEIGHT, canvas.between(0.8, 1.2), palette.accent)
        case 1:
            ridge(canvas, 1.1, 0.25, palette.accent, 3)
            canvas.circle(canvas.between(0.2, 0.8), 0.5, 0.1, palette.second)
        case 2:
            rays(canvas, 0.5, HEIGHT, palette.second, 8)
            star(canvas, 0.5, 0.75, 0.2, palette.accent)
        case _:
            for index in range(3):
                person(canvas, 0.25 + 0.25 * index, 1.25, canvas.between(0.6, 0.8), palette.accent)
