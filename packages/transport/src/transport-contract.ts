/**
 * What every transport must do: the collectives know nothing else of them. Run by
 * transport-contract.test.ts against each.
 */
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { elementBytes, KoloError } from "@kolo/core";
import fc from "fast-check";
import { type OutgoingLink, type Transport } from "./link.js";
import { Collector } from "./testing/collector.js";
import { segmentOf } from "./testing/segments.js";

export interface ContractWorld {
  /** By rank; listening, and told of each other. */
  readonly transports: readonly Transport[];
  /** To its peers, this rank looks dead. */
  lose(rank: number): void;
  /** Closes what the transports' own `close` leaves. */
  close(): Promise<void>;
}

export interface ContractSubject {
  readonly name: string;
  create(size: number, segmentBytes: number): Promise<ContractWorld>;
}

const segmentBytes = 64 * 1024;
const segmentElements = segmentBytes / elementBytes;
/** Payload that no transport takes in while its receiver holds: 64 MiB. */
const floodSegments = 1024;

export function describeTransport(subject: ContractSubject): void {
  describe(`a ${subject.name} transport`, () => {
    let world: ContractWorld;

    beforeEach(async () => {
      world = await subject.create(3, segmentBytes);
    });

    afterEach(async () => {
      await Promise.all(world.transports.map((transport) => transport.close()));
      await world.close();
    });

    const transportOf = (rank: number): Transport => {
      const transport = world.transports[rank];
      if (transport === undefined) throw new Error(`there is no rank ${rank}`);
      return transport;
    };
    /** The link from rank 0 to rank 1, unless said otherwise. */
    const connect = (from = 0, to = 1) => {
      const collector = new Collector();
      const outgoing = transportOf(from).serve(to);
      const incoming = transportOf(to).dial(from, collector);
      return { outgoing, incoming, collector };
    };
    /** Time enough for much to arrive: as long as another link takes to carry it. */
    const letOthersPass = async (): Promise<void> => {
      const { outgoing, collector } = connect(0, 2);
      for (let i = 0; i < 64; i++) outgoing.send(segmentOf({ count: segmentElements }));
      await collector.has(64);
    };
    const flood = (outgoing: OutgoingLink): void => {
      const memory = Buffer.alloc(segmentBytes);
      for (let i = 0; i < floodSegments; i++) outgoing.send(segmentOf({ sequence: i, memory }));
    };

    it("carries any segment, byte for byte and in order", async () => {
      const { outgoing, collector } = connect();
      const number = fc.nat({ max: 2 ** 32 - 1 });
      const counts = fc.oneof(
        fc.constantFrom(0, 1, segmentElements - 1, segmentElements),
        fc.nat(64),
      );
      const anySegment = fc.record({
        generation: number,
        sequence: number,
        fingerprint: number,
        hop: number,
        index: number,
        dtype: fc.constantFrom("float32" as const, "int32" as const),
        offset: fc.nat(2 ** 30 - segmentElements),
        description: fc.string({ unit: "grapheme", maxLength: 40 }),
        count: counts,
        seed: fc.nat(255),
        byteOffset: fc.nat(16),
      });
      await fc.assert(
        fc.asyncProperty(fc.array(anySegment, { minLength: 1, maxLength: 8 }), async (run) => {
          collector.collected.length = 0;
          const sent = run.map(({ seed, ...parts }) => {
            const memory = new Uint8Array(new SharedArrayBuffer(segmentBytes + 16));
            memory.forEach((_, i) => (memory[i] = seed + i * 7 + (i >> 8)));
            return segmentOf({ ...parts, memory });
          });
          for (const segment of sent) outgoing.send(segment);
          await collector.has(sent.length);
          sent.forEach(({ memory, byteOffset, ...header }, i) => {
            const { payload, peer, ...arrived } = collector.collected[i] ?? {};
            expect(arrived).toEqual(header);
            expect(peer).toBe(0);
            const bytes = memory.subarray(byteOffset, byteOffset + header.count * elementBytes);
            expect(payload?.equals(bytes)).toBe(true);
          });
        }),
        { numRuns: 50 },
      );
    });

    it("refuses to send what is no segment, before anything travels", () => {
      const { outgoing } = connect();
      for (const wrong of [
        segmentOf({ count: segmentElements + 1 }),
        segmentOf({ count: 2, memory: Buffer.alloc(4) }),
        segmentOf({ byteOffset: 4, memory: Buffer.alloc(4) }),
        segmentOf({ offset: 2 ** 30, count: 1 }),
        segmentOf({ sequence: -1 }),
        segmentOf({ hop: 0.5 }),
      ]) {
        expect(() => {
          outgoing.send(wrong);
        }).toThrow("[argument_invalid]");
      }
    });

    it("keeps what is sent before the peer dials", async () => {
      transportOf(0)
        .serve(1)
        .send(segmentOf({ sequence: 7 }));
      const { outgoing, collector } = connect();
      outgoing.send(segmentOf({ sequence: 8 }));
      await collector.has(2);
      expect(collector.collected.map(({ sequence }) => sequence)).toEqual([7, 8]);
    });

    it("carries both directions at once", async () => {
      const there = connect(0, 1);
      const back = connect(1, 0);
      flood(there.outgoing);
      flood(back.outgoing);
      await Promise.all([there.collector.has(floodSegments), back.collector.has(floodSegments)]);
      for (const { collector } of [there, back]) {
        expect(collector.collected.every(({ sequence }, i) => sequence === i)).toBe(true);
      }
    });

    it("delivers nothing beyond a held segment, and loses nothing", async () => {
      const { outgoing, incoming, collector } = connect();
      collector.isHolding = true;
      for (let i = 0; i < 50; i++) outgoing.send(segmentOf({ sequence: i }));
      await collector.until(() => collector.offers === 1);
      await letOthersPass();
      expect(collector.offers).toBe(1);
      incoming.resume();
      expect(collector.offers).toBe(2);
      collector.isHolding = false;
      incoming.resume();
      await collector.has(50);
      expect(collector.collected.map(({ sequence }) => sequence)).toEqual(
        Array.from({ length: 50 }, (_, i) => i),
      );
    });

    it("makes the sender wait while the receiver holds", async () => {
      const { outgoing, incoming, collector } = connect();
      collector.isHolding = true;
      flood(outgoing);
      let isFlushed = false;
      const flushed = outgoing.flushed().then(() => (isFlushed = true));
      await letOthersPass();
      expect(isFlushed).toBe(false);
      collector.isHolding = false;
      incoming.resume();
      await flushed;
      await collector.has(floodSegments);
    });

    it("says flushed when the memory may be used again", async () => {
      const { outgoing, collector } = connect();
      const memory = Buffer.alloc(segmentBytes);
      for (let round = 0; round < 20; round++) {
        memory.fill(round);
        for (let i = 0; i < 4; i++) outgoing.send(segmentOf({ memory }));
        await outgoing.flushed();
      }
      memory.fill(255);
      await collector.has(80);
      collector.collected.forEach(({ payload }, i) => {
        expect(payload.every((byte) => byte === Math.floor(i / 4))).toBe(true);
      });
      await outgoing.flushed();
    });

    it("fails a link once, when its receiver refuses a segment", async () => {
      const { outgoing, collector } = connect();
      collector.refusal = new KoloError("operation_mismatch", "not what was agreed", { peer: 0 });
      for (let i = 0; i < 10; i++) outgoing.send(segmentOf());
      await collector.failure();
      await letOthersPass();
      expect(collector.failures).toEqual([collector.refusal]);
      expect(collector.offers).toBe(1);
    });

    it("names the receiver's mistake when it throws something else", async () => {
      const { outgoing, collector } = connect();
      collector.refusal = new TypeError("a mistake");
      outgoing.send(segmentOf());
      const { code, cause, context } = await collector.failure();
      expect({ code, cause, context }).toEqual({
        code: "internal",
        cause: collector.refusal,
        context: { peer: 0 },
      });
    });

    it("reports a peer that disappears, on both of its sides, also while a segment is held", async () => {
      const { outgoing: sending, collector } = connect(0, 1);
      const back = connect(1, 0);
      back.collector.isHolding = true;
      sending.send(segmentOf());
      flood(back.outgoing);
      await collector.has(1);
      collector.isHolding = true;
      sending.send(segmentOf());
      await collector.until(() => collector.offers === 2);
      const flushed = expect(back.outgoing.flushed()).rejects.toMatchObject({
        code: "peer_lost",
        context: { peer: 0 },
      });
      world.lose(0);
      expect(await collector.failure()).toMatchObject({ code: "peer_lost", context: { peer: 0 } });
      await flushed;
      expect(collector.failures.length).toBe(1);
    });

    it("closes quietly, whoever closes first", async () => {
      for (const order of [
        [0, 1, 2],
        [2, 1, 0],
      ]) {
        const links = order.map((rank) => connect(rank, (rank + 1) % 3));
        for (const { outgoing } of links) outgoing.send(segmentOf());
        for (const { collector } of links) await collector.has(1);
        for (const rank of order) await transportOf(rank).close();
        for (const { collector } of links) expect(collector.failures).toEqual([]);
        await world.close();
        world = await subject.create(3, segmentBytes);
      }
    });

    it("gives up what cannot be sent any more when it is closed", async () => {
      const outgoing = transportOf(0).serve(1);
      outgoing.send(segmentOf());
      const flushed = expect(outgoing.flushed()).rejects.toMatchObject({ code: "peer_lost" });
      await transportOf(0).close();
      await flushed;
    });

    it("has no link to itself, nor to a rank that is not there", () => {
      for (const peer of [-1, 0, 3, 0.5]) {
        expect(() => transportOf(0).serve(peer)).toThrow("[internal]");
        expect(() => transportOf(0).dial(peer, new Collector())).toThrow("[internal]");
      }
    });
  });
}
