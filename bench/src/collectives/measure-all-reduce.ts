/** Runs on every rank: all-reduces of the given sizes through the public, blocking API, checked. */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";

const [sizes = "", seconds = "1"] = process.argv.slice(2);
const warmUps = 3;

async function main(): Promise<void> {
  await kolo.init();
  for (const bytes of sizes.split(",").map(Number)) measure(bytes);
  await kolo.shutdown();
}

function measure(bytes: number): void {
  const mine = tf.fill([bytes / 4], kolo.rank() + 1);
  const expected = (kolo.size() * (kolo.size() + 1)) / 2;
  const once = (): number => {
    const startMs = performance.now();
    const sum = kolo.allReduceSync(mine, { op: "sum", name: "bench" });
    const durationMs = performance.now() - startMs;
    const values = sum.dataSync();
    for (const index of [0, values.length >> 1, values.length - 1]) {
      if (values[index] !== expected) throw new Error(`wrong sum of ${bytes} bytes at ${index}`);
    }
    sum.dispose();
    return durationMs;
  };
  let slowestMs = 0;
  for (let i = 0; i < warmUps; i++) slowestMs = once();
  // The number of runs must be the same on every rank.
  const wanted = Math.min(2000, Math.max(5, (Number(seconds) * 1000) / slowestMs));
  const runs =
    kolo.allReduceSync(tf.scalar(wanted), { op: "max", name: "runs" }).dataSync()[0] ?? 0;
  const durations = tf.tensor1d(Array.from({ length: Math.ceil(runs) }, once));
  const slowest = kolo.allReduceSync(durations, { op: "max", name: "slowest rank" });
  if (kolo.rank() === 0) {
    const durationsUs = Array.from(slowest.dataSync(), (ms) => ms * 1000);
    console.log(JSON.stringify({ bytes, durationsUs }));
  }
  mine.dispose();
}

void main();
