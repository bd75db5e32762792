"""The contract of a task: its files, shapes that one loop can train on, counts, and a whole run on its sample."""

import gzip
import pickle
import tempfile
from dataclasses import astuple, fields
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import torch
from torch.nn import functional

from trainables.encoders.base import Encoder
from trainables.evaluation.evaluate import predict
from trainables.run import Run
from trainables.run_config import DataConfig, EncoderConfig, EvaluateConfig, FinetuneConfig, RealignConfig, RunConfig
from trainables.tasks import TASKS
from trainables.tasks.base import Task
from trainables.tasks.word_labels import IGNORED
from trainables.testing.tiny import LETTERS, save_tiny_encoder, tiny_encoder, write_tiny_data


class TaskContract:
    """name: in the table of tasks. n_steps: in which a tiny random encoder must learn the sample by heart."""

    name: str
    n_steps: ClassVar[int] = 175  # the first token of a random encoder hardly looks at the others

    @cached_property
    def task(self) -> Task:
        """From the table."""
        return TASKS[self.name]

    @cached_property
    def examples(self) -> list[Any]:
        """The task's sample, as it is read."""
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"test{self.task.suffix}"
            path.write_bytes(gzip.compress(self.task.sample.encode("utf-8")))
            return list(self.task.read(path))

    @property
    def letters(self) -> str:
        """Every character of the sample, so that the tiny tokenizer can tell its texts apart."""
        return "".join(sorted({*LETTERS, *self.task.sample} - {" ", "\t", "\n", "▁"}))

    @cached_property
    def encoder(self) -> Encoder:
        """A tiny random one."""
        return tiny_encoder(letters=self.letters)

    def test_its_labels_and_metric_are_stated_once(self) -> None:
        task = self.task
        assert task.name == self.name and len(set(task.labels)) == len(task.labels) > 1
        assert task.title and task.suffix.endswith(".gz"), "A task must have a title, and gzipped files."

    def test_what_is_read_can_be_written_and_read_again(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"test{self.task.suffix}"
            path.write_bytes(gzip.compress(self.task.write(map(astuple, self.examples)).encode("utf-8")))
            again = list(self.task.read(path))
        assert again == self.examples, f"`write` must give what `read` takes, but gives {again}."

    def test_an_example_has_texts_and_plain_fields(self) -> None:
        for example in self.examples:
            texts = example.sentences
            assert isinstance(texts, tuple) and texts and all(isinstance(text, str) and text for text in texts)
            assert fields(example) and pickle.loads(pickle.dumps(example)) == example
            assert not self.task.has_words or all(isinstance(word, str) for word in example.words)

    def test_a_damaged_file_is_refused_by_name(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"test{self.task.suffix}"
            path.write_bytes(gzip.compress(b"?\t?\t?\t?\t?\t?\t?\n"))
            try:
                read = list(self.task.read(path))
            except ValueError as error:
                assert path.name in str(error), f"The error must name the file, but says: {error}"
            else:
                raise AssertionError(f"Seven columns of question marks must be refused, but were read as {read}.")

    def test_logits_and_labels_share_all_but_the_last_axis(self) -> None:
        model = self.task.new_model(self.encoder.model, len(self.task.labels))
        batch = self.task.collate(self.encoder.tokenizer, self.examples, self.task.labels, 32)
        logits = model(batch)
        shape = (*batch["labels"].shape, len(self.task.labels))
        assert tuple(logits.shape) == shape, f"Logits must have the shape {shape}, but have {tuple(logits.shape)}."
        assert len(logits) == len(self.examples) and bool((batch["labels"] != IGNORED).any())
        assert hasattr(model, "classifier"), "A model's last layer must be called `classifier`."

    def test_the_row_of_an_example_depends_on_the_example_alone(self) -> None:
        task, tokenizer = self.task, self.encoder.tokenizer
        together = task.collate(tokenizer, self.examples, task.labels, 32)
        n_B = together["attention_mask"].sum(dim=1).tolist()
        for i, example in enumerate(self.examples):
            alone = task.collate(tokenizer, [example], task.labels, 32)
            for name, tensor in alone.items():
                row = together[name][i, : n_B[i]] if tensor.dim() > 1 else together[name][i]
                assert torch.equal(row, tensor[0]), (
                    f"`{name}` of {example} must be the same alone and with others, but is {tensor[0]} and {row}."
                )

    def test_the_shared_loss_teaches_it_to_the_last_label(self) -> None:
        torch.manual_seed(0)
        encoder = tiny_encoder(letters=self.letters)
        model = self.task.new_model(encoder.model, len(self.task.labels))
        optimiser = torch.optim.Adam(model.parameters(), lr=3e-3)
        batch = self.task.collate(encoder.tokenizer, self.examples, self.task.labels, 32)
        for _ in range(self.n_steps):
            logits = model(batch).flatten(0, -2)
            loss = functional.cross_entropy(logits, batch["labels"].flatten(), ignore_index=IGNORED)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
        gold, predicted = predict(model, encoder.tokenizer, self.task, self.examples, EvaluateConfig(batch_size=2))
        assert predicted == gold, f"The sample must be memorised, but for {gold} it predicts {predicted}."
        n_correct, n_total = self.task.score(gold, predicted)[self.task.metric]
        assert n_correct == n_total > 0, f"Perfect predictions must score 1, but get {n_correct} of {n_total}."

    def test_the_main_metric_comes_first_and_right_labels_raise_it(self) -> None:
        task = self.task
        model = task.new_model(self.encoder.model, len(task.labels))
        gold, _ = predict(model, self.encoder.tokenizer, task, self.examples, EvaluateConfig(batch_size=2))
        right = task.score(gold, gold)
        assert next(iter(right)) == task.metric, f"{task.metric!r} must come first, not {list(right)}."
        other = dict(zip(task.labels, (*task.labels[1:], task.labels[0]), strict=True))
        wrong = task.score(gold, [[other[label] for label in one] for one in gold])
        assert wrong[task.metric][0] < right[task.metric][0], "Wrong labels must score less than right ones."

    def test_a_longer_example_is_longer(self) -> None:
        lengths = [self.task.length(example) for example in self.examples]
        letters = [sum(len(text) for text in example.sentences) for example in self.examples]
        longest, shortest = letters.index(max(letters)), letters.index(min(letters))
        assert lengths[longest] > lengths[shortest] > 0, f"`length` must follow the texts, but is {lengths}."

    def test_it_travels_to_other_processes(self) -> None:
        assert pickle.loads(pickle.dumps(self.task)) == self.task

    def test_a_run_trains_and_scores_it(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            write_tiny_data(root / "data", [self.task])
            save_tiny_encoder(root / "encoder", self.letters)
            settings: dict[str, Any] = {"n_steps": 2, "batch_size": 2, "max_length": 32}
            run = Run(
                RunConfig(
                    data=DataConfig(source="folder", root=str(root / "data")),
                    encoder=EncoderConfig(provider="hub", name=str(root / "encoder"), trim_vocabulary=True),
                    languages=("swh_Latn",), tasks=(self.name,), store=str(root / "store"), device="cpu",
                    realign=RealignConfig(**settings), finetune=FinetuneConfig(**settings),
                    evaluate=EvaluateConfig(max_length=32, n_retrieval=0),
                )
            )  # fmt: skip
            run.data.check(run.data.bitext_languages, {self.task: run.data.labelled_languages(self.task)})
            while not run.done:
                run.advance()
            scored = {(row.language, row.split) for row in run.scores if row.metric == self.task.metric}
            assert scored == {(tag, split) for tag in ("eng_Latn", "swh_Latn") for split in ("dev", "test")}, (
                f"English and Swahili must be scored on dev and test, but scored are {sorted(scored)}. Has the sample "
                "two examples that share no text?"
            )
            assert all(0 <= row.value <= 1 for row in run.scores)
