/** Rates of links, as tc spells them. */
export const rateChoices = ["1gbit", "100mbit", "20mbit"] as const;
export type Rate = (typeof rateChoices)[number];

const units = { mbit: 1e6, gbit: 1e9 } as const;

/** Of a link in each direction. */
export function bitsPerSecondOf(rate: Rate): number {
  const unit = rate.endsWith("gbit") ? "gbit" : "mbit";
  return Number.parseInt(rate, 10) * units[unit];
}
