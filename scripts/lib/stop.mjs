/** Why a command cannot go on: a sentence for the person and the exit code. */
class Stop extends Error {
  constructor(message, code) {
    super(message);
    this.code = code;
  }
}

/** Thrown and not `process.exit`, so that locks are released on the way out. */
export function stop(message, code = 1) {
  throw new Stop(message, code);
}

/** Runs `work`; a stop in it ends the process with its sentence. */
export async function orExit(work) {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    console.error(error.message);
    process.exit(error.code);
  }
}
