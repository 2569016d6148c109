import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { status } from "@grpc/grpc-js";
import { createAuthority } from "@kolo/certificates";
import fc from "fast-check";
import { registration } from "./testing/job-fixture.js";
import { type Membership } from "./membership.js";
import { TestJob } from "./testing/test-job.js";
import { attendMethod, maxEventBytes } from "./wire/attend-method.js";

const registerAs = (rank: number): Buffer =>
  attendMethod().requestSerialize({ kind: "register", registration: registration(rank) });

/** An error whose causes are nested this deep: field 5 (failure), field 1 (error), field 6 ... */
function nested(depth: number): Buffer {
  const inField = (field: number, body: Buffer): Buffer => {
    const length: number[] = [];
    for (let rest = body.length; ; rest >>>= 7) {
      length.push(rest < 128 ? rest : (rest & 127) | 128);
      if (rest < 128) break;
    }
    return Buffer.concat([Buffer.from([(field << 3) | 2, ...length]), body]);
  };
  let cause: Buffer = Buffer.alloc(0);
  for (let level = 0; level < depth; level += 1) cause = inField(6, cause);
  return inField(5, inField(1, cause));
}

async function startSecurely(): Promise<TestJob> {
  const authority = await createAuthority({ job: "a0" });
  const secure = await authority.issue({ kind: "coordinator" });
  const job = await TestJob.start(1, {}, { secure });
  job.certificates = [await authority.issue({ kind: "rank", rank: 0 })];
  return job;
}

describe.each(["", " with the certificate of a rank"])("a hostile client%s", (certificate) => {
  let job: TestJob;
  let member: Membership;
  beforeEach(async () => {
    job = await (certificate === "" ? TestJob.start(1) : startSecurely());
    [member] = (await job.joinAll()) as [Membership];
  });
  afterEach(async () => {
    // Whatever it did, the rank that is there notices nothing.
    await member.proposeManifest([]);
    expect(job.heard).toEqual([]);
    await member.leave();
    await job.close();
  });

  it("without the token gets nowhere", async () => {
    expect(await job.raw("").write(registerAs(0)).ended).toBe(status.UNAUTHENTICATED);
    expect(await job.raw("guess").write(registerAs(0)).ended).toBe(status.UNAUTHENTICATED);
  });

  it("is refused as a rank that is there, and as one that there is not", async () => {
    expect(await job.raw().write(registerAs(0)).ended).toBe(status.ALREADY_EXISTS);
    const refusal = certificate === "" ? status.OUT_OF_RANGE : status.PERMISSION_DENIED;
    expect(await job.raw().write(registerAs(1)).ended).toBe(refusal);
    expect(await job.raw().write(registerAs(2 ** 32 - 1)).ended).toBe(refusal);
  });

  it("is refused when it speaks before it registers", async () => {
    const manifest = { kind: "manifest", sequence: 0, entries: [] } as const;
    const bytes = attendMethod().requestSerialize(manifest);
    expect(await job.raw().write(bytes).ended).toBe(status.FAILED_PRECONDITION);
  });

  it("is refused with a message beyond the receive limit", async () => {
    const bytes = Buffer.alloc(maxEventBytes + 1);
    expect(await job.raw().write(bytes).ended).toBe(status.RESOURCE_EXHAUSTED);
  });

  it.each([200, 20_000])("is refused with causes nested %i deep", async (depth) => {
    expect(await job.raw().write(nested(depth)).ended).toBe(status.INVALID_ARGUMENT);
  });

  it("that ends without a word is let go", async () => {
    expect(await job.raw().end().ended).toBe(status.OK);
  });

  it("that sends any bytes at all does no harm", async () => {
    const mutated = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })).map(([place, value]) => {
      const bytes = registerAs(0);
      bytes[place % bytes.length] = value;
      return Uint8Array.from(bytes);
    });
    const anything = fc.oneof(fc.uint8Array({ maxLength: 300 }), mutated);
    await fc.assert(
      fc.asyncProperty(anything, async (bytes) => {
        expect(await job.raw().write(bytes).end().ended).not.toBe(status.OK);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a rank that breaks the protocol", () => {
  it.each([
    ["garbage", Buffer.from([0xff, 0xff])],
    ["a second registration", registerAs(0)],
    [
      "a manifest out of turn",
      attendMethod().requestSerialize({ kind: "manifest", sequence: 5, entries: [] }),
    ],
    ["a message beyond the receive limit", Buffer.alloc(maxEventBytes + 1)],
  ])("with %s is cut off, and is the cause when nothing explains it", async (_, bytes) => {
    const job = await TestJob.start(1);
    const stream = job.raw().write(registerAs(0));
    expect(await stream.write(bytes).ended).not.toBe(status.OK);
    const failure = job.next("failure");
    job.clock.advance(2100);
    expect(await failure).toMatchObject([{ rank: 0, error: { code: "rank_failed" } }]);
    await job.close();
  });
});
