"""Things that appear on more than one poster: people, stars, skylines, hills."""

from cinefuse.corpus.catalogue.canvas import HEIGHT, Canvas, Points, arc
from cinefuse.corpus.catalogue.palettes import Colour


def person(canvas: Canvas, x: float, foot: float, size: float, colour: Colour) -> None:
    """A standing silhouette of this height with its feet at `foot`."""
    head, shoulder = 0.11 * size, 0.17 * size
    top = foot - size
    canvas.circle(x, top + head, head, colour)
    canvas.circle(x, top + 2.2 * head + shoulder * 0.8, shoulder, colour)
    canvas.polygon(
        [
            (x - shoulder, top + 2.2 * head + shoulder * 0.7),
            (x + shoulder, top + 2.2 * head + shoulder * 0.7),
            (x + shoulder * 0.75, foot),
            (x + shoulder * 0.12, foot),
            (x, top + size * 0.68),
            (x - shoulder * 0.12, foot),
            (x - shoulder * 0.75, foot),
        ],
        colour,
    )


def bust(canvas: Canvas, x: float, bottom: float, size: float, colour: Colour) -> None:
    """Head and shoulders, as on a portrait."""
    canvas.ellipse(x, bottom - size * 0.72, size * 0.2, size * 0.26, colour)
    canvas.box(x - size * 0.08, bottom - size * 0.55, x + size * 0.08, bottom - size * 0.3, colour)
    canvas.polygon([*arc(x, bottom, size * 0.42, 180, 360), (x + size * 0.42, bottom)], colour)


def hat(canvas: Canvas, x: float, y: float, size: float, colour: Colour) -> None:
    """A hat with a wide brim that sits on a head at (x, y)."""
    canvas.ellipse(x, y, size, size * 0.2, colour)
    canvas.box(x - size * 0.5, y - size * 0.6, x + size * 0.5, y, colour)


def star(canvas: Canvas, x: float, y: float, radius: float, colour: Colour, tips: int = 5) -> None:
    """A star with so many tips."""
    outer = arc(x, y, radius, -90, 270, tips)
    inner = arc(x, y, radius * 0.42, -90 + 180 / tips, 270 + 180 / tips, tips)
    canvas.polygon([point for pair in zip(outer[:-1], inner[:-1], strict=True) for point in pair], colour)


def heart(canvas: Canvas, x: float, y: float, size: float, colour: Colour) -> None:
    """A heart about twice `size` wide."""
    half = size * 0.52
    canvas.circle(x - half, y - half * 0.6, half * 1.12, colour)
    canvas.circle(x + half, y - half * 0.6, half * 1.12, colour)
    canvas.polygon(
        [(x - size * 1.02, y - half * 0.1), (x + size * 1.02, y - half * 0.1), (x, y + size)], colour
    )


def dots(canvas: Canvas, count: int, lowest: float, colour: Colour, size: float = 0.008) -> None:
    """Stars in the sky, confetti or snow: small discs above `lowest`."""
    for _ in range(count):
        canvas.circle(
            canvas.between(0, 1), canvas.between(0, lowest), size * canvas.between(0.5, 1.6), colour
        )


def ridge(canvas: Canvas, base: float, height: float, colour: Colour, peaks: int = 4) -> None:
    """Mountains or, with little height, hills: from `base` up, filled down to the edge."""
    points: Points = [(0.0, HEIGHT), (0.0, base)]
    for peak in range(peaks):
        points.append(((peak + canvas.between(0.3, 0.7)) / peaks, base - height * canvas.between(0.5, 1)))
        points.append(((peak + 1) / peaks, base - height * canvas.between(0, 0.4)))
    canvas.polygon([*points, (1.0, HEIGHT)], colour)


def skyline(canvas: Canvas, base: float, height: float, colour: Colour, window: Colour | None) -> None:
    """Houses of a city, with some lit windows."""
    x = -0.05
    while x < 1:
        width, top = canvas.between(0.09, 0.2), base - height * canvas.between(0.35, 1)
        canvas.box(x, top, x + width, HEIGHT, colour)
        for row in range(int((base - top) / 0.07) if window else 0):
            if window and canvas.random.random() < 0.6:
                left = x + width * canvas.between(0.15, 0.6)
                canvas.box(left, top + 0.03 + row * 0.07, left + 0.025, top + 0.06 + row * 0.07, window)
        x += width


def rays(canvas: Canvas, x: float, y: float, colour: Colour, count: int = 10) -> None:
    """Beams from a point to the edges, as of a sun or an explosion."""
    step = 360 / count
    turn = canvas.between(0, step)
    for beam in range(count):
        first = turn + beam * step
        canvas.polygon([(x, y), *arc(x, y, 2.0, first, first + step / 2, 2)], colour)


def note(canvas: Canvas, x: float, y: float, size: float, colour: Colour) -> None:
    """A quaver."""
    canvas.ellipse(x, y, size * 0.5, size * 0.36, colour)
    canvas.line([(x + size * 0.42, y), (x + size * 0.42, y - size * 1.8)], colour, size * 0.16)
    canvas.line([(x + size * 0.42, y - size * 1.7), (x + size * 1.1, y - size * 1.2)], colour, size * 0.22)


def creature(
    canvas: Canvas, x: float, y: float, size: float, colour: Colour, eye: Colour = (255, 255, 255)
) -> None:
    """A round friend with ears and large eyes."""
    for side in (-1, 1):
        canvas.circle(x + side * size * 0.62, y - size * 0.75, size * 0.36, colour)
    canvas.ellipse(x, y, size, size * 1.05, colour)
    for side in (-1, 1):
        canvas.circle(x + side * size * 0.36, y - size * 0.2, size * 0.27, eye)
        canvas.circle(x + side * size * 0.32, y - size * 0.16, size * 0.13, (20, 20, 30))
    canvas.polygon(arc(x, y + size * 0.25, size * 0.4, 10, 170), (20, 20, 30))


def tree(canvas: Canvas, x: float, foot: float, size: float, colour: Colour, trunk: Colour) -> None:
    """A fir."""
    canvas.box(x - size * 0.06, foot - size * 0.25, x + size * 0.06, foot, trunk)
    for tier in range(3):
        base, width = foot - size * (0.2 + 0.22 * tier), size * (0.36 - 0.08 * tier)
        canvas.polygon([(x - width, base), (x + width, base), (x, base - size * 0.36)], colour)
