/** All hosts' agents at once: ready, or why not, host by host. */
import { type AgentConnection, type AgentOptions, connectAgent } from "./agent-connection.js";
import { HostError, type HostProblem, hostsError } from "./host-error.js";

/**
 * Resolves in the order of `hosts` when all are ready. Where some are not, closes the rest and rejects
 * with one KoloError that has a line for each host that failed, and what ssh said; or with the reason
 * of an abort.
 */
export async function startAgents(hosts: readonly AgentOptions[]): Promise<AgentConnection[]> {
  const results = await Promise.allSettled(hosts.map(connectAgent));
  const agents = results.flatMap((result) => (result.status === "fulfilled" ? [result.value] : []));
  if (agents.length === hosts.length) return agents;
  await Promise.all(agents.map((agent) => agent.close()));
  // Then none of them is to blame.
  for (const { signal } of hosts) signal?.throwIfAborted();
  const problems = results.flatMap((result): HostProblem[] => {
    if (result.status === "fulfilled") return [];
    if (result.reason instanceof HostError) return [result.reason.problem];
    throw result.reason;
  });
  throw hostsError(problems, hosts.length);
}
