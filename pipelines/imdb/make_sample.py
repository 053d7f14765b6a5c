"""Makes reviews like Keras's imdb.npz, small enough to train on in seconds.

    python make_sample.py imdb.npz [--train 12000] [--test 2000] [--seed 1]

The file holds x_train, y_train, x_test and y_test: each x an object array of lists of word ranks (1 is the most frequent
word), each y 0 for a bad review and 1 for a good one. What a model can learn is how often words occur, and nothing else:
one word in six is a word of praise or of blame, every review uses both kinds, and how much it leans to the one that
fits its label differs from review to review. Some lean the wrong way, so that no model can be right on all of them.
"""

import argparse

import numpy as np

WORDS = 8_000
OPINION_WORDS = 250  # of each kind
OPINION_SHARE = 0.16  # of a review's words
LENGTH_MEDIAN = 130


def word_frequencies():
    """Zipf's law: the word of rank r is r times rarer than the first."""
    weights = 1.0 / np.arange(1, WORDS + 1)
    return weights / weights.sum()


def opinion_words(random):
    """Words of praise and words of blame, of all frequencies but the highest."""
    chosen = random.permutation(np.arange(50, WORDS + 1))[: 2 * OPINION_WORDS]
    return chosen[:OPINION_WORDS], chosen[OPINION_WORDS:]


def make_review(random, label, frequencies, praise, blame):
    length = int(np.clip(random.lognormal(np.log(LENGTH_MEDIAN), 0.5), 20, 800))
    words = random.choice(WORDS, size=length, p=frequencies) + 1
    share_of_praise = np.clip(random.normal(0.76 if label else 0.24, 0.14), 0, 1)
    is_opinion = random.random(length) < OPINION_SHARE
    is_praise = random.random(length) < share_of_praise
    words[is_opinion & is_praise] = random.choice(praise, size=int((is_opinion & is_praise).sum()))
    words[is_opinion & ~is_praise] = random.choice(blame, size=int((is_opinion & ~is_praise).sum()))
    return words.tolist()


def make_reviews(random, count, frequencies, praise, blame):
    labels = random.integers(0, 2, size=count)
    reviews = np.empty(count, dtype=object)
    for index, label in enumerate(labels):
        reviews[index] = make_review(random, label, frequencies, praise, blame)
    return reviews, labels


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("path")
    parser.add_argument("--train", type=int, default=12_000)
    parser.add_argument("--test", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    random = np.random.default_rng(options.seed)
    language = word_frequencies(), *opinion_words(random)
    x_train, y_train = make_reviews(random, options.train, *language)
    x_test, y_test = make_reviews(random, options.test, *language)
    np.savez_compressed(options.path, x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    print(f"{options.train} reviews to train on and {options.test} to test with, in {options.path}")


if __name__ == "__main__":
    main()
