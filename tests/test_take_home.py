"""What a reader takes along: figures, files of snippets, labs in Colab."""

import json
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from io import BytesIO

import pytest
import yaml
from PIL import Image

from snippets._build import FIGURES, LABS, SNIPPETS, drawn
from snippets._colab import BRANCH, address, main
from snippets._gallery import filled, taken
from snippets._site import offer
from snippets._style import ROOT
from snippets._zip import NAME, page
from tests.copies import PUBLISHED, SITE_URL

DRAWN = [path.stem for path in drawn()]
SPACES = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "cc": "http://creativecommons.org/ns#",
}
RESOURCE = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}resource"


def entries(site):
    """The figures of the gallery, by name."""
    html = (site / "gallery" / "index.html").read_text("utf-8")
    found = re.findall(r"<figure>.*?</figure>", html, re.DOTALL)
    return {re.search(r"figures/(\w+)\.svg", entry)[1]: entry for entry in found}


def test_the_gallery_has_every_figure_with_caption_place_files_and_credit(site):
    found = entries(site)
    assert sorted(found) == DRAWN
    for name, entry in found.items():
        place = re.search(r'href="\.\./([\w-]+)/#([\w.-]+)">', entry)
        html = (site / place[1] / "index.html").read_text("utf-8")
        section = html.split(f'<h2 id="{place[2]}">')[1].split("<h2")[0]
        assert f"/{name}.svg" in section
        caption = re.search(r"<figcaption>(.*?)<br", entry, re.DOTALL)[1]
        plain = re.sub(
            r"<[^>]*>|\s", "", re.sub(r"<sup.*?</sup>|<!--.*?-->", "", section)
        )
        assert re.sub(r"<[^>]*>|\s", "", caption) in plain
        assert re.search(r'<img[^>]* width="\d+" height="\d+"', entry)
        assert f'download="{name}.svg" href="../figures/{name}.svg"' in entry
        assert f'download="{name}.py" href="../snippets/{name}.py"' in entry
        assert f"“{name}”, Convolution, checked, CC BY 4.0" in entry
    late = [name for name, entry in found.items() if 'loading="lazy"' in entry]
    assert late == list(found)[1:], "all but the first wait"


@pytest.mark.parametrize("name", DRAWN)
def test_a_drawing_names_its_source_and_licence(site, name):
    tree = ET.parse(site / "figures" / f"{name}.svg")
    source = tree.find(".//dc:source", SPACES).text
    rights = tree.find(".//dc:rights", SPACES).text
    licence = tree.find(".//cc:license", SPACES).get(RESOURCE)
    assert licence in (ROOT / "LICENSE-CC-BY-4.0").read_text("utf-8")
    where, _, anchor = source.removeprefix(SITE_URL).partition("#")
    html = (site / where / "index.html").read_text("utf-8")
    assert f'id="{anchor}"' in html
    assert f"/{name}.svg" in html
    assert "CC BY 4.0" in rights
    inside = (FIGURES / f"{name}.svg").read_text("utf-8")
    photographs = "skimage" in (SNIPPETS / f"{name}.py").read_text("utf-8")
    assert ("CC0" in rights) == (photographs and "<image" in inside)


def test_the_photographer_is_the_one_whom_scikit_image_names():
    from skimage import data

    text = filled("<!-- list of figures -->", [{"x": "equivariance.md"}], "")
    said = " ".join(data.cat.__doc__.split())
    assert "Chelsea is" not in text or "The cat is Chelsea" in text
    assert "Stefan van der Walt, CC0" in text
    assert "CC0 by the photographer (Stefan van der Walt)" in said
    assert "Chelsea" in said


@pytest.mark.parametrize(("scheme", "paper"), [("light", 0xFF), ("dark", 0x16)])
def test_a_drawing_looks_right_by_itself(browser, site, scheme, paper):
    leaf = browser.new_page(color_scheme=scheme)
    for name in ("cats_eye", "timeline"):
        leaf.goto((site / "figures" / f"{name}.svg").as_uri())
        picture = Image.open(BytesIO(leaf.screenshot())).convert("L")
        ink = sum(picture.crop((0, 0, 400, 300)).histogram()[100:160])
        assert abs(picture.getpixel((2, 2)) - paper) < 12
        assert ink > 50
    leaf.close()


def test_the_title_of_code_leads_to_the_file_as_it_is(site):
    titles = 0
    for html in site.rglob("index.html"):
        text = html.read_text("utf-8")
        for title in re.findall(r'<span class="filename">(.*?)</span>', text):
            link = re.fullmatch(
                r'<a href="([^"]*)" download>snippets/(\w+\.py)</a>', title
            )
            titles += bool(link)
            if "snippets/" in title:
                file = (html.parent / link[1]).resolve()
                assert file.read_bytes() == (SNIPPETS / link[2]).read_bytes()
    assert titles > 60


def test_a_snippet_runs_beside_the_files_that_are_named_with_it(site, tmp_path):
    html = (site / "gallery" / "index.html").read_text("utf-8")
    item = re.search(r"<li>(?:(?!</li>).)*?>ilsvrc\.py<.*?</li>", html, re.DOTALL)[0]
    files = re.findall(r'download="([^"]*)"', item)
    for file in files:
        shutil.copy2(site / "snippets" / file, tmp_path)
    run = subprocess.run(
        [sys.executable, "ilsvrc.py"], cwd=tmp_path, capture_output=True, check=False
    )
    assert len(files) == 2
    assert run.returncode == 0, run.stderr
    assert b"2012" in run.stdout


def test_a_lab_opens_in_colab_where_there_is_a_repository(site):
    labs = sorted(path.stem for path in LABS.glob("*.py"))
    gallery = (site / "gallery" / "index.html").read_text("utf-8")
    for lab in labs:
        html = (site / "labs" / lab / "index.html").read_text("utf-8")
        link = f'href="{address(PUBLISHED["REPO_URL"], lab)}"'
        assert link in html
        assert link in gallery
    assert "colab" not in filled("<!-- list of labs -->", [f"labs/{labs[0]}.ipynb"], "")
    assert "colab" not in taken('<a href="../turn.py">Python</a>.', "")
    assert not address("https://example.org/a/b", "turn")


def test_the_workflow_publishes_the_branch_that_colab_is_asked_for():
    text = (ROOT / ".github" / "workflows" / "test.yml").read_text("utf-8")
    jobs = yaml.safe_load(text)["jobs"]
    steps = [step.get("run", "") for step in jobs["labs"]["steps"]]
    assert f"--initial-branch {BRANCH}" in steps[-1]
    assert steps[-1].splitlines()[-1].endswith(f" {BRANCH}")
    assert any("python -m snippets._colab" in step for step in steps)
    made = [step.get("run", "") for step in jobs["build"]["steps"]]
    assert any("make book zip" in step for step in made)


def test_colab_gets_each_lab_with_what_it_imports(tmp_path):
    main(str(tmp_path), "https://github.com/a/b", "abc")
    for lab in LABS.glob("*.py"):
        note = json.loads((tmp_path / f"{lab.stem}.ipynb").read_text("utf-8"))
        first, *rest = ["".join(cell["source"]) for cell in note["cells"]]
        assert '"git+https://github.com/a/b@abc"' in first
        assert ("e2cnn" in first) == ("e2cnn" in "".join(rest))
        assert not [cell for cell in note["cells"] if cell.get("outputs")]
        code = lab.read_text("utf-8")
        assert [
            text for text in rest if text.split("\n")[0].strip("# ") not in code
        ] == []


def test_what_colab_installs_is_all_that_labs_import_of_this_project(tmp_path):
    home, away = tmp_path / "home", tmp_path / "away"
    shutil.copytree(
        ROOT, home, ignore=lambda *_: {*names_left(ROOT)}, ignore_dangling_symlinks=True
    )
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps"]
    told = [*pip, "--no-build-isolation", "--target", str(away), str(home)]
    subprocess.run(told, check=True)
    lines = [
        line
        for lab in LABS.glob("*.py")
        for line in re.findall(
            r"^from snippets.* import \w+", lab.read_text("utf-8"), re.M
        )
    ]
    code = "\n".join(
        ["import sys", f"sys.path.insert(0, {str(away)!r})", *sorted(set(lines))]
    )
    code += "\nimport snippets; print(snippets.__file__)"
    run = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    assert str(away) in run.stdout
    for data in [*SNIPPETS.glob("*.[cj]s*"), *SNIPPETS.glob("*.bin")]:
        assert (away / "snippets" / data.name).read_bytes() == data.read_bytes()


def names_left(root):
    """What is no part of the project's package: all folders but its own."""
    return [path.name for path in root.iterdir() if path.is_dir() and path != SNIPPETS]


def test_a_download_is_offered_exactly_when_it_is_there(site, tmp_path):
    copy = tmp_path / "gallery"
    copy.mkdir()
    shutil.copy2(site / "gallery" / "index.html", copy)
    zipped, bound = (f'href="../{NAME}.{kind}"' for kind in ("zip", "pdf"))

    def shown():
        return re.sub(
            r"<!--.*?-->", "", (copy / "index.html").read_text("utf-8"), flags=re.S
        )

    assert zipped not in shown()
    offer(tmp_path, f"{NAME}.pdf")
    assert bound in shown()
    assert zipped not in shown()
    shutil.copy2(site / "gallery" / "index.html", copy)
    offer(tmp_path, f"{NAME}.zip")
    assert zipped in shown()
    assert bound not in shown()
    files = {"gallery/index.html": (copy / "index.html").read_bytes()}
    assert zipped not in page("gallery/index.html", files)
    assert "The site as an archive" in page("gallery/index.html", files)
