"""The canvas of characters, and pictures of what was drawn."""

from __future__ import annotations

import io
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from tui_tuner.tui.pictures import as_png, as_svg
from tui_tuner.tui.widgets.canvas import Canvas

WHITE, BLACK = (255, 255, 255), (0, 0, 0)
PLACE = st.integers(min_value=-50, max_value=150)


def text_of(canvas: Canvas) -> list[str]:
    return [strip.text for strip in canvas.strips(lambda colour, background: Style())]


def test_texts_blocks_and_dots_share_a_canvas_and_texts_lie_on_top() -> None:
    canvas = Canvas(8, 2)
    canvas.line(0, 0, 15, 0, "a")
    canvas.text(2, 0, "abc")
    canvas.fill(0, 1, "█", count=3)
    canvas.right(8, 1, "xy")
    assert text_of(canvas) == ["⠉⠉abc⠉⠉⠉", "███   xy"]


def test_wide_characters_take_two_cells_and_are_never_cut_in_half() -> None:
    canvas = Canvas(5, 1)
    canvas.text(0, 0, "日本語")
    assert text_of(canvas) == ["日本…"]
    canvas = Canvas(4, 1)
    canvas.text(3, 0, "日")
    assert [cell_len(line) for line in text_of(canvas)] == [4]


@given(st.lists(st.tuples(PLACE, PLACE, PLACE, PLACE, st.text(max_size=5)), max_size=20))
def test_whatever_is_drawn_the_canvas_keeps_its_size(drawn: list[tuple[int, int, int, int, str]]) -> None:
    canvas = Canvas(20, 6)
    for x, y, to_x, to_y, text in drawn:
        canvas.line(x, y, to_x, to_y, "a")
        canvas.text(x, y, text.translate(dict.fromkeys(range(32), "")), "b", "c", width=to_x)
        canvas.fill(to_x, to_y, "█", count=x)
    strips = canvas.strips(lambda colour, background: Style())
    assert len(strips) == 6
    assert all(strip.cell_length == 20 for strip in strips)


def picture(*lines: str) -> list[Strip]:
    return [Strip([Segment(line, Style(color="red"))]) for line in lines]


def test_a_png_has_the_drawn_colours_where_they_were_drawn() -> None:
    image = Image.open(io.BytesIO(as_png(picture("█ ", "⣿─", "[b]日"), WHITE, BLACK)))
    assert image.width > image.height / 2
    inside, beside = image.getpixel((18, 20)), image.getpixel((30, 20))
    assert beside == BLACK
    assert inside != BLACK
    assert len(image.getcolors() or []) > 2


def test_a_picture_of_nothing_is_a_picture() -> None:
    assert Image.open(io.BytesIO(as_png([], WHITE, BLACK))).width > 0
    ElementTree.fromstring(as_svg([], "", WHITE, BLACK))


def test_an_svg_holds_the_characters_as_they_are() -> None:
    svg = as_svg(picture("a <b> & [c]", "⣿─"), "x < y", WHITE, BLACK)
    texts = "".join(ElementTree.fromstring(svg).itertext())
    assert "a\xa0<b>\xa0&\xa0[c]" in texts
    assert "⣿─" in texts
    assert "x\xa0<\xa0y" in texts
