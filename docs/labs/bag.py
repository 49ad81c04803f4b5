# %% [markdown]
# # The bag of tricks, small
#
# He and others add one trick after another to a network and report accuracies on ImageNet, without
# intervals. Here their list, in their order, is trained on drawn shapes and on digits, with eight seeds
# for each recipe and an interval for each difference. The page on [the tricks](../../tricks/) says
# what each one does; this lab asks what it changes, for one small network at one small budget.
# It says nothing of ImageNet. Two things differ from the list: the larger batch is a step of its own, and
# low precision is BF16 by autocast, where the paper has FP16.
#
# Take it with you as a [notebook](bag.ipynb) or as [Python](../bag.py).

# %%
import matplotlib.pyplot as plt

from snippets.bag.figures import changes, samples
from snippets.bag.recipes import RECIPES, TRANSFERRED
from snippets.bag.results import Cell, stored
from snippets.bag.scales import SCALES
from snippets.bag.tables import printed

# %% [markdown]
# ## What is trained on what
#
# Ten kinds of shape, at random places, sizes and angles, on a slope of grey with a disc beside and a
# bar across.

# %% alt="Sixteen small noisy images of bright shapes, among them a star, a ring, a cross and a crescent, each with a short bar across it or beside it."
samples("shapes")
plt.show()

# %% [markdown]
# The second data set puts handwritten digits into the same clutter. The digits that are asked were
# not among those learnt from.

# %% alt="Sixteen small noisy images of blurred handwritten digits at different places and sizes, with short bars across."
samples("digits")
plt.show()

# %% [markdown]
# The network is a ResNet with three bottleneck blocks of 8, 16 and 32 channels inside, where ResNet-50
# has sixteen blocks of 64 to 512. <!-- constants: 64, 512 --> Each recipe is the one it stands on and one trick more:

# %%
for recipe in RECIPES.values():
    above = vars(RECIPES[recipe.after]) if recipe.after else vars(recipe)
    trick = {
        k: v
        for k, v in vars(recipe).items()
        if v != above[k] and k not in ("name", "after")
    }
    print(
        f"{recipe.name:20}{recipe.after:16}", *(f"{k} = {v}" for k, v in trick.items())
    )

# %% [markdown]
# ## The design, fixed before the first run
#
# This section was written before any run that counts. What came out did not change it.
#
# **Question.** Does a trick, on top of those before it, change the accuracy of this network, on these
# data, at this budget? Each recipe is compared with the one that it stands on, as in the paper: 14
# comparisons for shapes and 14 for digits. `mixup` and `distillation` both stand on `smoothing`;
# `mixup-distillation` adds the first to the second.
#
# **Dense task.** What is learnt on shapes is carried over to masks of other shapes. The blocks of a
# trained network get a kernel of one pixel each, and everything is trained on, in the same way whatever the
# start: 8 comparisons more, one of them with a start from scratch. Not every recipe is carried over:
# `low-precision` is compared with `baseline`, six changes at once, and `resnet-d` with `low-precision`,
# three at once.
#
# **Seeds.** Eight, from 0 to 7. A seed decides the images to learn from, the images that are asked,
# the first weights and the order of the batches. All recipes of a seed share what they can
# (ResNet-C has other weights to begin with), so differences are paired by seed.
#
# **Budget.** Every run sees 2,048 images 12 times; a run for masks sees 512, 12 times. The recipes
# with the large batch take a quarter of the steps. Distillation also costs its teacher, a network
# of twice the width, trained by `smoothing`; the table has the teacher's row.
#
# **Tuning.** The learning rate of the baseline is 0.1, the best of 0.05, 0.1 and 0.2 by the mean
# accuracy of two pilot seeds on both data sets, 100 and 101, which are not part of the experiment;
# the scores of the pilot were not kept.
# <!-- constants: 0.05, 0.1, 0.2, 100, 101 -->
# Nothing after it is tuned: scaling multiplies by four, as the batch; warm-up takes 1 epoch of 12;
# smoothing gives ε = 0.1 away, mixup draws with α = 0.2, distillation has a temperature of 20.
#
# **Measure.** Accuracy on 2,000 images after the last epoch. For masks, intersection over union, the
# mean over 11 classes of pixels. No epoch is chosen by its accuracy. Both are in points: hundredths of all.
#
# **Intervals.** The mean of the eight differences, with the 95% interval of Student's t.
#
# **Correction.** All 36 comparisons are one family; their chances are corrected by Holm's method.
#
# **Verdicts.** *Gain* or *loss*: the corrected chance is below 5%. *Less than a point*: it is not, and
# the interval lies within one point of zero. *Not shown*: neither; the experiment is too small to tell.
#
# **Stopping.** All eight seeds of all recipes are run. No seed is added or taken away after looking.

# %%
scale = SCALES["small"]
cells = 2 * len(RECIPES) + len(TRANSFERRED)
print(f"{scale}\n{cells} cells for each seed, {8 * cells} in all")
# %% [markdown]
# ## What came out
#
# Each change is that of the recipe less the one in the column *after*, in points.

# %%
results = stored()
print(printed(results, "small"))

# %% [markdown]
# The same as pictures: each line is an interval. A triangle is a gain or, upside down, a loss; a
# disc is less than a point; a square is not shown. Verdicts are corrected for their number, intervals
# are not: 6 squares have intervals that leave out zero.
#
# **Shapes.**

# %% alt="A row for each of fourteen recipes on shapes: a mark at the change in points, on a horizontal line from one end of its interval to the other, beside a vertical line at zero."
DATA = ["shapes", "digits", "masks"]
changes(results, "shapes", DATA)
plt.show()

# %% [markdown]
# **Digits.**

# %% alt="The same for the fourteen recipes on digits: a mark and an interval in each row, beside a vertical line at zero."
changes(results, "digits", DATA)
plt.show()

# %% [markdown]
# **Masks**, by what the blocks were trained with before.

# %% alt="The same for the eight comparisons of the dense task: a mark and an interval in each row; the first row compares resnet-d with a start from scratch."
changes(results, "masks", DATA)
plt.show()

# %% [markdown]
# ## What the results say
#
# Of 36 comparisons 8 are gains, 6 are losses, 1 is less than a point and 21 are not shown: the most common
# result is that eight seeds cannot tell.
#
# - **ResNet-D gains on shapes and digits, the cosine everywhere.** D adds 11.5 points on shapes and 17.9 on
#   digits, the cosine 6.7 and 7.1. On masks B, C and D together add 11.5 points, the cosine 8.4.
# - **Four times the batch loses** 6.2 points on shapes and 7.9 on digits, at a quarter of the steps. The mean falls
#   further with scaling, where two of the eight networks for digits end below 25%, and rises with
#   warm-up, by 7.0 and 18.5 points. None of these four changes is shown: the intervals of three leave out
#   zero, but not after the correction for 36.
# - **Zero γ loses** 9.6 and 12.1 points.
# - **ResNet-B loses** 4.6 points on digits and is not shown on shapes. ResNet-C is shown on neither.
# - **No bias decay, low precision and smoothing** are not shown anywhere. With smoothing on masks, their
#   seven intervals end within 3.1 points of zero.
# - **Distillation gains** 1.3 points on digits, for the price of a teacher. On shapes and masks it is not shown.
# - **Mixup** changes digits by less than a point and is not shown elsewhere, nor is it on top of distillation.
# - **Masks gain from what was learnt before.** The network of ResNet-D reaches 40.2 points from scratch and
#   18.4 more with blocks that learnt shapes. Better at shapes is not better at masks: ResNet-D is above the
#   baseline on shapes, 87.8 to 84.5, and below it on masks, 58.7 to 62.9; the design does not compare these
#   two. The large batch and the five tricks on it cost 15.8 of the baseline's 62.9.
#
# Why a trick wins or loses is no part of the design, and nothing here says it. All runs together took 82
# minutes of processor time, two at a time on a machine with two cores.
#
# ## What the paper reports
#
# The numbers cited here are those of ResNet-50 on ImageNet, and no interval stands beside them. The page on
# [the tricks](../../tricks/) cites what was seen of them. All tricks together stand at 79.29% where the
# first row of its table has 75.3%. A batch four times as large, as here, loses 0.9% with linear scaling
# alone, and warm-up, zero γ and no bias decay together bring it back. That is no prediction for three
# blocks and 12 epochs, and a table above that disagrees refutes nothing.

# %% [markdown]
# ## Run a cell again
#
# This trains one cell and compares it with its stored score. On the machine that stored it the two are
# equal; another processor rounds otherwise, and training enlarges that: 3 points are allowed.

# %%
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from tqdm import tqdm

from snippets.bag.work import Place, filled

torch.set_num_threads(1)  # as the results were stored
cell = Cell("small", "masks", "scratch", 0)
(known,) = [result for result in results if result.cell == cell]
steps = scale.epochs * scale.masks // scale.batch
with TemporaryDirectory() as folder, tqdm(total=steps, leave=False) as bar:
    place = Place(Path(folder) / "again.jsonl")
    again = filled(cell, place, lambda *_: bar.update())
print(f"{cell}: stored {100 * known.score:.1f}, again {100 * again.score:.1f}")
assert abs(again.score - known.score) < 0.03

# %% [markdown]
# Everything is run by `python -m snippets.bag`. It goes on where it was stopped, so with all results
# stored it has nothing to do; `--results my.jsonl` begins a file of your own, and `--help` tells of
# data sets, recipes, seeds and devices. Started twice, it uses two processes, and no cell is computed
# twice. With `--data cifar10 --folder` and the folder of the files as they are published, the same
# recipes learn from photographs; no result here comes from them.
#
# ## Beyond one machine
#
# `torchrun --nproc-per-node 2 -m snippets.bag` computes each cell with two processes: each takes half
# of every batch, and torch's DistributedDataParallel averages their gradients. Without BatchNorm that is
# one process on the whole batch. With it, each process normalises by its own half:
# `torchrun --nproc-per-node 2 -m snippets.bag.equality` compares the gradients of an untrained
# ResNet-D in FP64, no γ of which begins at zero: behind such a γ, gradients are zero and equal whatever is done.
#
# - With frozen statistics they are equal to 12 digits, at every size of the batch.
# - With statistics of each process they differ by 86.5% of their length for a batch of 8, by 83.3% for
#   32 and by 20.9% for 128.
#
# `--sync-batchnorm` makes BatchNorm normalise by the joined batch. torch has that on GPUs alone: on a
# processor it raises a `ValueError`.
#
# ## Where it stops being true
#
# - **One order.** Each trick is measured on top of those before it. Alone, or in another order, it may
#   do something else.
# - **One budget.** 12 epochs are short. What keeps a network from fitting what it learns from, as
#   smoothing and mixup do, may need more of them.
# - **One rate.** Only the baseline is tuned. A recipe that loses may lose because its rate is wrong.
# - **One network.** Three blocks are not sixteen: zero γ and ResNet-B to D change few layers here.
# - **Small differences.** What is *not shown* is not shown to be nothing.
