import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { blockElements, type Codec } from "./codec.js";
import { codecs } from "./codecs.js";

const all = Object.values(codecs).map((codec) => [codec.name, codec] as const);

function encoded(codec: Codec, values: Float32Array): Int32Array {
  const words = new Int32Array(codec.words(values.length)).fill(-1);
  codec.encode(values, words);
  return words;
}

function decoded(codec: Codec, words: Int32Array, count: number): Float32Array {
  const values = new Float32Array(count).fill(7);
  codec.decode(words, values);
  return values;
}

const roundTrip = (codec: Codec, values: readonly number[] | Float32Array): Float32Array =>
  decoded(codec, encoded(codec, Float32Array.from(values)), values.length);

/** The header of each codec promises as much, of one value among those of its block. */
const errorBounds: Readonly<Record<string, (value: number, largest: number) => number>> = {
  fp16: (value) =>
    Math.abs(value) > 65504
      ? Math.abs(value) - 65504
      : Math.max(2 ** -11 * Math.abs(value), 2 ** -25),
  bf16: (value) => Math.max(2 ** -8 * Math.abs(value), 2 ** -134),
  // Half a scale, which float32 has rounded, and a product rounded to float32.
  int8: (_, largest) => (largest / 254) * (1 + 2 ** -15) + 2 ** -149,
};

function blocksOf(values: Float32Array): Float32Array[] {
  return Array.from({ length: Math.ceil(values.length / blockElements) }, (_, block) =>
    values.subarray(block * blockElements, (block + 1) * blockElements),
  );
}

/** From the smallest to the largest magnitudes, each block of another size. */
const finite = fc.oneof(
  fc.float32Array({ noNaN: true, noDefaultInfinity: true, maxLength: 600 }),
  fc
    .tuple(fc.array(fc.integer({ min: -1000, max: 1000 }), { maxLength: 600 }), fc.nat(266))
    .map(([integers, shift]) => Float32Array.from(integers, (value) => value * 2 ** (shift - 149))),
);

describe.each(all)("%s", (_, codec) => {
  it("keeps every value within its error bound, and finite", () => {
    fc.assert(
      fc.property(finite, (values) => {
        const back = roundTrip(codec, values);
        for (const [block, before] of blocksOf(values).entries()) {
          const largest = before.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
          for (const [i, value] of before.entries()) {
            const error = Math.abs((back[block * blockElements + i] ?? NaN) - value);
            expect(error).toBeLessThanOrEqual(errorBounds[codec.name]?.(value, largest) ?? NaN);
          }
        }
      }),
      { examples: [[Float32Array.of(3.4028234663852886e38, -3.4028234663852886e38)]] },
    );
  });

  it("lets what is not finite come out as such", () => {
    const hole = fc.constantFrom(NaN, Infinity, -Infinity);
    fc.assert(
      fc.property(finite, hole, fc.nat(), (values, value, place) => {
        if (values.length === 0) return;
        const i = place % values.length;
        values[i] = value;
        expect(Number.isFinite(roundTrip(codec, values)[i])).toBe(false);
      }),
    );
  });

  it("reads and writes nothing beyond the arrays, whatever words come", () => {
    fc.assert(
      fc.property(fc.nat(600), fc.nat(), (count, seed) => {
        const words = codec.words(count);
        const memory = new Int32Array(words + 2).map((_, i) => Math.imul(i + seed, 0x9e3779b1));
        const message = memory.subarray(1, 1 + words);
        const values = new Float32Array(count + 2).fill(7);
        codec.decode(message, values.subarray(1, 1 + count));
        expect([values[0], values[count + 1]]).toEqual([7, 7]);
        // What is around the message makes no difference.
        expect(values.subarray(1, 1 + count)).toEqual(decoded(codec, message.slice(), count));
        const around = [memory[0], memory[words + 1]];
        codec.encode(values.subarray(1, 1 + count), message);
        expect([memory[0], memory[words + 1]]).toEqual(around);
      }),
    );
  });

  it("cuts where blocks end", () => {
    const values = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i));
    const words = encoded(codec, values);
    for (const start of [256, 512, 768]) {
      expect(words.subarray(codec.words(start))).toEqual(encoded(codec, values.subarray(start)));
    }
  });

  it("refuses other lengths than the values take", () => {
    fc.assert(
      fc.property(fc.nat(600), fc.nat(600), (count, length) => {
        fc.pre(length !== codec.words(count));
        const [values, words] = [new Float32Array(count), new Int32Array(length)];
        const refusal = expect.objectContaining({ code: "message_invalid" });
        expect(() => {
          codec.encode(values, words);
        }).toThrow(refusal);
        expect(() => {
          codec.decode(words, values);
        }).toThrow(refusal);
      }),
    );
  });

  it.each([
    ["none", []],
    ["one", [1.5]],
    ["an odd number", [2, 0, -2]],
    ["zeros alone", new Array<number>(513).fill(0)],
  ])("keeps %s", (_, values) => {
    expect([...roundTrip(codec, values)]).toEqual(values);
  });

  it("writes the same words for the same values", () => {
    const values = Float32Array.from({ length: 515 }, (_, i) => Math.cos(i));
    expect(encoded(codec, values)).toEqual(encoded(codec, values));
    // Nothing of what was there shines through where words are not filled.
    const words = new Int32Array(codec.words(515)).fill(0x55555555);
    codec.encode(values, words);
    expect(words).toEqual(encoded(codec, values));
  });
});

describe.each([
  ["fp16", codecs.fp16],
  ["bf16", codecs.bf16],
])("%s", (_, codec) => {
  it("keeps what it has decoded", () => {
    fc.assert(
      fc.property(finite, (values) => {
        const once = roundTrip(codec, values);
        expect(roundTrip(codec, once)).toEqual(once);
      }),
    );
  });
});

describe("fp16", () => {
  it("clamps what is too large, and keeps infinities and signs of zeros", () => {
    expect([...roundTrip(codecs.fp16, [1e6, -1e6, Infinity, -Infinity, -0])]).toEqual([
      ...[65504, -65504, Infinity, -Infinity, -0],
    ]);
  });
});

describe("bf16", () => {
  const step = 2 ** -7;
  it.each([
    ["ties to even, down", 1 + step / 2, 1],
    ["ties to even, up", 1 + (3 * step) / 2, 1 + 2 * step],
    ["just above a tie", 1 + step / 2 + 2 ** -23, 1 + step],
    ["carries into the exponent", 2 - 2 ** -23, 2],
    ["negative", -1 - (3 * step) / 2, -1 - 2 * step],
    ["clamps what would be infinite", 3.4028234663852886e38, 255 * 2 ** 120],
    ["infinities", -Infinity, -Infinity],
    ["NaN", NaN, NaN],
    ["the sign of zero", -0, -0],
  ])("%s", (_, value, expected) => {
    expect(roundTrip(codecs.bf16, [value])[0]).toBe(expected);
  });

  it("keeps a NaN whose fraction lies in the lower half a NaN", () => {
    const values = new Float32Array(Int32Array.of(0x7f800001, -1).buffer);
    expect(roundTrip(codecs.bf16, values)).toEqual(Float32Array.of(NaN, NaN));
  });
});

describe("int8", () => {
  it("rounds ties to even, in 127ths of the block's largest magnitude", () => {
    expect([...roundTrip(codecs.int8, [-127, 0.5, 1.5, 2.5, -0.5, -1.5, 126.4])]).toEqual([
      ...[-127, 0, 2, 2, 0, -2, 126],
    ]);
  });

  it("spoils the whole block that holds a NaN, and no other", () => {
    const values = new Float32Array(600).fill(1);
    values[300] = Infinity;
    const back = roundTrip(codecs.int8, values);
    expect([...back.keys()].filter((i) => Number.isNaN(back[i]))).toEqual(
      Array.from({ length: 256 }, (_, i) => 256 + i),
    );
  });

  it("keeps the smallest of numbers", () => {
    const values = [1, 2, 3, 126, 127].map((value) => value * 2 ** -149);
    expect([...roundTrip(codecs.int8, values.slice(0, 1))]).toEqual(values.slice(0, 1));
    expect([...roundTrip(codecs.int8, values.slice(0, 3))]).toEqual(values.slice(0, 3));
  });

  it("takes a word of scale and a quarter of a word for each value", () => {
    expect([0, 1, 4, 5, 256, 257, 512].map((count) => codecs.int8.words(count))).toEqual([
      ...[0, 2, 2, 3, 65, 67, 130],
    ]);
  });
});
