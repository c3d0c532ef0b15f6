"""Lines over two logarithmic axes, as an SVG that needs nothing else."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from xml.sax.saxutils import escape

WIDTH, HEIGHT = 860, 460
LEFT, RIGHT, TOP, BOTTOM = 78, 250, 56, 56
INK, FAINT, PAPER = "#1d2433", "#d9dde5", "#ffffff"
COLOURS = ("#0b5cad", "#c2410c", "#15803d", "#7c3aed", "#0f766e", "#a16207", "#be185d", "#475569")

Points = Mapping[float, float]


@dataclass(frozen=True)
class Line:
    """`is_apart`: measured at another time, and drawn dashed."""

    name: str
    points: Points
    is_apart: bool = False


def plot(title: str, lines: list[Line], *, x_name: str, y_name: str) -> str:
    xs = [x for line in lines for x in line.points]
    ys = [y for line in lines for y in line.points.values()]
    across = _Axis(min(xs), max(xs), LEFT, WIDTH - RIGHT)
    up = _Axis(
        10 ** math.floor(_log(min(ys))), 10 ** math.ceil(_log(max(ys))), HEIGHT - BOTTOM, TOP
    )
    look = f'role="img" font-family="system-ui, sans-serif" font-size="13" fill="{INK}"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" {look}>',
        f"<title>{escape(title)}</title>",
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>',
        f'<text x="{LEFT}" y="26" font-size="16" font-weight="600">{escape(title)}</text>',
        f'<text x="{LEFT}" y="44" font-size="12">{escape(y_name)}</text>',
        f'<text x="{WIDTH - RIGHT}" y="{HEIGHT - 12}" text-anchor="end">{escape(x_name)}</text>',
        *_grid(across, up, sorted(set(xs))),
        *_curves(lines, across, up),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


@dataclass(frozen=True)
class _Axis:
    """From a value to a place, by its logarithm."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        span = _log(self.high) - _log(self.low) or 1
        return self.start + (self.end - self.start) * (_log(value) - _log(self.low)) / span


def _log(value: float) -> float:
    return math.log10(max(value, 1e-9))


def _grid(across: _Axis, up: _Axis, xs: list[float]) -> list[str]:
    parts = []
    for power in range(round(_log(up.low)), round(_log(up.high)) + 1):
        y = up.at(10**power)
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}" stroke="{FAINT}"/>')
        parts.append(
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{10**power:,g}</text>'
        )
    for value in xs:
        x = across.at(value)
        parts.append(f'<path d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}" stroke="{FAINT}"/>')
        label = (
            f'<text x="{x:.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{value:,g}</text>'
        )
        parts.append(label)
    return parts


def _curves(lines: list[Line], across: _Axis, up: _Axis) -> list[str]:
    parts, ends = [], []
    for number, line in enumerate(lines):
        colour = COLOURS[number % len(COLOURS)]
        places = [(across.at(x), up.at(y)) for x, y in sorted(line.points.items())]
        path = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        dash = ' stroke-dasharray="5 4"' if line.is_apart else ""
        parts.append(f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places]
        ends.append((places[-1][1], line.name, colour))
    return parts + _names(ends)


def _names(ends: list[tuple[float, str, str]]) -> list[str]:
    """Each line's name where it ends, moved apart where two would meet."""
    parts, free = [], float(TOP)
    for y, name, colour in sorted(ends):
        place = max(y + 4, free)
        free = place + 16
        x = WIDTH - RIGHT + 10
        parts.append(f'<text x="{x}" y="{place:.1f}" fill="{colour}">{escape(name)}</text>')
    return parts
