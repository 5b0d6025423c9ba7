/** Whether something is on this machine, or exactly why it is not and what would bring it. */
export type Availability =
  | { readonly available: true; readonly version: string; readonly device: string }
  | { readonly available: false; readonly reason: string; readonly remedy: string };
