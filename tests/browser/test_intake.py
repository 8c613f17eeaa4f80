"""Uploads as people make them, in a browser: what the preview and the pages say."""

import re
from io import BytesIO
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from clustering.pipeline.export_files import xlsx
from tests.browser.conftest import WORK_MS, Person
from tests.pictures import as_png, drawn, write_zip

pytestmark = pytest.mark.browser


def uploaded(person: Person, path: Path) -> Page:
    """Upload a file on Home and return its preview."""
    page = person.page()
    page.goto(person.url)
    page.locator("input[type=file]").set_input_files(path)
    page.wait_for_url("**/intake/")
    return page


def started(page: Page) -> str:
    """Confirm the preview and return the slug of the data set."""
    page.locator(".summary button").click(timeout=WORK_MS)
    page.wait_for_url(re.compile(r"/d/[\w-]+/$"))
    return page.url.rstrip("/").rpartition("/")[2]


def test_three_domains_pasted_in_one_line_are_three(person: Person) -> None:
    page = person.page()
    page.goto(person.url)
    page.get_by_text("Paste a list").click()
    page.get_by_label("Domains").fill("nordlicht-bau.de, kaffee-kontor.ch; velo-werk.at")
    page.get_by_role("button", name="Upload").click()
    page.wait_for_url("**/intake/")

    expect(page.locator(".summary")).to_contain_text("3 domains", timeout=WORK_MS)
    expect(page.get_by_label("Changes while reading")).to_contain_text("Several domains")
    page.close()


def test_a_workbook_shows_its_table(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "customers.xlsx"
    rows = [("North", "nordlicht-bau.de"), ("Coffee", "https://kaffee-kontor.ch/")]
    path.write_bytes(b"".join(xlsx(["Firm", "Website"], rows)))

    page = uploaded(person, path)

    expect(page.locator(".summary")).to_contain_text("2 domains", timeout=WORK_MS)
    expect(page.locator("main")).to_contain_text("Website")
    page.close()


def test_a_zip_of_pictures_shows_them(person: Person, tmp_path: Path) -> None:
    members = {
        f"IMG_100{number}.png": as_png(drawn(shape))
        for number, shape in enumerate(("ring", "bars", "cross"))
    }

    page = uploaded(person, write_zip(tmp_path / "pictures.zip", members))

    images = page.locator(".preview-images img")
    expect(images).to_have_count(3, timeout=WORK_MS)
    for number in range(3):
        images.nth(number).scroll_into_view_if_needed()
        expect(images.nth(number)).to_have_js_property("naturalWidth", 96)
    expect(page.locator(".summary")).to_contain_text("3 images")
    page.close()


def test_a_logo_of_thirty_megapixels_is_shown(person: Person, tmp_path: Path) -> None:
    content = BytesIO()
    drawn("ring").convert("RGB").resize((6000, 5000)).save(content, "JPEG")
    path = write_zip(tmp_path / "large.zip", {"large.de.jpg": content.getvalue()})

    page = uploaded(person, path)

    image = page.locator(".preview-images img")
    expect(image).to_have_js_property("naturalWidth", 96, timeout=WORK_MS)
    page.close()


def test_a_refused_file_says_what_it_is(person: Person, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(b"%PDF-1.7 \0")

    page = uploaded(person, path)

    expect(page.locator("main")).to_contain_text("a PDF document", timeout=WORK_MS)
    expect(page.get_by_role("link", name="Upload another file")).to_be_visible()
    page.close()


def test_a_data_set_that_failed_says_so(person: Person, tmp_path: Path) -> None:
    members = {f"{name}.png": b"\x89PNG\r\n\x1a\n broken" for name in ("a.de", "b.de")}
    page = uploaded(person, write_zip(tmp_path / "broken.zip", members))
    slug = started(page)

    sentence = "None of the 2 domains gave a logo"
    expect(page.locator("body")).to_contain_text(sentence, timeout=WORK_MS)
    page.goto(f"{person.url}/d/{slug}/gallery/")
    expect(page.locator("body")).to_contain_text(sentence)
    page.goto(person.url)
    expect(page.locator("main")).to_contain_text("No domain gave a logo")
    page.close()
