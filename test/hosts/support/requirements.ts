/**
 * What the test hosts need of the machine. Where something is missing they fail with its name; they
 * are never skipped.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";

/** Debian's package of each program that the suite starts. */
export const packageOf = {
  unshare: "util-linux",
  nsenter: "util-linux",
  setpriv: "util-linux",
  ip: "iproute2",
  tc: "iproute2",
  nft: "nftables",
  ping: "iputils-ping",
  sshd: "openssh-server",
  ssh: "openssh-client",
  "ssh-keygen": "openssh-client",
  faketime: "faketime",
  munged: "munge",
  slurmctld: "slurmctld",
  slurmd: "slurmd",
  srun: "slurm-client",
  mpirun: "openmpi-bin",
} as const;

export type Program = keyof typeof packageOf;

// sshd and the daemons of Slurm are not on every user's PATH.
const usualFolders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];

/** The absolute path of a program, which sshd asks for; throws with its package where it is missing. */
export function programPath(program: Program, folders = usualFolders): string {
  const path = folders
    .map((folder) => join(folder, program))
    .find((candidate) => existsSync(candidate));
  if (path !== undefined) return path;
  throw new Error(
    `expected the program ${program}, found it neither on PATH nor in /usr/sbin; ` +
      `run: apt-get install ${packageOf[program]} (all that is needed: test/hosts/packages.txt)`,
  );
}

/** Throws unless this is Linux, the user is root, and the programs are there. */
export function requireForHosts(programs: readonly Program[]): void {
  if (process.platform !== "linux") {
    throw new Error(`expected Linux, whose namespaces the hosts are, got ${process.platform}`);
  }
  const user = process.getuid?.();
  if (user !== 0) {
    throw new Error(`expected root, who may make namespaces, got user ${user ?? "?"}; use sudo -E`);
  }
  for (const program of programs) programPath(program);
}
