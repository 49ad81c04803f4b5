// What Lighthouse tells of pages, a line of JSON each; asked for by tests/lighthouse.py.
// One process and one browser: to start both takes longer than to ask.
import { createInterface } from "node:readline";

const [modules, chromePath] = process.argv.slice(2);
const { default: lighthouse, desktopConfig } = await import(
  `${modules}/lighthouse/core/index.js`
);
const { launch } = await import(`${modules}/chrome-launcher/dist/index.js`);
const chromeFlags = [
  "--headless=new",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
];
const chrome = await launch({ chromePath, chromeFlags });

for await (const line of createInterface({ input: process.stdin })) {
  const { url, desktop, ...more } = JSON.parse(line);
  const flags = {
    port: chrome.port,
    logLevel: "silent",
    disableFullPageScreenshot: true,
    ...more,
  };
  const { lhr } = await lighthouse(url, flags, desktop ? desktopConfig : undefined);
  const { categories, audits, environment } = lhr;
  const scores = Object.values(categories).map(({ id, score }) => [id, 100 * score]);
  const paint = audits["largest-contentful-paint"]?.numericValue ?? 0;
  const index = environment.benchmarkIndex;
  console.log(
    JSON.stringify({ ...Object.fromEntries(scores), paint: paint / 1000, index }),
  );
}
chrome.kill();
