// Pictures as rows of grey values. The reader's own never leaves the page.

import { fetched } from "./drawing.js";

/** @typedef {{ width: number, height: number, values: number[] }} Picture */

/**
 * The grey values (0–255) of an image, as bright as the eye finds it, at most `side` pixels wide and high.
 * @param {ImageBitmap} bitmap
 * @returns {Picture}
 */
export function greys(bitmap, side = 100) {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height));
  const [width, height] = [bitmap.width, bitmap.height].map((n) =>
    Math.max(1, Math.round(n * scale)),
  );
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  // the paper behind what is transparent
  context.fillStyle = "white";
  context.fillRect(0, 0, width, height);
  context.drawImage(bitmap, 0, 0, width, height);
  const { data } = context.getImageData(0, 0, width, height);
  const values = Array.from({ length: width * height }, (_, at) => {
    const [red, green, blue] = data.subarray(4 * at, 4 * at + 3);
    return red === green && green === blue
      ? red
      : Math.round(0.2125 * red + 0.7154 * green + 0.0721 * blue);
  });
  return { width, height, values };
}

/** The cat of the figures, 100 × 100 grey values. @returns {Promise<Picture>} */
export async function cat() {
  const answer = await fetched(new URL("cat.png", import.meta.url));
  return greys(await createImageBitmap(await answer.blob()));
}
