/**
 * The meter over shared memory: the main thread adds to it at every step, and the communication
 * thread sends it along with its heartbeats without asking.
 */
import { hashHex } from "@kolo/core";
import { type Meter } from "./engine.js";

const cells = [
  "steps",
  "skippedSteps",
  "microBatches",
  "sampledBatches",
  "samples",
  "computeMs",
  "packMs",
  "waitMs",
  "unpackMs",
  "plan",
] as const;

export class SharedMeter implements Meter {
  readonly buffer: SharedArrayBuffer;
  /** Of the main thread alone. */
  stepBeganMs: number | undefined;
  readonly #cells: Float64Array;

  constructor(buffer = new SharedArrayBuffer(cells.length * 8)) {
    this.buffer = buffer;
    this.#cells = new Float64Array(buffer);
  }

  get steps(): number {
    return this.#get("steps");
  }
  set steps(value: number) {
    this.#set("steps", value);
  }
  get skippedSteps(): number {
    return this.#get("skippedSteps");
  }
  set skippedSteps(value: number) {
    this.#set("skippedSteps", value);
  }
  get microBatches(): number {
    return this.#get("microBatches");
  }
  set microBatches(value: number) {
    this.#set("microBatches", value);
  }
  get sampledBatches(): number {
    return this.#get("sampledBatches");
  }
  set sampledBatches(value: number) {
    this.#set("sampledBatches", value);
  }
  get samples(): number {
    return this.#get("samples");
  }
  set samples(value: number) {
    this.#set("samples", value);
  }
  get computeMs(): number {
    return this.#get("computeMs");
  }
  set computeMs(value: number) {
    this.#set("computeMs", value);
  }
  get packMs(): number {
    return this.#get("packMs");
  }
  set packMs(value: number) {
    this.#set("packMs", value);
  }
  get waitMs(): number {
    return this.#get("waitMs");
  }
  set waitMs(value: number) {
    this.#set("waitMs", value);
  }
  get unpackMs(): number {
    return this.#get("unpackMs");
  }
  set unpackMs(value: number) {
    this.#set("unpackMs", value);
  }
  get planHash(): string {
    const hash = this.#get("plan");
    return hash === 0 ? "" : hashHex(hash);
  }
  set planHash(hex: string) {
    this.#set("plan", hex === "" ? 0 : Number.parseInt(hex, 16));
  }

  #get(cell: (typeof cells)[number]): number {
    return this.#cells[cells.indexOf(cell)] ?? 0;
  }

  #set(cell: (typeof cells)[number], value: number): void {
    this.#cells[cells.indexOf(cell)] = value;
  }
}
