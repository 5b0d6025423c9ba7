import { int } from '../../../runtime/model/index.js';
import type { LayerCall } from '../handler.js';
import { refuse } from '../handler.js';

/** What makes a score count nothing, as Keras has it. */
const large = 1e9;

/** Which steps may look at which: what is 0 in a matrix `[queries, steps]` comes after. */
function causal({ builder, layer }: LayerCall, queries: number, steps: number): string {
  const penalties = Float32Array.from({ length: queries * steps }, (_, i) =>
    i % steps > Math.floor(i / steps) ? -large : 0,
  );
  return builder.floats(`${layer.name}/causal`, [queries, steps], penalties);
}

/**
 * The softmax of scores `[N, ..., queries, steps]` over the steps that count.
 * @param masks booleans in the graph that broadcast to the scores; true counts
 */
export function maskedSoftmax(
  call: LayerCall,
  scores: string,
  { masks, queries, steps, isCausal }: { masks: readonly string[]; queries: number; steps: number; isCausal: boolean },
): string {
  const { builder, layer } = call;
  const { name } = layer;
  const penalties = isCausal ? [causal(call, queries, steps)] : [];
  if (masks.length > 0) {
    const all = masks.slice(1).reduce((both, mask) => builder.node('And', `${name}/counts`, [both, mask]), masks[0]!);
    const penalty = builder.floats(`${name}/penalty`, [], Float32Array.of(-large));
    const none = builder.floats(`${name}/none`, [], Float32Array.of(0));
    penalties.push(builder.node('Where', `${name}/penalties`, [all, none, penalty]));
  }
  // What two of them hide is hidden once: steps that are all hidden count alike.
  const [first, second] = penalties;
  const penalty = second ? builder.node('Min', `${name}/hidden`, [first!, second]) : first;
  const sum = penalty ? builder.node('Add', `${name}/scores/hidden`, [scores, penalty]) : scores;
  return builder.node('Softmax', `${name}/weights`, [sum], { axis: int(-1) });
}

/** Refuses arguments of a call that are not known. */
export function requireArguments(call: LayerCall, known: readonly string[]): void {
  const other = Object.entries(call.given?.kwargs ?? {}).find(
    ([key, value]) => !known.includes(key) && value !== null && value !== undefined && value !== false,
  );
  if (other) throw refuse(call, `is called with ${other[0]}, which is not written; known: ${known.join(', ')}`);
}
