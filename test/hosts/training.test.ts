/** Several hosts train one model: agents over ssh, TLS between ranks, shared memory within hosts. */
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { fixture } from "../support/tsrun.js";
import { createHosts, type Hosts } from "./support/hosts.js";
import { runTsrun } from "./support/tsrun.js";

interface Result {
  readonly rank: number;
  readonly digest: string;
  /** Some weights. */
  readonly few: readonly number[];
}

let hosts: Hosts;
beforeAll(async () => {
  hosts = await createHosts({ count: 3 });
});
afterAll(() => hosts.close());

async function train(...flags: string[]): Promise<Result[]> {
  const { code, stdout, stderr, left } = await runTsrun(hosts, hosts.host(0), [
    ...["--quiet", "--backend", "cpu", ...flags],
    fixture("hosts.mts"),
  ]);
  expect({ code, stderr, left }).toMatchObject({ code: 0, left: [] });
  return [...stdout.matchAll(/result (.*)/g)].map(([, json]) => JSON.parse(json ?? "") as Result);
}

interface MnistResult extends Pick<Result, "rank" | "digest"> {
  readonly losses: readonly [number, number];
  /** Of rank 0: all of them. */
  readonly weights?: string;
}

async function trainMnist(pretended: string, ...flags: string[]): Promise<MnistResult> {
  const { code, stdout, stderr, left } = await runTsrun(
    hosts,
    hosts.host(0),
    ["--quiet", "--backend", "wasm", ...flags, fixture("mnist.mts")],
    { env: { KOLO_PRETEND_HOSTS: pretended } },
  );
  expect({ code, stderr, left }).toMatchObject({ code: 0, left: [] });
  const results = [...stdout.matchAll(/result (.*)/g)].map(
    ([, json]) => JSON.parse(json ?? "") as MnistResult,
  );
  expect(results).toHaveLength(4);
  expect(new Set(results.map(({ digest }) => digest)).size).toBe(1);
  const first = results.find(({ rank }) => rank === 0);
  if (first === undefined) throw new Error("expected a result of rank 0");
  return first;
}

const weightsOf = ({ weights = "" }: MnistResult): Float32Array =>
  new Float32Array(Uint8Array.from(Buffer.from(weights, "base64")).buffer);
const norm = (values: Float32Array): number => Math.hypot(...values);

describe("a convolutional network on MNIST", () => {
  let local: MnistResult;
  let localRing: MnistResult;
  beforeAll(async () => {
    local = await trainMnist("", "-np", "4");
    localRing = await trainMnist("2,2", "-np", "4", "--transport", "grpc");
  });

  // Hierarchical, with memory that is shared inside hosts, and as one ring of all ranks.
  it.each([
    ["2,2", "auto"],
    ["1,3", "auto"],
    ["2,2", "grpc"],
    ["1,3", "grpc"],
  ])(
    "with %s ranks on two hosts, --transport %s, is that of four local ranks",
    async (slots, way) => {
      const list = slots.split(",").map((count, index) => `host-${"ab"[index] ?? ""}:${count}`);
      const result = await trainMnist("", "-H", list.join(), "--transport", way);
      // The same plan, on one machine: the same bits. A ring of all ranks does not ask where they are.
      const pretended =
        way === "grpc" ? localRing : await trainMnist(slots, "-np", "4", "--transport", way);
      expect(result.digest).toBe(pretended.digest);
      expect(result.losses).toEqual(pretended.losses);
      expect(result.losses[1]).toBeLessThan(result.losses[0]);

      const [weights, expected] = [weightsOf(result), weightsOf(local)];
      expect(weights).toHaveLength(expected.length);
      const difference = weights.map((weight, i) => weight - (expected[i] ?? NaN));
      expect(norm(difference)).toBeLessThanOrEqual(1e-5 * norm(expected));
    },
  );
});

describe("training on several hosts", () => {
  let local: Result[];
  beforeAll(async () => {
    local = await train("-np", "4");
  });

  it.each([
    ["host-a:2,host-b:2", "auto"],
    ["host-a:2,host-b:2", "shm+tcp"],
    ["host-a:2,host-b:2", "grpc"],
    ["host-b:1,host-c:3", "shm"],
    ["host-a:1,host-b:1,host-c:2", "auto"],
  ])("%s, --transport %s, gives the weights of four local ranks", async (list, transport) => {
    const results = await train("-H", list, "--transport", transport);
    expect(results).toHaveLength(4);
    expect(new Set(results.map(({ digest }) => digest)).size).toBe(1);
    const expected = local[0]?.few ?? [];
    expect(expected).toHaveLength(20);
    results[0]?.few.forEach((weight, i) => {
      expect(Math.abs(weight - (expected[i] ?? NaN))).toBeLessThan(1e-5);
    });
  });

  it("is the same in every run", async () => {
    const digests = async () => (await train("-H", "host-a:2,host-b:2")).map((one) => one.digest);
    expect(await digests()).toEqual(await digests());
  });
});
