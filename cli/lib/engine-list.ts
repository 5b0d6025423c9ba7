import { InvalidArgumentError } from 'commander';
import { messageOf } from '../../runtime/common/index.js';
import { type Engine, engineByName } from '../../runtime/engines/index.node.js';

/** One engine's name as a flag's value. */
export function engineFlag(name: string): Engine {
  try {
    return engineByName(name);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}

/** `a,b,c` */
export const engineList = (names: string): Engine[] => names.split(',').map((name) => engineFlag(name.trim()));
