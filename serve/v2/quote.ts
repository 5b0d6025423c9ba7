/** A client's word in a sentence of ours. */
export function quote(value: unknown): string {
  const text = textOf(value) ?? 'nothing';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

/** Writing lists in lists calls itself, where reading them does not: some thousands deep there is no stack left. */
function textOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch (error) {
    if (error instanceof RangeError) return `${Array.isArray(value) ? 'lists' : 'objects'} thousands deep`;
    throw error;
  }
}
