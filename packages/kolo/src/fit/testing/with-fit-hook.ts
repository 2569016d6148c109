import { afterEach, beforeAll } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { setSession } from "../../session.js";
import { installFitHook } from "../install-fit-hook.js";

/** For one test file: trains on the cpu with the hook installed, and each test in a world of its own. */
export function withFitHook(): void {
  beforeAll(async () => {
    tf.env().set("IS_TEST", true);
    await tf.setBackend("cpu");
    installFitHook(tf);
  });
  afterEach(() => {
    setSession(undefined);
  });
}
