/** What is compared, under the names that --codecs takes. Pure. */
import { type Compression, compression } from "@kolo/compression";

export const codecChoices = [
  "none",
  "fp16",
  "bf16",
  "int8",
  "topK-0.01-fp32",
  "topK-0.01",
  "topK-0.001",
  "deepGradient-0.001",
  "powerSGD",
] as const;
export type CodecName = (typeof codecChoices)[number];

/** bf16 has the bytes of fp16: one of them is enough. */
export const usualCodecs = codecChoices.filter((name) => name !== "bf16");
export const quickCodecs = ["none", "topK-0.01", "deepGradient-0.001"] as const;

/**
 * With the defaults of the library, but that deepGradient warms up over `warmupUpdates`. Where that is 0,
 * powerSGD, too, is as it is after its first updates.
 */
export function compressionOf(name: CodecName, warmupUpdates: number): Compression {
  switch (name) {
    case "none":
      return compression.none;
    case "fp16":
    case "bf16":
    case "int8":
      return compression[name]();
    case "powerSGD":
      return compression.powerSGD(warmupUpdates === 0 ? { startUpdates: 0 } : {});
    case "topK-0.01-fp32":
      return compression.topK({ ratio: 0.01, values: "float32" });
    case "topK-0.01":
      return compression.topK({ ratio: 0.01 });
    case "topK-0.001":
      return compression.topK({ ratio: 0.001 });
    case "deepGradient-0.001":
      return compression.deepGradient({ ratio: 0.001, warmupUpdates });
  }
}

/** Updates after which each sends as much as the next. */
export function warmupUpdatesOf(chosen: Compression): number {
  switch (chosen.kind) {
    case "topK":
    case "deepGradient":
      return chosen.warmupUpdates;
    case "powerSGD":
      return chosen.startUpdates;
    case "none":
    case "fp16":
    case "bf16":
    case "int8":
      return 0;
  }
}

/** Of the elements, how many travel in each update; undefined where it is not elements that travel. */
export function ratioOf(chosen: Compression): number | undefined {
  switch (chosen.kind) {
    case "topK":
    case "deepGradient":
      return chosen.ratio;
    case "powerSGD":
      return undefined;
    case "none":
    case "fp16":
    case "bf16":
    case "int8":
      return 1;
  }
}
