export {
  type AllGather,
  type AllReduce,
  type AllToAll,
  type Barrier,
  type Broadcast,
  describe,
  fingerprint,
  type Operation,
  type ReduceScatter,
} from "./operation.js";
export {
  type Layout,
  type Move,
  type Plan,
  type Range,
  type Receive,
  type Send,
} from "./plan/plan.js";
