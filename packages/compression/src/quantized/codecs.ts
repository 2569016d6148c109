import { type Quantized } from "../compression.js";
import { bf16 } from "./bf16.js";
import { type Codec } from "./codec.js";
import { fp16 } from "./fp16.js";
import { int8 } from "./int8.js";

/** All there are, by name. */
export const codecs: Readonly<Record<Quantized["kind"], Codec>> = { fp16, bf16, int8 };
