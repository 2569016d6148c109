/**
 * The agents of a job's other hosts: how each is reached, and what it is to prepare. They are started
 * when they are first asked for, all that are asked for together at once, and kept: a host that was
 * asked for its slots before ranks were placed is not logged in to a second time.
 */
import { autoSlots } from "../hosts/auto-slots.js";
import { hostText } from "../hosts/host-entry.js";
import { type OtherHost } from "../hosts/host-plan.js";
import { remoteUserEnvironment } from "../ranks/remote-user-environment.js";
import { type AgentConnection, type AgentOptions } from "../remote/agent-connection.js";
import { startAgents } from "../remote/start-agents.js";
import { type AgentJob, agentOptions } from "./agent-options.js";

export class HostAgents {
  readonly #job: AgentJob;
  readonly #agents = new Map<string, AgentConnection>();

  constructor(job: AgentJob) {
    this.#job = job;
  }

  /**
   * In the order of `hosts`. Rejects with what hosts lack (`host_unreachable`, `host_mismatch`,
   * `host_incomplete`), or the reason of an abort, once all that was started, also before, is ended.
   */
  async start(hosts: readonly OtherHost[]): Promise<readonly AgentConnection[]> {
    const missing = hosts.filter((host) => !this.#agents.has(hostText(host)));
    try {
      const started = await startAgents(missing.map((host) => this.#optionsOf(host)));
      for (const agent of started) this.#agents.set(agent.host, agent);
    } catch (error) {
      await this.close();
      throw error;
    }
    return hosts.flatMap((host) => this.#agents.get(hostText(host)) ?? []);
  }

  /** What `slots=auto` is on each of them. Rejects as `start`. */
  async countSlots(hosts: readonly OtherHost[]): Promise<readonly number[]> {
    const agents = await this.start(hosts);
    return agents.map((agent) => slotsOf(agent, this.#job));
  }

  /** Ends the agents of all other hosts than these, which get no ranks. */
  async keep(hosts: readonly OtherHost[]): Promise<void> {
    const names = new Set(hosts.map(hostText));
    const others = [...this.#agents.values()].filter(({ host }) => !names.has(host));
    await this.#end(others);
  }

  async close(): Promise<void> {
    await this.#end([...this.#agents.values()]);
  }

  async #end(agents: readonly AgentConnection[]): Promise<void> {
    for (const { host } of agents) this.#agents.delete(host);
    await Promise.all(agents.map((agent) => agent.close()));
  }

  #optionsOf(host: OtherHost): AgentOptions {
    const options = agentOptions(host, this.#job);
    const { silenceMs } = options.prepare;
    const othersHeard = (): boolean | undefined => {
      const others = [...this.#agents.values()].filter((agent) => agent.host !== options.host);
      if (others.length === 0) return undefined;
      return others.some((agent) => agent.silentMs() < silenceMs / 2);
    };
    return { ...options, othersHeard };
  }
}

/** What `slots=auto` is on the host of an agent. */
export function slotsOf(
  { hello, ready }: AgentConnection,
  { options, environment }: Pick<AgentJob, "options" | "environment">,
): number {
  const user = remoteUserEnvironment(environment, options.environment, ready.variables);
  return autoSlots({ options, user, list: ready.gpus, cores: hello.cores });
}
