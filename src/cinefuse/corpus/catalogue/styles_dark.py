"""Poster styles of the genres that live on danger, and of drama."""

from cinefuse.corpus.catalogue.canvas import HEIGHT, Canvas, arc
from cinefuse.corpus.catalogue.motifs import bust, dots, hat, person, rays, ridge, skyline
from cinefuse.corpus.catalogue.palettes import Palette


def horror(canvas: Canvas, palette: Palette) -> None:
    """A house on a hill or a face with glowing eyes, and blood from above."""
    canvas.gradient(palette.sky, palette.ground)
    if canvas.random.random() < 0.5:
        canvas.glow(canvas.between(0.3, 0.7), 0.5, 0.55, palette.accent, 0.7)
        ridge(canvas, 1.15, 0.15, palette.ground, 2)
        canvas.box(0.38, 0.75, 0.62, 1.2, palette.ground)
        canvas.polygon([(0.32, 0.77), (0.68, 0.77), (0.5, 0.52)], palette.ground)
        canvas.box(0.43, 0.85, 0.48, 0.92, palette.accent)
    else:
        canvas.ellipse(0.5, 0.8, 0.32, 0.45, palette.second)
        canvas.ellipse(0.5, 0.78, 0.3, 0.43, palette.ground)
        for x in (0.39, 0.61):
            canvas.glow(x, 0.7, 0.16, palette.accent, 1.0)
            canvas.ellipse(x, 0.7, 0.06, 0.03, palette.accent)
    for step in range(9):
        length = canvas.between(0.05, 0.36)
        canvas.ellipse(0.06 + step * 0.11, 0.0, 0.05, length, palette.accent)


def thriller(canvas: Canvas, palette: Palette) -> None:
    """Somebody small at the bright end of a corridor."""
    canvas.gradient(palette.sky, palette.ground)
    x, y = canvas.between(0.35, 0.65), canvas.between(0.6, 0.8)
    for share in (1.0, 0.72, 0.5, 0.33):
        shade = palette.second if share in (0.72, 0.33) else palette.sky
        canvas.box(x - 0.55 * share, y - 0.75 * share, x + 0.55 * share, y + 0.75 * share, shade)
    canvas.box(x - 0.12, y - 0.19, x + 0.12, y + 0.25, palette.accent)
    canvas.polygon(
        [(x - 0.12, y + 0.25), (x + 0.12, y + 0.25), (x + 0.42, HEIGHT), (x - 0.42, HEIGHT)], palette.accent
    )
    person(canvas, x, y + 0.32, 0.4, palette.ground)


def crime(canvas: Canvas, palette: Palette) -> None:
    """A city at night, a man with a hat in front of it, police tape across."""
    canvas.gradient(palette.sky, palette.ground)
    canvas.circle(canvas.between(0.2, 0.8), 0.4, 0.16, palette.accent)
    skyline(canvas, 1.1, 0.6, palette.second, palette.accent)
    x = canvas.between(0.35, 0.65)
    bust(canvas, x, HEIGHT, 0.8, palette.ground)
    hat(canvas, x, HEIGHT - 0.72, 0.24, palette.ground)
    slope = canvas.between(-0.12, 0.12)
    canvas.line([(-0.1, 1.2 - slope), (1.1, 1.2 + slope)], palette.accent, 0.09)


def action(canvas: Canvas, palette: Palette) -> None:
    """An explosion with a fighter before it."""
    canvas.gradient(palette.sky, palette.ground)
    x, y = canvas.between(0.35, 0.65), canvas.between(0.55, 0.8)
    rays(canvas, x, y, palette.second, 11)
    canvas.glow(x, y, 0.55, palette.second, 1.0)
    canvas.glow(x, y, 0.3, (255, 255, 240), 1.0)
    ridge(canvas, 1.3, 0.1, palette.accent, 6)
    person(canvas, x + canvas.between(-0.1, 0.1), 1.32, 0.75, palette.accent)
    canvas.line([(x, 0.9), (x + 0.34, 0.72)], palette.accent, 0.06)


def mystery(canvas: Canvas, palette: Palette) -> None:
    """An eye or a keyhole in the fog."""
    canvas.gradient(palette.sky, palette.ground)
    canvas.glow(0.5, 0.75, 0.6, palette.second)
    if canvas.random.random() < 0.5:
        canvas.polygon(arc(0.5, 1.0, 0.5, 215, 325) + arc(0.5, 0.42, 0.5, 35, 145), palette.accent)
        canvas.circle(0.5, 0.71, 0.17, palette.sky)
        canvas.circle(0.5, 0.71, 0.08, palette.ground)
    else:
        canvas.circle(0.5, 0.62, 0.2, palette.accent)
        canvas.polygon([(0.44, 0.7), (0.56, 0.7), (0.7, 1.12), (0.3, 1.12)], palette.accent)
        person(canvas, 0.5, 1.1, 0.45, palette.ground)
    for _ in range(3):
        canvas.glow(canvas.between(0, 1), canvas.between(0.9, 1.4), 0.4, palette.second, 0.6)


def film_noir(canvas: Canvas, palette: Palette) -> None:
    """Light through blinds on somebody with a hat."""
    canvas.gradient(palette.sky, palette.ground)
    slope = canvas.between(-0.2, 0.2)
    for step in range(12):
        y = 0.05 + step * 0.12
        canvas.line([(-0.1, y - slope), (1.1, y + slope)], palette.accent, 0.05)
    x = canvas.between(0.3, 0.7)
    bust(canvas, x, HEIGHT, 1.0, palette.ground)
    hat(canvas, x, HEIGHT - 0.9, 0.3, palette.ground)
    canvas.line([(x + 0.2, HEIGHT - 0.6), (x + 0.32, HEIGHT - 0.56)], palette.accent, 0.02)


def drama(canvas: Canvas, palette: Palette) -> None:
    """A face in muted light, or somebody alone under a wide sky."""
    canvas.gradient(palette.sky, palette.ground)
    if canvas.random.random() < 0.5:
        canvas.glow(canvas.between(0.2, 0.8), 0.5, 0.6, palette.accent, 0.6)
        bust(canvas, canvas.between(0.3, 0.7), HEIGHT, canvas.between(1.0, 1.3), palette.second)
    else:
        canvas.glow(0.5, 1.05, 0.6, palette.accent)
        canvas.box(0, 1.15, 1, HEIGHT, palette.second)
        person(canvas, canvas.between(0.25, 0.75), 1.2, 0.32, palette.second)
        dots(canvas, 5, 0.6, palette.accent, 0.012)


def war(canvas: Canvas, palette: Palette) -> None:
    """Soldiers on a ridge under smoke and searchlights."""
    canvas.gradient(palette.sky, palette.ground)
    for _ in range(2):
        foot, tip = canvas.between(0, 1), canvas.between(0, 1)
        canvas.polygon([(foot, 1.2), (tip - 0.1, 0), (tip + 0.12, 0)], palette.second)
    for _ in range(5):
        canvas.glow(canvas.between(0, 1), canvas.between(0.2, 1.0), 0.3, palette.ground, 0.8)
    ridge(canvas, 1.2, 0.08, palette.accent, 5)
    for step in range(4):
        x = 0.14 + step * 0.24
        person(canvas, x, 1.25, canvas.between(0.36, 0.46), palette.accent)
        canvas.line([(x - 0.02, 1.05), (x + 0.14, 0.86)], palette.accent, 0.02)
        canvas.ellipse(x, 0.85, 0.065, 0.03, palette.accent)
