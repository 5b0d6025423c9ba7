import type { GraphBuilder } from '../../builder.js';

interface Gates {
  readonly builder: GraphBuilder;
  /** For the names of the nodes. */
  readonly name: string;
  /** In the graph: input, forget, candidate and output, before their activations. */
  readonly gates: readonly [string, string, string, string];
  /** The carry so far; none is zeros. */
  readonly carry: string | undefined;
  /** The activation of a gate. */
  gate(value: string, name: string): string;
  /** The activation of what passes the gates. */
  activate(value: string, name: string): string;
}

/** What an LSTM makes of its gates, dense or convolved: c' = g(f) c + g(i) a(x), and first h' = g(o) a(c'). */
export function lstmStates({ builder, name, gates: [i, f, x, o], carry, gate, activate }: Gates): string[] {
  const fresh = activate(x, `${name}/candidate`);
  const added = builder.node('Mul', `${name}/added`, [gate(i, `${name}/input`), fresh]);
  const kept = carry && builder.node('Mul', `${name}/kept`, [gate(f, `${name}/forget`), carry]);
  const next = kept ? builder.node('Add', `${name}/carry`, [kept, added]) : added;
  const seen = activate(next, `${name}/seen`);
  return [builder.node('Mul', `${name}/output`, [gate(o, `${name}/open`), seen]), next];
}
