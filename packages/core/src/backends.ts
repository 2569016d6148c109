/**
 * The backends of tfjs that kolo knows, best first: the order in which `auto` tries them. They are
 * here because the command line names them and the ranks load them.
 */
export const backendNames = ["tensorflow-gpu", "tensorflow", "wasm", "cpu"] as const;

export type BackendName = (typeof backendNames)[number];

/** The npm package that brings it. */
export const backendPackages: Readonly<Record<BackendName, string>> = {
  "tensorflow-gpu": "@tensorflow/tfjs-node-gpu",
  tensorflow: "@tensorflow/tfjs-node",
  wasm: "@tensorflow/tfjs-backend-wasm",
  cpu: "@tensorflow/tfjs",
};

/** How to get what is missing or broken. */
export const backendRemedies: Readonly<Record<BackendName, string>> = {
  "tensorflow-gpu":
    "npx kolo-build-tfjs-node --gpu builds it with a current TensorFlow and CUDA; it needs an NVIDIA " +
    "GPU and its driver",
  tensorflow: "npx kolo-build-tfjs-node builds it with a current TensorFlow",
  wasm: `npm install ${backendPackages.wasm}`,
  cpu: `npm install ${backendPackages.cpu}`,
};

/** What trying a backend came to; as JSON, what a probe process prints on a line of its own. */
export interface BackendTrial {
  readonly works: boolean;
  /** In a few words: what it is, or why it does not work. */
  readonly detail: string;
  /** What to do, where it is not the backend's usual remedy. */
  readonly remedy?: string;
}
