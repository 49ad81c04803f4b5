// Are the scripts in a published folder those of docs/widgets, comments apart?
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { generate } from "@babel/generator";
import { parse } from "@babel/parser";

const written = new URL("../../docs/widgets/", import.meta.url);

const program = (path) => {
  const tree = parse(readFileSync(path, "utf8"), { sourceType: "module" });
  return generate(tree, { comments: false, compact: true }).code;
};

for (const name of readdirSync(written).filter((each) => each.endsWith(".js")))
  assert.equal(
    program(`${process.argv[2]}/${name}`),
    program(new URL(name, written)),
    name,
  );
