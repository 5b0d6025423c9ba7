import { CommanderError } from 'commander';
import { messageOf, OnwardError } from '../../runtime/common/index.js';

/** What the operating system says when a file cannot be written or read, in words. */
const systemErrors: Readonly<Record<string, string>> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file would be larger than this account may write',
  ENOENT: 'nothing can be made there',
  EROFS: 'the folder is on a read-only disk',
  EACCES: 'this account may not do that there',
  EPERM: 'this account may not do that there',
  ENOTDIR: 'a part of the path is a file, not a folder',
  EISDIR: 'it is a folder, not a file',
  ENAMETOOLONG: 'the name is too long',
  EMFILE: 'too many files are open',
};

/** What is written whole is written beside its place first, and that place is the one that people know. */
const besideItsPlace = /\.\d+\.(partial|old)(?=$|[\\/]).*$/s;

/** One sentence for anything that was thrown, and the exit code: 2 for wrong usage, 130 for Ctrl-C, else 1. */
export function explain(error: unknown): { message: string; code: number } {
  if (error instanceof CommanderError) return { message: commanderMessage(error), code: 2 };
  if (error instanceof OnwardError) {
    const code = error.kind === 'usage' ? 2 : error.kind === 'interrupted' ? 130 : 1;
    return { message: error.message, code };
  }
  const { code, path } = error as NodeJS.ErrnoException;
  if (code && systemErrors[code]) {
    return {
      message: `${path?.replace(besideItsPlace, '') ?? 'a file'}: ${systemErrors[code]} (${code}); choose another place or make room`,
      code: 1,
    };
  }
  return { message: `something went wrong that should not: ${messageOf(error)} (ONWARD_DEBUG=1 shows where)`, code: 1 };
}

/** commander says `error: unknown option '--x'` and, on a line of its own, what was probably meant. */
function commanderMessage({ code, message }: CommanderError): string {
  // The help was printed, as nothing was asked for.
  if (code === 'commander.help') return 'expected one of the commands above, got none';
  return `${message
    .replace(/^error: /, '')
    .replace(/\s*\n\s*/g, ' ')
    .replace(/\.$/, '')}; see --help`;
}

/** Prints the sentence and ends with its exit code. */
export function fail(error: unknown): never {
  const { message, code } = explain(error);
  console.error(`onward: ${message}`);
  if (process.env.ONWARD_DEBUG) console.error(error);
  process.exit(code);
}
