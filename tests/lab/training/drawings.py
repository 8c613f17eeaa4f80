"""Generated icon sets, fonts and logos, so that training tests need no network."""

import colorsys
import io
import json
import tarfile
import zipfile
from pathlib import Path

from clustering.pipeline.imaging.svg import FONT

N_BRANDS = 12
SHAPES = (
    '<circle cx="12" cy="12" r="10" fill="{}"/>',
    '<rect x="2" y="5" width="20" height="14" fill="{}"/>',
    '<path d="M12 2 22 22H2z" fill="{}"/>',
    '<path d="M2 2h20v5H7v5h12v5H7v5H2z" fill="{}"/>',
)


def colour(number: int) -> str:
    """A distinct colour for each number."""
    red, green, blue = colorsys.hsv_to_rgb(number / N_BRANDS, 0.9, 0.7)
    return f"#{int(red * 255):02x}{int(green * 255):02x}{int(blue * 255):02x}"


def body(number: int, ink: str) -> str:
    """The mark of brand ``number``: a shape and a bar."""
    shape = SHAPES[number % len(SHAPES)].format(ink)
    return f'{shape}<rect x="{number}" y="22" width="6" height="2" fill="{ink}"/>'


def svg(number: int, ink: str | None = None) -> bytes:
    """The mark as a file."""
    drawing = body(number, ink or colour(number))
    root = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24">'
    return f"{root}{drawing}</svg>".encode()


def brand(number: int) -> str:
    """The name of brand ``number``."""
    return f"brand{chr(ord('a') + number)}"


def tarball(file: Path, members: dict[str, bytes]) -> Path:
    """Write ``members`` as an npm tarball."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(file, "w:gz") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return file


def packages(folder: Path) -> None:
    """Write two icon sets of the same brands and one font as npm tarballs."""
    files = {f"icons/{brand(n)}.svg": svg(n, "#000") for n in range(N_BRANDS)}
    tarball(folder / "plain-set-1.0.0.tgz", files)
    icons = {brand(n): {"body": body(n, colour(n))} for n in range(N_BRANDS)}
    document = json.dumps({"icons": icons, "width": 24, "height": 24}).encode()
    tarball(folder / "iconify-json-bright-1.0.0.tgz", {"icons.json": document})
    face = {"files/dejavu-latin-400-normal.woff": FONT.read_bytes()}
    tarball(folder / "fontsource-dejavu-1.0.0.tgz", face)


def logos(folder: Path) -> tuple[Path, Path]:
    """Write an archive of logos by domain and its label file."""
    archive, labels = folder / "logos.zip", folder / "labels.csv"
    rows = ["domain,brand,look,kind"]
    with zipfile.ZipFile(archive, "w") as file:
        for number in range(6):
            for country in ("de", "fr"):
                domain = f"house{number}.{country}"
                file.writestr(f"{domain}.svg", svg(number, "#222" if country == "de" else "#a11"))
                rows.append(f"{domain},house{number},main,gold")
        for number in range(6, 10):
            file.writestr(f"lone{number}.com.svg", svg(number))
            rows.append(f"lone{number}.com,,,singleton")
        file.writestr("parked.com.svg", svg(11))
    labels.write_text("\n".join([*rows, "parked.com,,,bad"]) + "\n", "utf-8")
    return archive, labels


CONFIG = """
seed = 3
held_out_percent = 40

[fonts]
version = "1.0.0"
licence = "Bitstream-Vera"
n_words = 6
packages = ["dejavu"]

[[icon_sets]]
package = "plain-set"
version = "1.0.0"
licence = "CC0-1.0"
pattern = 'icons/(?P<brand>[^/]+)\\.svg'

[[icon_sets]]
package = "@iconify-json/bright"
version = "1.0.0"
licence = "MIT"
pattern = '(?P<brand>.+)'

[[phases]]
name = "icons"
side_px = 32
shares = { "" = 1.0 }
%s

[[phases]]
name = "logos"
side_px = 32
shares = { "" = 0.5, logo = 0.5 }
%s
"""
SCHEDULE = """n_steps = 6
n_looks = 4
learning_rate = 1e-3
projection_rate = 1e-3
weight_decay = 0.01
temperature = 0.1
n_warmup = 2
mean_decay = 0.9
precision = "fp32"
save_every = 3
judge_every = 6
"""


def config(folder: Path) -> Path:
    """Write a training configuration of a few steps."""
    file = folder / "config.toml"
    file.write_text(CONFIG % (SCHEDULE, SCHEDULE), "utf-8")
    return file
