import { KoloError } from "../errors.js";

const maxCounts = 65_536;

/** Slurm's SLURM_TASKS_PER_NODE: "2(x3),1" is 2, 2, 2, 1. Pure. Throws `config_invalid`. */
export function expandTaskCounts(text: string, name: string): readonly number[] {
  const counts: number[] = [];
  for (const term of text.split(",")) {
    const [, count = "", times = "1"] = /^(\d{1,6})(?:\(x(\d{1,6})\))?$/.exec(term) ?? [];
    if (count === "" || Number(times) < 1 || counts.length + Number(times) > maxCounts) {
      throw new KoloError("config_invalid", `expected ${name} to be as in 2(x3),1; got "${text}"`);
    }
    counts.push(...Array<number>(Number(times)).fill(Number(count)));
  }
  return counts;
}
