/** `--dry-run`: what tsrun would do, as text. Starts no rank; asks hosts only what `slots=auto` is. */
import { type Environment, systemClock } from "@kolo/core";
import { basename, extname } from "node:path";
import { givenArguments } from "../cli/given-arguments.js";
import { type LaunchOptions } from "../cli/launch-options.js";
import { type GivenSettings } from "../cli/parse-arguments.js";
import { settings } from "../cli/settings.js";
import { shellCommand } from "../cli/shell-quote.js";
import { sbatchScript } from "../engines/sbatch-script.js";
import { planHosts } from "../hosts/plan-hosts.js";
import { planText } from "../hosts/plan-text.js";
import { userEnvironment } from "../ranks/rank-environment.js";
import { agentCommand } from "./agent-options.js";
import { HostAgents } from "./host-agents.js";

export interface DryRun {
  readonly options: LaunchOptions;
  readonly flags: GivenSettings;
  readonly configFile: string | undefined;
  /** As it was given. */
  readonly script: string;
  /** Its absolute path. */
  readonly path: string;
  readonly scriptArguments: readonly string[];
  /** Absolute path of tsrun itself. */
  readonly program: string;
  /** Absolute path of the module that every rank loads first; the agent's lies beside it. */
  readonly preload: string;
  readonly version: string;
  readonly directory: string;
  readonly environment: Environment;
  /** Gives up hosts that are asked for their slots. */
  readonly signal: AbortSignal;
}

/**
 * Where agents are started by mpirun, with the commands. Throws UsageError, what hosts lack that are
 * asked for their slots, and the reason of an abort.
 */
export async function dryRun(job: DryRun): Promise<string> {
  const { options, environment } = job;
  switch (options.launcher) {
    case "slurm":
      return batchScript(job);
    case "mpi":
    case "auto":
    case "ssh": {
      const agents = new HostAgents({ ...job, script: job.path, clock: systemClock });
      try {
        const plan = await planHosts({
          ...job,
          user: userEnvironment(environment, options.environment),
          countSlots: (others) => agents.countSlots(others),
        });
        const byMpirun = plan.filter(({ host }) => host.reach === "mpirun" && !host.isLocal);
        return [
          planText(plan),
          ...byMpirun.map(({ host }) => `\n${shellCommand(agentCommand(host, job))}`),
        ].join("\n");
      } finally {
        await agents.close();
      }
    }
  }
}

function batchScript(job: DryRun): string {
  const { options, directory, flags, configFile, script, scriptArguments, program } = job;
  const { dryRun: dry, launcher, numProc, nodes, slurmArgs, wdir } = settings;
  return sbatchScript({
    name: basename(script, extname(script)),
    size: options.numProc ?? 1,
    nodes: options.slurm.nodes,
    arguments: options.slurm.arguments,
    directory: options.wdir ?? directory,
    command: [
      options.nodePath ?? process.execPath,
      program,
      "--launcher=slurm",
      ...givenArguments(flags, [dry, launcher, numProc, nodes, slurmArgs, wdir]),
      ...(configFile === undefined ? [] : [`--config-file=${configFile}`]),
      script,
      ...scriptArguments,
    ],
  });
}
