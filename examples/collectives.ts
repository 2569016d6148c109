/**
 * Every collective once, with small tensors, so that what each one does can be read off.
 *
 *   npx tsrun -np 4 examples/collectives.ts
 */
import * as tf from "@tensorflow/tfjs";
import * as kolo from "kolo";
import yargs from "yargs";
import { hideBin } from "yargs/helpers";

const options = yargs(hideBin(process.argv))
  .option("rank", { type: "number", default: 0, describe: "whose results to print" })
  .strict()
  .parseSync();

await kolo.init();
const rank = kolo.rank();
const size = kolo.size();

function show(title: string, tensor: tf.Tensor): void {
  if (rank === options.rank) {
    console.log(`${title.padEnd(34)} ${JSON.stringify(tensor.arraySync())}`);
  }
}

// One number from each rank, reduced in five ways.
const mine = tf.tensor1d([rank + 1, (rank + 1) * 10]);
show("allReduce, average", await kolo.allReduce(mine));
for (const op of ["sum", "min", "max", "product"] as const) {
  show(`allReduce, ${op}`, await kolo.allReduce(mine, { op }));
}

// What the root has, everybody gets.
show("broadcast from the last rank", await kolo.broadcast(mine, { root: size - 1 }));

// Rank r gives r + 1 rows; everybody gets all rows, in the order of ranks.
show("allGather of ragged rows", await kolo.allGather(tf.fill([rank + 1, 2], rank)));

// The sum of everybody's rows, cut into one part per rank.
const rows = tf.range(0, size * 2).reshape([size * 2, 1]);
show("reduceScatter, sum", await kolo.reduceScatter(rows, { op: "sum" }));

// Row i goes to rank i; row i of the result came from rank i.
const letters = tf.range(rank * 10, rank * 10 + size);
show("allToAll", (await kolo.allToAll(letters)).tensor);

// Nobody passes before everybody is here.
await kolo.barrier();
await kolo.shutdown();
if (rank === options.rank) console.log("all ranks passed the barrier");
