/** Who is measured: every implementation that was asked for, at every world size. Pure. */

export interface Contender {
  /** "tfjs" is tfjs' wasm backend without kolo. */
  readonly impl: "kolo" | "torch" | "tfjs";
  /** tfjs' name of it; "native" for PyTorch. */
  readonly backend: string;
  /** Which kernels compute: the backend's own ("stock"), or what. */
  readonly kernels: Kernels;
  readonly np: number;
}

export const backendChoices = ["wasm", "cpu", "tensorflow", "tensorflow-gpu"] as const;
export const peerChoices = ["torch", "none"] as const;
export const kernelChoices = ["training", "filter-gradient-only"] as const;
export type Kernels = (typeof kernelChoices)[number] | "stock";

export interface Choice {
  readonly backends: readonly string[];
  /** Of the wasm backend. */
  readonly kernels: readonly (typeof kernelChoices)[number][];
  readonly sizes: readonly number[];
  readonly torch: boolean;
}

/** In the order in which they run. One rank comes first: efficiency is measured against it. */
export function contendersOf({ backends, kernels, sizes, torch }: Choice): Contender[] {
  const worlds = [...new Set([1, ...sizes])].sort((a, b) => a - b);
  const ours = backends
    .filter((backend) => backend !== "wasm" || kernels.includes("training"))
    .flatMap((backend) =>
      worlds.map((np): Contender => {
        const own: Kernels = backend === "wasm" ? "training" : "stock";
        return { impl: "kolo", backend, kernels: own, np };
      }),
    );
  const peers = torch
    ? worlds.map((np): Contender => ({ impl: "torch", backend: "native", kernels: "stock", np }))
    : [];
  const baseline: Contender[] =
    backends.includes("wasm") && kernels.includes("filter-gradient-only")
      ? [{ impl: "tfjs", backend: "wasm", kernels: "filter-gradient-only", np: 1 }]
      : [];
  return [...ours, ...peers, ...baseline];
}

export function nameOf({ impl, backend, kernels, np }: Contender): string {
  const what = {
    kolo: `kolo ${backend}`,
    torch: "torch",
    tfjs: `tfjs ${backend} (${kernels})`,
  }[impl];
  return `${what}, np ${np}`;
}
