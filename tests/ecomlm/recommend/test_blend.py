import numpy as np

from ecomlm.recommend.blend import LEAST_LESSONS, MOST_OTHERS, Blend, Lesson
from ecomlm.recommend.signs import NAMES


def test_a_lesson_keeps_what_came_next_and_only_some_of_the_others():
    values = np.arange(1000 * len(NAMES), dtype=np.float32).reshape(1000, len(NAMES))
    lesson = Lesson.of(values, 7, np.random.default_rng(0))
    assert lesson.values.shape == (MOST_OTHERS + 1, len(NAMES))
    assert (lesson.values[0] == values[7]).all()
    assert not (lesson.values[1:] == values[7]).all(axis=1).any()


def test_the_sign_of_what_came_next_gains_weight():
    chance = np.random.default_rng(1)
    lessons = []
    for _ in range(LEAST_LESSONS):
        values = chance.random((20, len(NAMES)), dtype=np.float32)
        lessons.append(Lesson.of(values, int(values[:, 3].argmax()), chance))
    blend = Blend.learn(lessons)
    assert blend.lessons == LEAST_LESSONS
    assert blend.weights.argmax() == 3
