/** Loads the package in a process of its own, computes with it, and asks what it runs on. */
import { BuildFailure } from "./failure.mjs";
import { runCommand } from "./run-command.mjs";

const timeoutMs = 180_000;

const program = `
  const tf = require(process.argv[1]);
  const sum = tf.tidy(() => tf.conv2d(tf.ones([1, 3, 3, 1]), tf.ones([2, 2, 1, 1]), 1, "valid").sum());
  const { binding } = tf.backend();
  console.log(JSON.stringify({
    sum: sum.dataSync()[0],
    tensorflow: binding.TF_Version,
    device: binding.isUsingGpuDevice() ? "GPU" : "CPU",
  }));
`;

/** Returns `{ tensorflow, device }`; throws a BuildFailure where it does not load or compute. */
export function tryAddon(folder, version) {
  const answer = runCommand([process.execPath, "-e", program, folder], {
    env: { TF_CPP_MIN_LOG_LEVEL: "2", ...process.env },
    timeout: timeoutMs,
    failing: `expected ${folder} to load and to compute`,
  });
  const found = JSON.parse(answer.trim().split("\n").at(-1));
  if (found.sum !== 16 || !found.tensorflow.startsWith(version)) {
    throw new BuildFailure(
      `expected TensorFlow ${version} and the sum 16, got ${found.tensorflow} and ${found.sum}`,
    );
  }
  return found;
}
