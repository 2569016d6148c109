/** Differences of accuracy, in points of a hundred: −0.12, +0.05. */
export function pointsText(points: number): string {
  const rounded = points.toFixed(2);
  return Number(rounded) > 0
    ? `+${rounded}`
    : rounded.replace("-", "−").replace(/^−0\.00$/, "0.00");
}
