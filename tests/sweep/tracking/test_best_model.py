"""The best trial's models in MLflow: the same function in transformers' own class, loadable, with a card."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from transformers import AutoModelForTokenClassification, AutoTokenizer

from sweep.commands.main import main
from sweep.config.sections import SweepConfig
from sweep.folders import SweepFolder
from sweep.plan import make_plan
from sweep.records.session import remember
from tests.sweep.models.trained import save_encoder, train
from trainables.tasks import TASKS


@pytest.mark.slow
def test_the_best_model_is_logged_and_can_be_loaded(
    config_of: Callable[..., SweepConfig],
    folder: SweepFolder,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """`sync --best-model` as a user calls it; then, elsewhere, the store is named and the model loaded from it."""
    command = ["sync", "tiny", "--best-model", "--mlruns", str(folder.mlruns)]
    save_encoder(tmp_path / "encoder")
    run = {
        "encoder": {"provider": "hub", "name": str(tmp_path / "encoder")}, "device": "cpu",
        "finetune": {"n_steps": 2, "batch_size": 2}, "evaluate": {"n_retrieval": 0},
    }  # fmt: skip
    plan = make_plan(config_of(arms=["none"], seeds=[0], run=run), folder)
    remember(plan.config, folder)
    config = plan.trials[0].config()
    train(config, folder, keep_models=False)
    assert main(command) == 2
    said = capsys.readouterr().err
    assert "export tiny none-seed0 --train" in said and "run.keep_models=true" in said
    assert "Traceback" not in said
    train(config, folder, keep_models=True)
    assert main(command) == 0
    (uri,) = re.findall(r"load_model\('(.*)'\)", capsys.readouterr().err)

    import mlflow.transformers

    monkeypatch.setenv("MLFLOW_TRACKING_URI", folder.tracking_uri)
    tagger = mlflow.transformers.load_model(uri)
    plain = Path(mlflow.artifacts.download_artifacts(uri, tracking_uri=folder.tracking_uri)) / "model"
    tokenizer = AutoTokenizer.from_pretrained(plain)  # without one it would be empty, and all words unknown
    assert tokenizer("test bark").input_ids == tagger.tokenizer("test bark").input_ids == [6, 5]
    batch = tokenizer("test bark", return_tensors="pt")
    model = AutoModelForTokenClassification.from_pretrained(plain).eval()
    assert model(**batch).logits.equal(tagger.model(**batch).logits)
    assert (plain / "README.md").read_text().startswith("---")
    words = tagger("test bark")
    assert {word["entity"] for word in words} <= set(TASKS["pos"].labels) and len(words) == 2
    (logged,) = mlflow.MlflowClient(folder.tracking_uri).search_logged_models(["1"])
    run_id = logged.source_run_id
    cards = list((folder.artifacts / "realign-sweep" / run_id).rglob("model_card_pos.md"))
    assert len(cards) == 1 and cards[0].read_text().startswith("---\nlibrary_name: transformers\n")
    assert main(command) == 0  # a second time nothing is logged
    assert uri in capsys.readouterr().err
    assert len(mlflow.MlflowClient(folder.tracking_uri).search_logged_models(["1"])) == 1
