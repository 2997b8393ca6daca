from pathlib import Path

from ui.about import Figure, about_page, figures_of


def write(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")


def test_figures_are_read_from_the_models_not_typed(tmp_path: Path) -> None:
    card = '[facts]\nversion = "1.2.0"\nimage_size = 224\n[figures.test]\naccuracy = 0.91234\nimages = 1311\n'
    write(tmp_path / "vision_models/models/brain_mri/card.toml", card)
    write(tmp_path / "intents/figures.toml", "[heldout]\nmacro_f1 = 0.9\n")
    english, spanish = about_page("en", "112", tmp_path), about_page("es", "112", tmp_path)
    assert "Version 1.2.0" in english
    assert "<td>0.912</td>" in english
    assert "<td>1,311</td>" in english
    assert "heldout macro f1" in english
    assert "<td>0,912</td>" in spanish
    assert "224" not in english


def test_without_figures_it_says_so(tmp_path: Path) -> None:
    assert "not in this copy yet" in about_page("en", "112", tmp_path)


def test_a_broken_card_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "vision_models/models/gate/card.toml", "= broken")
    assert "not in this copy yet" in about_page("en", "112", tmp_path)


def test_words_and_flags_are_no_figures() -> None:
    assert list(figures_of({"a": "x", "b": True, "c": {"d": 1}})) == [Figure("c_d", 1.0)]


def test_a_number_stands_with_its_interval_and_its_cases(tmp_path: Path) -> None:
    measured = "[figures.tumor_sensitivity]\nvalue = 0.982\nlow = 0.971\nhigh = 0.989\nn = 1852\n"
    write(tmp_path / "vision_models/models/brain_mri/card.toml", measured)
    page = about_page("es", "112", tmp_path)
    assert "0,982 (0,971–0,989; n = 1\u00a0852)" in page
    assert "Tumores que encuentra" in page


def test_the_search_stands_beside_other_ways_in_words(tmp_path: Path) -> None:
    measured = 'articles = "a"\n[{0}.en]\ntopic_in_first_3 = 0.98\nmrr = 0.9\nout_of_scope_answered = 0.01\n'
    folder = tmp_path / "knowledge_base"
    write(folder / "figures.toml", measured.format("galeno"))
    write(folder / "figures_beside.toml", measured.format("all-MiniLM-L6-v2"))
    english, spanish = about_page("en", "112", tmp_path), about_page("es", "112", tmp_path)
    assert "By meaning alone (all-MiniLM-L6-v2)" in english
    assert (
        "Right topic among the first three passages, in English</th><td>98.0\u00a0%</td><td>98.0" in english
    )
    assert (
        "Tema correcto entre los tres primeros pasajes, en inglés</th><td>98,0\u00a0%</td><td>98,0" in spanish
    )
    table = english.partition('class="g-wide"')[2].partition("</table>")[0]
    assert "topic" not in table.replace("Right topic", "")


def test_a_broken_file_beside_the_search_takes_nothing_else_down(tmp_path: Path) -> None:
    write(tmp_path / "knowledge_base/figures.toml", 'articles = "a"\n')
    write(tmp_path / "knowledge_base/figures_beside.toml", "= broken")
    assert "not in this copy yet" in about_page("en", "112", tmp_path)
