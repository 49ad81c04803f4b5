"""A learner's question leads to the section that answers it, and nothing is fetched before."""

import json

import pytest

from snippets._site import lean
from tests.browser import visit

QUESTIONS = [
    ("what is dilation", "dilation/#a-dilated-kernel-spans-more-than-it-reads"),
    ("conv bias=False batch norm", "batchnorm/#the-batch-mean-takes-the-bias-along"),
    ("is dilation 0 allowed", "dilation/#pytorch-counts-from-one"),
    (
        "gridding artifacts in dilated convolutions",
        "dilation/#a-stack-with-a-common-factor-has-holes",
    ),
    (
        "which dilation rates leave no gaps",
        "dilation/#no-holes-exactly-when-no-rate-outruns-the-smaller-ones",
    ),
    (
        "should I use bias before batchnorm",
        "batchnorm/#the-batch-mean-takes-the-bias-along",
    ),
    ("fold batchnorm into conv", "batchnorm/#batchnorm-folds-into-the-convolution"),
    ("running mean and momentum", "batchnorm/#the-running-statistics-follow-slowly"),
    (
        "batch size of 1 error batchnorm expected more than 1 value per channel",
        "batchnorm/#one-value-per-channel-is-an-error",
    ),
    (
        "does pooling shrink the receptive field",
        "beliefs/#pooling-shrinks-the-receptive-field",
    ),
    (
        "how to compute the receptive field",
        "pooling/#pooling-widens-what-later-layers-see",
    ),
    (
        "effective receptive field gaussian",
        "pooling/#a-plain-stack-weighs-the-middle-of-its-field",
    ),
    ("is max pooling shift invariant", "beliefs/#max-pooling-is-invariant-to-shifts"),
    (
        "max pooling or average pooling gradient",
        "pooling/#max-keeps-one-gradient-average-shares-it",
    ),
    (
        "why double the channels when the resolution halves",
        "pooling/#half-the-resolution-twice-the-channels-the-work-stays",
    ),
    (
        "what do the arguments of Conv2d mean",
        "conv2d/#nine-arguments-decide-what-is-computed",
    ),
    (
        "output size of a convolution formula",
        "conv2d/#the-output-counts-the-places-where-a-window-starts",
    ),
    ("ceil_mode", "conv2d/#a-pooling-window-may-hang-over-if-it-starts-inside"),
    (
        "depthwise separable convolution groups",
        "conv2d/#a-kernel-is-as-deep-as-the-channels-it-reads",
    ),
    (
        "im2col convolution as matrix multiplication",
        "conv2d/#a-convolution-is-one-matrix-product",
    ),
    ("padding same with an even kernel", "kernel-size/#an-even-kernel-has-no-centre"),
    (
        "default weight initialization of Conv2d kaiming",
        "conv2d/#the-default-weights-let-the-signal-fade",
    ),
    (
        "RuntimeError expected input to have 3 channels but got 1",
        "conv2d/#a-wrong-call-fails-early-late-or-never",
    ),
    (
        "difference between equivariant and invariant",
        "equivariance/#equivariant-and-invariant-are-two-laws",
    ),
    (
        "are CNNs translation invariant",
        "beliefs/#convolutional-networks-are-invariant-to-translation",
    ),
    ("are CNNs rotation invariant", "equivariance/#quarter-turns-can-be-built-in"),
    (
        "stride aliasing shift equivariance",
        "equivariance/#a-stride-keeps-only-the-shifts-that-it-divides",
    ),
    (
        "global average pooling invariance",
        "equivariance/#an-average-over-all-positions-makes-the-network-invariant",
    ),
    (
        "curse of dimensionality",
        "equivariance/#the-curse-of-dimensionality-is-about-filling-space",
    ),
    (
        "weight sharing toeplitz locally connected",
        "equivariance/#sharing-one-kernel-is-what-makes-the-law-hold",
    ),
    (
        "why 3x3 kernels",
        "kernel-size/#three-3-3-kernels-cover-7-7-with-45-fewer-weights",
    ),
    (
        "are large kernels coming back 31x31",
        "kernel-size/#large-kernels-come-back-where-they-are-cheap",
    ),
    ("even kernel size shift", "kernel-size/#an-even-kernel-has-no-centre"),
    (
        "convolution or cross-correlation in PyTorch",
        "tips/#what-pytorch-calls-convolution-is-correlation",
    ),
    (
        "transposed convolution inverse deconvolution",
        "tips/#the-adjoint-is-not-the-inverse",
    ),
    ("weight layout of nn.Linear", "tips/#a-layer-is-called-in-out-and-stores-out-in"),
    (
        "zero padding leaks position information",
        "tips/#so-a-zero-padded-network-can-know-where-a-thing-stands",
    ),
    (
        "who invented convolutional neural networks",
        "history/#the-parts-are-older-than-the-network",
    ),
    (
        "Hubel and Wiesel cat visual cortex",
        "history/#simple-and-complex-cells-were-found-in-cats",
    ),
    (
        "LeNet-5 architecture original",
        "history/#the-lenet-5-that-is-copied-is-not-the-one-that-was-published",
    ),
    (
        "AlexNet input size 224 or 227",
        "imagenet/#the-paper-says-224-the-arithmetic-227",
    ),
    ("what is top-5 error", "imagenet/#a-thousand-classes-five-guesses"),
    ("who won the ImageNet challenge in 2012", "imagenet/#in-2012-the-method-changed"),
    (
        "how much memory do activations need",
        "imagenet/#few-weights-are-not-little-memory",
    ),
    (
        "linear scaling rule learning rate batch size warm-up",
        "tricks/#eight-times-the-batch-an-eighth-of-the-variance",
    ),
    (
        "cosine learning rate schedule",
        "tricks/#a-cosine-holds-the-rate-high-for-longer",
    ),
    ("label smoothing", "tricks/#smoothing-gives-the-logits-a-best-distance"),
    ("mixup alpha", "tricks/#mixup-is-one-image-most-of-the-time"),
    (
        "knowledge distillation temperature",
        "tricks/#t2-keeps-the-teachers-pull-once-t-is-large",
    ),
    (
        "mixed precision fp16 underflow",
        "tricks/#sixteen-bits-lose-small-steps-and-small-gradients",
    ),
    ("zero init gamma residual block", "tricks/#with-0-a-block-begins-as-the-identity"),
    (
        "ResNet-D average pooling shortcut",
        "tricks/#b-and-d-read-the-pixels-that-a-stride-skips",
    ),
]
# Material's own worker, as its own page asks it: 0 sets up, 1 is ready, 2 asks, 3 answers.
ASK = """async (questions) => {
  document.querySelector(".md-search__input").focus();
  const { config, docs } = await (await fetch("/search/search_index.json")).json();
  const { search } = JSON.parse(document.querySelector("#__config").textContent);
  const worker = new Worker(new URL(search, location));
  const answer = (type, data) => new Promise((done) => {
    worker.addEventListener("message", (event) => done(event.data.data), { once: true });
    worker.postMessage({ type, data });
  });
  await answer(0, { config, docs, options: {} });
  const found = [];
  for (const question of questions) found.push((await answer(2, question)).items);
  return JSON.stringify(found);
}"""
FIRST, SHOWN = 3, 4  # pages, and places on each, the first of which is its beginning


@pytest.fixture(scope="module")
def answers(browser, address):
    """The first places that Material finds for each question, by page."""
    page = browser.new_page()
    page.goto(address)
    found = json.loads(page.evaluate(ASK, [question for question, _ in QUESTIONS]))
    page.close()
    return {
        question: [
            [place["location"] for place in group[:SHOWN]] for group in groups[:FIRST]
        ]
        for (question, _), groups in zip(QUESTIONS, found, strict=True)
    }


@pytest.mark.parametrize(("question", "section"), QUESTIONS, ids=lambda text: text)
def test_a_question_leads_to_its_section(answers, question, section):
    found = [place for group in answers[question] for place in group]
    assert section in found


def test_forty_questions_are_asked_and_each_once():
    assert len(dict(QUESTIONS)) == len(QUESTIONS) >= 40


def test_the_index_and_its_worker_wait_for_the_search_field(browser, address):
    page, fetched = browser.new_page(), []
    page.on("request", lambda request: fetched.append(request.url))
    visit(page, f"{address}pooling/")
    assert not [url for url in fetched if "search" in url]
    page.keyboard.press("/")
    page.keyboard.type("receptive field")
    link = page.locator(".md-search-result__link").first
    link.wait_for()
    assert {
        url.rpartition("/")[2].partition(".")[0] for url in fetched if "search" in url
    } == {"search", "search_index"}
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.wait_for_url("**/*?h=*")
    page.close()


def test_another_name_of_a_section_that_is_not_there_stops_the_build(tmp_path):
    index = tmp_path / "search_index.json"
    index.write_text('{"docs": [{"location": "tips/#here", "text": ""}]}', "utf-8")
    lean(index, {"tips/#here": ["there"]})
    assert json.loads(index.read_text("utf-8"))["docs"][0]["tags"] == ["there"]
    with pytest.raises(ValueError, match="no such section: tips/#gone"):
        lean(index, {"tips/#gone": ["there"]})
