import { check } from "./oracle.mjs";

await check("receptive");
