/**
 * `node probe-backend.js NAME`: tries one backend with the packages of the working folder, in a process
 * of its own, because an addon may take its process with it. `tsrun check` reads the line.
 */
import * as tf from "@tensorflow/tfjs";
import { backendNames, type BackendTrial } from "@kolo/core";
import { writeSync } from "node:fs";
import { openBackend } from "./open-backend.js";

async function probe(): Promise<BackendTrial> {
  const name = backendNames.find((one) => one === process.argv[2]);
  if (name === undefined) return { works: false, detail: "not a backend that kolo knows" };
  const { works, detail, remedy } = await openBackend(tf, name, [process.cwd()]);
  return { works, detail, ...(remedy !== undefined && { remedy }) };
}

void probe().then((trial) => {
  writeSync(process.stdout.fd, `${JSON.stringify(trial)}\n`);
  // An addon's threads must not hold the process.
  process.exit(0);
});
