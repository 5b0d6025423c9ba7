/**
 * Groups by two criteria at once: images that share a number or a name, or are linked by others that do, get one number.
 * @param names of every image, where it has one
 */
export function joinGroups(groups: Uint32Array, names: readonly (string | undefined)[]): Uint32Array {
  const parent = Uint32Array.from(groups.keys());
  const rootOf = (i: number) => {
    let at = i;
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]!]!;
      at = parent[at]!;
    }
    return at;
  };
  // The smaller number stands for both.
  const join = (a: number, b: number) => {
    const [p, q] = [rootOf(a), rootOf(b)];
    parent[Math.max(p, q)] = Math.min(p, q);
  };
  const firstByName = new Map<string, number>();
  const firstByGroup = new Map<number, number>();
  for (const [i, group] of groups.entries()) {
    const twin = firstByGroup.get(group);
    if (twin === undefined) firstByGroup.set(group, i);
    else join(twin, i);
    const name = names[i];
    if (name === undefined) continue;
    const other = firstByName.get(name);
    if (other === undefined) firstByName.set(name, i);
    else join(other, i);
  }
  return parent.map((_, i) => rootOf(i));
}
