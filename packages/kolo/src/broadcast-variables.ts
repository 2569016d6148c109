/** The same start for every rank: the root's variables and optimizer state, everywhere. */
import * as tf from "@tensorflow/tfjs";
import { KoloError } from "@kolo/core";
import { type Engine } from "@kolo/engine";
import { manifestOf, type Named } from "./optimizer/manifest.js";
import { broadcastOptimizerState, hasState } from "./optimizer/optimizer-state.js";
import { session } from "./session.js";
import { broadcastValues } from "./tensors/broadcast-values.js";
import { checkOptions } from "./tensors/check-options.js";
import { queueOf } from "./tensors/collective-queue.js";
import { type Steps } from "./tensors/steps.js";

export interface BroadcastVariablesOptions {
  /** The rank whose values everybody gets. Default 0. */
  readonly root?: number;
}

/** A model, or variables of one's own. */
export type Variables =
  tf.LayersModel | readonly tf.Variable[] | Readonly<Record<string, tf.Variable>>;

interface NamedVariable extends Named {
  readonly variable: tf.Variable;
}

interface Target {
  readonly variables: readonly NamedVariable[];
  /** Of a compiled model. */
  readonly optimizer: tf.Optimizer | undefined;
}

/**
 * Gives every rank the root's values: all weights of a model, the moving statistics of BatchNorm
 * included, and, where it is compiled, the state of its optimizer, also where only the root has
 * any. Adamax keeps its own: tfjs can neither read nor write it. Or plain variables, in a list or by
 * name. Ranks must have the same variables in number, order, shape and dtype.
 *
 * Await it before the next blocking collective or training step.
 * Throws `manifest_mismatch`, which names the variable and the ranks, `argument_invalid`,
 * `dtype_unsupported`, `not_initialized`.
 */
export async function broadcastVariables(
  target: Variables,
  options: BroadcastVariablesOptions = {},
): Promise<void> {
  checkOptions("broadcastVariables", options, ["root"]);
  const { root = 0 } = options;
  const engine = session();
  const { size } = engine.world;
  if (!Number.isInteger(root) || root < 0 || root >= size) {
    throw new KoloError(
      "argument_invalid",
      `expected root of broadcastVariables() to be a rank below ${size}, got ${root}`,
    );
  }
  const found = findVariables(target);
  if (size > 1) await queueOf(engine).run(broadcastAll(engine, found, root));
}

function* broadcastAll(
  engine: Engine,
  { variables, optimizer }: Target,
  root: number,
): Steps<void> {
  const optimizerClass = optimizer?.getClassName() ?? "none";
  engine.compareManifestSync([
    ...manifestOf(variables),
    { name: `optimizer ${optimizerClass}`, shape: [], dtype: "float32" },
  ]);
  yield* broadcastValues(engine, {
    name: "variables",
    root,
    items: variables,
    read: (index) => variables[index]?.variable as tf.Tensor,
    write: (index, value) => {
      if (engine.world.rank !== root) variables[index]?.variable.assign(value);
      value.dispose();
    },
  });
  if (optimizer !== undefined && hasState(optimizer)) {
    yield* broadcastOptimizerState(engine, optimizer, root);
  }
  return { result: () => undefined };
}

function findVariables(target: Variables): Target {
  if (isModel(target)) {
    // What a layer's variable reads as is the tf.Variable inside.
    const variables = target.weights.map((weight) => named(weight.originalName, weight.read()));
    const optimizer = target.optimizer as tf.Optimizer | null | undefined;
    return { variables, optimizer: optimizer ?? undefined };
  }
  const variables = Array.isArray(target)
    ? (target as readonly tf.Variable[]).map((variable) => named("", variable))
    : Object.entries(target as Record<string, tf.Variable>).map((entry) => named(...entry));
  return { variables, optimizer: undefined };
}

function named(name: string, variable: tf.Tensor): NamedVariable {
  if (!isVariable(variable)) {
    throw new KoloError(
      "argument_invalid",
      "expected a model or tf.Variables in broadcastVariables(), " +
        `got ${typeof variable}${name === "" ? "" : ` at "${name}"`}; for tensors there is broadcast()`,
    );
  }
  const { shape, dtype } = variable;
  return { name: name === "" ? variable.name : name, shape, dtype, variable };
}

function isModel(target: Variables): target is tf.LayersModel {
  return "getWeights" in target && "weights" in target && typeof target.getWeights === "function";
}

function isVariable(tensor: tf.Tensor): tensor is tf.Variable {
  return tensor instanceof tf.Variable;
}
