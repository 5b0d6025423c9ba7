export type LogLevel = 'info' | 'warn' | 'error';

export interface LogFields {
  readonly message: string;
  readonly [field: string]: unknown;
}

/** Takes what happened, as data. Never what is in an image or a tensor. */
export type Log = (level: LogLevel, fields: LogFields) => void;

/** One JSON object a line: `{"time", "level", "message", ...}`. A line that cannot be written is lost, and nothing else is. */
export function jsonLog(write: (line: string) => void): Log {
  return (level, fields) => {
    try {
      write(JSON.stringify({ time: new Date().toISOString(), level, ...fields }));
    } catch {
      // A full disk must not end the server.
    }
  };
}
