/** Max |Δp| that an engine may be from the backend that trained: float32 sums in another order, and a GPU's faster exp. */
export const tolerance = { cpu: 1e-5, gpu: 1e-4 } as const;
