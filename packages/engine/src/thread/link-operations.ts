/**
 * The operations that this rank's links carry: those of all ranks or, where the ranks of a host share
 * memory, the parts that go to other hosts.
 */
import { describe, type Executor, type Operation, type Plan } from "@kolo/collectives";
import { KoloError, type Logger, worldOfOne } from "@kolo/core";
import { type Kernels } from "@kolo/kernels";
import { compressionPlace, planRing, planSharing, type Surroundings } from "../planning.js";
import { type SharedMeter } from "../shared-meter.js";
import { type PrepareMessage } from "../thread-messages.js";
import { type RunnerTimeline } from "../timeline/runner-timeline.js";
import { CompressedRun } from "./compressed-run.js";

/** What comes with init(). */
export interface Links {
  readonly executor: Executor;
  readonly memory: WebAssembly.Memory;
  readonly kernels: Kernels;
}

export interface LinkOperationsOptions {
  /** Undefined where no launcher started this process. */
  readonly surroundings: Surroundings | undefined;
  readonly isSharing: () => boolean;
  readonly meter: SharedMeter;
  readonly logger: Logger;
  /** Undefined while nobody records one. */
  readonly timeline: () => RunnerTimeline | undefined;
}

export interface LinkOperation {
  readonly slot: number;
  readonly operation: Operation;
  readonly description: string;
  readonly plan: Plan;
  readonly byteOffset: number;
  readonly compressed: CompressedRun | undefined;
}

export class LinkOperations {
  readonly #options: LinkOperationsOptions;
  readonly #prepared = new Map<number, LinkOperation>();
  #links: Links | undefined;
  /** What compression has kept from being sent. */
  #bytesSaved = 0;

  constructor(options: LinkOperationsOptions) {
    this.#options = options;
  }

  attach(links: Links): void {
    this.#links = links;
  }

  prepare(message: PrepareMessage): void {
    const { id, slot, operation, byteOffset } = message;
    const plan = this.#planOf(message);
    if (plan === undefined) return;
    const compressed = this.#compressed(message);
    const description = describe(operation);
    this.#prepared.set(id, { slot, operation, description, byteOffset, plan, compressed });
  }

  release(id: number): void {
    this.#prepared.delete(id);
  }

  has(id: number): boolean {
    return this.#prepared.has(id);
  }

  /** In words. */
  describe(id: number): string {
    return this.#prepared.get(id)?.description ?? "an operation";
  }

  /**
   * As `Executor.run`. Not `queued` where another thread hands on a part of it. Throws `internal` for
   * one that was not announced.
   */
  async run(
    id: number,
    { sequence, queued }: { readonly sequence: number; readonly queued: boolean },
  ): Promise<LinkOperation> {
    const prepared = this.#prepared.get(id);
    const executor = this.#links?.executor;
    if (prepared === undefined || executor === undefined) {
      throw new KoloError("internal", `expected operation ${id} to be announced before its turn`);
    }
    const { slot, operation, plan, byteOffset, compressed } = prepared;
    const timeline = this.#options.timeline();
    executor.trace = timeline;
    timeline?.begin({ id, slot }, queued);
    const before = executor.bytesSent;
    if (compressed === undefined) {
      await executor.run(sequence, operation, plan, byteOffset);
    } else {
      await compressed.run(sequence, timeline);
      this.#bytesSaved += compressed.denseBytes - (executor.bytesSent - before);
    }
    timeline?.end();
    const { meter } = this.#options;
    meter.bytesSent = executor.bytesSent;
    meter.bytesUncompressed = executor.bytesSent + this.#bytesSaved;
    return prepared;
  }

  /** What this rank's links carry of an operation; undefined where that is nothing. */
  #planOf({ operation, segmentBytes }: PrepareMessage): Plan | undefined {
    const { surroundings, isSharing } = this.#options;
    if (surroundings === undefined || !isSharing()) {
      return planRing(operation, surroundings?.world ?? worldOfOne, segmentBytes);
    }
    if (new Set(surroundings.hosts).size === 1) return undefined;
    return planSharing(operation, surroundings, segmentBytes).across?.plan;
  }

  #compressed({ operation, hook, byteOffset }: PrepareMessage): CompressedRun | undefined {
    const { surroundings, isSharing, logger } = this.#options;
    if (hook === undefined || surroundings === undefined) return undefined;
    const place = compressionPlace(operation, surroundings, isSharing());
    if (place === undefined || this.#links === undefined) return undefined;
    const { rank } = surroundings.world;
    const links = this.#links;
    return new CompressedRun({ operation, place, hook, byteOffset, rank, logger, ...links });
  }
}
