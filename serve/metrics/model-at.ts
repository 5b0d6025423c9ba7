/** A version of a model, as labels have it. */
export interface ModelAt {
  readonly name: string;
  readonly version: string;
}

export const keyOf = ({ name, version }: ModelAt): string => `${name}/${version}`;
