/** What the plots have in common. Pure. */

/**
 * A background of its own and a second palette for readers with a dark scheme make a plot legible on
 * any page.
 */
export const pageStyle = {
  light: `
  .page { fill: #ffffff } text { fill: #24292f; font: 13px system-ui, sans-serif }
  .title { font-size: 16px; font-weight: 600 } .quiet { fill: #59636e; font-size: 12px }
  .axis { stroke: #d1d9e0 }`,
  dark: `
    .page { fill: #0d1117 } text { fill: #e6edf3 } .quiet { fill: #9198a1 }
    .axis { stroke: #3d444d }`,
};

export interface Picture {
  readonly width: number;
  readonly height: number;
  /** For those who do not see it. */
  readonly label: string;
  /** Beside the style of every page: for all readers, and for those with a dark scheme. */
  readonly style: { readonly light: string; readonly dark: string };
  readonly parts: readonly string[];
}

export function picture({ width, height, label, style, parts }: Picture): string {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(label)}">`,
    `<style>${pageStyle.light}${style.light}`,
    `  @media (prefers-color-scheme: dark) {${pageStyle.dark}${style.dark}`,
    `  }\n</style>`,
    `<rect class="page" width="${width}" height="${height}" rx="6"/>`,
    ...parts,
    "</svg>",
    "",
  ].join("\n");
}

export function text(
  x: number,
  y: number,
  content: string,
  kind?: string,
  anchor?: "middle" | "end",
): string {
  const attributes = [
    kind === undefined ? "" : ` class="${kind}"`,
    anchor === undefined ? "" : ` text-anchor="${anchor}"`,
  ].join("");
  return `<text x="${x}" y="${y}"${attributes}>${escaped(content)}</text>`;
}

export function line(x1: number, y1: number, x2: number, y2: number, kind: string): string {
  return `<line class="${kind}" x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"/>`;
}

export function escaped(content: string): string {
  return content.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
