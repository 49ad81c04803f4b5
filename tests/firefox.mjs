// Reads an order from standard input: pages to open in one Firefox, and a function to call on each.
import { text } from "node:stream/consumers";
import { setTimeout as rest } from "node:timers/promises";
import puppeteer from "puppeteer-core";

const PATIENCE = 120_000; // milliseconds
const PAUSE = 50;
const { firefox, width, visits } = JSON.parse(await text(process.stdin));
const browser = await puppeteer.launch({
  browser: "firefox",
  executablePath: firefox,
  protocolTimeout: 600_000,
});

/** Hear of what goes wrong on a page. */
function heard(page, wrong) {
  page.on("pageerror", (error) => wrong.push(String(error)));
  page.on("console", (told) => told.type() === "error" && wrong.push(told.text()));
  page.on("response", (answer) => {
    if (answer.status() >= 400) wrong.push(`${answer.status()} ${answer.url()}`);
  });
  return page.evaluateOnNewDocument(() =>
    addEventListener("securitypolicyviolation", (refused) =>
      console.error(`${refused.effectiveDirective} refuses ${refused.blockedURI}`),
    ),
  );
}

/**
 * Open a page and wait until it is there.
 *
 * On a busy machine the load that `goto` hears of may be that of the blank page before.
 */
async function visit(page, url) {
  await page.goto(url, { waitUntil: "load" });
  const { pathname } = new URL(url);
  const there = `location.pathname === ${JSON.stringify(pathname)} && document.readyState === "complete"`;
  for (let turn = 0; turn < PATIENCE / PAUSE; turn++) {
    if (await page.evaluate(there).catch(() => false)) return;
    await rest(PAUSE);
  }
  throw new Error(`${url} never loaded`);
}

/** What a function answers on a page, and what went wrong there. */
async function visited(page, wrong, { url, script, argument }) {
  wrong.length = 0;
  await visit(page, url);
  // As text: BiDi describes each number of a large answer, which takes minutes.
  const call = `(${script})(${JSON.stringify(argument ?? null)})`;
  const answer = await page.evaluate(`(async () => JSON.stringify((await ${call}) ?? null))()`);
  return { answer: JSON.parse(answer), wrong: [...wrong] };
}

try {
  const page = await browser.newPage();
  if (width) await page.setViewport({ width, height: 740 });
  const wrong = [];
  await heard(page, wrong);
  const answers = [];
  for (const visit of visits) answers.push(await visited(page, wrong, visit));
  process.stdout.write(JSON.stringify(answers));
} finally {
  await browser.close();
}
