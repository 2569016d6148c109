export { type ExecutionPhase, type ExecutionTrace, type SharedTrace } from "./execution-trace.js";
export { Executor, type ExecutorOptions } from "./executor.js";
export {
  type Algorithm,
  type AllGather,
  type AllReduce,
  type AllToAll,
  type Barrier,
  type Broadcast,
  describe,
  type Operation,
  type ReduceScatter,
} from "./operation.js";
export { algorithmFor } from "./plan/choose-algorithm.js";
export { planAmong } from "./plan/plan-among.js";
export { type PlanOptions, planOperation } from "./plan/plan-operation.js";
export {
  type BasePlan,
  type Fold,
  type Layout,
  type Move,
  type Plan,
  type Range,
  type Receive,
  type Send,
} from "./plan/plan.js";
export { type Place } from "./plan/ring.js";
export { validateOperation } from "./validate-operation.js";
export {
  SharedExecutor,
  type SharedExecutorOptions,
  type SharedOperation,
  sharedOperation,
  sharedScratchBytes,
} from "./shared/shared-executor.js";
export { type PlaceOnHosts, planOnHosts, railOf } from "./hierarchy/plan-on-hosts.js";
export { type SharedPlan } from "./shared/shared-plan.js";
