/** The host (crossRank) of each rank, by the names of their hosts, in the order of their first ranks. Pure. */
export function hostsOf(ranks: readonly { readonly host: string }[]): readonly number[] {
  const names = [...new Set(ranks.map(({ host }) => host))];
  return ranks.map(({ host }) => names.indexOf(host));
}
