/**
 * Slurm's lists of hosts: "node[01-03,7],gpu-a[1-2]x" is node01, node02, node03, node7, gpu-a1x,
 * gpu-a2x. Numbers keep the width of a range's first one; several brackets in a name go through all
 * combinations, the last fastest. Pure.
 */
import { KoloError } from "../errors.js";

/** More than any cluster has: a typing error must not fill the memory. */
const maxHosts = 65_536;

/** Throws `config_invalid`. */
export function expandNodeList(list: string): readonly string[] {
  const names: string[] = [];
  // Commas within brackets do not separate.
  const terms = list.match(/(?:[^,[\]]|\[[^[\]]*\])+|[^,]+/g) ?? [];
  if (terms.length === 0 || terms.join(",") !== list) throw invalid(list, list);
  for (const term of terms) {
    names.push(...expandTerm(term, list));
    if (names.length > maxHosts) throw tooMany(list);
  }
  return names;
}

function expandTerm(term: string, list: string): readonly string[] {
  if (!/^(?:[^\s[\]]|\[[\d,-]+\])+$/.test(term)) throw invalid(list, term);
  let names = [""];
  for (const [part] of term.matchAll(/[^[]+|\[[^\]]*\]/g)) {
    const own = part.startsWith("[") ? expandRanges(part.slice(1, -1), list) : [part];
    if (names.length * own.length > maxHosts) throw tooMany(list);
    names = names.flatMap((name) => own.map((text) => name + text));
  }
  return names;
}

function expandRanges(ranges: string, list: string): readonly string[] {
  const numbers: string[] = [];
  for (const range of ranges.split(",")) {
    const [, first = "", last = first] = /^(\d{1,15})(?:-(\d{1,15}))?$/.exec(range) ?? [];
    const [low, high] = [Number(first), Number(last)];
    if (first === "" || high < low) throw invalid(list, range);
    if (high - low >= maxHosts) throw tooMany(list);
    for (let number = low; number <= high; number += 1) {
      numbers.push(String(number).padStart(first.length, "0"));
    }
    if (numbers.length > maxHosts) throw tooMany(list);
  }
  return numbers;
}

function invalid(list: string, part: string): KoloError {
  return new KoloError(
    "config_invalid",
    `expected a list of hosts such as node[01-03,7], got "${list}" (at "${part}")`,
  );
}

function tooMany(list: string): KoloError {
  const start = list.length > 80 ? `${list.slice(0, 77)}...` : list;
  return new KoloError("config_invalid", `expected at most ${maxHosts} hosts, got "${start}"`);
}
