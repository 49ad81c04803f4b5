import { check } from "./oracle.mjs";

await check("network");
