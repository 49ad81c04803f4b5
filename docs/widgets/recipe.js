// What a training recipe sets: the rate at each epoch, the target of each class, the shares of a mixed image.

/**
 * The share of the top rate at an epoch (from 0): a linear warm-up, then half a cosine, or a
 * tenth from each quarter of the run on.
 * @param {number} epoch @param {number} epochs @param {number} warm @param {string} schedule
 */
export function share(epoch, epochs, warm, schedule) {
  if (epoch < warm) return (epoch + 1) / warm;
  if (schedule === "steps") return 10 ** -Math.floor((4 * epoch) / epochs);
  return (1 + Math.cos((Math.PI * (epoch - warm)) / (epochs - warm))) / 2;
}

/** The top rate of a batch: 0.1 for 256 images, in proportion. @param {number} batch */
export const top = (batch) => (0.1 * batch) / 256;

/**
 * The rates of a whole run.
 * @param {number} epochs @param {number} warm @param {string} schedule @param {number} batch
 */
export const rates = (epochs, warm, schedule, batch) =>
  Array.from(
    { length: epochs },
    (_, epoch) => top(batch) * share(epoch, epochs, warm, schedule),
  );

/**
 * Smoothed targets: of the right class, of each wrong one, and the gap between their logits
 * at which the loss is least. torch shares ε among all classes, the paper among the wrong ones.
 * @param {number} classes @param {number} epsilon @param {boolean} paper
 */
export function targets(classes, epsilon, paper) {
  const wrong = epsilon / (paper ? classes - 1 : classes);
  const right = 1 - wrong * (classes - 1);
  return { right, wrong, gap: Math.log(right / wrong) };
}

const LANCZOS = [
  676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
  12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
];

/** The logarithm of Γ(x) for x > 0, after Lanczos. @param {number} x */
export function logGamma(x) {
  const sum = LANCZOS.reduce(
    (total, c, at) => total + c / (x + at),
    0.9999999999998099,
  );
  const t = x + 6.5;
  return Math.log(2 * Math.PI) / 2 + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

/** The logarithm of the Beta function. @param {number} a @param {number} b */
const logBeta = (a, b) => logGamma(a) + logGamma(b) - logGamma(a + b);

/** The density of Beta(α, α) at a share. @param {number} x @param {number} alpha */
export const density = (x, alpha) =>
  Math.exp((alpha - 1) * Math.log(x * (1 - x)) - logBeta(alpha, alpha));

/**
 * The chance that a share of Beta(a, b) is below x, for x up to one half and a ≥ b: its power series.
 * @param {number} x @param {number} a @param {number} b
 */
export function below(x, a, b) {
  let [term, sum, before] = [1 / a, 1 / a, 0];
  for (let n = 1; sum !== before; n++) {
    before = sum;
    term *= ((n - b) * x * (a + n - 1)) / (n * (a + n));
    sum += term;
  }
  return sum * Math.exp(a * Math.log(x) - logBeta(a, b));
}

/** Of images mixed by Beta(α, α): how many stay nearly pure, and the mean smaller part. @param {number} alpha */
export const mixture = (alpha) => ({
  pure: 2 * below(0.1, alpha, alpha),
  smaller: below(0.5, alpha + 1, alpha),
});
