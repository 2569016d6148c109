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
