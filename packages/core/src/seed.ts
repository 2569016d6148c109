/** What --seed and `init({ seed })` take. */
export const maxSeed = Number.MAX_SAFE_INTEGER;

export const seedRange = `an integer from 0 to ${maxSeed}`;

export function isSeed(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}
