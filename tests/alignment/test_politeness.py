"""The judges: the corpus's counts, the classifier as scikit-learn's, phrases as whole words."""

from pathlib import Path

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from groundwork.alignment import politeness
from groundwork.alignment.io import open_judge, read_corpus, save_judge
from groundwork.alignment.politeness import (
    bootstrap_difference,
    by_phrases,
    features,
    quartiles,
    train_judge,
)
from groundwork.core.provenance import ROOT

CORPUS = ROOT.parent / "shared" / "data" / "politeness"
HEAD = "Community,Id,Request,Score1,Score2,Turk1,Turk2,Normalized Score\n"


def test_the_score_is_the_last_field_also_where_annotators_were_more(tmp_path: Path) -> None:
    file = tmp_path / "made.csv"
    file.write_text(HEAD + 'x,1,"please, do",1,2,a,b,0.5\nx,2,go,1,2,3,4,a,b,c,d,-0.75\n')
    assert [(r.text, r.score) for r in read_corpus(file)] == [("please, do", 0.5), ("go", -0.75)]


def test_latin_1_is_read_and_a_row_without_score_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "made.csv"
    file.write_bytes(HEAD.encode() + "x,1,naïve,1,2,a,b,0.5\n".encode("latin-1"))
    assert read_corpus(file)[0].text == "naïve"
    file.write_text(HEAD + "x,1,go,1,2,a,b,none\n")
    with pytest.raises(ValueError, match=r"made\.csv, line 2: no score"):
        read_corpus(file)
    file.write_text("<html>")
    with pytest.raises(ValueError, match="not the politeness corpus"):
        read_corpus(file)


@pytest.mark.skipif(not CORPUS.is_dir(), reason="no mirror of the corpus beside this checkout")
def test_the_corpus_has_its_published_counts() -> None:
    assert len(read_corpus(CORPUS / "wikipedia.annotated.csv")) == 4353
    assert len(read_corpus(CORPUS / "stack-exchange.annotated.csv")) == 6604


def test_quartiles_leave_the_middle_half_out() -> None:
    made = [politeness.Request(str(i), float(i)) for i in range(8)]
    texts, polite = quartiles(made)
    assert texts == ["0", "1", "6", "7"]
    assert polite.tolist() == [False, False, True, True]


def corpus() -> tuple[list[str], np.ndarray]:
    random = np.random.default_rng(0)
    words = ["thanks", "please", "could", "you", "why", "not", "edit", "page", "?", "!"]
    texts = [" ".join(random.choice(words, size=random.integers(2, 9))) for _ in range(120)]
    return texts, np.array(["thanks" in text or "please" in text for text in texts])


def test_the_judge_says_what_scikit_learns_pipeline_says(tmp_path: Path) -> None:
    texts, polite = corpus()
    judge = train_judge(texts, polite, 0.7)
    counter = TfidfVectorizer(analyzer=features, min_df=3, binary=True)
    peer = LogisticRegression(C=0.7, max_iter=1000).fit(counter.fit_transform(texts), polite)
    asked = [*texts, "", "wholly unknown", "Thanks! PLEASE?"]
    theirs = peer.decision_function(counter.transform(asked))
    assert np.abs(judge.log_odds(asked) - theirs).max() <= 1e-12
    save_judge(tmp_path / "judge.npz", judge)
    assert np.array_equal(open_judge(tmp_path / "judge.npz").log_odds(asked), judge.log_odds(asked))


def test_a_judge_of_one_kind_of_text_is_refused() -> None:
    with pytest.raises(ValueError, match="one kind only"):
        train_judge(["a b", "c d"], np.array([True, True]), 1.0)


def test_phrases_are_whole_words() -> None:
    assert by_phrases("It goes through the laugh.") == 0  # "ugh" is in both
    assert by_phrases("Ugh. It goes through.") == -1
    assert by_phrases("A kindergarten.") == 0
    assert by_phrases("Thank you, that is kind.") == 1
    assert by_phrases("Thank you, fool.") == 0


def test_the_interval_covers_the_truth_about_as_often_as_it_says() -> None:
    random = np.random.default_rng(1)
    inside = 0
    for trial in range(200):
        rates = random.uniform(0.2, 0.6, 30)[:, None]
        before = (random.random((30, 2)) < rates).astype(float)
        after = (random.random((30, 2)) < rates + 0.3).astype(float)
        gap, low, high = bootstrap_difference(before, after, trial, draws=400)
        assert low <= gap <= high
        inside += low <= 0.3 <= high
    assert 0.88 <= inside / 200 <= 0.99
