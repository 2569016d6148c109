/** A session with a fake engine, in the backend a test wants. */
import { afterAll, afterEach, beforeAll, beforeEach } from "@jest/globals";
import * as tf from "@tensorflow/tfjs";
import { chooseBackend } from "../../backend/choose-backend.js";
import { setSession } from "../../session.js";
import { FakeEngine, type FakeEngineOptions } from "./fake-engine.js";

export function startFake(options: FakeEngineOptions = {}): FakeEngine {
  const engine = new FakeEngine(options);
  setSession(engine);
  return engine;
}

export function stopFake(): void {
  setSession(undefined);
}

/** The cpu backend, without its advice to install tfjs-node. */
export async function useCpu(): Promise<void> {
  tf.enableProdMode();
  await tf.setBackend("cpu");
  await tf.ready();
}

/** For the tests of a describe; the cpu backend again afterwards. */
export function inBackend(backend: string): void {
  beforeAll(() => chooseBackend(tf, backend));
  afterAll(() => tf.setBackend("cpu"));
}

/** For the tests of a file: each in the cpu backend, and none leaves a tensor or a session to the next. */
export function keepTestsApart(): void {
  beforeAll(useCpu);
  beforeEach(() => {
    tf.engine().startScope();
  });
  afterEach(() => {
    stopFake();
    tf.engine().endScope();
    tf.disposeVariables();
  });
}
