"""Small SVGs with reference cycles or exponential rendering cost."""

from tests.pipeline.imaging.svg_files import SHAPE, svg

TILE = "width='9' height='9' patternUnits='userSpaceOnUse'"
RECT = "<rect width='9' height='9'/>"
ZIGZAG = "L1 1" * 9000


def nests() -> dict[str, bytes]:
    """Files that must end as ``bad_image``."""
    return _cycles() | _inherited() | _bombs()


def _cycles() -> dict[str, bytes]:
    return {
        "use_of_itself": svg("<g id='a'><use href='#a'/></g>"),
        "use_of_the_root": svg("<use href='#r'/>", "id='r' viewBox='0 0 9 9'"),
        "use_of_its_symbol": svg("<symbol id='a'><use href='#a'/></symbol><use href='#a'/>"),
        "mutual_use": svg("<g id='a'><use href='#b'/></g><g id='b'><use href='#a'/></g>"),
        "mutual_use_of_three": svg(
            "<g id='a'><use href='#b'/></g><g id='b'><use href='#c'/></g>"
            "<g id='c'><use xlink:href='#a'/></g>"
        ),
        "mutual_masks": _mutual("mask", "mask"),
        "mutual_patterns": _mutual("pattern", "fill"),
        "mutual_clips": _mutual("clipPath", "clip-path"),
        "mutual_markers": _mutual("marker", "marker-start"),
        "mask_on_itself": svg("<mask id='a' mask='url(#a)'>" + SHAPE + "</mask>"),
        "gradient_cycle": svg(
            "<linearGradient id='a' href='#b'/><linearGradient id='b' href='#a'/>"
        ),
        "pattern_href_cycle": svg("<pattern id='a' href='#b'/><pattern id='b' href='#a'/>"),
        "styled_cycle": svg("<style>.m{mask:url(#a)}</style><mask id='a'><g class='m'/></mask>"),
        "quoted_cycle": svg("<mask id='a'><g style='mask:url( \"#a\" )'/></mask>"),
        "use_chain": svg(
            "<g id='u0'/>" + "".join(f"<use id='u{n}' href='#u{n - 1}'/>" for n in range(1, 999))
        ),
        "mask_chain": svg(
            "".join(f"<mask id='m{n}' mask='url(#m{n - 1})'>{RECT}</mask>" for n in range(1, 300))
        ),
    }


def _inherited() -> dict[str, bytes]:
    """Paint inherited from groups and ``<use>`` is drawn for each shape."""
    return {
        "nest_of_inherited_fills": _painted(9, "<g fill='url(#p{})'>" + RECT * 10 + "</g>"),
        "nest_of_inherited_strokes": _painted(9, "<g stroke='url(#p{})'>" + RECT * 10 + "</g>"),
        "nest_of_inherited_styles": _painted(
            9, "<svg style='fill:url(#p{})'><g>" + RECT * 10 + "</g></svg>"
        ),
        "nest_of_fills_of_uses": svg(
            f"<g id='m'>{RECT * 10}</g>" + _tiles(9, "<use href='#m' fill='url(#p{})'/>")
        ),
        "nest_of_context_paint": svg(
            f"<g id='m'>{filled('context-fill') * 10}</g>"
            + _tiles(9, "<use href='#m' fill='url(#p{})'/>")
        ),
        "nest_of_inherited_classes": svg(
            "<style>"
            + "".join(f".c{n}{{fill:url(#p{n})}}" for n in range(9))
            + "</style>"
            + _tiles(9, "<g class='c{}'>" + RECT * 10 + "</g>")
        ),
        "inherited_markers": svg(
            f"<marker id='m'>{SHAPE * 50}</marker><g marker-mid='url(#m)'><path d='{ZIGZAG}'/></g>"
        ),
        "styled_markers": svg(
            f"<style>g{{marker:url(#m)}}</style><marker id='m'>{SHAPE * 50}</marker>"
            f"<g><polyline points='{'1 1 ' * 9000}'/></g>"
        ),
        "markers_of_a_use": svg(
            f"<marker id='m'>{SHAPE * 50}</marker><path id='p' d='{ZIGZAG}'/>"
            "<use href='#p' marker-mid='url(#m)'/>"
        ),
    }


def _bombs() -> dict[str, bytes]:
    return {
        "use_nest": nest("g", 10, 10),
        "symbol_nest": nest("symbol", 10, 10),
        "svg_nest": nest("svg", 10, 10),
        "mask_nest": nest("mask", 10, 10),
        "pattern_nest": nest("pattern", 10, 10),
        "clip_nest": nest("clipPath", 10, 10),
        "marker_nest": nest("marker", 10, 10),
        "styled_nest": styled_nest(8),
        "nest_in_upper_case": nest("pattern", 10, 10).replace(b"url(", b"URL("),
        "nest_before_doubled_ids": svg(
            "<pattern id='p8'/>" * 9 + _tiles(9, filled("url(#p{})") * 10)
        ),
        "marker_bomb": svg(
            f"<marker id='m'>{SHAPE * 50}</marker><path marker-mid='url(#m)' d='{ZIGZAG}'/>"
        ),
        "marker_bomb_of_short_steps": svg(
            f"<marker id='m'>{SHAPE * 50}</marker>"
            f"<path marker-mid='url(#m)' d='M0 0h{'1 ' * 1900}'/>"
        ),
        "uses_of_a_long_path": svg(
            f"<path id='p' stroke='red' d='M0 0{'L50 9L9 50' * 9000}'/>"
            + "<use href='#p'/>" * 9000
        ),
        "uses_of_a_long_text": svg(f"<text id='t'>{'W' * 9000}</text>" + "<use href='#t'/>" * 900),
        "merges_of_many": svg(
            f"<filter id='f'><feMerge>{'<feMergeNode/>' * 900}</feMerge></filter>"
            "<rect width='9' height='9' filter='url(#f)'/>"
        ),
        "filters_on_many": svg(
            "<filter id='f'>"
            + "<feGaussianBlur stdDeviation='9'/>" * 20
            + "</filter>"
            + "<rect width='9' height='9' filter='url(#f)'/>" * 1000
        ),
    }


def filled(paint: str) -> str:
    return f"<rect width='9' height='9' fill='{paint}'/>"


def _mutual(kind: str, by: str) -> bytes:
    a, b = (
        f"<{kind} id='{one}'><path d='M0 0L9 9' {by}='url(#{other})'/></{kind}>"
        for one, other in ("ab", "ba")
    )
    return svg(a + b)


def _painted(levels: int, inside: str) -> bytes:
    return svg(_tiles(levels, inside))


def _tiles(levels: int, inside: str) -> str:
    """``levels`` patterns; ``{}`` in ``inside`` is the number of the previous one."""
    tiles = [f"<pattern id='p0' {TILE}>{SHAPE}</pattern>"]
    tiles += [
        f"<pattern id='p{n}' {TILE}>{inside.replace('{}', str(n - 1))}</pattern>"
        for n in range(1, levels)
    ]
    return "".join(tiles) + f"<rect width='60' height='60' fill='url(#p{levels - 1})'/>"


def nest(kind: str, levels: int, n_uses: int) -> bytes:
    """``levels`` definitions, each of which uses the previous one ``n_uses`` times."""
    definitions = [f"<{kind} id='d0' width='9' height='9'>{SHAPE}</{kind}>"]
    for level in range(1, levels):
        inside = _uses(kind, f"d{level - 1}", n_uses)
        definitions.append(f"<{kind} id='d{level}' width='9' height='9'>{inside}</{kind}>")
    return svg(f"<defs>{''.join(definitions)}</defs>" + _uses(kind, f"d{levels - 1}", 1))


def styled_nest(levels: int) -> bytes:
    """Nested patterns that are referenced from a style sheet."""
    rules = "".join(f".c{n}{{fill:url(#p{n})}}" for n in range(levels + 1))
    patterns = "".join(
        f"<pattern id='p{n}' width='1' height='1'>" + f"<g class='c{n - 1}'/>" * 10 + "</pattern>"
        for n in range(1, levels + 1)
    )
    return svg(f"<style>{rules}</style>{patterns}<rect class='c{levels}'/>")


def _uses(kind: str, name: str, n_uses: int) -> str:
    by = {"mask": "mask", "pattern": "fill", "clipPath": "clip-path", "marker": "marker-mid"}
    if kind in {"g", "symbol", "svg"}:
        return f"<use href='#{name}'/>" * n_uses
    if kind == "marker":
        return f"<path d='M0 0L1 1L2 2' marker-mid='url(#{name})'/>" * n_uses
    return f"<rect width='9' height='9' {by[kind]}='url(#{name})'/>" * n_uses
