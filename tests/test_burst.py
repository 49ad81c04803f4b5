"""A burst of sound: against a loop, and shifted."""

from math import cos, hypot, pi, sin

import pytest
import torch

from snippets.burst import LENGTH, figure, sound, strength, tone


def test_the_strength_is_a_cosine_and_a_sine_squared_and_summed():
    torch.manual_seed(0)
    signal = torch.randn(1, 1, 900, dtype=torch.float64)
    found = strength(signal)
    assert found.shape == (1, 900)
    for middle in range(LENGTH // 2, 900 - LENGTH // 2, 37):
        window = signal[0, 0, middle - 200 : middle + 201]
        pair = [float(window @ tone(440, phase)) for phase in (0, pi / 2)]
        assert abs(hypot(*pair) ** 2 - float(found[0, middle])) < 1e-9


@pytest.mark.parametrize("late", [1, 7, 600, 2500])
def test_when_the_sound_comes_later_so_does_the_peak(late):
    here, there = strength(sound()), strength(sound().roll(late, -1))
    inner = slice(LENGTH, 8000 - late - LENGTH)
    moved = there.roll(-late, -1)
    torch.testing.assert_close(moved[:, inner], here[:, inner], rtol=0, atol=1e-9)
    assert there.argmax() - here.argmax() == late


def test_the_kernels_ignore_the_louder_burst_of_the_wrong_pitch(says):
    found = strength(sound())[0]
    assert found[4000:5000].max() < 0.01 * found.max()
    assert sound()[0, 0, 4500] > 1.5 * sound()[0, 0, 1100]
    here = int(found.argmax())
    assert abs(here - 1100) < 3
    says(
        "history",
        f"a single peak at sample {here} for the first burst, and a dashed one at "
        f"{int(strength(sound().roll(2500, -1)).argmax())} for the shifted sound",
    )
    says("history", f"marked {440} Hz and {660} Hz")
    says("history", f"comes {2500} samples later")


@pytest.mark.parametrize("phase", [0, 0.5, pi / 2, 3])
def test_the_strength_does_not_depend_on_the_phase(phase):
    signal = torch.zeros(1, 1, 1001, dtype=torch.float64)
    plain = strength(
        torch.index_add(signal, 2, torch.arange(300, 701), tone(440)[None, None])
    )
    turned = strength(
        torch.index_add(signal, 2, torch.arange(300, 701), tone(440, phase)[None, None])
    )
    assert abs(turned.max() / plain.max() - 1) < 1e-3


def test_a_signal_without_its_channel_raises_what_torch_raises():
    with pytest.raises(RuntimeError, match="channels"):
        strength(torch.zeros(1, 2, 900, dtype=torch.float64))


def test_the_figure_names_both_pitches_and_both_peaks():
    above, below = figure().axes
    assert [text.get_text() for text in above.texts] == ["440 Hz", "660 Hz"]
    assert [text.get_text() for text in below.texts] == ["1101", "3601"]
    assert [len(below.lines), len(above.lines)] == [2, 1]


@pytest.mark.parametrize("pitch", [437.3, 440, 660, 1000])
def test_a_tone_is_even_and_its_phases_add_up(pitch):
    even, odd = tone(pitch), tone(pitch, pi / 2)
    assert even.argmax() == LENGTH // 2
    assert odd[LENGTH // 2 + 1] < 0  # a phase is added: the wave is ahead
    torch.testing.assert_close(even.flip(0), even, atol=1e-10, rtol=0)
    torch.testing.assert_close(odd.flip(0), -odd, atol=1e-10, rtol=0)
    for phase in (0.3, 1, 2.5):
        mixed = cos(phase) * even + sin(phase) * odd
        torch.testing.assert_close(tone(pitch, phase), mixed, atol=1e-10, rtol=0)


def test_a_tone_of_no_pitch_is_what_swells_and_fades():
    fade = torch.hann_window(LENGTH, periodic=False, dtype=torch.float64)
    torch.testing.assert_close(tone(0), fade, atol=1e-10, rtol=0)
