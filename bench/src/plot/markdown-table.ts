/** A table in Markdown, padded the way Prettier pads it. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

export function markdownTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
): string {
  const widths = columns.map(({ title }, index) =>
    Math.max(3, title.length, ...rows.map((row) => row[index]?.length ?? 0)),
  );
  const lineOf = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const padded = (cells: readonly string[]): string =>
    lineOf(
      columns.map(({ align }, index) => {
        const [cell, width] = [cells[index] ?? "", widths[index] ?? 0];
        return align === "left" ? cell.padEnd(width) : cell.padStart(width);
      }),
    );
  const rule = lineOf(
    columns.map(({ align }, index) => {
      const width = widths[index] ?? 0;
      return align === "left" ? "-".repeat(width) : `${"-".repeat(width - 1)}:`;
    }),
  );
  return [padded(columns.map(({ title }) => title)), rule, ...rows.map(padded)].join("\n");
}
