"""Poster styles of the genres that live on love, laughter, song and play."""

from cinefuse.corpus.catalogue.canvas import HEIGHT, Canvas, arc
from cinefuse.corpus.catalogue.motifs import bust, creature, dots, heart, note, person, rays, star, tree
from cinefuse.corpus.catalogue.palettes import Palette


def comedy(canvas: Canvas, palette: Palette) -> None:
    """Loud colours, beams, and one or two people who look silly."""
    canvas.gradient(palette.sky, palette.ground)
    if canvas.random.random() < 0.6:
        rays(canvas, 0.5, 0.85, palette.ground, 14)
    people = int(canvas.random.integers(1, 4))
    for index in range(people):
        x = (index + 1) / (people + 1)
        colour = palette.second if index % 2 else palette.accent
        bust(canvas, x, HEIGHT - 0.12, canvas.between(0.6, 0.8), colour)
        canvas.polygon(arc(x, HEIGHT - 0.65, 0.08, 10, 170), (255, 255, 255))
    canvas.box(0, HEIGHT - 0.14, 1, HEIGHT, palette.second)


def romance(canvas: Canvas, palette: Palette) -> None:
    """Two people close together, or hearts, in warm light."""
    canvas.gradient(palette.sky, palette.ground)
    canvas.glow(0.5, 0.7, 0.6, palette.second, 1.0)
    if canvas.random.random() < 0.5:
        canvas.circle(0.38, 0.72, 0.17, palette.accent)
        canvas.circle(0.62, 0.76, 0.16, palette.ink)
        canvas.polygon(arc(0.34, 1.3, 0.3, 180, 360), palette.accent)
        canvas.polygon(arc(0.68, 1.32, 0.3, 180, 360), palette.ink)
    else:
        heart(canvas, 0.5, canvas.between(0.65, 0.85), canvas.between(0.22, 0.32), palette.accent)
    for _ in range(6):
        heart(
            canvas, canvas.between(0, 1), canvas.between(0.1, 1.3), canvas.between(0.02, 0.05), palette.accent
        )


def family(canvas: Canvas, palette: Palette) -> None:
    """A house in a garden under a friendly sun."""
    canvas.gradient(palette.sky, palette.second, 0.0)
    canvas.circle(canvas.between(0.15, 0.85), 0.35, 0.13, (255, 225, 90))
    canvas.ellipse(0.3, 1.45, 0.8, 0.5, palette.ground)
    canvas.ellipse(0.9, 1.5, 0.6, 0.5, palette.second)
    x = canvas.between(0.25, 0.7)
    canvas.box(x - 0.16, 0.78, x + 0.16, 1.04, palette.accent)
    canvas.polygon([(x - 0.22, 0.8), (x + 0.22, 0.8), (x, 0.58)], (200, 60, 50))
    canvas.box(x - 0.04, 0.9, x + 0.05, 1.04, palette.ink)
    for index in range(4):
        person(canvas, 0.2 + 0.2 * index, 1.34, (0.34, 0.2, 0.3, 0.16)[index], palette.ink)


def animation(canvas: Canvas, palette: Palette) -> None:
    """Round friends in flat, loud colours."""
    canvas.gradient(palette.sky, palette.sky)
    for _ in range(4):
        canvas.circle(canvas.between(0, 1), canvas.between(0.1, 0.7), canvas.between(0.06, 0.16), palette.ink)
    canvas.ellipse(0.3, HEIGHT, 0.8, 0.45, palette.ground)
    creature(canvas, canvas.between(0.3, 0.5), 0.85, canvas.between(0.24, 0.32), palette.accent)
    creature(canvas, canvas.between(0.65, 0.85), 1.12, canvas.between(0.13, 0.2), palette.second)


def music(canvas: Canvas, palette: Palette) -> None:
    """A record, stage lights and notes."""
    canvas.gradient(palette.sky, palette.ground)
    for index in range(3):
        foot = 0.2 + 0.3 * index + canvas.between(-0.1, 0.1)
        canvas.polygon(
            [(foot - 0.03, 0), (foot + 0.03, 0), (foot + 0.2, 0.6), (foot - 0.2, 0.6)], palette.second
        )
        canvas.glow(foot, 0.62, 0.22, palette.second)
    x, y = canvas.between(0.35, 0.65), canvas.between(0.8, 0.95)
    canvas.circle(x, y, 0.36, (16, 12, 24))
    for radius in (0.31, 0.25, 0.19):
        canvas.ring(x, y, radius, (70, 64, 84), 0.01)
    canvas.circle(x, y, 0.13, palette.accent)
    canvas.circle(x, y, 0.03, palette.sky)
    for _ in range(3):
        note(canvas, canvas.between(0.1, 0.85), canvas.between(0.3, 1.3), 0.1, palette.accent)


def musical(canvas: Canvas, palette: Palette) -> None:
    """A curtain, a spotlight and dancers in a row."""
    canvas.gradient(palette.ground, palette.sky)
    canvas.polygon([(0.42, 0), (0.58, 0), (0.95, 1.25), (0.05, 1.25)], palette.second)
    canvas.ellipse(0.5, 1.25, 0.46, 0.09, palette.accent)
    for index in range(3):
        x = 0.28 + 0.22 * index
        person(canvas, x, 1.27, 0.46, palette.sky)
        canvas.line([(x, 1.1), (x + 0.13, 1.02)], palette.sky, 0.03)
    for index in range(3):
        width = 0.2 - 0.06 * index
        colour = palette.sky if index % 2 == 0 else palette.ground
        canvas.polygon([(0, 0), (width + 0.1, 0), (width * 0.7, HEIGHT), (0, HEIGHT)], colour)
        canvas.polygon([(1, 0), (0.9 - width, 0), (1 - width * 0.7, HEIGHT), (1, HEIGHT)], colour)
    for index in range(8):
        canvas.circle(0.06 + index * 0.126, 0.05, 0.025, palette.accent)


def sport(canvas: Canvas, palette: Palette) -> None:
    """A mown field with lines and a ball, or lanes and a runner."""
    canvas.gradient(palette.sky, palette.ground)
    stripes = int(canvas.random.integers(5, 8))
    for index in range(0, stripes, 2):
        canvas.box(0, index * HEIGHT / stripes, 1, (index + 1) * HEIGHT / stripes, palette.ground)
    canvas.line([(0, 0.75), (1, 0.75)], palette.accent, 0.02)
    canvas.ring(0.5, 0.75, 0.3, palette.accent, 0.02)
    if canvas.random.random() < 0.5:
        canvas.circle(canvas.between(0.3, 0.7), 0.75, 0.15, palette.ink)
        star(canvas, 0.5, 0.75, 0.1, palette.second)
    else:
        person(canvas, canvas.between(0.35, 0.65), 1.2, 0.8, palette.second)
    canvas.box(0, HEIGHT - 0.1, 1, HEIGHT, palette.second)


def fantasy(canvas: Canvas, palette: Palette) -> None:
    """A castle on a rock before a great moon, with sparks of magic."""
    canvas.gradient(palette.sky, palette.ground)
    canvas.circle(canvas.between(0.35, 0.65), 0.6, 0.3, palette.accent)
    x = canvas.between(0.4, 0.6)
    canvas.polygon([(0, HEIGHT), (x - 0.28, 1.0), (x + 0.28, 1.0), (1, HEIGHT)], palette.second)
    for shift, height in ((-0.22, 0.3), (-0.08, 0.45), (0.08, 0.36), (0.22, 0.26)):
        canvas.box(x + shift - 0.05, 1.02 - height, x + shift + 0.05, 1.05, palette.second)
        tip = 1.02 - height
        canvas.polygon(
            [(x + shift - 0.07, tip), (x + shift + 0.07, tip), (x + shift, tip - 0.16)], palette.second
        )
    for _ in range(7):
        star(canvas, canvas.between(0, 1), canvas.between(0.05, 1.0), 0.035, palette.ink, 4)
    dots(canvas, 14, 1.2, palette.ink, 0.01)


def short(canvas: Canvas, palette: Palette) -> None:
    """One small thing on a large empty sheet."""
    canvas.gradient(palette.sky, palette.ground)
    x, y = canvas.between(0.3, 0.7), canvas.between(0.5, 0.9)
    match int(canvas.random.integers(3)):
        case 0:
            canvas.circle(x, y, 0.12, palette.second)
            canvas.line([(x, y + 0.12), (x + 0.04, y + 0.42)], palette.accent, 0.012)
        case 1:
            canvas.box(x - 0.1, y, x + 0.1, y + 0.03, palette.accent)
            canvas.line([(x - 0.09, y), (x - 0.09, y + 0.2)], palette.accent, 0.02)
            canvas.line([(x + 0.09, y - 0.22), (x + 0.09, y + 0.2)], palette.second, 0.02)
        case _:
            tree(canvas, x, y + 0.2, 0.32, palette.second, palette.accent)
    canvas.line([(0.08, HEIGHT - 0.3), (0.92, HEIGHT - 0.3)], palette.accent, 0.008)
