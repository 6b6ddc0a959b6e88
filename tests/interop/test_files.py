"""Networks in files: what comes back is what went in, nothing is executed, and every change is named."""

import json

import numpy as np
import pytest

from constructions import CATALOGUE, get
from constructions.__main__ import main
from constructions.interop.files import FILES, Damaged, load, save
from constructions.interop.torch import ConstructedTransformer, module
from constructions.language import BadConstruction, at
from constructions.matrix import Unsupported, exact
from constructions.matrix.rational import fractions_of
from constructions.views.trace.sample import drawn_parameters, small_sizes
from verify.scrutiny.digest import described_instance, fingerprint


def small(construction):
    sizes = small_sizes(construction, {})
    return at(construction, sizes, drawn_parameters(construction, sizes, {}, 1))


@pytest.mark.parametrize("construction", CATALOGUE, ids=lambda c: c.name)
def test_what_comes_back_is_what_went_in(construction, tmp_path):
    instance = small(construction)
    _ = save(instance, tmp_path / "net")
    loaded = load(tmp_path / "net")
    assert fingerprint(loaded)[1:] == fingerprint(instance)[1:]
    assert described_instance(loaded) == described_instance(instance)


EMPTY = {"shape": [2, 2], "denominator": "1", "entries": []}
DATA = {"X": [[1, 2], [0, 1]], "Y": [[3], [5]], "X_q": [[1, 1]]}


@pytest.fixture
def saved(tmp_path):
    instance = at(get("gd-steps"), {"d_x": 2, "d_y": 1, "n": 2, "m": 1}, {"eta": "1/3", "W_0": [[1, "1/7"]]})
    paths = save(instance, tmp_path)
    return instance, *paths


def test_a_loaded_network_runs_and_has_no_algorithm(saved):
    instance, path, _ = saved
    loaded, data = load(path.parent), {name: exact(rows) for name, rows in DATA.items()}
    assert fractions_of(loaded.run(data).answer) == fractions_of(instance.algorithm(data))
    assert module(loaded).shapes == {"X": (2, 2), "Y": (2, 1), "X_q": (1, 2)}
    with pytest.raises(BadConstruction, match="which hold the network and no algorithm"):
        loaded.algorithm(data)


def rewritten(path, change, digest=False):
    described = json.loads(path.read_text(encoding="utf-8"))
    change(described)
    if digest:
        from constructions.digest import sha256
        from constructions.interop.files.folder import SECTIONS

        described["digests"] |= {name: sha256(described[name]) for name in SECTIONS}
    path.write_text(json.dumps(described), encoding="utf-8")


def test_a_changed_section_is_named(saved):
    _, path, _ = saved
    rewritten(path, lambda d: d["stream"].update(z=1))
    with pytest.raises(Damaged, match="the section 'stream' is not what was written"):
        load(path.parent)


@pytest.mark.parametrize("change, told", [
    (lambda d: d.update(certificate={"standing": "proved"}), "the section 'certificate' is not what was written"),
    (lambda d: d.update(more=1), "has a section 'more' that was not written"),
])  # fmt: skip
def test_every_section_is_one_that_was_written(saved, change, told):
    _, path, _ = saved
    rewritten(path, change)
    with pytest.raises(Damaged, match=told):
        load(path.parent)


@pytest.mark.parametrize("text, told", [
    ("[" * 200_000, "its brackets are too deep"),
    ('{"passes": 1, "passes": 1}', "the field 'passes' stands twice in one object"),
    ('{"passes": NaN}', "NaN is no number of JSON"),
])  # fmt: skip
def test_json_that_readers_would_not_agree_on_is_refused(saved, text, told):
    _, path, _ = saved
    path.write_text(text, encoding="utf-8")
    with pytest.raises(Damaged, match=told):
        load(path.parent)


@pytest.mark.parametrize("change, told", [
    (lambda d: d["layers"][0].update(kernel="nonsense"), "describes no network: 'nonsense' is no kernel"),
    (lambda d: d.update(passes="2"), "describes no network: a network runs a whole number of passes"),
    (lambda d: d["readout"].update(at="nowhere"), "describes no network: no tokens are called 'nowhere'"),
    (lambda d: d["readout"]["form"].update(blocks=[]), "describes no network: 'list' object"),
    (lambda d: d["layers"][0].update(norm={"fraction": "1/0"}), "describes no network: Fraction"),
])  # fmt: skip
def test_what_is_no_network_is_refused_whatever_its_digests_say(saved, change, told):
    _, path, _ = saved
    rewritten(path, change, digest=True)
    with pytest.raises(Damaged, match=told):
        load(path.parent)


def test_a_file_without_digests_is_refused(saved):
    _, path, _ = saved
    rewritten(path, lambda d: d.update(digests=[]))
    with pytest.raises(Damaged, match="has no digests of its sections"):
        load(path.parent)


def test_a_changed_fraction_is_named_even_when_its_digest_was_changed_too(saved):
    _, path, _ = saved

    def change(described):
        described["layers"][0]["heads"][0]["value"]["form"]["blocks"]["x"]["matrix"] = None
        block = described["layers"][0]["heads"][0]["value"]["form"]["blocks"]["x"]
        _ = block.pop("matrix")
        block["entries"][0][2] = "5"

    rewritten(path, change, digest=True)
    with pytest.raises(Damaged, match=r"entry \(0, 0\) of 'layers\.0\.0\.head 1\.value\.x' is .*, the exact weight is"):
        load(path.parent)


@pytest.mark.parametrize("change, says", [
    (lambda d: d["layers"][0].update(record="Popen"), "'Popen' with .* is no record of the language"),
    (lambda d: d["layers"][0].pop("kernel"), "is no record of the language"),
    (lambda d: d.update(format="icl-constructions network, version 9"), "this version reads"),
    (lambda d: d.update(layers=[{"form": {"width": 2, "blocks": {"q": EMPTY}}}]), "does not fit"),
    (lambda d: d["sizes"].update(n="many"), "describes no network"),
    (lambda d: d["layers"].append(7), "describes no network"),
])  # fmt: skip
def test_what_describes_no_network_is_refused(saved, change, says):
    _, path, _ = saved
    rewritten(path, change, digest=True)
    with pytest.raises(Damaged, match=says):
        load(path.parent)


def test_a_folder_without_a_network(tmp_path):
    with pytest.raises(Damaged, match=r"no exported network in .*: it lacks network\.json and weights\.safetensors"):
        load(tmp_path)


def test_changed_and_truncated_files_are_refused(saved):
    _, path, weights = saved
    packed, text = weights.read_bytes(), path.read_text(encoding="utf-8")
    _ = weights.write_bytes(packed[:-8] + np.float64(0.25).tobytes())
    with pytest.raises(Damaged, match=r"entry \(.*\) of '.*' is .*0\.25"):
        load(path.parent)
    for cut in (packed[: len(packed) // 2], packed[:4], b""):
        _ = weights.write_bytes(cut)
        with pytest.raises(Damaged, match="is no safetensors file, or is cut off"):
            load(path.parent)
    _ = weights.write_bytes(packed)
    for cut in (text[: len(text) // 2].encode(), b"[]", b"\xff"):
        _ = path.write_bytes(cut)
        with pytest.raises(Damaged, match=r"cut off|not the description"):
            load(path.parent)


def test_no_byte_of_a_file_can_be_changed_or_left_out(saved):
    """Also spaces, which change nothing: whoever wants to know whether a file was touched need not think about what it means."""
    _, path, weights = saved
    for file in (path, weights):
        content = file.read_bytes()
        for k in [*range(0, len(content), max(1, len(content) // 40)), 1, len(content) - 1]:
            for changed in (content[k] ^ 1, content[k] ^ 128, None):
                between = b"" if changed is None else bytes([changed])
                _ = file.write_bytes(content[:k] + between + content[k + 1 :])
                with pytest.raises(Damaged):
                    load(path.parent)
        _ = file.write_bytes(content)
    _ = path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    with pytest.raises(Damaged, match="not as it was written: its spaces or line ends differ"):
        load(path.parent)


def test_the_command(tmp_path, capsys):
    target = str(tmp_path / "net")
    assert main(["export", "gd-steps", "--set", "eta=1/4", "--output", target]) == 0
    assert "network.json" in capsys.readouterr().out and load(target).sizes["steps"] == 2
    certificate = json.loads((tmp_path / "net/network.json").read_text(encoding="utf-8"))["certificate"]
    assert certificate == described_instance(at(get("gd-steps"), {}, {"eta": "1/4"}))
    assert main(["export", "gd-steps", "--output", target]) == 2
    assert "exists and is left as it is" in capsys.readouterr().err
    assert main(["export", "gd-steps", "--output", target, "--force", "--json"]) == 0
    assert {*json.loads(capsys.readouterr().out)["files"]} == {"network.json", "weights.safetensors"}
    assert main(["export", "gd-steps", "--output", f"{target}/network.json"]) == 2
    assert "it is a file; name a folder" in capsys.readouterr().err


def test_a_graph_is_under_a_digest_or_refused(tmp_path, capsys):
    instance, graph = small(get("gd-step")), tmp_path / "network.onnx"
    assert [path.name for path in save(instance, tmp_path, graph=b"a graph")] == [*FILES, "network.onnx"]
    assert load(tmp_path).sizes == instance.sizes
    graph.unlink()
    assert load(tmp_path).sizes == instance.sizes  # the two other files say everything
    _ = save(instance, tmp_path)
    _ = graph.write_bytes(b"a graph")
    with pytest.raises(
        Damaged, match=r"network\.onnx was not written with network\.json: take it away, or export both"
    ):
        load(tmp_path)
    for name in FILES:
        (tmp_path / name).unlink()
    assert main(["export", "gd-step", "--output", str(tmp_path)]) == 2 and graph.read_bytes() == b"a graph"
    assert "network.onnx exists and is left as it is" in capsys.readouterr().err


@pytest.mark.filterwarnings("ignore")  # of the exporter
def test_onnx_computes_what_the_module_computes(tmp_path, capsys):
    onnxruntime = pytest.importorskip("onnxruntime")
    torch = pytest.importorskip("torch")
    sizes = ["--set", "d_x=3", "--set", "n=4", "--set", "d_y=2", "--set", "m=2"]
    assert main(["export", "gd-steps", *sizes, "--output", str(tmp_path), "--onnx"]) == 0
    session = onnxruntime.InferenceSession(str(tmp_path / "network.onnx"))
    model = ConstructedTransformer(load(tmp_path))
    draw = np.random.default_rng(0)
    data = {name: draw.standard_normal((5, *shape)) for name, shape in model.shapes.items()}
    expected = model(**{name: torch.from_numpy(rows) for name, rows in data.items()}).detach().numpy()
    np.testing.assert_allclose(session.run(["answer"], data)[0], expected, rtol=1e-12)
    graph = (tmp_path / "network.onnx").read_bytes()
    for changed in (graph[:-1] + bytes([graph[-1] ^ 1]), graph[: len(graph) // 2], b""):
        _ = (tmp_path / "network.onnx").write_bytes(changed)
        with pytest.raises(Damaged, match=r"network\.onnx is not the file that was written \(its digest differs\)"):
            load(tmp_path)
    assert main(["export", "gd-steps", *sizes, "--output", str(tmp_path), "--force"]) == 0
    assert not (tmp_path / "network.onnx").exists() and load(tmp_path).sizes["d_x"] == 3
    _ = capsys.readouterr()
    assert main(["export", "ridge-closed-form", "--output", str(tmp_path / "ridge"), "--onnx"]) == 2
    assert "solves linear systems, for which ONNX has no operator" in capsys.readouterr().err


def test_a_graph_that_onnxruntime_cannot_run_is_refused():
    """It has no error function in float64, which GeLU needs; the approximation by tanh is another network."""
    graph = pytest.importorskip("constructions.interop.onnx")
    with pytest.raises(
        Unsupported, match="div-by-norm has GeLU units, and onnxruntime has no error function in float64"
    ):
        graph.graph_of(small(get("div-by-norm")))
