/** A dimension: fixed, named, or unknown. */
export type Size = number | string | undefined;

/** Whether a dimension is fixed, and is a size that something can have. */
export const isSize = (size: Size, most: number): size is number =>
  typeof size === 'number' && size > 0 && size <= most;
