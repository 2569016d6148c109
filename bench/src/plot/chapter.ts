/** Generated parts of a chapter: each stands between two marks of its own. Pure. */

export interface Marks {
  readonly begin: string;
  readonly end: string;
}

/** `page` with `content` between the marks, in place of what was there. */
export function putBetween(page: string, { begin, end }: Marks, content: string): string {
  const from = page.indexOf(begin);
  const to = from < 0 ? -1 : page.indexOf(end, from);
  if (to < 0) {
    throw new Error(`expected the lines "${begin}" and "${end}" in it, one after the other`);
  }
  return `${page.slice(0, from + begin.length)}\n\n${content}\n\n${page.slice(to)}`;
}

/** Where figures come from, as every generated part says it. */
export function originText(row: {
  readonly host: string;
  readonly date: string;
  readonly commit: string;
  readonly command: string;
}): string[] {
  return [
    `Measured on ${row.host}, on ${row.date}, at commit ${row.commit}, by`,
    `\`\`\`\n${row.command}\n\`\`\``,
  ];
}
