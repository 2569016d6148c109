/**
 * What `tsrun check` found, as a table. Pure.
 *
 *   node            yes  v20.20.2
 *   tfjs            no   not found from /home/me; npm install @tensorflow/tfjs
 */
export interface Finding {
  readonly name: string;
  readonly ok: boolean;
  /** What it is; where it is missing, why and what to do. */
  readonly detail: string;
  /** Without it nothing trains. */
  readonly required: boolean;
}

export function table(findings: readonly Finding[]): string {
  const width = Math.max(0, ...findings.map(({ name }) => name.length)) + 2;
  return findings
    .map(({ name, ok, detail }) => `${name.padEnd(width)}${ok ? "yes" : "no "}  ${detail}`)
    .join("\n");
}

export function allRequired(findings: readonly Finding[]): boolean {
  return findings.every(({ ok, required }) => ok || !required);
}
